from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer.main
from fastapi.routing import APIRoute, APIWebSocketRoute

from lucida.cli import app as command_line
from lucida.config import Settings, setting_variables
from lucida.errors import every_error
from lucida.server import create_app


@pytest.fixture(scope="module")
def tracked(repository: Path) -> list[Path]:
    """The files that git keeps, without those that are deleted in the working tree."""
    if not (repository / ".git").exists():
        pytest.skip("not a git checkout: which files belong to the project is not known")
    told = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True)
    paths = [repository / name for name in told.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.fixture(scope="module")
def pages(tracked: list[Path]) -> dict[Path, str]:
    """The Markdown pages."""
    return {path: path.read_text(encoding="utf-8") for path in tracked if path.suffix == ".md"}


def rows(page: str) -> list[list[str]]:
    """The cells of every table row of a page."""
    cells = [re.split(r"(?<!\\)\|", line.strip("| ")) for line in page.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in cells]


def test_what_is_written_by_the_generator_is_up_to_date(repository: Path) -> None:
    command = [sys.executable, str(repository / "docs" / "generate.py"), "--check"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_setting_is_in_the_settings_page_and_the_example(repository: Path) -> None:
    table = {row[0].strip("`"): row for row in rows((repository / "docs/settings.md").read_text())}
    example = (repository / ".env.example").read_text()
    for name, field in Settings.model_fields.items():
        ours, *bare = setting_variables(name)
        assert field.description, f"{ours} has no sentence"
        assert ours in table, f"docs/settings.md lacks {ours}"
        _, also, default, sentence = table[ours]
        assert re.findall(r"`(\w+)`", also) == bare
        assert default
        assert sentence == field.description
        assert f"# {field.description}\n# {ours}=" in example, f".env.example lacks {ours}"


def test_the_example_settings_all_work_as_they_stand(repository: Path, tmp_path: Path) -> None:
    example = (repository / ".env.example").read_text()
    (tmp_path / ".env").write_text(re.sub(r"^# (LUCIDA_\w+=)", r"\1", example, flags=re.MULTILINE))
    code = "from lucida.config import Settings; print(Settings() == Settings(_env_file=None))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LUCIDA_")}
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert told.stdout == "True\n", told.stderr


def routes(of: Any) -> Iterator[tuple[str, str]]:
    """Method and path of every route of ours, through included routers."""
    for route in of.routes:
        if isinstance(route, APIWebSocketRoute):
            yield "WS", route.path
        elif isinstance(route, APIRoute):
            for method in sorted(route.methods):
                yield method, route.path.replace(":path}", "}")
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router)


def test_every_route_is_in_the_api_page(repository: Path) -> None:
    app = create_app()
    described = {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}
    found = described | set(routes(app))
    assert ("WS", "/ws/jobs/{job_id}") in found
    assert ("POST", "/api/upload") in found
    page = (repository / "docs/api.md").read_text()
    # As a reader meets it: the method before the path, on one line, the parameters under any name.
    patterns = {route: re.sub(r"\\{\w+\\}", r"\\{\\w+\\}", re.escape(route[1])) for route in found}
    missing = [r for r, pattern in patterns.items() if not re.search(rf"\b{r[0]}\b[^\n]*{pattern}(?![\w/])", page)]
    assert sorted(missing) == []


def test_every_error_code_is_in_the_api_page_with_its_status(repository: Path) -> None:
    table = {row[0].strip("`"): row for row in rows((repository / "docs/api.md").read_text())}
    for error in every_error():
        assert error.code in table, f"docs/api.md lacks the error code {error.code}"
        assert str(error.status) in table[error.code][1], f"docs/api.md has another status for {error.code}"


def every_command(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """The commands of a command line, those of its groups as `group command`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def test_every_command_and_option_is_in_the_command_line_page(repository: Path) -> None:
    sections = re.split(r"^## ", (repository / "docs/cli.md").read_text(), flags=re.MULTILINE)
    commands = dict(every_command(typer.main.get_command(command_line)))
    assert {"serve", "users add"} <= set(commands)
    for name, command in commands.items():
        (section,) = [section for section in sections if re.match(rf"lucida {name}\b", section)]
        assert command.help
        for parameter in command.params:
            assert parameter.help, f"lucida {name} {parameter.name} has no sentence"
            for option in parameter.opts:
                assert f"`{option if option.startswith('-') else option.upper()}`" in section, f"{name} {option}"


def test_every_decision_is_in_the_index(repository: Path) -> None:
    folder = repository / "docs" / "adr"
    index = (folder / "README.md").read_text()
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert decisions
    assert re.findall(r"\]\((\d{4}-[^)]+\.md)\)", index) == decisions
    assert len({name[:4] for name in decisions}) == len(decisions), "two decisions share a number"


def test_every_page_is_reached_from_the_readme(repository: Path, pages: dict[Path, str]) -> None:
    reached, waiting = set[Path](), [repository / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page in pages:
            reached.add(page)
            waiting += [target for target, _ in links(page, pages[page])]
    assert {path.relative_to(repository).as_posix() for path in pages.keys() - reached} == set()


def links(page: Path, text: str) -> Iterator[tuple[Path, str]]:
    """Where a page's relative links lead, with their fragments."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'(?:src|href)="([^"]+)"', prose)
    for link in found:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        yield (page.parent / unquote(path)).resolve() if path else page, fragment


def anchors(text: str) -> set[str]:
    """The fragments of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_somewhere(repository: Path, pages: dict[Path, str]) -> None:
    broken = []
    for page, text in pages.items():
        for target, fragment in links(page, text):
            known = target in pages and (not fragment or fragment in anchors(pages[target]))
            if not (known or (target.exists() and not fragment)):
                broken.append(f"{page.relative_to(repository)}: {target.name}#{fragment}")
    assert broken == []


def test_nothing_names_a_folder_of_the_machine_it_was_written_on(repository: Path, tracked: list[Path]) -> None:
    home = re.compile(rb"/(?:home|Users)/(?!runner\b)[a-z]\w+/|" + re.escape(str(repository).encode()) + rb"/")
    found = []
    for path in tracked:
        content = path.read_bytes()
        if b"\0" not in content[:8000] and home.search(content):
            found.append(path.relative_to(repository).as_posix())
    assert found == []
