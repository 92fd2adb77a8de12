/** The browser cannot draw: it has no WebGL 2. */
export class NoWebGL extends Error {}

/** A canvas's WebGL 2. Raises NoWebGL where there is none. */
export function webgl2(canvas: HTMLCanvasElement, attributes: WebGLContextAttributes): WebGL2RenderingContext {
  const context = canvas.getContext('webgl2', attributes)
  if (!context) throw new NoWebGL()
  return context
}
