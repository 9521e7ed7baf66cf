import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.described import ROOT, description, source, taxonomy
from training.artifacts.files import read_taxonomy
from training.sources.description import Domain, SourceError, read_sources

ARCHIVE = {"url": "https://example.org/beans.zip", "archive": "zip"}
TABLE = {"file": "labels.csv", "photo": "image", "columns": ["label"]}
NEGATIVES: dict[str, Any] = {"classes": {"*": {"to": "unknown_plant"}}, "family": "weeds"}


def write(file: Path, content: Any) -> None:
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    file.write_bytes(content if isinstance(content, bytes) else text.encode())


def test_the_former_key_of_the_domain_is_still_read(tmp_path: Path) -> None:
    write(tmp_path / "beans.yaml", description(domain=None, setting="lab"))
    assert read_sources(tmp_path, taxonomy())["beans"].domain is Domain.LAB


def test_the_agronomists_page_describes_own_photos_as_they_are_read(tmp_path: Path) -> None:
    page = (ROOT / "docs/agronomist.md").read_text(encoding="utf-8")
    example = re.search(r"^```yaml\n# data/sources/(\w+)\.yaml.*?\n```$", page, re.MULTILINE | re.DOTALL)
    assert example is not None
    write(tmp_path / f"{example[1]}.yaml", example[0].removeprefix("```yaml\n").removesuffix("```"))
    own = read_sources(tmp_path, read_taxonomy(ROOT / "data/taxonomy.yaml"))[example[1]]
    assert own.domain is Domain.FIELD
    assert all(f"data/raw/{example[1]}/{folder}/" in page for folder in own.classes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"download_by_hand": None}, id="no way to get the photos"),
        pytest.param({"official_splits": {"test": "test"}}, id="split without a split folder"),
        pytest.param({**NEGATIVES, "family": None}, id="rejects without family"),
        pytest.param({"family": "weeds"}, id="family without rejects"),
        pytest.param({"grouping": [{"pattern": r"\d+", "max_gap": 1}]}, id="neither frame nor time"),
        pytest.param({"grouping": [{"pattern": r"(?P<frame>\d)(?P<time>\d)", "max_gap": 1}]}, id="frame and time"),
        pytest.param({"grouping": [{"pattern": "(?P<frame>", "max_gap": 1}]}, id="no pattern"),
        pytest.param({"classes": {"rusty": {"to": "rust"}}}, id="class without crop"),
        pytest.param({"download": [{**ARCHIVE, "url": "ftp://example.org/"}]}, id="no web address"),
        pytest.param({"download": [{**ARCHIVE, "url": "hf://datasets/a/b"}]}, id="a repository as an archive"),
        pytest.param({"download": [{**ARCHIVE, "archive": "files"}]}, id="an archive as files"),
        pytest.param({"download": [{**ARCHIVE, "url": "doi:10.5281/zenodo.77"}]}, id="a record without a file"),
        pytest.param({"license": "CC0-1.0"}, id="misspelt key"),
        pytest.param({"classes": None}, id="no classes"),
        pytest.param({"layout": "photos/{case}/{file}"}, id="classes of reviewed cases"),
        pytest.param({"layout": "photos/{case}/{file}", "classes": {}}, id="reviewed cases of another name"),
        pytest.param({"home": None}, id="a dataset without a home"),
        pytest.param({"layout": "{class}"}, id="a layout without files"),
        pytest.param({"layout": "{file}"}, id="a layout without labels"),
        pytest.param({"layout": "{farm}/{class}/{file}"}, id="a layout of something unknown"),
        pytest.param({"layout": "{class}/{class}/{file}"}, id="a layout with two classes"),
        pytest.param({"labels": TABLE}, id="labels from folders and from a table"),
        pytest.param({"layout": "{file}", "labels": {**TABLE, "columns": []}}, id="a table without labels"),
        pytest.param({"layout": "{file}", "labels": {**TABLE, "several": "bean.complex"}}, id="unknown complex"),
        pytest.param({"role": "test"}, id="unknown role"),
        pytest.param({"role": "outliers"}, id="outliers of known conditions"),
        pytest.param({"classes": {"curl": {"to": "maize.other"}}}, id="another condition of an unknown crop"),
        pytest.param({"terms": "perhaps"}, id="unknown terms"),
        pytest.param({"max_photos": 0}, id="a cap of nothing"),
        pytest.param({"part_of": "peas"}, id="a part of an unknown source"),
        pytest.param({"part_of": "beans"}, id="a part of itself"),
        pytest.param({"awaited": ["bean.rust"]}, id="a dataset that awaits photos"),
    ],
)
def test_refuses_what_makes_no_sense(tmp_path: Path, changes: dict[str, Any]) -> None:
    write(tmp_path / "beans.yaml", description(**changes))
    with pytest.raises(SourceError, match=r"beans\.yaml"):
        read_sources(tmp_path, taxonomy())


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        pytest.param("peas.yaml", description("beans"), "'beans'", id="file and id differ"),
        pytest.param(
            "beans.yaml", description(classes={"x": {"to": "bean.blight"}}), r"bean\.blight", id="not in taxonomy"
        ),
        pytest.param("beans.yaml", "id: [beans", r"beans\.yaml", id="no YAML"),
        pytest.param("beans.yaml", "", r"beans\.yaml", id="empty file"),
        pytest.param("beans.yaml", "id: beans\nid: beans", r"(?s)beans\.yaml.*line 2", id="an entry twice"),
        pytest.param("beans.yaml", "title: Caf\xe9".encode("latin-1"), r"beans\.yaml", id="no UTF-8"),
        pytest.param("beans.yml", "", r"beans\.yml", id="a name that nothing would read"),
    ],
)
def test_refuses_a_file(tmp_path: Path, name: str, content: Any, named: str) -> None:
    write(tmp_path / name, content)
    with pytest.raises(SourceError, match=named):
        read_sources(tmp_path, taxonomy())


def test_the_star_stands_for_folders_not_named() -> None:
    described = source(classes={"rusty": {"to": "bean.rust"}, "*": {"to": "bean.healthy"}})
    assert {folder: described.mapping(folder) for folder in ("rusty", "anything")} == {
        "rusty": described.classes["rusty"],
        "anything": described.classes["*"],
    }
    assert source().mapping("anything") is None
