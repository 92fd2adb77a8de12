"""Tickets: what lets one WebSocket in that can send neither a header nor a cookie.

A token in an address would stay in logs and histories. A ticket is worth nothing there: it is good once, for half a
minute, for one job.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from lucida.accounts.models import Ticket, Token
from lucida.accounts.tokens import hashed, may_be_used

LASTS = timedelta(seconds=30)
_SECRET_BYTES = 32
_WATCHED = re.compile(r"/ws/jobs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def make_ticket(token: Token, job_id: UUID) -> str:
    """A ticket with which whoever has this token may follow this job."""
    now = timezone.now()
    Ticket.objects.filter(expires_at__lte=now).delete()
    text = secrets.token_urlsafe(_SECRET_BYTES)
    Ticket.objects.create(token=token, job_id=job_id, sha256=hashed(text), expires_at=now + LASTS)
    return text


def use_ticket(text: str, path: str) -> Token | None:
    """The token that the ticket was made with, where it may be used at this address; the ticket is used up either way.

    Errors: NotAuthenticated where the token's time is over.
    """
    ticket = Ticket.objects.select_related("token__user").filter(sha256=hashed(text)).first()
    if ticket is None:
        return None
    mine, _ = Ticket.objects.filter(id=ticket.id).delete()  # of two at once, one finds it gone
    watched = _WATCHED.fullmatch(path)
    fits = watched is not None and UUID(watched[1]) == ticket.job_id
    if not mine or not fits or ticket.expires_at <= timezone.now() or not may_be_used(ticket.token):
        return None
    return ticket.token
