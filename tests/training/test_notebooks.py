import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.training.described import ROOT


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Run the cells in the notebook's folder; returns the last value of each, which Jupyter would show."""
    monkeypatch.chdir(ROOT / "notebooks")
    cells = json.loads(Path(name).read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    shown = []
    for cell in cells:
        if cell["cell_type"] == "code":
            *body, last = ast.parse("".join(cell["source"])).body
            if not isinstance(last, ast.Expr):
                body, last = [*body, last], ast.Expr(ast.Constant(None))
            exec(compile(ast.Module(body, []), name, "exec"), names)  # noqa: S102 - as Jupyter does
            expression = ast.fix_missing_locations(ast.Expression(last.value))
            shown.append(eval(compile(expression, name, "eval"), names))  # noqa: S307
    return shown


def test_ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LEAF", str(Path("docs/leaf.jpg").absolute()))
    examination, diagnosis = run("ask.ipynb", monkeypatch)
    assert "<img" in examination._repr_html_()
    assert diagnosis.ranked[0].id == "groundnut.rust"
    assert "groundnut.rust" in capsys.readouterr().out


def test_refit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run("refit.ipynb", monkeypatch)
    rows = re.findall(r"^ +([\d.]+) +([\d.]+)% +([\d.]+)%$", capsys.readouterr().out, re.MULTILINE)
    answered, wrong = ([float(row[column]) for row in rows] for column in (1, 2))
    assert answered == sorted(answered, reverse=True)
    assert answered[0] == 100 > answered[-1] > 10
    assert wrong[0] > 5 * wrong[-1]
