// A point cloud's canvas. While something moves as many points are drawn as go smoothly; when all is still all are drawn
// beside the screen, a part with each picture, and take the place of what is shown when they are complete.

import {
  BufferAttribute,
  BufferGeometry,
  GLSL3,
  Matrix4,
  Mesh,
  NoBlending,
  OrthographicCamera,
  PerspectiveCamera,
  Points,
  Scene,
  ShaderMaterial,
  Vector2,
  Vector3,
  WebGLRenderer,
  WebGLRenderTarget,
} from 'three'
import { ahead, type Eye, type Extent, place } from '../viewer/eye'
import { isSoftware, nameOf, webgl2 } from '../webgl'
import { adapted, type Budget, firstBudget, type Screen } from './budget'
import { CATEGORIES } from './categories'
import type { Cloud, Triple } from './decode'
import { baseSize, bySight, depthsOf } from './measures'
import { type Colouring, COLOURINGS, COPY_FRAGMENT, COPY_VERTEX, FRAGMENT, VERTEX } from './shader'

export interface Look {
  colouring: Colouring
  size: number // of points, 1 is as large as they are far apart
  shown: readonly boolean[] // of the categories
  background: Triple // sRGB, 0-1
}

/** What a sound does to the categories just now, 0 to 1 of each. */
export type Pulse = () => readonly number[]

const NO_PULSE = CATEGORIES.map(() => 0)
const CRACK = 4 // pixels; what is wider is seen through
const MOVE = 0.035 // of the reach, or of how far off a point is, at full loudness

/** Draws a cloud into a canvas; raises NoWebGL where there is no WebGL 2. */
export class CloudScene {
  readonly screen: Screen
  private readonly renderer: WebGLRenderer
  private readonly camera = new PerspectiveCamera()
  private readonly material: ShaderMaterial
  private readonly points: Points<BufferGeometry, ShaderMaterial>
  private readonly scene = new Scene()
  private readonly copy: ShaderMaterial
  private readonly copyScene = new Scene()
  private readonly copyCamera = new OrthographicCamera()
  private readonly whole = new WebGLRenderTarget(1, 1)
  private cloud: Cloud | null = null
  private eye: Eye | null = null
  private background: Triple = [0, 0, 0]
  private size = 1
  private reach = 1
  private pulse: Pulse | null = null
  private still = false // whether bodies must not move
  private budget: Budget
  private moved = false
  private complete = 0 // points that are drawn beside the screen
  private frame = 0
  private before = NaN // when the last picture was begun, in ms
  private drawn = 0

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = webgl2(canvas, { antialias: false, alpha: false, powerPreference: 'high-performance' })
    this.renderer = new WebGLRenderer({ canvas, context })
    this.renderer.autoClear = false
    this.screen = { software: isSoftware(nameOf(context)), small: Math.min(screen.width, screen.height) < 600 }
    this.budget = firstBudget(this.screen)
    this.material = new ShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      blending: NoBlending,
      toneMapped: false,
      uniforms: {
        uFromStored: { value: new Matrix4() },
        uSize: { value: 1 },
        uBySight: { value: false },
        uPixels: { value: 1 },
        uColouring: { value: 0 },
        uShown: { value: CATEGORIES.map(() => 1) },
        uPulse: { value: NO_PULSE },
        uMove: { value: 0 },
        uSurrounds: { value: false },
        uDepths: { value: new Vector2(9, 3) },
        uDisparity: { value: false },
        uTime: { value: 0 },
        uBackground: { value: new Vector3() },
      },
    })
    this.points = new Points(new BufferGeometry(), this.material)
    this.points.frustumCulled = false
    this.scene.add(this.points)
    this.copy = new ShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: COPY_VERTEX,
      fragmentShader: COPY_FRAGMENT,
      depthTest: false,
      depthWrite: false,
      blending: NoBlending,
      toneMapped: false,
      uniforms: {
        uPicture: { value: this.whole.texture },
        uBackground: { value: new Vector3() },
        uReach: { value: 0 },
      },
    })
    const triangle = new BufferGeometry()
    triangle.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3))
    const sheet = new Mesh(triangle, this.copy)
    sheet.frustumCulled = false
    this.copyScene.add(sheet)
    canvas.addEventListener('webglcontextrestored', this.redraw)
  }

  /** Shows a cloud; the eye is another matter. */
  show(cloud: Cloud, extent: Extent, reach: number): void {
    this.cloud = cloud
    this.points.geometry.dispose()
    const geometry = new BufferGeometry()
    geometry.setAttribute('position', new BufferAttribute(cloud.positions, 3))
    geometry.setAttribute('rgbs', new BufferAttribute(cloud.colours, 4, true))
    this.points.geometry = geometry
    const { min, scale } = cloud
    const fromStored = new Matrix4().makeScale(...scale).setPosition(...min)
    const { far, near, disparity } = depthsOf(cloud.header, extent)
    this.set('uFromStored', fromStored)
    this.set('uBySight', bySight(cloud.header))
    this.set('uSurrounds', cloud.header.projection === 'equirectangular' || cloud.header.projection === 'legacy')
    this.set('uDepths', disparity ? new Vector2(1 / far, 1 / near) : new Vector2(far, near))
    this.set('uDisparity', disparity)
    this.reach = bySight(cloud.header) ? 1 : reach
    this.set('uMove', this.still ? 0 : MOVE * this.reach)
    this.canvas.dataset.points = `${cloud.count}`
    this.redraw()
  }

  look({ colouring, size, shown, background }: Look): void {
    this.size = size
    this.background = background
    this.set('uColouring', COLOURINGS.indexOf(colouring))
    this.set('uShown', shown.map(Number))
    this.set('uBackground', new Vector3(...background))
    this.copy.uniforms.uBackground!.value = new Vector3(...background)
    this.canvas.dataset.colouring = colouring
    this.redraw()
  }
  /** Looks from there. */
  move(eye: Eye): void {
    this.eye = eye
    this.redraw()
  }

  /** Lets a sound move the points, or nothing; `still` lets it change their brightness alone. */
  listen(pulse: Pulse | null, still: boolean): void {
    this.pulse = pulse
    this.still = still
    this.set('uMove', still ? 0 : MOVE * this.reach)
    this.redraw()
  }

  resize(width: number, height: number): void {
    if (width <= 0 || height <= 0) return
    this.renderer.setPixelRatio(Math.min(this.screen.software ? 1 : 2, devicePixelRatio))
    this.renderer.setSize(width, height, false)
    this.whole.setSize(this.canvas.width, this.canvas.height)
    this.copy.uniforms.uReach!.value = Math.round(CRACK * this.renderer.getPixelRatio())
    this.camera.aspect = width / height
    this.redraw()
  }

  get aspect(): number {
    return this.camera.aspect
  }

  dispose(): void {
    cancelAnimationFrame(this.frame)
    this.canvas.removeEventListener('webglcontextrestored', this.redraw)
    this.points.geometry.dispose()
    this.material.dispose()
    this.copy.dispose()
    this.whole.dispose()
    this.renderer.dispose()
  }

  private redraw = (): void => {
    this.moved = true
    this.canvas.dataset.still = 'false'
    this.again()
  }

  private again(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.draw(now))
  }

  private draw(now: number): void {
    this.frame = 0
    const { cloud, eye } = this
    if (!cloud || !eye) return
    // From picture to picture without a rest between them.
    if (Number.isFinite(this.before) && document.visibilityState === 'visible')
      this.budget = adapted(this.budget, this.drawn, (now - this.before) / 1000)
    this.before = now
    this.aim(eye)
    const part = Math.min(cloud.count, this.budget.points)
    const listening = this.pulse !== null
    this.set('uPulse', this.pulse?.() ?? NO_PULSE)
    this.set('uTime', (now / 1000) % 1000)
    if (this.moved || listening) {
      this.moved = false
      this.complete = 0
      this.drawPoints(this.screen.software ? null : this.whole, 0, part, part)
      if (!this.screen.software) this.lay()
      // On a processor cracks are closed when all is still, on a card at once.
      const complete = part === cloud.count && !this.screen.software
      this.tell(part, complete)
      if (complete && !listening) this.rest()
      else this.again()
      return
    }
    const from = this.complete
    this.complete = Math.min(cloud.count, from + part)
    this.drawPoints(this.whole, from, this.complete, cloud.count)
    if (this.complete < cloud.count) {
      this.tell(part, false)
      this.again()
      return
    }
    this.lay()
    this.complete = 0
    this.tell(part, true)
    this.rest()
  }

  /** What was drawn beside the screen comes onto it. */
  private lay(): void {
    this.renderer.setRenderTarget(null)
    this.renderer.render(this.copyScene, this.copyCamera)
  }

  private rest(): void {
    this.before = NaN
  }

  /** Draws these points, as large as they must be where so many are drawn in all. */
  private drawPoints(target: WebGLRenderTarget | null, from: number, to: number, inAll: number): void {
    const { header } = this.cloud!
    this.set('uSize', this.size * baseSize(header, inAll))
    this.points.geometry.setDrawRange(from, to - from)
    this.renderer.setRenderTarget(target)
    if (from === 0) {
      // As it stands on the screen: the renderer would take it for light.
      this.renderer.state.buffers.color.setClear(...this.background, target ? 0 : 1, false)
      this.renderer.clear()
    }
    this.renderer.render(this.scene, this.camera)
  }

  private aim(eye: Eye): void {
    const [from, to] = [place(eye), ahead(eye)]
    this.camera.fov = (eye.fov * 180) / Math.PI
    this.camera.near = 0.002 * eye.reach
    this.camera.far = eye.distance + 2000 * eye.reach
    this.camera.position.set(...from)
    this.camera.lookAt(from[0] + to[0], from[1] + to[1], from[2] + to[2])
    this.camera.updateProjectionMatrix()
    this.set('uPixels', (0.5 * this.canvas.height) / Math.tan(eye.fov / 2))
  }

  private tell(drawn: number, still: boolean): void {
    this.drawn = drawn
    const { dataset } = this.canvas
    dataset.drawn = `${still ? this.cloud!.count : drawn}`
    dataset.budget = `${this.budget.points}`
    dataset.still = `${still}`
  }

  private set(name: string, value: unknown): void {
    this.material.uniforms[name]!.value = value
  }
}
