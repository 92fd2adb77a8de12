"""Whose request it is."""

from __future__ import annotations

from lucida.accounts.models import User

LOCAL_USER = "local"


def local_user() -> User:
    """The one who owns everything where nobody logs in; has no password, so nobody can log in as them."""
    user, made = User.objects.get_or_create(username=LOCAL_USER)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
