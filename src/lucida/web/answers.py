"""Every error as the answer a client gets."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lucida.errors import (
    BadInput,
    BadParameter,
    Forbidden,
    InternalError,
    LucidaError,
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    RateLimited,
    StorageFull,
    UploadTooLarge,
)
from lucida.storage.base import NO_ROOM
from lucida.web import front_end_answer
from lucida.web.request_id import request_id

log = logging.getLogger("lucida.server")

_RETRY_AFTER_SECONDS = "5"
_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ErrorAnswer(BaseModel):
    """What every error looks like."""

    detail: str = Field(description="One sentence that says what to do next.")
    code: str = Field(description="Which error it is; docs/api.md lists them.")
    param: str | None = Field(None, description="The field that is wrong, where one is.")


class OpenAIError(BaseModel):
    """An error as OpenAI's clients know it."""

    message: str
    type: str
    param: str | None
    code: str


class OpenAIErrorAnswer(BaseModel):
    """What every error below `/v1/` looks like."""

    error: OpenAIError


DESCRIBED_ERRORS: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorAnswer, "description": "A field has a value that does not exist."},
    "default": {"model": ErrorAnswer, "description": "Any other error."},
}


def file_answers(kinds: Iterable[str]) -> dict[int | str, dict[str, Any]]:
    """What a route answers that sends a file of any of these types, as its `responses` describe it."""
    content: dict[str, Any] = {kind: {} for kind in kinds}
    return {
        200: {"content": content, "description": "The file; ranges are served."},
        206: {"content": content, "description": "The range that was asked for."},
        304: {"description": "The copy that the client has is good."},
        409: {"model": ErrorAnswer, "description": "`not_ready`: the job has not made it yet, or failed before it."},
        416: {"content": {"text/plain": {}}, "description": "The file has no such range."},
    }


def error_response(error: LucidaError, path: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The error as the address it was met at shows it: below `/v1/` in OpenAI's form, elsewhere in ours."""
    known = dict(headers or {})
    if isinstance(error, RateLimited):
        known["Retry-After"] = str(error.retry_after)
    elif error.status == 503:
        known["Retry-After"] = _RETRY_AFTER_SECONDS
    if isinstance(error, NotAuthenticated):
        known["WWW-Authenticate"] = "Bearer"
    if not path.startswith("/v1/"):
        return JSONResponse(_our_body(error), status_code=error.status, headers=known)
    # Where ours says 422 for a value that does not exist, OpenAI says 400, and its clients raise their error for that.
    status = 400 if error.status == 422 else error.status
    known.setdefault("x-should-retry", "true" if status in (429, 503) else "false")
    return JSONResponse(openai_body(error), status_code=status, headers=known)


def _our_body(error: LucidaError) -> dict[str, Any]:
    """`{"detail", "code"}`, and the field that is wrong where one is."""
    body = {"detail": error.message, "code": error.code}
    return body if error.param is None else {**body, "param": error.param}


def openai_body(error: LucidaError) -> dict[str, Any]:
    """What OpenAI's clients understand."""
    kind = "server_error" if error.status >= 500 else _OPENAI_TYPES.get(error.status, "invalid_request_error")
    return {"error": {"message": error.message, "type": kind, "param": error.param, "code": error.code}}


def _of_http(error: HTTPException) -> LucidaError:
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in NO_ROOM:
        return StorageFull()
    if error.status_code == 404:
        return NotFound("There is nothing at this address.")
    if error.status_code == 405:
        return MethodNotAllowed("This address does not take that method.")
    if error.status_code == 413:
        return UploadTooLarge("The request is too large.")
    if error.status_code == 403:
        return Forbidden("This is not allowed.")
    return BadInput(f"The request cannot be read: {error.detail}.")


def _of_validation(error: RequestValidationError) -> LucidaError:
    first: dict[str, Any] = error.errors()[0]
    field = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "body")
    what = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "json_invalid":
        return BadInput("The request's body is no JSON.")
    if first["type"] == "missing":
        return BadParameter(f"The field {field} is missing.", param=field)
    if "UploadFile" in what:
        return BadParameter(f"The field {field} holds text; send the file itself.", param=field)
    if first["type"].endswith("_parsing"):
        what = what.partition(",")[0]  # what comes behind is the parser's own complaint
    return BadParameter(f"{field}: {what[:1].lower()}{what[1:]}.", param=field)


def install_answers(app: FastAPI) -> None:
    """Answer every error in the one form."""

    @app.exception_handler(LucidaError)
    async def ours(request: Request, error: LucidaError) -> Response:
        return error_response(error, request.url.path)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and (page := front_end_answer(request)) is not None:
            return page
        return error_response(_of_http(error), request.url.path, error.headers)

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, error: RequestValidationError) -> Response:
        return error_response(_of_validation(error), request.url.path)


class Faults:
    """Answers for what nobody else caught: a traceback goes to the log and never to a client."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            number = request_id()
            log.error("request %s (%s) failed", number, scope.get("path"), exc_info=error)
            if started:
                raise  # the server ends the connection, so that half an answer is not taken for a whole one
            if scope["type"] == "http":
                sentence = f"Something in Lucida failed; the log has the details under {number}."
                await error_response(InternalError(sentence), scope["path"])(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1011})
