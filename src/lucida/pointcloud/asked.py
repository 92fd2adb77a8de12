"""What a client asks of `/generate`, and in which form the points are to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from lucida.config import get_settings
from lucida.engines.painter.prompt import checked_words
from lucida.errors import BadParameter

Mode = Literal["standard", "panorama"]
MOST_POINTS, MOST_STRIDE = 1 << 26, 64
SMALLEST, LARGEST, STEP = 64, 4096, 16  # of a side of a picture that is painted, in pixels
_UINT32 = 1 << 32


class Form(BaseModel):
    """The form that points come in."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    projection: Annotated[
        Literal["planar", "equirectangular", "perspective", "legacy"] | None,
        Field(description="Where the points lie; planar, and in panorama mode equirectangular, where not given."),
    ] = None
    stride: Annotated[int, Field(ge=1, le=MOST_STRIDE, description="Every so manieth row and column.")] = 1
    max_points: Annotated[
        int | None, Field(ge=1, le=MOST_POINTS, description="At most so many points, a fair share of all.")
    ] = None
    layout: Annotated[
        Literal["aos", "soa"], Field(description="Records of 20 bytes, or one array for each attribute.")
    ] = "aos"
    quantize: Annotated[
        Literal["u16"] | None, Field(description="Positions as whole numbers of 16 bits; in layout soa.")
    ] = None
    format: Annotated[Literal["cloud", "glb", "ply"], Field(description="The packed cloud, glTF or PLY.")] = "cloud"
    order: Annotated[
        Literal["image", "shuffled"],
        Field(description="Row by row, or so that any number of points from the first on shows the whole."),
    ] = "image"
    drop_edges: Annotated[bool, Field(description="Leave out points that hang between near and far.")] = False

    def check(self) -> None:
        """Raises `BadParameter` for what does not go together."""
        if self.quantize and self.layout != "soa":
            raise BadParameter("quantize needs layout soa: records have no room for it.", param="quantize")
        if self.layout != "aos" and self.format != "cloud":
            raise BadParameter(f"layout is for the packed cloud; {self.format} has its own.", param="layout")


class Asked(Form):
    """A sentence or a picture that is to become a point cloud."""

    prompt: Annotated[str, Field(description="What the picture shows.")] = ""
    vibe: Annotated[str, Field(description="Its mood, in free words.")] = ""
    mode: Annotated[Mode, Field(description="A picture, or a panorama all around.")] = "standard"
    image_model: Annotated[str, Field(max_length=64, description="Who paints: auto, draft, sdxl, openai …")] = "auto"
    depth_model: Annotated[str | None, Field(max_length=64, description="Who tells depth; LUCIDA_DEPTH_MODEL.")] = None
    seg_model: Annotated[str | None, Field(max_length=64, description="Who divides into things; LUCIDA_SEG_MODEL.")] = (
        None
    )
    seed: Annotated[int | None, Field(ge=0, lt=_UINT32, description="The same gives the same cloud.")] = None
    width: Annotated[
        int | None, Field(ge=SMALLEST, le=LARGEST, multiple_of=STEP, description="Of the picture, in pixels.")
    ] = None
    height: Annotated[
        int | None, Field(ge=SMALLEST, le=LARGEST, multiple_of=STEP, description="Of a picture that is painted.")
    ] = None

    @field_validator("prompt", "vibe")
    @classmethod
    def _are_words(cls, text: str, info: object) -> str:
        return checked_words(text, getattr(info, "field_name", "prompt"))

    def check(self) -> None:
        """Raises `BadParameter` for what does not go together."""
        super().check()
        if self.mode == "panorama" and self.projection == "perspective":
            raise BadParameter("A panorama has no perspective; choose equirectangular or planar.", param="projection")

    def settled(self) -> Asked:
        """The same with every engine named, as the settings have it."""
        settings = get_settings()
        named = {
            "depth_model": self.depth_model or settings.depth_model,
            "seg_model": self.seg_model or settings.seg_model,
        }
        return self.model_copy(update=named)

    @property
    def form(self) -> Form:
        """How the points are to come."""
        return Form(**{name: getattr(self, name) for name in Form.model_fields})


class Wanted(Asked):
    """What is sent: the key is used for one call, and is kept nowhere."""

    api_key: Annotated[SecretStr, Field(description="Your key for OpenAI, which paints then; never kept.")] = SecretStr(
        ""
    )


_A = TypeVar("_A", bound=Asked)


def read_wanted(fields: Mapping[str, Any]) -> Wanted:
    """What is sent, from its fields. Raises `BadParameter`, which names the field."""
    return _read(Wanted, fields)


def read_asked(fields: Mapping[str, Any]) -> Asked:
    """What is asked, from its fields; None is as good as nothing. Raises `BadParameter`, which names the field."""
    return _read(Asked, fields)


def _read(kind: type[_A], fields: Mapping[str, Any]) -> _A:
    try:
        read = kind.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "body"
        what = str(first["msg"]).removeprefix("Value error, ")
        raise BadParameter(f"{field}: {what[:1].lower()}{what[1:]}.", param=field) from None
    read.check()
    return read
