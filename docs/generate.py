"""Write what must agree with the code: requirements.txt, .env.example and the tables between markers in docs/*.md.

`python docs/generate.py` writes; `python docs/generate.py --check` names what is out of date and exits with 1. A block
in a page stands between `<!-- NAME: written by docs/generate.py -->` and `<!-- /NAME -->`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any

import typer.main

from lucida.config import Settings, setting_variables

ROOT = Path(__file__).resolve().parents[1]
DEFAULTS_IN_WORDS = {
    "data_dir": "`data` in a checkout, else the user's data folder",
    "secret_key": "made once",
}


def requirements() -> str:
    """requirements.txt: the core dependencies of pyproject.toml, one a line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = sorted(project["dependencies"], key=str.lower)
    head = "# The core dependencies of pyproject.toml, written by docs/generate.py: change them there.\n"
    return head + "".join(f"{line}\n" for line in lines)


def shown(default: Any) -> str:
    """A default as it would stand in `.env`; nothing for what is made or found when it is not given."""
    if default is None:
        return ""
    if isinstance(default, bool):
        return str(int(default))
    if isinstance(default, PurePath):
        return ""
    if isinstance(default, list):
        return ",".join(shown(value) for value in default)
    if isinstance(default, float):
        return f"{default:g}"
    return str(default)


def env_example() -> str:
    """.env.example: every setting commented out with its default, under its sentence."""
    parts = ["# Copy this file to .env and take away the # of what you want to change. docs/settings.md says more.\n"]
    for name, field in Settings.model_fields.items():
        variable = setting_variables(name)[0]
        parts.append(f"\n# {field.description}\n# {variable}={shown(field.default)}\n")
    return "".join(parts)


def settings_table() -> str:
    rows = ["| name | also read | default | what it sets |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        ours, *bare = setting_variables(name)
        also = ", ".join(f"`{variable}`" for variable in bare) or "–"
        default = DEFAULTS_IN_WORDS.get(name) or (f"`{shown(field.default)}`" if shown(field.default) else "–")
        rows.append(f"| `{ours}` | {also} | {default} | {field.description} |")
    return "\n".join(rows)


def commands(command: Any, path: str = "lucida") -> Iterator[tuple[str, Any]]:
    """The commands of a command line with their full names, in the order they are shown in."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        if not child.hidden:
            yield from commands(child, f"{path} {name}")


def command_line() -> str:
    """Every command with its arguments and options."""
    from lucida.cli import app  # the other files are written even where the command line does not import

    parts = []
    for path, command in commands(typer.main.get_command(app)):
        parameters = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
        arguments = [parameter.name.upper() for parameter in parameters if parameter.param_type_name == "argument"]
        parts.append(f"## {' '.join([path, *arguments])}\n\n{sentence(command.help)}\n")
        if parameters:
            head = ["| option | default | what it does |", "|---|---|---|"]
            parts.append("\n".join([*head, *map(option_row, parameters)]) + "\n")
    return "\n".join(parts).rstrip()


def option_row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        names = f"`{parameter.name.upper()}`"
    else:
        names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    default = parameter.default
    if parameter.required:
        shown_default = "required"
    elif default in (None, "") or callable(default) or isinstance(default, bool):
        shown_default = "–"
    else:
        shown_default = f"`{default}`"
    return f"| {names} | {shown_default} | {sentence(parameter.help)} |"


def sentence(help_text: str | None) -> str:
    """A help text on one line, as a table wants it."""
    return " ".join((help_text or "").split()).replace("|", "\\|")


FILES: dict[str, Callable[[], str]] = {"requirements.txt": requirements, ".env.example": env_example}
BLOCKS: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("docs/settings.md", settings_table),
    "commands": ("docs/cli.md", command_line),
}


def filled(page: str, name: str, block: str) -> str:
    """The page with `block` between the markers `name`."""
    begin, end = f"<!-- {name}: written by docs/generate.py -->", f"<!-- /{name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"the page needs one {begin} and one {end}")
    return f"{page.split(begin)[0]}{begin}\n\n{block}\n\n{end}{page.split(end)[1]}"


def generated() -> dict[Path, str]:
    """Every file that is written here, as it should be."""
    wanted = {ROOT / name: make() for name, make in FILES.items()}
    for name, (page, make) in BLOCKS.items():
        path = ROOT / page
        wanted[path] = filled(wanted.get(path) or path.read_text(encoding="utf-8"), name, make())
    return wanted


def main(check: bool) -> int:
    stale = {
        path: text
        for path, text in generated().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        print(f"{path.relative_to(ROOT)} {'is out of date: run python docs/generate.py' if check else 'written'}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
