// The main light as it is being changed, drawn over the preview: where it was, the map without it; where it is, it.

import { BackSide, GLSL3, Matrix3, Mesh, ShaderMaterial, SphereGeometry, Vector3, type DataTexture } from 'three'
import type { DiscLight } from '../light/bake'
import { DISPLAY, SPHERE } from '../light/display'
import type { RadianceMap } from '../light/radiance'
import { inverse, type Mat3, type Vec3 } from '../light/sphere'
import { radianceTexture } from '../light/texture'

const VERTEX = /* glsl */ `
out vec3 vAt;
void main() {
  vAt = position;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`

const FRAGMENT = /* glsl */ `
precision highp float;
in vec3 vAt;
out vec4 colour;
uniform sampler2D uMap;
uniform mat3 uWorldToMap;
uniform vec3 uBefore;
uniform float uBeforeReach;
uniform vec3 uAfter;
uniform float uAfterRadius;
uniform float uSoftness;
uniform vec3 uRadiance;
${SPHERE}
${DISPLAY}
const float FEATHER = 0.01; // radians, some pixels of the map

void main() {
  vec3 d = normalize(vec3(-vAt.x, vAt.y, -vAt.z)); // the viewer faces +z, the house −z
  float rim = max(uAfterRadius * uSoftness, 1e-4);
  float angle = angleBetween(d, uAfter);
  float share = 1.0 - smoothstep(uAfterRadius - 0.5 * rim, uAfterRadius + 0.5 * rim, angle);
  float gone = 1.0 - smoothstep(uBeforeReach, uBeforeReach + FEATHER, angleBetween(d, uBefore));
  float shown = max(gone, share);
  if (shown <= 0.0) discard;
  vec3 light = texture(uMap, latlong(uWorldToMap * d)).rgb + share * uRadiance;
  colour = vec4(encoded(toneMapped(light)), shown);
}`

export interface ChangedLight {
  map: RadianceMap // without the light
  rotation: Mat3
  before: DiscLight // both as seen in the turned panorama
  after: DiscLight | null
}

export class LightOverlay {
  readonly mesh: Mesh
  private readonly material: ShaderMaterial
  private map: RadianceMap | null = null
  private texture: DataTexture | null = null

  constructor() {
    this.material = new ShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      transparent: true,
      depthTest: false,
      depthWrite: false,
      toneMapped: false,
      side: BackSide,
      uniforms: {
        uMap: { value: null },
        uWorldToMap: { value: new Matrix3() },
        uBefore: { value: new Vector3() },
        uBeforeReach: { value: 0 },
        uAfter: { value: new Vector3() },
        uAfterRadius: { value: 0 },
        uSoftness: { value: 0 },
        uRadiance: { value: new Vector3() },
      },
    })
    this.mesh = new Mesh(new SphereGeometry(5, 64, 32), this.material)
    this.mesh.renderOrder = 1
    this.mesh.visible = false
  }

  show(changed: ChangedLight | null): void {
    this.mesh.visible = changed !== null
    if (!changed) return
    if (changed.map !== this.map) {
      this.texture?.dispose()
      this.texture = radianceTexture(changed.map, false)
      this.map = changed.map
    }
    const { before, after } = changed
    const uniforms = this.material.uniforms
    uniforms.uMap!.value = this.texture
    ;(uniforms.uWorldToMap!.value as Matrix3).set(...inverse(changed.rotation))
    vector(uniforms.uBefore!.value, before.direction)
    uniforms.uBeforeReach!.value = before.radius * (1 + before.softness / 2)
    vector(uniforms.uAfter!.value, after?.direction ?? [0, 0, 0])
    vector(uniforms.uRadiance!.value, after?.radiance ?? [0, 0, 0])
    uniforms.uAfterRadius!.value = after?.radius ?? 0
    uniforms.uSoftness!.value = after?.softness ?? 0
  }

  dispose(): void {
    this.texture?.dispose()
    this.material.dispose()
    this.mesh.geometry.dispose()
  }
}

function vector(target: Vector3, [x, y, z]: Vec3): void {
  target.set(x, y, z)
}
