"""`python -m lucida.hdri.convert IN.exr OUT`: a panorama as Radiance (.hdr) or as a picture (.png, .jpg)."""

from __future__ import annotations

import sys
from pathlib import Path


def convert(source: Path, target: Path) -> None:
    """Write the panorama in the form that the target's suffix names."""
    from lucida.imaging.exr import read_exr

    radiance, _ = read_exr(source)
    if target.suffix == ".hdr":
        from lucida.imaging.radiance_hdr import write_hdr

        write_hdr(target, radiance)
    else:
        from lucida.hdri.preview import write_backplate

        write_backplate(target, radiance)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
