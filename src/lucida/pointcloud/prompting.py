"""What a painter is told, so that a sentence becomes a picture that depth can be read from."""

from __future__ import annotations

from lucida.pointcloud.asked import Mode

_ALL_AROUND = (
    "Equirectangular 360° panorama, full spherical projection, aspect ratio 2:1, seen from one spot at eye level. "
    "The horizon is a straight line at half the height. The left edge continues the right edge without a seam. "
    "The zenith and the nadir are plain. No frame, no text, no fisheye circle."
)


def worded(prompt: str, vibe: str, mode: Mode) -> str:
    """The prompt for a painter: the client's words, its mood as a sentence, and in panorama mode how to lay it out."""
    said = [prompt.strip()]
    if vibe.strip():
        said.append(f"The mood is {vibe.strip()}.")
    if mode == "panorama":
        said.append(_ALL_AROUND)
    first, *rest = said
    return " ".join([first if not rest or first.endswith((".", "!", "?")) else f"{first}.", *rest])
