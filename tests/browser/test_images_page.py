"""From words on the page to a picture, and the page by keyboard and on a phone."""

from __future__ import annotations

import re

from browser.page_driver import JOB_SECONDS
from browser.pictures_driver import Pictures
from playwright.sync_api import expect

from lucida.engines.diffusion.samplers import SAMPLERS
from lucida.images.asked import ASPECTS

UNUSABLE = "Failed to load resource"


def test_words_become_a_picture_that_is_seen_forming_and_kept(pictures: Pictures) -> None:
    pictures.open()
    page = pictures.page
    expect(page.get_by_text("Say what the picture shows.")).to_be_visible()
    pictures.prompt.fill("a river through green hills, and a dragon")
    with page.expect_request("**/v1/images/generations") as sent:
        page.keyboard.press("Enter")
    assert sent.value.headers["prefer"] == "respond-async"
    assert re.fullmatch(r"[0-9a-f]{32}", sent.value.headers["idempotency-key"])
    expect(page.locator(".canvas img.forming")).to_have_attribute(
        "src", re.compile("^/api/images/previews/"), timeout=JOB_SECONDS
    )
    pictures.wait_until_painted()

    (image,) = pictures.kept()
    expect(pictures.painted).to_have_attribute("src", image["imageUrl"])
    expect(pictures.tiles).to_have_count(1)
    assert (image["width"], image["height"]) == pictures.file(image).size == (1024, 1024)
    defaults = {"steps": 30, "cfgScale": 7.5, "sampler": "Euler", "hiresFix": False}
    assert {name: image["parameters"][name] for name in defaults} == defaults
    assert image["negativePrompt"] == ""
    # Which engine painted it and why, and what it made of the words.
    reason, licence = image["parameters"]["engineReason"], image["parameters"]["licence"]
    assert reason
    for words in (image["modelUsed"], reason, licence, "“dragon”", str(image["parameters"]["seed"])):
        expect(pictures.about).to_contain_text(words)
    for words in (image["modelUsed"], reason, "Not understood, and not drawn: “dragon”."):
        expect(page.locator(".caption")).to_contain_text(words)
    percents = [int(text.rstrip("%")) for text in pictures.seen["percents"]]
    assert len(set(percents)) >= 3
    assert percents == sorted(percents)
    assert "a river" in page.title()


def test_panel_begins_with_the_specification_s_defaults(pictures: Pictures) -> None:
    pictures.open()
    panel, page = pictures.settings, pictures.page
    expect(panel.get_by_role("combobox", name="Model")).to_contain_text("auto: draft")
    expect(panel.get_by_text("Apache-2.0")).to_be_visible()
    expect(panel.get_by_role("textbox", name="Negative prompt")).to_have_value("")
    for name, value in (("Steps", "30"), ("CFG", "7.5")):
        expect(panel.get_by_role("slider", name=name)).to_have_value(value)
    expect(panel.get_by_role("combobox", name="Sampler")).to_contain_text("Euler")
    expect(panel.get_by_role("textbox", name="Seed")).to_have_value("−1")
    expect(panel.get_by_role("switch", name="Hi-res fix")).not_to_be_checked()
    expect(panel.get_by_role("group", name="Pictures").get_by_role("button", pressed=True)).to_have_text("1")
    shapes = panel.get_by_role("group", name="Aspect ratio")
    expect(shapes.get_by_role("button", pressed=True)).to_have_text("1:1")
    assert shapes.get_by_role("button").all_inner_texts() == list(ASPECTS)
    for name, (width, height) in ASPECTS.items():
        shapes.get_by_role("button", name=name).click()
        expect(panel.locator(".size")).to_have_text(f"{width} × {height}")
    panel.get_by_role("combobox", name="Sampler").click()
    assert tuple(page.get_by_role("option").all_inner_texts()) == SAMPLERS


def test_models_that_cannot_be_had_are_listed_with_the_reason(pictures: Pictures) -> None:
    pictures.open()
    page = pictures.page
    models = {model["id"]: model for model in pictures.ask("/v1/models")["data"]}
    pictures.settings.get_by_role("combobox", name="Model").click()
    for name, model in models.items():
        option = page.locator(f'[role=option][data-value="{name}"]')
        if model["available"]:
            expect(option).to_be_enabled()
            expect(option).to_contain_text(model["licence"])
        else:
            expect(option).to_be_disabled()
            expect(option).to_contain_text(model["reason"])
    assert models["draft"]["available"]
    assert not models["openai"]["available"]  # no key is set


def test_settings_are_sent_as_they_were_chosen(pictures: Pictures) -> None:
    pictures.open()
    panel, page = pictures.settings, pictures.page
    panel.get_by_role("combobox", name="Model").click()
    page.locator('[role=option][data-value="draft"]').click()
    panel.get_by_role("textbox", name="Negative prompt").fill("clouds")
    panel.get_by_role("button", name="16:9").click()
    panel.get_by_label("Steps, typed").fill("150")
    panel.get_by_label("CFG, typed").fill("3.5")
    panel.get_by_role("combobox", name="Sampler").click()
    page.get_by_role("option", name="DPM++ 2M Karras").click()
    panel.get_by_role("textbox", name="Seed").fill("4294967295")
    panel.get_by_role("switch", name="Hi-res fix").click()
    pictures.generate("a lake at dawn")
    pictures.wait_until_painted()
    (image,) = pictures.kept()
    chosen = {"steps": 150, "cfgScale": 3.5, "sampler": "DPM++ 2M Karras", "seed": 4294967295}
    assert {name: image["parameters"][name] for name in chosen} == chosen
    assert pictures.jobs()[0]["params"]["hires_fix"] is True
    assert (image["modelUsed"], image["negativePrompt"]) == ("draft", "clouds")
    assert pictures.file(image).size == ASPECTS["16:9"]
    pictures.press("Defaults")
    expect(panel.get_by_role("textbox", name="Seed")).to_have_value("−1")
    expect(panel.get_by_role("textbox", name="Negative prompt")).to_have_value("")


def test_reload_finds_the_job_again_and_cancel_stops_it(pictures: Pictures) -> None:
    pictures.open()
    page = pictures.page
    pictures.settings.get_by_role("group", name="Pictures").get_by_role("button", name="4").click()
    pictures.generate("a forest in autumn")
    pictures.wait_until_past(5)
    with pictures.standing_still():
        before, job = pictures.progress, pictures.chosen
        page.reload()
        expect(page.locator(".percent")).not_to_be_empty()
        assert pictures.chosen == job
        assert pictures.progress >= before
        expect(page.locator(".canvas img.forming").first).to_be_visible()
        expect(page.locator(".canvas").get_by_role("progressbar")).to_be_visible()
        expect(pictures.prompt).to_have_value("a forest in autumn")
        # Without the address, too.
        page.goto("about:blank")
        pictures.open()
        expect(page.locator(".percent")).not_to_be_empty()
    page.locator(".caption").get_by_role("button", name="Cancel").click()
    expect(page.locator(".caption")).to_contain_text("Cancelled", timeout=JOB_SECONDS)
    (row,) = pictures.jobs()
    assert row["status"] == "cancelled"
    assert len(pictures.kept()) < 4


def test_place_in_the_queue_is_told(pictures: Pictures) -> None:
    pictures.open()
    pictures.generate("a lake")
    pictures.wait_until_past(0)
    making = pictures.page.get_by_role("list", name="In the making").get_by_role("listitem")
    with pictures.standing_still():
        pictures.generate("a river")
        expect(pictures.page.locator(".stage")).to_have_text("Waiting, one job before it")
        expect(making).to_have_count(2)
        expect(pictures.page.get_by_text("1 running · 1 waiting")).to_be_visible()
        pictures.press("Cancel a river")
        expect(pictures.page.locator(".caption")).to_contain_text("Cancelled")
        expect(making).to_have_count(1)


def test_error_is_one_sentence_and_nothing_typed_is_lost(pictures: Pictures) -> None:
    pictures.expected = lambda text: UNUSABLE in text
    pictures.open()
    page = pictures.page
    alert = page.get_by_role("alert")
    pictures.generate("   ")
    expect(alert).to_have_text("prompt is empty; say what the picture shows.")
    too_long = "a lake " * 600
    pictures.settings.get_by_role("textbox", name="Negative prompt").fill("clouds")
    pictures.generate(too_long)
    expect(alert).to_have_text("prompt has 4200 letters; 4000 are read.")
    page.context.set_offline(True)
    pictures.generate("a lake at night")
    expect(alert).to_contain_text("The Lucida server does not answer")
    page.context.set_offline(False)
    alert.get_by_role("button", name="Close").click()
    expect(alert).to_be_hidden()
    page.reload()
    expect(pictures.prompt).to_have_value("a lake at night")
    expect(pictures.settings.get_by_role("textbox", name="Negative prompt")).to_have_value("clouds")
    assert pictures.jobs() == []
    # A model that is not to be had any more, as a browser may remember it.
    page.evaluate(
        "() => { const kept = JSON.parse(localStorage['lucida.images.unfinished']); kept.settings.model ="
        " 'gpt-image-1'; localStorage['lucida.images.unfinished'] = JSON.stringify(kept) }"
    )
    page.reload()
    pictures.press("Generate")
    expect(alert).to_contain_text("configured")


def test_studios_have_addresses_and_load_only_what_they_need(pictures: Pictures) -> None:
    pictures.expected = lambda text: UNUSABLE in text  # an address that has no page
    loaded: list[str] = []
    page = pictures.page
    page.on("request", lambda request: loaded.append(request.url.rpartition("/")[2]))
    pictures.open()
    assert not [name for name in loaded if re.match("Panorama|three|SphereScene", name)]
    links = page.get_by_role("navigation", name="Studios")
    expect(links.get_by_role("link", name="Pictures")).to_have_attribute("aria-current", "page")
    pictures.prompt.fill("half a sentence")
    links.get_by_role("link", name="Panoramas").click()
    expect(page.get_by_role("heading", name="New panorama")).to_be_visible()
    assert page.url == f"{pictures.address}/"
    page.go_back()
    expect(pictures.prompt).to_have_value("half a sentence")
    page.goto(f"{pictures.address}/images/")
    expect(pictures.prompt).to_be_visible()
    answer = page.goto(f"{pictures.address}/nowhere")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="There is no page at this address")).to_be_visible()
    links.get_by_role("link", name="Pictures").click()
    expect(pictures.prompt).to_be_visible()


def test_everything_is_reached_and_worked_by_keyboard(pictures: Pictures) -> None:
    pictures.paint("a lake", n=3)
    pictures.open()
    page = pictures.page
    expect(pictures.tiles).to_have_count(3)
    expect(pictures.about).to_be_visible()
    pictures.tab_comes_to(
        ["Panoramas", "Pictures", "Point clouds", "Splats", "Appearance", "Select", "Search pictures",
         "a lake",  # the gallery is one stop
         "Full screen", "All 3", "Variations", "Reuse settings", "Download", "Delete", "Prompt", "Generate", "Defaults",
         "Model", "Negative prompt", "1:1", "1", "Steps", "Steps, typed", "CFG", "CFG, typed", "Sampler", "Seed",
         "Hi-res fix"]
    )  # fmt: skip

    pictures.tiles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(pictures.tiles.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(pictures.tiles.nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(pictures.painted).to_have_attribute("src", re.compile(pictures.kept()[2]["id"]))
    pictures.prompt.focus()
    page.keyboard.type("one line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("and another")
    expect(pictures.prompt).to_have_value("one line\nand another")
    assert pictures.jobs()[0]["title"] == "a lake", "the first line was sent"


def test_names_contrast_and_headings_are_as_they_should_be(pictures: Pictures) -> None:
    pictures.paint("a lake and a dragon")
    for scheme in ("dark", "light"):
        pictures.page.emulate_media(color_scheme=scheme)
        pictures.open()
        expect(pictures.about).to_be_visible()
        pictures.settle()
        assert pictures.page.evaluate(_FAULTS) == []


def test_phone_has_the_settings_in_a_sheet_and_needs_no_sideways_scrolling(pictures_phone: Pictures) -> None:
    pictures_phone.paint("a lake " * 40)
    pictures_phone.paint("wide", size="256x64")
    pictures_phone.open()
    page = pictures_phone.page
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    expect(pictures_phone.painted).to_be_visible()
    assert page.evaluate(overflow) == 0
    box = page.locator(".dock").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 812, "the dock is not on the screen"
    pictures_phone.tiles.last.click()
    expect(pictures_phone.about).to_contain_text("a lake a lake")
    expect(page.locator(".canvas")).to_be_in_viewport(ratio=1)
    assert page.evaluate(overflow) == 0
    expect(pictures_phone.settings).to_have_count(0)
    page.get_by_role("button", name="Settings: 1:1 · 30 steps · CFG 7.5 · Euler").click()
    expect(pictures_phone.settings).to_be_visible()
    pictures_phone.settings.get_by_role("button", name="2:3").click()
    page.keyboard.press("Escape")
    expect(pictures_phone.settings).to_be_hidden()
    expect(page.get_by_role("button", name="Settings: 2:3")).to_be_visible()
    small = page.evaluate(
        "() => [...document.querySelectorAll('button, a, [role=combobox]')].filter(each => each.offsetParent)"
        ".filter(each => { const box = each.getBoundingClientRect(); return box.width < 24 || box.height < 24 })"
        ".map(each => each.outerHTML.slice(0, 120))"
    )
    assert small == [], "targets of less than 24 pixels"


# WCAG 2.2: 1.1.1 (pictures have texts), 4.1.2 (what is worked has a name), 1.4.3 (contrast of text), 1.3.1 (headings).
_FAULTS = """() => {
  const faults = []
  const seen = each => each.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  const named = each => each.getAttribute('aria-label') || each.labels?.[0]?.textContent || each.textContent.trim()
    || document.getElementById(each.getAttribute('aria-labelledby'))?.textContent || each.querySelector('img[alt]')?.alt
  for (const each of document.querySelectorAll('button, a, input:not([type=hidden]), textarea, [role=combobox]'))
    if (seen(each) && !each.closest('[aria-hidden=true]') && !named(each)) faults.push('no name: ' + each.outerHTML)
  for (const each of document.querySelectorAll('img')) if (!each.hasAttribute('alt')) faults.push('no alt: ' + each.src)
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1')
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main')

  const numbers = text => text.match(/[\\d.]+/g).map(Number)
  const channels = text => [...numbers(text).slice(0, 3), numbers(text)[3] ?? 1]
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]))
  const ground = each => {
    if (!each) return [255, 255, 255]
    const own = channels(getComputedStyle(each).backgroundColor)
    return own[3] === 1 ? own : over(own, ground(each.parentElement))
  }
  const luminance = colour => {
    const linear = value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    const [r, g, b] = colour.map(value => linear(value / 255))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  for (const each of document.querySelectorAll('body *')) {
    const own = [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
    if (!own || !seen(each) || each.closest('[disabled], .Mui-disabled, noscript, .visually-hidden')) continue
    const under = ground(each)
    const [a, b] = [luminance(over(channels(getComputedStyle(each).color), under)), luminance(under)]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${each.textContent.slice(0, 60)}`)
  }
  return faults
}"""
