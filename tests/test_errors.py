from __future__ import annotations

from lucida import errors
from lucida.errors import LucidaError, every_error


def test_the_tree_drawn_at_the_top_names_every_error() -> None:
    drawn = errors.__doc__ or ""
    assert [error.__name__ for error in every_error() if error.__name__ not in drawn] == []


def test_every_error_has_its_own_code_and_a_failing_status() -> None:
    codes = [error.code for error in every_error()]
    assert len(set(codes)) == len(codes)
    assert all(400 <= error.status < 600 for error in every_error())


def test_an_error_comes_back_by_the_code_that_a_row_kept() -> None:
    for kind in every_error():
        if kind is not errors.RateLimited:
            again = errors.error_of(kind.code, "Why.")
            assert (type(again), again.message) == (kind, "Why.")
    assert isinstance(errors.error_of("gone", "Why."), errors.InternalError)


def test_an_error_reads_as_its_sentence() -> None:
    error = LucidaError("The disk is full; make room.", param="file")
    assert str(error) == error.message == "The disk is full; make room."
    assert error.param == "file"
