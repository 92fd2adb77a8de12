"""What `scripts/audit.py` makes of what pip-audit 2.10 and npm 11 print. (Asking them needs the network.)"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FAULT = {"id": "PYSEC-2022-10", "fix_versions": ["9.0.1"], "aliases": ["CVE-2022-22817"], "description": "…"}
SKIPPED = {"name": "lucida", "skip_reason": "distribution marked as editable"}


@pytest.fixture
def audit(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", repository / "scripts" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_package_with_a_fault_is_named_with_what_mends_it(audit: ModuleType) -> None:
    packages = [{"name": "pillow", "version": "9.0.0", "vulns": [FAULT]}, {"name": "rich", "version": "1", "vulns": []}]
    assert audit.python_faults({"dependencies": [*packages, SKIPPED], "fixes": []}) == [
        "pillow 9.0.0: PYSEC-2022-10, mended in 9.0.1"
    ]
    told = {"name": "vite", "severity": "high", "range": "<=6.1.0", "fixAvailable": True, "via": [], "effects": []}
    assert audit.npm_faults({"auditReportVersion": 2, "vulnerabilities": {"vite": told}}) == [
        "vite <=6.1.0: high, can be mended"
    ]
    assert audit.npm_faults({"auditReportVersion": 2, "vulnerabilities": {}}) == []


def test_an_index_that_knows_nothing_is_not_taken_for_a_good_answer(audit: ModuleType) -> None:
    with pytest.raises(audit.CannotAsk, match="says nothing of vulnerabilities"):
        audit.python_faults({"dependencies": [SKIPPED], "fixes": []})
    with pytest.raises(audit.CannotAsk, match="405 Method Not Allowed"):
        audit.npm_faults({"message": "405 Method Not Allowed", "method": "POST"})
    with pytest.raises(audit.CannotAsk, match="no such thing"):
        audit.said([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_who_cannot_be_asked_is_said_and_is_no_failure(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    def nobody() -> list[str]:
        raise audit.CannotAsk("there is no network")

    audit.ask_pypi, audit.ask_npm = nobody, nobody
    assert audit.main() == 0
    assert capsys.readouterr().out == (
        "PyPI was not asked: there is no network\nnpm was not asked: there is no network\n"
    )
    audit.ask_npm = lambda: ["vite 1: high, can be mended"]
    assert audit.main() == 1
    assert "npm knows of 1 faults\n  vite 1: high" in capsys.readouterr().out
