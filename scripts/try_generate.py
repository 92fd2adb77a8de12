"""Ask a running Lucida for a point cloud, check its form byte by byte, and print how long each step took.

    python scripts/try_generate.py "a misty harbour" --url http://127.0.0.1:8000

With OPENAI_API_KEY in the environment OpenAI paints, with that key; without it, what is installed.

Needs nothing but Python: what it reads is written down in docs/formats.md, and none of Lucida's own code is used.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import struct
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

RECORD = struct.Struct("<3f4B4s")  # x y z, red green blue segment, four zero bytes
HEADER = ("width", "height", "point_count", "projection", "segments_detected", "generation_id", "timing")
STEPS = ("image_gen_ms", "depth_ms", "segmentation_ms", "pointcloud_ms", "total_ms")


def asked(url: str, body: dict[str, Any], token: str) -> tuple[bytes, str]:
    """The answer's bytes and its X-Content-Type; ends with the server's own sentence where it refuses."""
    no_address = f"{url} is no address; write it like http://127.0.0.1:8000."
    if not url.startswith(("http://", "https://")):
        sys.exit(no_address)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        request = urllib.request.Request(f"{url.rstrip('/')}/generate", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=1800) as answer:
            return answer.read(), answer.headers.get("X-Content-Type", "")
    except (ValueError, http.client.InvalidURL):
        sys.exit(no_address)
    except http.client.HTTPException as error:
        sys.exit(f"The answer was cut off: {type(error).__name__}. Ask again.")
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")
        try:
            said = json.loads(said)["detail"]
        except (ValueError, KeyError, TypeError):
            said = said[:200]
        sys.exit(f"The server answered {error.code}: {said}")
    except OSError as error:
        sys.exit(f"{url} cannot be reached: {getattr(error, 'reason', error)}. Is ./start.sh running?")


def checked(content: bytes, kind: str) -> dict[str, Any]:
    """The header of a packed cloud that is as docs/formats.md says; ends with a sentence where it is not."""
    wrong: list[str] = []
    if kind != "shader-visuals/pointcloud":
        wrong.append(f"X-Content-Type is {kind!r}")
    try:
        (length,) = struct.unpack_from("<I", content)
        header: dict[str, Any] = json.loads(content[4 : 4 + length])
    except (struct.error, ValueError):
        sys.exit("This is no packed point cloud: it has no header in JSON.")
    wrong += [f"the header has no {name}" for name in HEADER if name not in header]
    payload = content[4 + length :]
    if (4 + length) % 4:
        wrong.append("the points do not begin on a multiple of 4")
    count = header.get("point_count", 0)
    if count != header.get("width", 0) * header.get("height", 0):
        wrong.append(f"{count} points are not width times height")
    if len(payload) != count * RECORD.size:
        wrong.append(f"{len(payload)} bytes are not {count} records of {RECORD.size}")
    else:
        for x, y, z, *_, segment, zeros in RECORD.iter_unpack(payload):
            if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)) or segment > 5 or zeros != bytes(4):
                wrong.append("a record holds what it must not")
                break
    if wrong:
        sys.exit(f"This is no packed point cloud: {'; '.join(wrong)}.")
    return header


def main() -> None:
    """Ask, check, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prompt")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--vibe", default="")
    parser.add_argument("--mode", choices=("standard", "panorama"), default="standard")
    parser.add_argument("--token", default="", help="your token, where the server asks for one")
    parser.add_argument("-o", "--out", help="keep the cloud in this file")
    options = parser.parse_args()
    if options.out and not Path(options.out).absolute().parent.is_dir():
        sys.exit(f"There is no folder {Path(options.out).absolute().parent}; make it first.")
    body = {name: getattr(options, name) for name in ("prompt", "vibe", "mode")}
    body["api_key"] = os.environ.get("OPENAI_API_KEY", "")  # on the command line others would see it
    began = time.perf_counter()
    content, kind = asked(options.url, body, options.token)
    seconds = time.perf_counter() - began
    header = checked(content, kind)
    if options.out:
        try:
            Path(options.out).write_bytes(content)
        except OSError as error:
            sys.exit(f"{options.out} cannot be written: {error.strerror or error}.")
    print(
        f"{header['point_count']} points of {header['width']}x{header['height']}, {header['projection']}: as it must be"
    )
    print(f"{len(content) / 1e6:.1f} MB in {seconds:.1f} s, generation {header['generation_id']}")
    for step in STEPS:
        print(f"  {step:<16}{header['timing'].get(step, 0):>8.0f}")
    print("  " + ", ".join(header["segments_detected"]))


if __name__ == "__main__":
    main()
