// The three spheres' canvas: one full-screen triangle, drawn when something changed and at no other time.

import {
  BufferAttribute,
  BufferGeometry,
  type DataTexture,
  GLSL3,
  Matrix3,
  Mesh,
  OrthographicCamera,
  Scene,
  ShaderMaterial,
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three'
import { webgl2 } from '../webgl'
import { discSolidAngle, type DiscLight } from './bake'
import type { LightProbe } from './probe'
import { FRAGMENT, VERTEX } from './shader'
import { inverse, type Mat3, turning, type Vec3 } from './sphere'
import { radianceTexture } from './texture'

const DISTANCE = 11
const HALF_WIDTH = Math.tan(0.312) // the spheres fill the frame's width whatever its shape
const LIFT = 0.16 // radians that the eye is above the spheres' centre
const BACKDROP_BLUR = 0.012 // radians

export interface Lighting {
  rotation: Mat3 // of the panorama's content
  sun: DiscLight | null // in the world, after the rotation
  exposure: number // EV
}

/** Draws a probe's spheres into a canvas; raises NoWebGL where there is no WebGL 2. */
export class SphereScene {
  private readonly renderer: WebGLRenderer
  private readonly material: ShaderMaterial
  private readonly scene = new Scene()
  private readonly camera = new OrthographicCamera()
  private readonly geometry = new BufferGeometry()
  private textures: DataTexture[] = []
  private frame = 0
  private yaw = 0
  private lift = LIFT

  constructor(canvas: HTMLCanvasElement) {
    const attributes = { antialias: false, alpha: false, depth: false, powerPreference: 'low-power' } as const
    this.renderer = new WebGLRenderer({ canvas, context: webgl2(canvas, attributes), depth: false })
    this.geometry.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3))
    this.material = new ShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      depthTest: false,
      toneMapped: false,
      uniforms: {
        uMap: { value: null },
        uGlossy: { value: null },
        uIrradiance: { value: null },
        uMapHeight: { value: 512 },
        uWorldToMap: { value: new Matrix3() },
        uCamera: { value: new Matrix3() },
        uEye: { value: new Vector3() },
        uSunDirection: { value: new Vector3(0, 1, 0) },
        uSunIrradiance: { value: new Vector3() },
        uSunRadius: { value: 0.005 },
        uExposure: { value: 1 },
        uFrame: { value: new Vector2(1, 1) },
        uPixel: { value: new Vector2() },
        uBackdropLod: { value: BACKDROP_BLUR },
      },
    })
    const mesh = new Mesh(this.geometry, this.material)
    mesh.frustumCulled = false
    this.scene.add(mesh)
  }

  show(probe: LightProbe): void {
    for (const old of this.textures) old.dispose()
    const [map, glossy, irradiance] = [
      radianceTexture(probe.map, true),
      radianceTexture(probe.glossy, false),
      radianceTexture(probe.irradiance, false),
    ]
    this.textures = [map, glossy, irradiance]
    this.set('uMap', map)
    this.set('uGlossy', glossy)
    this.set('uIrradiance', irradiance)
    this.set('uMapHeight', probe.map.height)
    this.redraw()
  }

  light({ rotation, sun, exposure }: Lighting): void {
    ;(this.material.uniforms.uWorldToMap!.value as Matrix3).set(...inverse(rotation))
    this.set('uExposure', 2 ** exposure)
    const energy = sun ? discSolidAngle(sun.radius, sun.softness) : 0
    this.vector('uSunIrradiance', sun ? (sun.radiance.map((c) => c * energy) as Vec3) : [0, 0, 0])
    if (sun) {
      this.vector('uSunDirection', sun.direction)
      this.set('uSunRadius', sun.radius)
    }
    this.redraw()
  }

  /** Walks around the spheres, by radians to the right and up. */
  orbit(right: number, up: number): void {
    this.yaw += right
    this.lift = Math.max(0.02, Math.min(1.2, this.lift + up))
    this.redraw()
  }

  home(): void {
    this.yaw = 0
    this.lift = LIFT
    this.redraw()
  }

  resize(width: number, height: number): void {
    if (width <= 0 || height <= 0) return
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio))
    this.renderer.setSize(width, height, false)
    ;(this.material.uniforms.uFrame!.value as Vector2).set(HALF_WIDTH, (HALF_WIDTH * height) / width)
    const ratio = this.renderer.getPixelRatio()
    ;(this.material.uniforms.uPixel!.value as Vector2).set(2 / (width * ratio), 2 / (height * ratio))
    this.redraw()
  }

  dispose(): void {
    cancelAnimationFrame(this.frame)
    for (const old of this.textures) old.dispose()
    this.material.dispose()
    this.geometry.dispose()
    this.renderer.dispose()
  }

  private redraw(): void {
    cancelAnimationFrame(this.frame)
    this.frame = requestAnimationFrame(() => this.draw())
  }

  private draw(): void {
    if (this.textures.length === 0) return
    // The eye turns about the spheres; tilted down, it looks at the point between them.
    const axes = turning(this.yaw, -this.lift, 0)
    ;(this.material.uniforms.uCamera!.value as Matrix3).set(...axes)
    this.vector('uEye', [axes[2] * DISTANCE, axes[5] * DISTANCE, axes[8] * DISTANCE])
    this.renderer.render(this.scene, this.camera)
  }

  private set(name: string, value: unknown): void {
    this.material.uniforms[name]!.value = value
  }

  private vector(name: string, value: Vec3): void {
    ;(this.material.uniforms[name]!.value as Vector3).set(...value)
  }
}
