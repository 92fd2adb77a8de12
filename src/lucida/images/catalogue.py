"""`GET /v1/models`: which models paint pictures here, as OpenAI's clients list them."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lucida.engines.painter import PICTURE_PAINTERS, choose_picture_painter
from lucida.errors import LucidaError, NotFound
from lucida.web.answers import OpenAIErrorAnswer

router = APIRouter(tags=["images"])


class Model(BaseModel):
    """A model, and whether it can be had."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "lucida"
    available: bool
    engine: str | None = Field(description="What paints under this name here; auto names the one it takes.")
    reason: str = Field(description="Why it would be taken, or what it lacks.")
    licence: str | None


class Models(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[Model]


def _model(name: str) -> Model:
    try:
        choice = choose_picture_painter(name)
    except LucidaError as error:
        return Model(id=name, available=False, engine=None, reason=error.message, licence=None)
    return Model(id=name, available=True, engine=choice.name, reason=choice.reason, licence=choice.licence)


@router.get("/v1/models")
def list_models() -> Models:
    """The models that paint pictures."""
    return Models(data=[_model(name) for name in PICTURE_PAINTERS])


@router.get("/v1/models/{name}", responses={404: {"model": OpenAIErrorAnswer}, "default": {"model": OpenAIErrorAnswer}})
def get_model(name: str) -> Model:
    """One of them."""
    if name not in PICTURE_PAINTERS:
        raise NotFound(f"There is no model {name!r}; /v1/models lists those that there are.")
    return _model(name)
