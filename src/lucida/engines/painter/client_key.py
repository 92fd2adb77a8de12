"""A picture painted by OpenAI with a key that came with the request: it is used for one call, and kept nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lucida.config import get_settings
from lucida.engines.painter.openai import TITLE, OpenAIPictures
from lucida.engines.painter.remote import NOT_ALLOWED, Provider, not_allowed, said_in, seconds_in
from lucida.errors import (
    BadParameter,
    LucidaError,
    ProviderKeyNotAllowed,
    ProviderKeyRefused,
    RateLimited,
    UpstreamFailed,
    UpstreamTimeout,
)

_PATIENCE = 30  # seconds, where a provider does not say how long it wants to be left alone
_KEY = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True)
class ClientsProvider(Provider):
    """OpenAI as the client's own key reaches it: what it refuses is the client's to mend, not this installation's."""

    def late(self) -> UpstreamTimeout:
        """It did not answer in time."""
        return UpstreamTimeout(f"{self.title} did not answer in time; send the request with the key again.")

    def unreached(self) -> UpstreamFailed:
        """No answer came, or not all of one."""
        return UpstreamFailed(f"The call to {self.title} was cut off; send the request with the key again.")

    def refusal(self, status: int, headers: Mapping[str, str], content: bytes) -> LucidaError:
        """What an answer that is no success means to who sent the key; the provider's own words are not passed on."""
        code, _ = said_in(content)
        if status == 401:
            return ProviderKeyRefused(f"{self.title} refused the key; check it and send it again.", param="api_key")
        if status == 403:
            return ProviderKeyNotAllowed(
                f"{self.title} does not let this key use {self.model}; verify the organisation there.", param="api_key"
            )
        if code in NOT_ALLOWED:
            return not_allowed(self.title)
        if status == 429:
            wait = seconds_in(headers.get("Retry-After")) or _PATIENCE
            return RateLimited(
                f"{self.title} allows this key no more for now, or it has no credit left.", retry_after=wait
            )
        return UpstreamFailed(f"{self.title} answered with status {status}; send the request with the key again.")


def pictures_with(key: str) -> OpenAIPictures:
    """The painter that a client's key pays for. Raises `BadParameter` for what can be no key."""
    if _KEY.fullmatch(key) is None:
        raise BadParameter("api_key holds what no key does: a blank, a line break or a letter.", param="api_key")
    settings = get_settings()
    header = ("Authorization", f"Bearer {key}")
    return OpenAIPictures(
        ClientsProvider(
            TITLE,
            settings.openai_model,
            settings.openai_base_url,
            "LUCIDA_OPENAI",
            header,
            settings.openai_seconds,
        )
    )
