// A scene's canvas: Gaussians as a reference rasteriser draws them, or a dot for each. Drawn anew when something changes,
// and again while Spark sorts what was seen from elsewhere.

import { SparkRenderer, SplatMesh } from '@sparkjsdev/spark'
import { Color, PerspectiveCamera, Scene, SRGBColorSpace, WebGLRenderer } from 'three'
import { ahead, type Eye, place, sampleOf, type Triple } from '../viewer/eye'
import { isSoftware, nameOf, webgl2 } from '../webgl'
import { type Pace, paced, perSecond } from './statistics'
import type { Quaternion } from './turn'

export type Mode = 'splats' | 'points'

export interface Look {
  background: string // #rrggbb, sRGB
  mode: Mode
  size: number // of points, pixels across
}

/** A file's Gaussians, ready to be drawn. */
export interface Splats {
  mesh: SplatMesh
  count: number
  degree: number // of the spherical harmonics
  sample: Triple[] // where some of them are, in the file's own axes
}

// As Kerbl et al. (2023) draw them: blurred by 0.3 square pixels, cut where less than 1/255 is left, sorted by depth.
const BLUR = 0.3
const LEAST_ALPHA = 1 / 255
const DEVIATIONS = Math.sqrt(2 * Math.log(255))
const LARGEST = 2048 // pixels, of a Gaussian

/** Draws a scene into a canvas; raises NoWebGL where there is no WebGL 2. */
export class SplatScene {
  private readonly renderer: WebGLRenderer
  private readonly spark: SparkRenderer
  private readonly camera = new PerspectiveCamera()
  private readonly scene = new Scene()
  private readonly software: boolean
  private splats: Splats | null = null
  private eye: Eye | null = null
  private rotation: Quaternion = [1, 0, 0, 0]
  private scale = 1
  private size: number | null = null // of points
  private pace: Pace = []
  private frame = 0
  private drawn = 0
  /** Hears how many pictures a second are drawn while something moves. */
  onPace: ((perSecond: number) => void) | null = null

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = webgl2(canvas, { antialias: false, alpha: false, powerPreference: 'high-performance' })
    this.software = isSoftware(nameOf(context))
    this.renderer = new WebGLRenderer({ canvas, context })
    this.spark = new SparkRenderer({
      renderer: this.renderer,
      onDirty: () => this.again(),
      blurAmount: 0,
      minAlpha: LEAST_ALPHA,
      maxStdDev: DEVIATIONS,
      sortRadial: false,
      enableLod: false,
    })
    this.scene.add(this.spark)
    canvas.addEventListener('webglcontextrestored', this.redraw)
  }

  /** What stands in a file. Raises what Spark raises where it is no scene. */
  static async read(bytes: Uint8Array, name: string): Promise<Splats> {
    const mesh = new SplatMesh({ fileBytes: bytes, fileName: name, extSplats: true, raycastable: false })
    await mesh.initialized
    const splats = mesh.extSplats!
    const count = splats.getNumSplats()
    if (count === 0) throw new Error('no Gaussians')
    const sample = sampleOf(count).map((index): Triple => splats.getSplat(index).center.toArray())
    return { mesh, count, degree: splats.getNumSh(), sample }
  }

  /** Shows a scene in the place of the one before, which goes. */
  show(splats: Splats): void {
    if (this.splats) {
      this.scene.remove(this.splats.mesh)
      this.splats.mesh.dispose()
    }
    this.splats = splats
    this.scene.add(splats.mesh)
    this.pace = []
    this.canvas.dataset.count = `${splats.count}`
    this.redraw()
  }

  /** Turns and scales it, about the origin of its file. */
  turn(rotation: Quaternion, scale: number): void {
    this.rotation = rotation
    this.scale = scale
    this.redraw()
  }

  look({ background, mode, size }: Look): void {
    this.renderer.setClearColor(new Color().setStyle(background, SRGBColorSpace))
    this.size = mode === 'points' ? size : null
    this.measure()
    this.canvas.dataset.mode = mode
    this.redraw()
  }

  /** Looks from there. */
  move(eye: Eye): void {
    this.eye = eye
    this.redraw()
  }

  resize(width: number, height: number): void {
    if (width <= 0 || height <= 0) return
    this.renderer.setPixelRatio(Math.min(this.software ? 1 : 2, devicePixelRatio))
    this.renderer.setSize(width, height, false)
    this.measure()
    this.camera.aspect = width / height
    this.redraw()
  }

  get aspect(): number {
    return this.camera.aspect
  }

  /** The canvas as it is, a PNG. */
  picture(): Promise<Blob | null> {
    this.render() // what was drawn is gone as soon as it has been shown
    return new Promise((done) => this.canvas.toBlob(done, 'image/png'))
  }

  dispose(): void {
    cancelAnimationFrame(this.frame)
    this.frame = -1
    this.canvas.removeEventListener('webglcontextrestored', this.redraw)
    this.splats?.mesh.dispose()
    this.spark.dispose()
    this.renderer.dispose()
  }

  /** Points are flat and all of one size, whatever they stand for. */
  private measure(): void {
    const { spark, size } = this
    const radius = size === null ? null : (size / 2) * this.renderer.getPixelRatio()
    spark.falloff = radius === null ? 1 : 0
    spark.maxPixelRadius = radius ?? LARGEST
    spark.preBlurAmount = radius === null ? BLUR : radius ** 2
  }

  private redraw = (): void => {
    this.canvas.dataset.still = 'false'
    this.again()
  }

  private again(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.draw(now))
  }

  private draw(now: number): void {
    this.frame = 0
    this.render()
    const { dataset } = this.canvas
    dataset.frames = `${++this.drawn}`
    if (!this.splats) return
    this.pace = paced(this.pace, now)
    const pace = perSecond(this.pace)
    if (pace !== null) this.onPace?.(pace)
    dataset.still = `${!this.spark.sorting && !this.spark.sortDirty && this.frame === 0}`
  }

  private render(): void {
    const { eye, splats } = this
    if (eye) this.aim(eye)
    if (eye && splats) {
      const [w, x, y, z] = this.rotation
      splats.mesh.quaternion.set(x, y, z, w)
      splats.mesh.scale.setScalar(this.scale / eye.reach)
    }
    this.renderer.render(this.scene, this.camera)
  }

  // As large as the scene is, it is drawn about one in size: what Spark holds for a small step is so in any unit.
  private aim(eye: Eye): void {
    const [x, y, z] = place(eye).map((value) => value / eye.reach) as Triple
    const to = ahead(eye)
    this.camera.fov = (eye.fov * 180) / Math.PI
    this.camera.near = 0.002
    this.camera.far = eye.distance / eye.reach + 2000
    this.camera.position.set(x, y, z)
    this.camera.lookAt(x + to[0], y + to[1], z + to[2])
    this.camera.updateProjectionMatrix()
  }
}
