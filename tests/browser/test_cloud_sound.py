"""A sound on the page moves the points: a beat, a file, what the microphone hears."""

from __future__ import annotations

import wave
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from browser.clouds_driver import Clouds, drawn
from playwright.sync_api import expect

SKY = 2


def levels(clouds: Clouds) -> list[float]:
    """What the six meters show."""
    shown: list[float] = clouds.page.evaluate(
        "() => [...document.querySelectorAll('.meter')].map(each => new DOMMatrix(getComputedStyle(each).transform).a)"
    )
    return shown


def loudest(clouds: Clouds, until: Callable[[list[float]], bool]) -> list[float]:
    """The most that each meter shows until that is enough, or for ten seconds."""
    most = [0.0] * 6
    for _ in range(100):
        most = [max(pair) for pair in zip(most, levels(clouds), strict=True)]
        if until(most):
            break
        clouds.page.wait_for_timeout(100)
    return most


def test_beat_moves_the_categories_and_is_off_until_asked_for(small_clouds: Clouds) -> None:
    page = small_clouds.page
    page.add_init_script(
        "window.sounds = 0; AudioContext = class extends AudioContext { constructor() { super(); sounds++ } }"
    )
    small_clouds.generate("a house by a lake, trees", seed=3)
    small_clouds.show_cloud()
    still = small_clouds.seen_points()
    expect(page.locator(".meter").first).to_be_hidden()
    assert page.evaluate("() => sounds") == 0
    small_clouds.press("Beat")
    expect(page.locator(".meter").first).to_be_visible()
    each = loudest(small_clouds, lambda most: min(most) > 0.3)
    assert min(each) > 0.3, "the piece has something for each category"
    moving = [small_clouds.seen_points() for _ in range(4)]
    assert max(np.abs(picture - still).mean() for picture in moving) > 4
    assert max(np.abs(a - b).mean() for a, b in pairwise(moving)) > 0.5
    assert small_clouds.drawing()["still"] == "false"
    small_clouds.press("Off")
    small_clouds.wait_until_complete()
    assert np.abs(small_clouds.seen_points() - still).mean() < 1


def _tone(path: Path, hertz: float) -> Path:
    """A tone that comes and goes, as a WAV file of four seconds."""
    time = np.arange(4 * 22050) / 22050
    samples = (0.6 * np.sin(2 * np.pi * hertz * time) * (np.sin(np.pi * time) ** 2) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(samples.tobytes())
    return path


def test_file_moves_what_its_pitch_belongs_to(small_clouds: Clouds, tmp_path: Path) -> None:
    small_clouds.generate("a lake")
    small_clouds.show_cloud()
    chosen = small_clouds.page.get_by_label("Sound file")
    chosen.set_input_files(str(_tone(tmp_path / "low.wav", 70)))
    expect(small_clouds.page.get_by_text("low.wav, which does not leave this browser.")).to_be_visible()
    low = loudest(small_clouds, lambda most: most[0] > 0.6)
    assert low[0] > 0.5 > low[SKY]
    chosen.set_input_files(str(_tone(tmp_path / "high.wav", 7000)))
    small_clouds.page.wait_for_timeout(1500)
    high = loudest(small_clouds, lambda most: most[SKY] > 0.6)
    assert high[SKY] > 0.5 > high[0]
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"this is no sound")
    chosen.set_input_files(str(broken))
    expect(small_clouds.page.get_by_role("alert")).to_contain_text("“broken.mp3” cannot be played")
    expect(small_clouds.page.get_by_role("button", name="Off")).to_have_attribute("aria-pressed", "true")


def test_microphone_is_listened_to_and_let_go(small_clouds: Clouds) -> None:
    small_clouds.generate("a lake")
    small_clouds.show_cloud()
    small_clouds.page.evaluate(
        """() => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
          navigator.mediaDevices.getUserMedia = async wanted => (window.heard = await ask(wanted))
        }"""
    )
    small_clouds.press("Microphone")
    expect(small_clouds.page.get_by_text("What the microphone hears does not leave this browser.")).to_be_visible()
    assert max(loudest(small_clouds, lambda most: max(most) > 0.5)) > 0.5
    small_clouds.press("Off")
    small_clouds.page.wait_for_function("() => window.heard.getTracks().every(track => track.readyState === 'ended')")


def _changes(small_clouds: Clouds) -> tuple[float, float]:
    """How much of the canvas points leave or enter while a beat plays, and how much brighter or darker it becomes."""
    small_clouds.press("Beat")
    small_clouds.page.wait_for_timeout(1000)
    pictures = [small_clouds.seen_points() for _ in range(6)]
    small_clouds.press("Off")
    small_clouds.wait_until_complete()
    moved = max(float((drawn(a) ^ drawn(b)).mean()) for a, b in pairwise(pictures))
    return moved, max(float(np.abs(a - b).mean()) for a, b in pairwise(pictures))


def test_who_wants_less_motion_sees_light_and_no_movement(small_clouds: Clouds) -> None:
    small_clouds.generate("a lake", width=192, height=128)  # so few points are all drawn while they move
    small_clouds.show_cloud()
    moved, _ = _changes(small_clouds)
    small_clouds.page.emulate_media(reduced_motion="reduce")
    calm, brighter = _changes(small_clouds)
    assert brighter > 0.5, "the beat is seen"
    assert calm < 0.1 * moved, f"{calm} of the canvas changes, and where points move {moved}"
