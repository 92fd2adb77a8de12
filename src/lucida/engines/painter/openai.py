"""Pictures painted by OpenAI, or by what speaks its images API, with the key in the settings."""

from __future__ import annotations

import base64
import binascii
import math

from lucida.engines.painter.guide import refuse_guide
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.painter.remote import DECIDED, Provider, decoded, fitted, meanwhile, notes
from lucida.engines.progress import Progress
from lucida.errors import UpstreamFailed

TITLE = "OpenAI"
LICENCE = "OpenAI's terms"
_EXPECTED = 30.0  # seconds
# The sizes that models take: those of the first `gpt-image-*`, and of older ones, which gateways still offer.
_SIZES = {
    "dall-e-2": ((256, 256), (512, 512), (1024, 1024)),
    "dall-e-3": ((1024, 1024), (1792, 1024), (1024, 1792)),
    "": ((1024, 1024), (1536, 1024), (1024, 1536)),
}
# Later ones take any size of whole sixteens, up to these sides and of no longer a shape than this.
_LATER = ("gpt-image-2", "chatgpt-image")
_STEP, _LONGER, _SHORTER, _LONGEST_SHAPE, _LEAST_AREA = 16, 3840, 2160, 3.0, 1024 * 1024


class OpenAIPictures:
    """A painter that asks for one picture at a time; it takes words and size, and never paints the same twice."""

    name = "openai"
    licence = LICENCE

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """A picture from words.

        Raises `PromptRefused`, `BadParameter`, `ModelUnavailable`, `UpstreamFailed`, and what `progress` raises.
        """
        refuse_guide(self.name, request.guide)
        model, provider = self._provider.model, self._provider
        width, height = nearest_size(model, request.width, request.height)
        body = {"model": model, "prompt": request.prompt, "n": 1, "size": f"{width}x{height}"}
        if model.startswith("dall-e-"):
            body["response_format"] = "b64_json"
        url = f"{provider.base_url.rstrip('/')}/images/generations"
        answer = meanwhile(
            lambda: provider.ask_json("POST", url, body=body), progress, f"waiting for {TITLE}", _EXPECTED
        )
        try:
            first = answer["data"][0]
            content = base64.b64decode(first["b64_json"], validate=True)
        except (KeyError, IndexError, TypeError, ValueError, binascii.Error) as error:
            raise UpstreamFailed(f"{TITLE} answered without a picture; try again later.") from error
        pixels, resized = fitted(TITLE, decoded(TITLE, content), request)
        progress(1.0, f"painted by {TITLE}")
        said = [f"{TITLE} takes no seed: the same request gives another picture."]
        if first.get("revised_prompt"):
            said.append(f"{TITLE} painted: {first['revised_prompt']}")
        return Picture(pixels, (*resized, *notes(TITLE, request), *said), used={**DECIDED, "remote_model": model})


def nearest_size(model: str, width: int, height: int) -> tuple[int, int]:
    """The size that a model takes and that is most like the one asked for: in shape, then large enough."""
    if model.startswith(_LATER):
        return _in_steps(width, height)
    sizes = _SIZES.get(model, _SIZES[""])

    def unlike(size: tuple[int, int]) -> tuple[float, bool, int]:
        shape = abs(math.log(size[0] / size[1] * height / width))
        return round(shape, 6), size[0] < width, abs(size[0] - width)

    return min(sizes, key=unlike)


def _in_steps(width: int, height: int) -> tuple[int, int]:
    """The size of whole steps that is most like the one asked for and not beyond what is painted."""
    shape = min(max(width / height, 1 / _LONGEST_SHAPE), _LONGEST_SHAPE)
    area = max(width * height, _LEAST_AREA)
    tall = min(math.sqrt(area / shape), _LONGER if shape < 1 else _SHORTER)
    wide = min(tall * shape, _LONGER if shape >= 1 else _SHORTER)
    sides = [max(_STEP, round(side / _STEP) * _STEP) for side in (wide, wide / shape)]
    return sides[0], sides[1]
