"""Ask PyPI and npm whether anything that Lucida is built from has a known fault.

    .venv/bin/python scripts/audit.py

The exit status is 1 where there is one, with the version that mends it. Who could not be asked is said, with the
reason, and is no failure. It asks for each package by itself, so it is a step of its own in CI, and no test.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
AUDITOR = ROOT / ".venv" / "audit"  # pip-audit brings packages that Lucida does not need
SECONDS = 180


class CannotAsk(Exception):
    """Nobody could be asked; the sentence says why."""


def python_faults(told: dict[str, Any]) -> list[str]:
    """The faults in pip-audit's JSON; CannotAsk where PyPI knew none of the packages at all."""
    asked = [package for package in told["dependencies"] if "skip_reason" not in package]
    if not asked:
        raise CannotAsk("this package index says nothing of vulnerabilities")
    left_out = [package["name"] for package in told["dependencies"] if "skip_reason" in package]
    if left_out:
        print(f"PyPI does not know {', '.join(left_out)}")
    return [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {' '.join(fault['fix_versions']) or 'none'}"
        for package in asked
        for fault in package["vulns"]
    ]


def npm_faults(told: dict[str, Any]) -> list[str]:
    """The faults in npm's JSON; CannotAsk where it is a message of why there are none."""
    if "vulnerabilities" not in told:
        raise CannotAsk(str(told.get("message") or told.get("error") or "npm gave no report"))
    return [
        f"{name} {fault['range']}: {fault['severity']}, {'can be mended' if fault['fixAvailable'] else 'not yet'}"
        for name, fault in sorted(told["vulnerabilities"].items())
    ]


def said(command: list[str]) -> dict[str, Any]:
    """The JSON that a command prints, whatever its exit status; CannotAsk where it prints none."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
        told: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise CannotAsk(f"no answer in {SECONDS} s") from None
    except ValueError:
        complaints = [line for line in done.stderr.splitlines() if line.strip()]
        raise CannotAsk(complaints[-1] if complaints else f"exit status {done.returncode}") from None
    return told


def ask_pypi() -> list[str]:
    """What PyPI knows of the packages in this environment."""
    program = AUDITOR / ("Scripts" if sys.platform == "win32" else "bin")
    if not list(program.glob("pip-audit*")):
        venv.create(AUDITOR, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--retries", "1", "pip-audit"]
        done = subprocess.run([str(program / "python"), *install], capture_output=True, text=True)
        if done.returncode:
            raise CannotAsk("pip-audit could not be installed: " + done.stderr.strip().splitlines()[-1])
    packages = sysconfig.get_path("purelib")
    options = ["--path", packages, "--skip-editable", "--format", "json", "--progress-spinner", "off"]
    return python_faults(said([str(program / "python"), "-m", "pip_audit", *options]))


def ask_npm() -> list[str]:
    """What npm knows of the packages that the pages are built from and with."""
    return npm_faults(said([sys.executable, "start.py", "--npm", "audit", "--json"]))


def main() -> int:
    """Ask both; 1 where either knows of a fault."""
    found = False
    for name, ask in (("PyPI", ask_pypi), ("npm", ask_npm)):
        try:
            faults = ask()
        except CannotAsk as reason:
            print(f"{name} was not asked: {reason}")
            continue
        found = found or bool(faults)
        print("\n  ".join([f"{name} knows of {len(faults) or 'no'} faults", *faults]))
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
