"""The pictures of the README that the draft draws from words: `python bench/words_sheet.py`."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from lucida.engines.painter.picture import PictureRequest
from lucida.engines.painter.scene.draft import DraftPictures
from lucida.engines.progress import silent

OUT = Path(__file__).resolve().parents[1] / "docs/images/words.jpg"
PROMPTS = (
    "a river through green hills",
    "city skyline by the water at sunset",
    "a cosy room with a lamp",
    "snowy village at dawn",
    "meadow with flowers",
    "full moon over a lake",
)
WIDTH, HEIGHT, COLUMNS, GAP = 480, 320, 3, 6


def main() -> None:
    rows = -(-len(PROMPTS) // COLUMNS)
    sheet = np.full((rows * (HEIGHT + GAP) - GAP, COLUMNS * (WIDTH + GAP) - GAP, 3), 255, np.uint8)
    for turn, prompt in enumerate(PROMPTS):
        request = PictureRequest(prompt, width=WIDTH, height=HEIGHT, seed=3)
        pixels = DraftPictures().draw(request, silent, lambda preview: None).pixels
        row, column = divmod(turn, COLUMNS)
        y, x = row * (HEIGHT + GAP), column * (WIDTH + GAP)
        sheet[y : y + HEIGHT, x : x + WIDTH] = pixels
    cv2.imwrite(str(OUT), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(f"{OUT.name} {OUT.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
