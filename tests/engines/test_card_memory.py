from __future__ import annotations

import sys
from types import ModuleType

import pytest

from lucida.engines.devices import card_memory


def test_nothing_is_told_of_a_card_while_another_thread_imports_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module is listed before it has anything in it; whoever asked for more would end the worker's heartbeat."""
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    assert card_memory() == {}


def test_torch_is_not_imported_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert card_memory() == {}
    assert "torch" not in sys.modules
