"""A page of three.js alone, which knows nothing of ours: what its glTF loader makes of a file."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Route

from lucida.geometry.cameras import Camera, to_opengl

_ADDRESS = "http://three.test"
_PAGE = """<!doctype html><title>three.js</title><style>body { margin: 0 } canvas { display: block }</style>
<script type="importmap">{"imports": {"three": "/build/three.module.js", "three/addons/": "/examples/jsm/"}}</script>
<script type="module">
import { Color, Matrix4, PerspectiveCamera, Scene, WebGLRenderer } from 'three'
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js'

window.draw = async (glb, width, height, fov, pose) => {
  const bytes = Uint8Array.from(atob(glb), (each) => each.charCodeAt(0))
  const file = await new GLTFLoader().parseAsync(bytes.buffer, '')
  const scene = new Scene()
  scene.background = new Color('white')
  scene.add(file.scene)
  const camera = new PerspectiveCamera(fov, width / height, 0.01, 100)
  camera.matrixAutoUpdate = false
  camera.matrix.copy(new Matrix4().set(...pose))
  camera.matrixWorldNeedsUpdate = true
  const renderer = new WebGLRenderer({ preserveDrawingBuffer: true })
  renderer.setSize(width, height)
  document.body.replaceChildren(renderer.domElement)
  renderer.render(scene, camera)
}
</script>"""


def drawn_by_three(browser: Browser, three: Path, glb: bytes, camera: Camera) -> NDArray[np.float64]:
    """A GLB as three.js, of the folder `three`, draws it over white, (H, W, 3), 0 to 255.

    The camera stands in the file's axes, has square pixels and looks through its middle.
    """

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(_ADDRESS).lstrip("/")
        if path:
            route.fulfill(path=three / path, content_type="text/javascript")
        else:
            route.fulfill(body=_PAGE, content_type="text/html")

    page = browser.new_page(viewport={"width": camera.width, "height": camera.height})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.route(f"{_ADDRESS}/**", answer)
    page.goto(_ADDRESS)
    page.wait_for_function("() => window.draw")
    fov = math.degrees(2 * math.atan(camera.height / 2 / camera.fy))
    pose = to_opengl(camera.world_to_camera).ravel().tolist()
    page.evaluate(
        "all => window.draw(...all)", [base64.b64encode(glb).decode(), camera.width, camera.height, fov, pose]
    )
    shown = page.locator("canvas").screenshot()
    page.close()
    assert problems == []
    return np.asarray(Image.open(io.BytesIO(shown)).convert("RGB"), np.float64)
