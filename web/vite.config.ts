import react from '@vitejs/plugin-react'
import { defineConfig, loadEnv } from 'vite'

export default defineConfig(({ mode }) => {
  // `npm run dev` shows the page as it is written, beside a running `lucida serve`.
  const server = loadEnv(mode, '.', 'LUCIDA_').LUCIDA_SERVER ?? 'http://127.0.0.1:8000'
  return {
    plugins: [react()],
    build: {
      outDir: '../src/lucida/web/static',
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0, // every asset a file, so that the page works under a strict content security policy
      chunkSizeWarningLimit: 2600, // what draws Gaussians brings its decoders with it, and comes alone
    },
    server: {
      proxy: {
        '/api': server,
        '/health': server,
        '/media': server,
        '/v1': server,
        '/generate': server,
        '/generations': server,
        '/ws': { target: server, ws: true },
      },
    },
  }
})
