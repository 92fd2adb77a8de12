// Photo Sphere Viewer, in the house frame. This module is loaded on its own, so that a page without it still works.

import '@photo-sphere-viewer/core/index.css'
import { events, Viewer } from '@photo-sphere-viewer/core'
import { type ChangedLight, LightOverlay } from './LightOverlay'
import { azimuthAltitude, IDENTITY, type Mat3, type Vec3 } from '../light/sphere'

const START_ZOOM = 25
const STEP = 0.14 // radians a key turns

/** Euler angles (YXZ, the viewer's frame, which faces +z) of a rotation of the panorama's content. */
export function sphereCorrection(m: Mat3): { pan: number; tilt: number; roll: number } {
  const pitch = Math.asin(Math.max(-1, Math.min(1, -m[5])))
  return { pan: Math.atan2(m[2], m[8]), tilt: -pitch, roll: -Math.atan2(m[3], m[4]) }
}

export class PanoramaViewer {
  private readonly viewer: Viewer
  private readonly overlay = new LightOverlay()
  private wanted: string | null = null
  private shown: string | null = null
  private loading = false
  private rotation = IDENTITY
  private ahead = { yaw: 0, pitch: 0 }
  private moved = false
  /** Whether the picture that is wanted could not be loaded; what was there before stays. */
  failed = false

  /** Throws where the browser has no WebGL. `changed` is called whenever the picture on the screen changes. */
  constructor(
    private readonly container: HTMLElement,
    private readonly changed: () => void,
  ) {
    // Without WebGL the library makes half a viewer and says nothing.
    if (!document.createElement('canvas').getContext('webgl2')) throw new Error('This browser has no WebGL 2.')
    this.viewer = new Viewer({
      container,
      navbar: false,
      keyboard: false,
      defaultZoomLvl: START_ZOOM,
      maxFov: 100,
      minFov: 20,
      mousewheel: true,
      moveInertia: matchMedia('(prefers-reduced-motion: reduce)').matches ? false : 0.8,
      canvasBackground: 'transparent',
      loadingTxt: '',
      lang: { webglError: '', loadError: '' },
    })
    this.viewer.renderer.addObject(this.overlay.mesh)
    this.viewer.addEventListener(events.PositionUpdatedEvent.type, changed)
    this.viewer.addEventListener(events.ZoomUpdatedEvent.type, changed)
    this.viewer.addEventListener(events.SizeUpdatedEvent.type, changed)
    for (const by of ['pointerdown', 'wheel', 'keydown']) container.addEventListener(by, () => (this.moved = true))
  }

  /** Shows a picture in place of the one before, the eye staying where it looks; of several the last wins. */
  show(url: string): void {
    this.wanted = url
    if (!this.loading) void this.load()
  }

  /** Asks once more for the picture that could not be loaded. */
  again(): void {
    this.shown = null
    if (!this.loading) void this.load()
  }

  private async load(): Promise<void> {
    this.loading = true
    this.failed = false
    while (this.wanted && this.wanted !== this.shown) {
      const url = this.wanted
      try {
        await this.viewer.setPanorama(url, {
          transition: false,
          showLoader: false,
          sphereCorrection: sphereCorrection(this.rotation),
        })
        this.container.dataset.panorama = url
        this.failed = false
      } catch {
        this.failed = true
      }
      this.shown = url
    }
    this.loading = false
    this.changed()
  }

  /** Turns the panorama itself, not the eye. */
  turn(rotation: Mat3): void {
    this.rotation = rotation
    if (this.shown) this.viewer.setOption('sphereCorrection', sphereCorrection(rotation))
  }

  /** Shows the main light where it is being put; null while it is where the picture has it. */
  showLight(changed: ChangedLight | null): void {
    this.overlay.show(changed)
    this.viewer.needsUpdate()
  }

  /** Where a world direction lies on the container in pixels, or null behind the eye or outside. */
  locate(to: Vec3): { x: number; y: number } | null {
    if (!this.viewer.state.ready) return null
    const [azimuth, altitude] = azimuthAltitude(to)
    const position = { yaw: azimuth, pitch: altitude }
    if (!this.viewer.dataHelper.isPointVisible(position)) return null
    return this.viewer.dataHelper.sphericalCoordsToViewerCoords(position)
  }

  /** The world direction under a point of the container, azimuth and altitude in radians. */
  pointAt(x: number, y: number): [number, number] | null {
    const found = this.viewer.dataHelper.viewerCoordsToSphericalCoords({ x, y })
    if (!found) return null
    return [Math.atan2(Math.sin(found.yaw), Math.cos(found.yaw)), found.pitch]
  }

  look(right: number, up: number): void {
    const { yaw, pitch } = this.viewer.getPosition()
    this.viewer.rotate({ yaw: yaw + right * STEP, pitch: Math.max(-1.57, Math.min(1.57, pitch + up * STEP)) })
  }

  lookTo(azimuth: number, altitude: number): void {
    this.moved = true
    this.viewer.rotate({ yaw: azimuth, pitch: altitude })
  }

  zoom(steps: number): void {
    this.viewer.zoom(Math.max(0, Math.min(100, this.viewer.getZoomLevel() + 10 * steps)))
  }

  home(): void {
    this.viewer.rotate(this.ahead)
    this.viewer.zoom(START_ZOOM)
  }

  /** Another panorama: the eye may be turned ahead until somebody turns it. */
  begin(): void {
    this.moved = false
  }

  /** Where the photo's middle is, which is where one looks first. */
  setAhead(to: Vec3): void {
    const [yaw, pitch] = azimuthAltitude(to)
    this.ahead = { yaw, pitch }
    if (!this.moved) this.viewer.rotate(this.ahead)
  }

  dispose(): void {
    this.wanted = null
    this.overlay.dispose()
    this.viewer.destroy()
  }
}
