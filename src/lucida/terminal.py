"""How a command tells of its progress, as a bar, as lines, or as JSON, and of what went wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from lucida.engines.progress import Progress

# Bad input, as shells have it; 1 is a fault of ours or of the machine.
_BAD_INPUT, _FAULT = 2, 1


def _leave(error: Exception, code: int, *, as_json: bool) -> NoReturn:
    if as_json:
        event = {"event": "error", "message": str(error), "code": getattr(error, "code", "error")}
        typer.echo(json.dumps(event))
    typer.echo(f"lucida: {error}", err=True)
    raise typer.Exit(code)


@contextmanager
def one_sentence(*, as_json: bool = False) -> Iterator[None]:
    """Errors of ours end a command with their sentence on stderr: 2 for bad input, 1 otherwise."""
    from lucida.errors import BadInput, BadSetting, Conflict, LucidaError, ModelUnavailable, NotFound

    try:
        yield
    except (BadInput, BadSetting, Conflict, ModelUnavailable, NotFound) as error:
        _leave(error, _BAD_INPUT, as_json=as_json)
    except LucidaError as error:
        _leave(error, _FAULT, as_json=as_json)
    except MemoryError:
        _leave(MemoryError("the machine ran out of memory; ask for less."), _FAULT, as_json=as_json)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _as_json(fraction: float, stage: str) -> None:
    typer.echo(json.dumps({"event": "status", "stage": stage, "progress": round(fraction, 4)}))


@contextmanager
def shown(as_json: bool) -> Iterator[Progress]:
    """Progress as lines of JSON, as a bar on a terminal, or as one plain line per stage."""
    if as_json:
        yield _as_json
        return
    if not sys.stderr.isatty():
        said: set[str] = set()

        def say(fraction: float, stage: str) -> None:
            # "Painting nz: step 10/25 (40%)" is one stage with many steps.
            name = stage.partition(":")[0]
            if name not in said and not name.startswith("step "):
                said.add(name)
                typer.echo(f"{100 * fraction:3.0f} %  {name}", err=True)

        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("Starting", total=1.0)

        def draw(fraction: float, stage: str) -> None:
            bars.update(task, completed=fraction, description=f"{stage:<44.44}")

        yield draw
