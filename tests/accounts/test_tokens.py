from __future__ import annotations

import importlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from on_disk import contents

from lucida.accounts.models import Token, User
from lucida.accounts.people import add_user, list_users
from lucida.accounts.scopes import needed_scope, read_scopes
from lucida.accounts.tokens import anybody_can_log_in, find_token, make_token, named_token, revoke
from lucida.errors import BadInput, NotAuthenticated, NotFound

pytestmark = pytest.mark.usefixtures("database")


def test_a_token_is_recognised_by_its_whole_text_alone() -> None:
    user, token, text = add_user("anna")
    found = find_token(text)
    assert found is not None
    assert (found.id, found.user) == (token.id, user)
    assert not user.has_usable_password()
    for other in ("", text[:-1], f"{text}x", text.lower(), text.removeprefix("lucida_"), token.sha256, token.prefix):
        assert find_token(other) is None
    assert len({add_user(f"user{number}")[2] for number in range(20)}) == 20


def test_the_secret_is_in_no_file_of_the_database_and_in_no_list(database: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Postgres' files are not ours to read")
    _, token, text = add_user("anna")
    assert find_token(text) is not None
    connection.close()
    kept = contents(database.glob("lucida.sqlite3*"))
    assert token.sha256.encode() in kept
    secret = text.removeprefix(token.prefix)
    assert len(secret) >= 37  # what is left has more than 220 bits
    assert secret.encode() not in kept
    assert secret not in json.dumps(list_users())
    assert token.prefix in json.dumps(list_users())
    assert secret not in f"{token} {token!r} {vars(token)}"


def test_a_token_ends_when_it_is_revoked_and_while_its_user_is_not_active() -> None:
    user, token, text = add_user("anna")
    _, other = make_token(user, "laptop")
    revoke(token)
    assert find_token(text) is None
    assert find_token(other) is not None
    User.objects.update(is_active=False)
    assert find_token(other) is None
    assert not anybody_can_log_in()
    User.objects.update(is_active=True)
    assert anybody_can_log_in()
    with pytest.raises(BadInput, match="revoked already"):
        revoke(named_token(text))


def test_a_token_ends_when_its_days_are_over_and_says_so() -> None:
    user, token, text = add_user("anna", days=30)
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert find_token(text) is not None
    assert anybody_can_log_in()
    over = timezone.now() - timedelta(seconds=1)
    Token.objects.update(expires_at=over)
    with pytest.raises(NotAuthenticated, match=f"was good until {over:%Y-%m-%d %H:%M} UTC; lucida users token anna"):
        find_token(text)
    assert not anybody_can_log_in()
    _, other = make_token(user)
    assert find_token(other) is not None
    assert anybody_can_log_in()
    Token.objects.update(revoked_at=over)
    assert find_token(text) is None  # who shut it out does not say since when


def test_a_token_has_the_scopes_it_was_given_and_the_usual_ones_if_none_were() -> None:
    user, token, _ = add_user("anna")
    scrape, _ = make_token(user, scopes=read_scopes("metrics"))
    look, _ = make_token(user, scopes=read_scopes(" write, read  read"))
    kept = {each.id: each.scopes for each in Token.objects.all()}
    assert (kept[token.id], kept[scrape.id], kept[look.id]) == ("read write", "metrics", "read write")
    assert [scrape.may(scope) for scope in ("read", "write", "metrics", "metric", None)] == [
        False,
        False,
        True,
        False,
        True,
    ]
    for text in ("", ",", "admin", "read,admin", "Read"):
        with pytest.raises(BadInput, match="choose from read, write, metrics"):
            read_scopes(text)


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/api/jobs", "read"),
        ("HEAD", "/api/result/1/hdr", "read"),
        ("OPTIONS", "/api/jobs", "read"),
        (None, "/ws/jobs/1", "read"),
        ("POST", "/api/upload", "write"),
        ("DELETE", "/api/jobs/1", "write"),
        ("PATCH", "/what/nobody/has/written/yet", "write"),
        ("BREW", "/api/jobs", "write"),
        ("GET", "/metrics", "metrics"),
        ("POST", "/metrics", "metrics"),
        ("POST", "/api/session", None),
        ("POST", "/api/jobs/1/ticket", "read"),
        ("POST", "/api/jobs/1/ticket/2", "write"),
        ("POST", "/api/jobs/1/2/ticket", "write"),
        ("POST", "/api/session/", "write"),
    ],
)
def test_method_and_address_say_what_a_request_needs(method: str | None, path: str, needed: str | None) -> None:
    assert needed_scope(method, path) == needed


def test_tokens_from_before_there_were_scopes_keep_all_that_they_could() -> None:
    from django.apps import apps

    _, token, _ = add_user("anna")
    migration = importlib.import_module("lucida.accounts.migrations.0004_token_scopes")
    with connection.schema_editor() as editor:
        migration.keep_all_that_they_could(apps, editor)
    token.refresh_from_db()
    assert token.scopes == "read write metrics"


def test_the_time_of_use_is_noted_once_a_minute() -> None:
    _, token, text = add_user("anna")
    find_token(text)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    find_token(text)
    token.refresh_from_db()
    assert token.last_used_at == first
    Token.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    find_token(text)
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at >= first


def test_a_token_is_named_by_its_beginning_its_id_or_all_of_it() -> None:
    _, token, text = add_user("anna")
    for name in (token.prefix, f"{token.prefix}…", str(token.id), text):
        assert named_token(name) == token
    for name in ("", "lucida_", token.prefix[:-1], "anna", f"{text}x"):
        with pytest.raises(NotFound):
            named_token(name)
    Token.objects.create(user=token.user, sha256="0" * 64, prefix=token.prefix)
    with pytest.raises(BadInput, match="2 tokens begin so"):
        named_token(token.prefix)
    assert named_token(str(token.id)) == token


@pytest.mark.parametrize(
    ("name", "email", "says"),
    [("", "", "''"), ("an na", "", "'an na'"), ("a" * 151, "", "150"), ("anna", "no-address", "'no-address'")],
)
def test_a_user_that_cannot_be_is_one_sentence(name: str, email: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        add_user(name, email)
    assert not User.objects.exists()


def test_a_name_is_taken_once() -> None:
    add_user("anna")
    with pytest.raises(BadInput, match="lucida users token anna"):
        add_user("anna")
    assert Token.objects.count() == 1
