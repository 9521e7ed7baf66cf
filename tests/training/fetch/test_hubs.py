import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pooch.core
import pytest

from tests.training.fetch.project import PHOTOS, Project, fetched_from, pack
from tests.training.hubs import Hubs, hubs
from training.sources.origins import Supply

KAGGLE = "www.kaggle.com/api/v1/datasets/download/somebody/beans"
STORE = "storage.googleapis.com"
TABLE = b"file_name,label\n1.jpg,rusty\n"


@pytest.fixture
def internet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hubs]:
    monkeypatch.setattr(pooch.core.time, "sleep", lambda _: None)
    with hubs(tmp_path, "doi.org", "zenodo.org", "www.kaggle.com", STORE) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "hubs.pem"))
        # As HF_ENDPOINT does, which is read only once.
        template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.url)
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield server


def offered(url: str, archive: str = "zip", **more: Any) -> dict[str, Any]:
    return {"download": [{"url": url, "archive": archive, **more}], "download_by_hand": None}


def test_a_record_of_zenodo_by_its_doi(project: Project, internet: Hubs) -> None:
    archive = pack(PHOTOS)
    internet.offer("doi.org/10.5281/zenodo.77", status=302, Location="https://zenodo.org/records/77")
    internet.offer("zenodo.org/records/77", b"<html>a page</html>")
    internet.offer("zenodo.org/api/records/77", {"id": 77, "files": [{"filename": "leaves.zip", "checksum": "md5:0"}]})
    internet.offer("zenodo.org/records/77/files/leaves.zip", archive)
    project.add("record", **offered("doi:10.5281/zenodo.77/leaves.zip", sha256=hashlib.sha256(archive).hexdigest()))
    project.add("misspelt", **offered("doi:10.5281/zenodo.77/leafs.zip", sha256="0" * 64))
    project.add("changed", **offered("doi:10.5281/zenodo.77/leaves.zip", sha256="0" * 64))
    failed = [("changed", "checksum_mismatch"), ("misspelt", "download_failed")]
    assert [row[:2] for row in fetched_from(project, Supply())] == failed
    assert project.photos("record") == PHOTOS


def test_a_dataset_of_kaggle_with_the_key_in_netrc_which_no_other_host_sees(
    project: Project, internet: Hubs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine www.kaggle.com login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    internet.offer(KAGGLE, status=302, Location=f"https://{STORE}/signed")
    internet.offer(f"{STORE}/signed", pack(PHOTOS, root="beans/"))
    project.add("beans", **offered(f"https://{KAGGLE}", root="beans"))
    assert fetched_from(project, Supply()) == []
    assert project.photos("beans") == PHOTOS
    assert internet.asked == [(KAGGLE, f"Basic {b64encode(b'somebody:secret').decode()}"), (f"{STORE}/signed", "")]


def test_a_repository_of_hugging_face(project: Project, internet: Hubs) -> None:
    files = {"data/1.jpg": b"one", "data/metadata.csv": TABLE, "data/more.parquet": b"large", "README.md": b"words"}
    internet.offer_repository("datasets", "somebody/beans", files, revisions=["v2"])
    labels = {"file": "metadata.csv", "photo": "file_name", "columns": ["label"]}
    address = offered("hf://datasets/somebody/beans@v2", "files", root="data")
    project.add("beans", **address, layout="{file}", labels=labels)
    project.add("absent", **offered("hf://datasets/somebody/absent", "files"))
    assert [row[:2] for row in fetched_from(project, Supply())] == [("absent", "download_failed")]
    assert project.photos("beans") == {"1.jpg": b"one", "metadata.csv": TABLE}
    assert not any(address.endswith((".parquet", ".md")) for address, _ in internet.asked)
    before = len(internet.asked)
    fetched_from(project, Supply())
    assert not any("somebody/beans" in address for address, _ in internet.asked[before:])
