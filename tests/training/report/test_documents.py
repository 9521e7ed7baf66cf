import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from majani.model.bundle import Manifest, read_bundle, write_bundle
from tests.tiny_bundle import tiny_bundle
from tests.training.figures import figure as any_figure
from tests.training.typed import typed
from training.artifacts.files import CURRENT_DIR, EVALUATION_FILE, STRESS_TEST_FILE
from training.figures import FIGURES_FILE, Figure, bundle_sha256, read_figures, table, write_figures
from training.report.baselines import Peer
from training.report.documents import of_bundle, render, still_published, table_beside, words

DOCUMENTS = (Path("README.md"), Path("docs/beans.md"))
SHA256 = bundle_sha256(tiny_bundle().manifest)
OPEN, CLOSE = "<!-- figures: beans.top1, size -->\n", "<!-- end of figures -->"


def figure(value: float = 61.26, title: str = "top-1", **changes: Any) -> Figure:
    return any_figure(value, title, **{"bundle_sha256": SHA256, **changes})


FIGURES = {
    "beans.top1": figure(n=321, low=56.0, high=66.04),
    "beans.answered": figure(50, title="answered"),
    "size": figure(3.4567, title="size", unit="MB", bundle_sha256=None),
    "lost": figure(0.04, title="lost", unit="points"),
}


def test_rows_stand_in_the_wanted_order_with_what_is_known() -> None:
    rows = ["| size | 3.46 MB |  |  |", "| answered | 50.0 % |  |  |", "| top-1 | 61.3 % | 56.0 – 66.0 | 321 |"]
    measured = ["", "Measured by `dvc repro`."]
    assert table(FIGURES, ["size", "beans.*"]).splitlines()[2:] == [*rows, *measured], "by id"
    wanted = ["lost", "beans.top1", "beans.answered"]
    assert table(FIGURES, wanted).splitlines()[2:] == ["| lost | 0.0 points |  |  |", *rows[:0:-1], *measured]


def test_figures_of_an_earlier_bundle_are_counted_and_not_shown() -> None:
    earlier = figure(99, title="speed (an earlier bundle)")
    document = "<!-- figures: size, speed -->\n<!-- end of figures -->\n"
    rendered = render(document, {"size": FIGURES["size"], "speed": earlier})
    assert ("99" in rendered, "not shown: 1" in rendered) == (False, True)
    assert render(document.replace("size, ", ""), {"speed": earlier}).count("|") == 0


def test_render_replaces_what_stands_between_the_markers_and_nothing_else() -> None:
    document = f"before\n{OPEN}stale\n{CLOSE}\nbetween\n{OPEN}{CLOSE}\nafter\n"
    content = table(FIGURES, ["beans.top1", "size"])
    rendered = render(document, FIGURES)
    assert rendered == f"before\n{OPEN}{content}{CLOSE}\nbetween\n{OPEN}{content}{CLOSE}\nafter\n"
    assert render(rendered, FIGURES) == rendered
    assert render("no markers\n", FIGURES) == "no markers\n"


PEER = Peer.model_validate(
    {"beside": "beans.top1", "who": "Somebody", "value": 70.53, "unit": "%", "source": "https://example.org/beans"}
)


def test_figures_of_others_follow_ours() -> None:
    others = [PEER, PEER.model_copy(update={"who": "Others", "n": 12, "differs": "peas"})]
    assert table_beside(FIGURES, others, ["beans.top1"]).splitlines()[2:] == [
        "| top-1 | **Majani** | 61.3 % | 56.0 – 66.0 | 321 | `dvc repro` |",
        "|  | Somebody | 70.5 % |  |  | [source](https://example.org/beans) |",
        "| but: peas | Others | 70.5 % |  | 12 | [source](https://example.org/beans) |",
    ]
    document = "<!-- beside: beans.top1 -->\n<!-- end of figures -->\n"
    assert "| Somebody |" in render(document, FIGURES, [PEER])


def edited(manifest: Manifest) -> Manifest:
    return manifest.model_copy(update={"rules": manifest.rules.model_copy(update={"reject": 0.99})})


def renamed(manifest: Manifest) -> Manifest:
    """As after a second calibration on another day, with other code."""
    made_from = manifest.provenance.model_copy(update={"git_commit": "another"})
    return manifest.model_copy(update={"version": "2027.01.01-00000000", "provenance": made_from})


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        pytest.param(edited, {"size"}, id="rules edited by hand"),
        pytest.param(renamed, set(FIGURES), id="the same made again"),
    ],
)
def test_a_figure_belongs_to_all_that_its_bundle_answers_by(
    tmp_path: Path, change: Callable[[Manifest], Manifest], taken: set[str]
) -> None:
    bundle = tiny_bundle()
    write_bundle(replace(bundle, manifest=change(bundle.manifest)), tmp_path)
    assert set(of_bundle(FIGURES, tmp_path)) == taken


def test_what_was_measured_apart_stays_and_says_of_which_bundle_it_is(tiny_bundle_dir: Path) -> None:
    running = bundle_sha256(read_bundle(tiny_bundle_dir).manifest)
    apart = figure(bundle_sha256="0" * 64, title="speed", command="python -m benchmarks.speed")
    figures = {**FIGURES, "beans.top1": figure(bundle_sha256="0" * 64), "speed": apart}

    kept = still_published(figures, tiny_bundle_dir)
    assert still_published({"speed": apart}, tiny_bundle_dir) == {"speed": kept["speed"]}
    assert set(kept) == {"beans.answered", "lost", "size", "speed"}, (
        "the pipeline's own figures are of the running bundle"
    )
    assert kept["speed"].title == "speed (an earlier bundle)"
    assert still_published(kept, tiny_bundle_dir) == kept

    again = kept["speed"].model_copy(update={"bundle_sha256": running})
    assert still_published({"speed": again}, tiny_bundle_dir)["speed"].title == "speed", "a rollback makes it current"


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with all documents, one of them stale, as after an evaluation of the running bundle."""
    monkeypatch.chdir(tmp_path)
    write_bundle(tiny_bundle(), CURRENT_DIR)
    for path in DOCUMENTS:
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {path}\n", encoding="utf-8")
    DOCUMENTS[0].write_text(f"{OPEN}{CLOSE}\n", encoding="utf-8")
    write_figures({"size": FIGURES["size"], "beans.top1": figure(1)})
    write_figures({"beans.top1": figure(61.2)}, EVALUATION_FILE)
    write_figures({"lost": FIGURES["lost"]}, STRESS_TEST_FILE)


@pytest.mark.usefixtures("documents")
def test_what_is_stale_or_missing_is_named_and_nothing_changes(capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in (*DOCUMENTS, FIGURES_FILE)}
    assert typed("documents", "--check") == 1
    assert f": {FIGURES_FILE}, {DOCUMENTS[0]};" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before
    DOCUMENTS[1].write_text("<!-- figures: peas.top1 -->\n<!-- end of figures -->\n", encoding="utf-8")
    before[DOCUMENTS[1]] = DOCUMENTS[1].read_bytes()
    assert typed("documents") == 1
    assert "peas.top1" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before


def test_words_between_markers_do_not_count() -> None:
    assert words(f"# Two words\n\n{OPEN}| a | table |\n{CLOSE}\nand two\n") == words("Two words and two") == 4
    assert words("| a | table, 1 |\n|---|---|\n") == 3


@pytest.mark.usefixtures("documents")
def test_the_check_counts_the_words_of_tracked_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("documents") == 0
    for command in (["init", "--quiet"], ["add", str(DOCUMENTS[1])]):
        subprocess.run(["git", *command], check=True)
    assert typed("documents", "--check") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 ")


@pytest.mark.usefixtures("documents")
def test_figures_of_the_running_bundle_stay_and_until_it_is_measured_pages_show_an_earlier_one() -> None:
    # A bundle that was not promoted.
    write_figures({"beans.top1": figure(99, bundle_sha256="0" * 64)}, EVALUATION_FILE)
    write_figures({}, STRESS_TEST_FILE)
    assert typed("documents") == 0
    assert read_figures()["beans.top1"].value == 1
    assert "| top-1 | 1.0 % |" in DOCUMENTS[0].read_text(encoding="utf-8")
    bundle = tiny_bundle()
    write_bundle(replace(bundle, manifest=edited(bundle.manifest)), CURRENT_DIR)
    for _ in range(2):
        assert typed("documents") == 0
        assert read_figures()["beans.top1"].title == "top-1 (an earlier bundle)"
    running = bundle_sha256(read_bundle(CURRENT_DIR).manifest)
    write_figures({"beans.top1": figure(2, bundle_sha256=running)}, EVALUATION_FILE)
    assert typed("documents") == 0
    assert read_figures()["beans.top1"] == figure(2, bundle_sha256=running)
