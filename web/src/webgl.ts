/** The browser cannot draw: it has no WebGL 2. */
export class NoWebGL extends Error {}

/** A canvas's WebGL 2. Raises NoWebGL where there is none. */
export function webgl2(canvas: HTMLCanvasElement, attributes: WebGLContextAttributes): WebGL2RenderingContext {
  const context = canvas.getContext('webgl2', attributes)
  if (!context) throw new NoWebGL()
  return context
}

/** What draws, as the browser names it. */
export function nameOf(context: WebGL2RenderingContext): string {
  const unmasked = context.getExtension('WEBGL_debug_renderer_info')
  return String(context.getParameter(unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : context.RENDERER))
}

/** Whether WebGL draws on the processor, by what it calls itself. */
export const isSoftware = (renderer: string) => /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer)
