"""A district's bundle shares the running one's session; it is put to use and taken back while cases are answered."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from majani.decision.diagnoser import Diagnoser
from majani.errors import BundleError
from majani.model.bundle import Bundle, NamedId, read_bundle, write_bundle
from majani.model.signature import make_key, sign_bundle
from serving.teach.districts import Districts, district_id
from tests.picture_files import encoded
from tests.pictures import textured
from tests.tiny_bundle import tiny_bundle, tiny_district_bundle

BASE = Diagnoser(tiny_bundle())
RED = encoded(textured((200, 20, 20)))
OTHER_NETWORK = tiny_bundle({"bean.rust": (39, -20, -20)})


def districts_in(folder: Path, *, key: str | None = None) -> Districts:
    return Districts(folder / "districts", BASE, key=key)


@pytest.fixture
def districts(tmp_path: Path) -> Districts:
    return districts_in(tmp_path)


def written(folder: Path, bundle: Bundle) -> Path:
    write_bundle(bundle, folder)
    return folder


def test_a_district_answers_by_its_head_on_the_session_of_the_running_one(districts: Districts, tmp_path: Path) -> None:
    version = districts.use("Tana River", written(tmp_path / "made", tiny_district_bundle()))
    answering = districts.find("tana-river")
    assert answering is not None
    assert answering.predictor._session is BASE.predictor._session
    assert answering.bundle.model is BASE.bundle.model
    diagnosis = answering.diagnose(RED, "bean")
    assert (diagnosis.model_version, diagnosis.first and diagnosis.first.id) == (version, "bean.streak")
    assert BASE.diagnose(RED, "bean").condition is not None
    assert [*districts.in_use()] == ["tana-river"]
    assert districts.find("kitui") is districts.find(None) is districts.find("..") is None


def test_going_back_leads_through_earlier_versions_to_the_running_bundle(districts: Districts, tmp_path: Path) -> None:
    other_process = districts_in(tmp_path)
    for number in (1, 2, 2):
        bundle = tiny_district_bundle(version=f"2026-02-0{number}-kitui")
        districts.use("kitui", written(tmp_path / str(number), bundle))
        found = other_process.find("kitui")
        assert found is not None
        assert found.manifest.version == bundle.manifest.version
    assert [districts.go_back("kitui") for _ in range(3)] == ["2026-02-01-kitui", None, None]
    assert other_process.find("kitui") is None
    assert districts.known("Kitui") == "kitui"


def _cut_off(folder: Path) -> None:
    os.truncate(folder / "head.safetensors", 100)


def _of_another_network(folder: Path) -> None:
    own = tiny_district_bundle()
    model = OTHER_NETWORK.manifest.model.model_copy(update={"network": own.manifest.model.network})
    manifest = own.manifest.model_copy(update={"model": model})
    write_bundle(replace(own, manifest=manifest, model=OTHER_NETWORK.model), folder)


@pytest.mark.parametrize(("spoil", "said"), [(_cut_off, "sha256"), (_of_another_network, "another network")])
def test_what_cannot_be_used_is_refused_by_name_and_the_running_bundle_answers(
    spoil: Callable[[Path], None], said: str, districts: Districts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = written(tmp_path / "good", tiny_district_bundle())
    bad = written(tmp_path / "bad", tiny_district_bundle(version="2026-02-02-kitui"))
    spoil(bad)
    districts.use("kitui", good)
    with pytest.raises(BundleError, match=said):
        districts.use("kitui", bad)
    assert districts.version("kitui") == "2026-02-01-kitui"
    # As by a person who copies files there.
    release = tmp_path / "districts" / "kitui" / "releases" / "2026-02-01-kitui"
    spoil(release)
    os.utime(release / "manifest.json", ns=(1, 1))
    with caplog.at_level(logging.ERROR):
        assert districts.find("kitui") is None
    assert "district kitui" in caplog.text
    assert said in caplog.text


def test_to_list_districts_no_bundle_is_read(
    districts: Districts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(
        "serving.teach.districts.read_bundle", lambda folder: read.append(folder) or read_bundle(folder)
    )
    for name in ("Kitui", "Busia", "Tana River", "Lamu"):
        districts.use(name, written(tmp_path / "made", tiny_district_bundle()))
    folder, other_process = tmp_path / "districts", districts_in(tmp_path)
    _cut_off(folder / "busia" / "current")
    (folder / "lamu" / "current" / "manifest.json").write_text("{")
    read.clear()
    listed = other_process.in_use()
    assert [*listed] == ["busia", "kitui", "tana-river"]
    assert listed["kitui"] == NamedId(id="2026-02-01-kitui", name="Kitui")
    assert read == []
    # One that cannot be used is tried once, until the link or what it leads to is another.
    with caplog.at_level(logging.ERROR):
        assert [other_process.find("busia") for _ in range(3)] == [None] * 3
    assert (len(read), len(caplog.records)) == (1, 1)
    assert [*other_process.in_use()] == ["kitui", "tana-river"]
    districts.use("Busia", written(tmp_path / "newer", tiny_district_bundle(version="2026-02-02-busia")))
    assert other_process.in_use()["busia"].id == "2026-02-02-busia"
    assert other_process.find("busia") is not None


def test_with_a_key_only_signed_bundles_answer(tmp_path: Path) -> None:
    private, public = make_key()
    districts, folder = districts_in(tmp_path, key=public), written(tmp_path / "made", tiny_district_bundle())
    with pytest.raises(BundleError):
        districts.use("kitui", folder)
    sign_bundle(folder, private)
    districts.use("kitui", folder)
    assert districts.find("kitui") is not None


def test_districts_have_one_id_however_they_are_spelt() -> None:
    keys = {"Tana River": "tana-river", "../../etc": "etc", "..": "", "कितुई": "कितुई", "MURANG'A_2": "murang-a-2"}
    assert {name: district_id(name) for name in keys} == keys
