from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from waiting import wait_until

# Takes the duty if it can, says so, and keeps it until it is told to let go.
HOLDER = """
from lucida import database
database.setup()
from lucida.jobs.duty import Duty
duty = Duty("a duty of the tests")
print(duty.mine(), flush=True)
input()
print(duty.mine(), flush=True)
duty.let_go()
print("gone", flush=True)
input()
"""


@pytest.fixture
def holder(migrated_database: object) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    made: list[subprocess.Popen[str]] = []

    def make() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLDER]
        made.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return made[-1]

    yield make
    for process in made:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_one_has_the_duty_until_it_lets_go(holder: Callable[[], subprocess.Popen[str]]) -> None:
    first = holder()
    assert said(first) == "True"
    assert said(holder()) == "False"
    go_on(first)
    assert said(first) == "True"
    assert said(first) == "gone"
    assert said(holder()) == "True"


def test_who_dies_leaves_the_duty_to_another(holder: Callable[[], subprocess.Popen[str]]) -> None:
    first = holder()
    assert said(first) == "True"
    first.kill()
    wait_until(lambda: said(holder()) == "True", "the duty to be free")
