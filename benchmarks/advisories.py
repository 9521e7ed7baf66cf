"""Known weaknesses of the pinned packages, where an index answers (``make audit``).

    python -m benchmarks.advisories PIP_AUDIT

``PIP_AUDIT`` is the program, in an environment of its own. Only a weakness is a failure: an index that does not answer
is named and that is all.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_TIMEOUT_S = 120


def main() -> int:
    """Ask both indexes, and print what they know."""
    (pip_audit,) = sys.argv[1:]
    python = [pip_audit, "-r", "constraints.txt", "--no-deps", "--disable-pip", "--format=json"]
    answers = {
        "Python": of_python(_asked([*python, "--progress-spinner=off", "--timeout=10"], Path())),
        "the phone app": of_npm(_asked(["npm", "audit", "--omit=dev", "--json"], Path("web"))),
    }
    for name, found in answers.items():
        print(f"{name}: " + ("not audited, no index answers" if found is None else f"{len(found)} known weaknesses"))
        print(*(f"  {line}" for line in found or ()), sep="\n", end="\n" if found else "")
    return 1 if any(answers.values()) else 0


def of_python(report: Any) -> list[str] | None:
    """Package, version and id of each weakness that pip-audit names; None if it could ask about no package."""
    audited = [package for package in report.get("dependencies", ()) if "vulns" in package]
    if not audited:
        return None
    return [f"{one['name']} {one['version']}: {weak['id']}" for one in audited for weak in one["vulns"]]


def of_npm(report: Any) -> list[str] | None:
    """Package and severity of each weakness that npm names; None if it got no report."""
    if "vulnerabilities" not in report:
        return None
    return [f"{name}: {weak['severity']}" for name, weak in report["vulnerabilities"].items()]


def _asked(command: Sequence[str], folder: Path) -> Any:
    if shutil.which(command[0]) is None:
        return {}
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {}


if __name__ == "__main__":
    sys.exit(main())
