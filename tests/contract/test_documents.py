"""What documents say is what the code does: figures, error codes, settings, links between files."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from majani.model.bundle import SOURCES_FILE
from serving.http.errors import STATUSES
from serving.settings import Settings, variable
from serving.telemetry.metrics import REGISTRY
from tests.contract.tables import PAGES, page_with_tables
from training.artifacts.files import EVALUATION_FILE
from training.figures import FIGURES_FILE, read_figures
from training.report.baselines import PEERS_FILE, read_peers
from training.report.documents import GENERATED, of_bundle, still_published

ROOT = Path(__file__).parents[2]
CURRENT = ROOT / "models/current"
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
# Notes keep the figures of their day.
MANUAL = [path for path in DOCUMENTS if path.parent.name != "research"]
PUBLISHED = read_figures(ROOT / FIGURES_FILE)
_CODE_OR_LINK = re.compile(r"`[^`]*`|\]\([^)]*\)")
# No version such as 0.2.0, no licence such as Apache-2.0.
_DECIMAL = re.compile(r"(?<![\w.-])\d+\.\d+(?![\d.]*\.\d|\d)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_all_name_the_same_version() -> None:
    """Images have a test of their own, in ``tests/deploy``."""
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert f"\nversion: {version}\n" in text_of("CITATION.cff")
    assert json.loads(text_of("web/package.json"))["version"] == version
    assert f"`majani-{version}-py3-none-any.whl`" in text_of("docs/api.md")
    released = re.findall(r"^## (\d\S+), \d{4}-\d\d-\d\d$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert released[0] == version


def test_published_figures_are_of_the_last_evaluation_and_the_running_bundle_or_say_that_they_are_not() -> None:
    evaluated = of_bundle(read_figures(ROOT / EVALUATION_FILE), CURRENT)
    assert evaluated
    assert {key: PUBLISHED.get(key) for key in evaluated} == evaluated
    assert still_published(PUBLISHED, CURRENT) == PUBLISHED
    assert {peer.beside for peer in read_peers(ROOT / PEERS_FILE)} <= set(PUBLISHED), "others' stand beside ours"


@pytest.mark.parametrize("path", [*MANUAL, *CURRENT.glob("*.md")], ids=lambda path: path.name)
def test_no_row_is_of_an_earlier_bundle_and_no_table_holds_a_figure_that_no_command_wrote(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "(an earlier bundle)" not in text
    if path in MANUAL:
        rows = re.findall(r"^\|.*$", GENERATED.sub("", text), re.MULTILINE)
        assert [row for row in rows if _DECIMAL.search(_CODE_OR_LINK.sub("", row))] == []


def test_the_readme_is_read_in_two_minutes_and_begins_with_fields_never_seen() -> None:
    text = text_of("README.md")
    assert len(text.splitlines()) <= 70
    assert len(text.replace("|", " ").split()) <= 550
    assert re.findall(r"<!-- (places|figures): ([^ ,]+)", text)[0] == ("places", "grades")


def test_the_bundle_shows_every_source() -> None:
    page = (CURRENT / SOURCES_FILE).read_text(encoding="utf-8")
    measured = (re.fullmatch(r"(\w+)\.(?:top1|refused)", key) for key in PUBLISHED)
    sources = {one[1] for one in measured if one and one[1] != "field"}
    assert len(sources) > 15
    assert [source for source in sources if not re.search(rf"^\| {source} \| \d", page, re.MULTILINE)] == []


def test_error_codes_are_documented_with_their_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", text_of("docs/api.md"), re.MULTILINE)
    assert sorted(rows) == sorted((code, str(status.value)) for code, status in STATUSES.items())


def test_every_setting_is_documented_with_its_default() -> None:
    documents = text_of("docs/operation.md") + text_of("docs/channels.md")
    rows = {name: f"| `{variable(name)}` | `{one.default}` |" for name, one in Settings.model_fields.items()}
    assert [name for name, row in rows.items() if row not in documents] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_tables_of_settings_metrics_and_codes_are_those_of_the_code(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert page_with_tables(page) == page, "python -m tests.contract.tables writes it anew"


def test_metrics_are_documented() -> None:
    documented = set(re.findall(r"^\| `(majani_\w+)`", text_of("docs/operation.md"), re.MULTILINE))
    families = REGISTRY.collect()
    assert documented == {f"{one.name}_total" if one.type == "counter" else one.name for one in families}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_and_modules_exist_and_links_between_files_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
        assert (path.parent / target).exists(), target
    # Notes name what there was on their day.
    if path not in MANUAL:
        return
    rooms = "majani|training|serving|web|benchmarks|data|deploy|tests|docs|models|reports"
    named = set(re.findall(rf"`((?:{rooms})/[^`\s<>*:]+)(?:::\w+)?`", text))
    # What commands write, and what an operator writes, is not in the repository.
    asked = ["git", "check-ignore", *named]
    ignored = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    not_there = {name for name in named - set(ignored.split()) if not (ROOT / name).exists()}
    # The last two come with the next promotion.
    assert not_there <= {"deploy/.env", "web/dist", "web/node_modules", "models/releases", "models/warm_start"}
    for module in re.findall(r"python -m ((?:majani|training|serving|benchmarks|tests)[\w.]*)", text):
        place = ROOT / module.replace(".", "/")
        assert place.is_dir() or place.with_suffix(".py").exists() or module.endswith(".NAME"), module


def test_every_stage_is_documented() -> None:
    page = text_of("docs/pipeline.md")
    stages = re.findall(r"^  (\w+):$", text_of("dvc.yaml"), re.MULTILINE)
    assert stages
    assert [stage for stage in stages if f"| `{stage}` |" not in page] == []


@pytest.mark.parametrize("name", ["farmer.md", "extension.md"])
def test_guides_quote_what_people_see(name: str) -> None:
    page = text_of(f"docs/{name}")
    quoted = re.findall(r"^\| \*([^*]+)\*", page, re.MULTILINE) + re.findall(r'"([A-Z][^"]+)"', page.replace("\n", " "))
    with (ROOT / "data/languages/en/interface.po").open("rb") as opened:
        # What changes from answer to answer is "…" in a guide.
        said = {re.sub(r"%\(\w+\)[sd]\.?", "…", str(message.id)).removesuffix(".") for message in read_po(opened)}
    assert len(quoted) >= 5
    assert set(quoted) <= said


def test_every_threat_names_a_test_that_exists() -> None:
    rows = re.findall(r"^\|(?!---| attack \|)(.+)\|$", GENERATED.sub("", text_of("docs/threats.md")), re.MULTILINE)
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for path, name in named:
            assert re.search(rf"^ *def {name}\(", text_of(path), re.MULTILINE), name
