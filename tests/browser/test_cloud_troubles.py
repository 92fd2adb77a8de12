"""What does not go as it should on the page of point clouds is said, and can be tried again."""

from __future__ import annotations

import re
from pathlib import Path

from browser.clouds_driver import POINTS, Clouds
from playwright.sync_api import Route, expect
from waiting import wait_until

UNUSABLE = "Failed to load resource"
BUSY = "The database is busy; try again in a moment."

# The connection is lost in the midst of the first large cloud that comes.
BREAKS_OFF = """
const ask = window.fetch
let broken = false
window.fetch = async (url, ...rest) => {
  const answer = await ask(url, ...rest)
  if (broken || !String(url).includes('max_points=2000000')) return answer
  broken = true
  const reader = answer.body.getReader()
  const pull = async stream => {
    const { value } = await reader.read()
    stream.enqueue(value)
    void reader.cancel()
    stream.error(new TypeError('network error'))
  }
  return new Response(new ReadableStream({ pull }))
}
"""


def _refuse(route: Route) -> None:
    route.fulfill(status=503, json={"detail": BUSY, "code": "busy"})


def _hold(clouds: Clouds, address: str) -> list[Route]:
    """The next request there waits in this list until it is let on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    clouds.page.route(address, hold, times=1)
    return held


def _sent(clouds: Clouds, held: list[Route]) -> Route:
    """The request that is held, once the page has sent it."""
    wait_until(lambda: clouds.page.wait_for_timeout(50) is None and held, "the request")
    return held[0]


def _look_again(clouds: Clouds) -> None:
    """As when the tab comes to the front, upon which the page asks whether the server is there."""
    clouds.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def test_points_that_came_stay_when_the_rest_breaks_off(cloud: Clouds) -> None:
    page = cloud.page
    page.add_init_script(BREAKS_OFF)
    asked: list[str] = []
    page.on("request", lambda request: "cloud.bin" in request.url and asked.append(request.url))
    cloud.open()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("broke off")
    expect(page.get_by_role("progressbar", name="Points loaded")).to_have_count(0)
    expect(page.get_by_text("There are no points to show.")).to_have_count(0)
    assert 0 < int(cloud.drawing()["points"]) <= 50_000
    on_top = "canvas => document.elementFromPoint(...['x', 'y'].map(at => canvas.getBoundingClientRect()[at] + 150))"
    assert cloud.canvas.evaluate(f"canvas => ({on_top})(canvas) === canvas"), "the points can be taken with the mouse"
    cloud.press("Try again")
    cloud.wait_until_complete()
    assert cloud.drawing()["points"] == str(POINTS)
    expect(alert).to_have_count(0)
    assert sum("max_points=50000" in url for url in asked) == 1, "what was there was not asked for again"


def test_shape_that_does_not_come_leaves_the_one_that_is_shown(clouds: Clouds) -> None:
    clouds.expected = lambda text: UNUSABLE in text
    clouds.generate("a lake")
    clouds.show_cloud()
    page = clouds.page
    page.route(re.compile("projection=perspective"), _refuse)
    clouds.press("Perspective")
    expect(page.get_by_role("alert")).to_contain_text(BUSY)
    expect(page.get_by_text("There are no points to show.")).to_have_count(0)
    expect(clouds.canvas).to_be_visible()
    page.unroute(re.compile("projection=perspective"))
    with page.expect_response(re.compile("projection=perspective")):
        clouds.press("Try again")
    clouds.wait_until_complete()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_cloud_that_cannot_be_deleted_stays_and_says_why(clouds: Clouds) -> None:
    clouds.expected = lambda text: UNUSABLE in text
    clouds.generate("a lake")
    clouds.show_cloud()
    page = clouds.page

    def refuse(route: Route) -> None:
        if route.request.method == "DELETE":
            _refuse(route)
        else:
            route.continue_()

    page.route("**/api/jobs/*", refuse)
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete")
    clouds.press("Delete a lake")
    delete.click()
    expect(page.get_by_role("alert")).to_contain_text(BUSY)
    expect(clouds.history).to_have_count(1)
    expect(page.locator(".caption")).to_contain_text("a lake")
    clouds.press("Close")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.unroute("**/api/jobs/*")
    clouds.press("Delete a lake")
    delete.click()
    expect(page.get_by_text("A sentence or a picture becomes points in space")).to_be_visible()
    expect(clouds.history).to_have_count(0)
    assert clouds.kept() == []


def test_reading_that_failed_is_tried_again(clouds: Clouds) -> None:
    clouds.expected = lambda text: UNUSABLE in text
    id = clouds.generate("a lake")
    page = clouds.page
    page.route("**/generations?*", _refuse)
    page.route(f"**/generations/{id}", _refuse)
    clouds.open(f"/clouds#job={id}")
    history = page.get_by_role("region", name="History")
    expect(history.get_by_role("alert")).to_contain_text(BUSY)
    page.unroute("**/generations?*")
    history.get_by_role("button", name="Try again").click()
    expect(clouds.history).to_have_count(1)
    expect(history.get_by_role("alert")).to_have_count(0)
    stage = page.locator(".canvas")
    expect(stage.get_by_role("alert")).to_contain_text(BUSY)
    page.unroute(f"**/generations/{id}")
    stage.get_by_role("button", name="Try again").click()
    clouds.wait_until_shown()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_cloud_is_read_when_the_server_is_back(clouds: Clouds) -> None:
    clouds.expected = lambda text: UNUSABLE in text
    for words in ("a lake", "a desert"):
        clouds.generate(words)
    clouds.show_cloud()
    page = clouds.page
    page.context.set_offline(True)
    clouds.history.filter(has_text="a lake").get_by_role("button").first.click()
    expect(page.get_by_role("alert")).to_contain_text("The Lucida server does not answer")
    _look_again(clouds)
    expect(page.get_by_role("banner").get_by_text("The server does not answer")).to_be_visible()
    page.context.set_offline(False)
    _look_again(clouds)
    expect(page.locator(".caption")).to_contain_text("a lake")
    clouds.wait_until_shown()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_late_answer_takes_nothing_back(clouds: Clouds) -> None:
    clouds.open()
    page = clouds.page
    held = _hold(clouds, "**/generations?*")
    clouds.generate("a lake")
    _look_again(clouds)  # the new job is seen, and the list read
    late = _sent(clouds, held)
    clouds.generate("a desert")
    _look_again(clouds)
    expect(clouds.history).to_have_count(2)
    with page.expect_response("**/generations?*"):
        late.fulfill(json={"generations": [], "next": None})
    clouds.settle()
    expect(clouds.history).to_have_count(2)


def test_drawing_that_does_not_load_is_no_lack_of_webgl(clouds: Clouds) -> None:
    clouds.expected = lambda text: UNUSABLE in text or "dynamically imported module" in text
    id = clouds.generate("a lake")
    page = clouds.page
    page.route("**/assets/CloudScene*.js", lambda route: route.abort())
    clouds.open()
    expect(page.get_by_text("What draws the points could not be loaded. Load the page again")).to_be_visible()
    expect(page.get_by_text("WebGL")).to_have_count(0)
    expect(page.get_by_role("img", name="Depth, near is bright")).to_have_attribute(
        "src", f"/generations/{id}/depth.png"
    )


def test_answer_that_comes_when_the_page_was_left_changes_no_other(clouds: Clouds) -> None:
    clouds.open()
    page = clouds.page
    held = _hold(clouds, "**/generate")
    clouds.ask_for("a lake")
    request = _sent(clouds, held)
    page.get_by_role("link", name="Pictures").click()
    expect(page.get_by_role("button", name="Generate")).to_be_visible()
    with page.expect_response("**/api/jobs/*"):
        request.continue_()
    clouds.settle()
    assert page.url == f"{clouds.address}/images"


def test_picture_that_was_chosen_meanwhile_stays(clouds: Clouds, photo: Path, another_photo: Path) -> None:
    clouds.open()
    page = clouds.page
    held = _hold(clouds, "**/generate")
    clouds.drop(photo)
    clouds.press("Make")
    request = _sent(clouds, held)
    clouds.drop(another_photo)
    request.continue_()
    expect(clouds.history).to_have_count(1)
    expect(page.locator(".caption")).to_contain_text("evening")
    expect(clouds.panel.get_by_role("button", name="Remove morning.jpg")).to_be_visible()
