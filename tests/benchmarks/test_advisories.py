from typing import Any

import pytest

from benchmarks.advisories import of_npm, of_python

SOUND = {"name": "a", "version": "1", "vulns": []}
WEAK = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1"}, {"id": "CVE-2"}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("report", "found"),
    [
        ({"dependencies": [SOUND, WEAK, SKIPPED]}, ["b 2: CVE-1", "b 2: CVE-2"]),
        ({"dependencies": [SOUND]}, []),
        ({"dependencies": [SKIPPED]}, None),
        ({}, None),
    ],
)
def test_weaknesses_of_python(report: Any, found: list[str] | None) -> None:
    assert of_python(report) == found


@pytest.mark.parametrize(
    ("report", "found"),
    [
        ({"vulnerabilities": {"a": {"severity": "high"}}}, ["a: high"]),
        ({"vulnerabilities": {}}, []),
        ({"error": {}}, None),
    ],
)
def test_weaknesses_of_npm(report: Any, found: list[str] | None) -> None:
    assert of_npm(report) == found
