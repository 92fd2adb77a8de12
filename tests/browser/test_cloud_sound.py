"""A sound on the page moves the points: a beat, a file, what the microphone hears."""

from __future__ import annotations

import wave
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


def loudest(clouds: Clouds, seconds: float = 3) -> list[float]:
    """The most that each meter shows for a while."""
    most = [0.0] * 6
    for _ in range(int(10 * seconds)):
        most = [max(pair) for pair in zip(most, levels(clouds), strict=True)]
        clouds.page.wait_for_timeout(100)
    return most


def test_beat_moves_the_categories_and_is_off_until_asked_for(cloud: Clouds) -> None:
    cloud.page.add_init_script(
        "window.sounds = 0; AudioContext = class extends AudioContext { constructor() { super(); sounds++ } }"
    )
    cloud.show_cloud()
    still = cloud.seen_points()
    expect(cloud.page.locator(".meter").first).to_be_hidden()
    assert cloud.page.evaluate("() => sounds") == 0
    cloud.press("Beat")
    expect(cloud.page.locator(".meter").first).to_be_visible()
    assert min(loudest(cloud, 6)) > 0.3, "the piece has something for each category"
    moving = [cloud.seen_points() for _ in range(4)]
    assert max(np.abs(picture - still).mean() for picture in moving) > 4
    assert max(np.abs(a - b).mean() for a, b in pairwise(moving)) > 0.5
    assert cloud.drawing()["still"] == "false"
    cloud.press("Off")
    cloud.wait_until_complete()
    assert np.abs(cloud.seen_points() - still).mean() < 1


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


def test_file_moves_what_its_pitch_belongs_to(clouds: Clouds, tmp_path: Path) -> None:
    clouds.generate("a lake")
    clouds.show_cloud()
    chosen = clouds.page.get_by_label("Sound file")
    chosen.set_input_files(str(_tone(tmp_path / "low.wav", 70)))
    expect(clouds.page.get_by_text("low.wav, which does not leave this browser.")).to_be_visible()
    low = loudest(clouds)
    assert low[0] > 0.5 > low[SKY]
    chosen.set_input_files(str(_tone(tmp_path / "high.wav", 7000)))
    clouds.page.wait_for_timeout(1500)
    high = loudest(clouds)
    assert high[SKY] > 0.5 > high[0]
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"this is no sound")
    chosen.set_input_files(str(broken))
    expect(clouds.page.get_by_role("alert")).to_contain_text("“broken.mp3” cannot be played")
    expect(clouds.page.get_by_role("button", name="Off")).to_have_attribute("aria-pressed", "true")


def test_microphone_is_listened_to_and_let_go(clouds: Clouds) -> None:
    clouds.generate("a lake")
    clouds.show_cloud()
    clouds.page.evaluate(
        """() => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
          navigator.mediaDevices.getUserMedia = async wanted => (window.heard = await ask(wanted))
        }"""
    )
    clouds.press("Microphone")
    expect(clouds.page.get_by_text("What the microphone hears does not leave this browser.")).to_be_visible()
    assert max(loudest(clouds)) > 0.5
    clouds.press("Off")
    clouds.page.wait_for_function("() => window.heard.getTracks().every(track => track.readyState === 'ended')")


def _changes(clouds: Clouds) -> tuple[float, float]:
    """How much of the canvas points leave or enter while a beat plays, and how much brighter or darker it becomes."""
    clouds.press("Beat")
    clouds.page.wait_for_timeout(1000)
    pictures = [clouds.seen_points() for _ in range(8)]
    clouds.press("Off")
    clouds.wait_until_complete()
    moved = max(float((drawn(a) ^ drawn(b)).mean()) for a, b in pairwise(pictures))
    return moved, max(float(np.abs(a - b).mean()) for a, b in pairwise(pictures))


def test_who_wants_less_motion_sees_light_and_no_movement(clouds: Clouds) -> None:
    clouds.generate("a lake", width=192, height=128)  # so few points are all drawn while they move
    clouds.show_cloud()
    moved, _ = _changes(clouds)
    clouds.page.emulate_media(reduced_motion="reduce")
    calm, brighter = _changes(clouds)
    assert brighter > 0.5, "the beat is seen"
    assert calm < 0.1 * moved, f"{calm} of the canvas changes, and where points move {moved}"
