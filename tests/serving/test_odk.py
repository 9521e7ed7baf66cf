"""The recipe of docs/odk.md: the script between a server that speaks Central's protocol and the real service."""

import csv
import importlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from serving.container import Services
from serving.persistence.models import Case
from tests.documents import code_blocks
from tests.http_server import running
from tests.pictures import PictureFactory
from tests.serving.live import ROOT
from tests.serving.messaging.local_server import Reply
from tests.serving.odk_central import EMAIL, FORM, PASSWORD, OdkCentral

SCRIPT = ROOT / "deploy/odk/answer_submissions.py"
Run = Callable[..., int]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    return importlib.import_module(SCRIPT.stem)


@pytest.fixture
def central() -> Iterator[OdkCentral]:
    central = OdkCentral()
    yield central
    central.server.close()


@pytest.fixture(scope="module")
def majani(app: Flask) -> Iterator[str]:
    with running(make_server("127.0.0.1", 0, app, threaded=True)) as server:  # type: ignore[type-var]
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


@pytest.fixture
def run(script: Any, central: OdkCentral, majani: str, table: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ODK_EMAIL", EMAIL)
    monkeypatch.setenv("ODK_PASSWORD", PASSWORD)
    monkeypatch.setattr(script, "PAGE", 2)

    def once(*more: str, at: str = majani) -> int:
        where = ["--central", central.server.url, "--project", "7", "--form", FORM, "--majani", at]
        status: int = script.main([*where, "--table", str(table), *more])
        return status

    return once


def rows(table: Path) -> dict[str, dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as opened:
        read = list(csv.DictReader(opened))
    assert len({row["instance_id"] for row in read}) == len(read)
    return {row["instance_id"]: {name: value for name, value in row.items() if value} for row in read}


def cases(services: Services) -> int:
    with services.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Case)) or 0


def test_submissions_of_all_pages_are_answered_once(
    script: Any, run: Run, central: OdkCentral, table: Path, services: Services, pictures: PictureFactory
) -> None:
    before = cases(services)
    rust = central.submit({"1.jpg": pictures.red(), "audio.m4a": b"moo", "2.JPG": pictures.red()})
    unsure, none = central.submit({"1.jpg": pictures.grey()}), central.submit({"audit.csv": b"event"})
    broken = central.submit({"a b.png": b"no photo"})
    late = central.submit({"1.jpg": pictures.red(), "2.jpg": None})
    # Someone of the office has commented as well.
    central.comments[unsure].append({"body": "Which field?", "actorId": 4, "createdAt": "2026-11-27"})
    assert run() == 1
    found = rows(table)
    assert found.keys() == {rust, unsure, none, broken}
    assert (found[rust]["outcome"], found[rust]["condition"]) == ("condition", "bean.rust")
    assert found[rust]["diagnosis_id"]
    assert [found[one].get("error") for one in (unsure, none, broken)] == [None, "no_photo", "photo_unsupported"]
    assert [len(central.said(one)) for one in (rust, unsure, none, broken, late)] == [1, 2, 0, 1, 0]
    assert found[rust]["advice"] in central.said(rust)[0]
    assert script.PROGRAM in central.said(rust)[0]
    # What is less sure is named, too.
    assert any(found[unsure]["name"] in said for said in central.said(unsure))
    assert "%" not in central.said(rust)[0]

    central.attachments[late]["2.jpg"] = pictures.red()
    assert run() == 0
    assert rows(table).keys() == {*found, late}
    central.server.asked.clear()
    assert run() == 0
    assert {one.path.partition("?")[0].rpartition("/")[2] for one in central.server.asked} == {
        "sessions",
        "Submissions",
    }
    assert cases(services) == before + 3


def test_a_table_that_was_saved_elsewhere_goes_on_and_a_lost_one_doubles_nothing(
    run: Run, central: OdkCentral, table: Path, services: Services, pictures: PictureFactory
) -> None:
    first = central.submit({"1.jpg": pictures.red()})
    assert run() == 0
    row = rows(table)[first]
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes())
    second = central.submit({"1.jpg": pictures.red()})
    assert run() == 0
    before = cases(services)
    table.unlink()
    assert run() == 0
    found = rows(table)
    assert (cases(services), found.keys(), found[first]) == (before, {first, second}, row)
    assert len(central.said(first)) == len(central.said(second)) == 1


@pytest.mark.parametrize("operation", ["sessions", "submissions", "attachments", "attachments/*", "comments"])
def test_central_that_breaks_off_anywhere_loses_and_doubles_nothing(
    operation: str, run: Run, central: OdkCentral, table: Path, services: Services, pictures: PictureFactory
) -> None:
    before = cases(services)
    sent = [central.submit({"1.jpg": getattr(pictures, photo)()}) for photo in ("red", "grey", "leaf")]
    central.server.spoil(operation, Reply(502), Reply(breaks_off=True))
    for _ in range(3):
        try:
            status = run()
        except SystemExit as ended:
            status = 0 if ended.code is None else 1
    assert status == 0
    assert rows(table).keys() == set(sent)
    assert [len(central.said(one)) for one in sent] == [1] * 3
    assert cases(services) == before + 3


def test_answers_wait_while_majani_is_down(
    run: Run,
    central: OdkCentral,
    table: Path,
    pictures: PictureFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = [central.submit({"1.jpg": pictures.red()}) for _ in range(4)]
    assert run(at="http://127.0.0.1:1") == 1
    assert rows(table) == {}
    # It has not tried all of them.
    assert len([one for one in central.server.asked if one.path.endswith("1.jpg")]) == 3
    assert PASSWORD not in capsys.readouterr().err
    assert run() == 0
    assert rows(table).keys() == set(sent)
    monkeypatch.setenv("ODK_PASSWORD", "wrong")
    with pytest.raises(SystemExit, match="401"):
        run()


def test_crop_and_consent_come_from_the_form(
    run: Run, central: OdkCentral, services: Services, table: Path, pictures: PictureFactory
) -> None:
    kept = central.submit({"1.jpg": pictures.red()}, plant={"crop": "bean"}, keep="yes")
    other = central.submit({"1.jpg": pictures.red()}, plant=None, keep="no")
    assert run("--crop-field", "plant/crop", "--consent-field", "keep", "--no-comment") == 0
    found = rows(table)
    stored = {one: services.repository.cases.find(found[one]["diagnosis_id"]) for one in (kept, other)}
    assert [(case.diagnosis.crop_hint, case.keeps_photos) for case in stored.values()] == [
        ("bean", True),
        (None, False),
    ]
    assert central.said(kept) == []


def test_what_one_submission_is_called_or_lacks_holds_up_no_other(
    run: Run, central: OdkCentral, table: Path, pictures: PictureFactory
) -> None:
    formula = "=HYPERLINK(1)&uuid:0123456789"
    names = ("", "uuid:نموذج-0123456789-ab", "uuid:a\nb-0123456789-ab", formula)
    answered = [central.submit({"1.jpg": pictures.red()}, name) for name in names]
    for _ in range(3):
        lost = central.submit({"1.jpg": pictures.red()})
        # Central knows of them, and has them no more.
        central.attachments[lost]["1.jpg"] = b""
    for _ in range(2):
        assert run() == 1
        assert {name: row.get("error") for name, row in rows(table).items()} == dict.fromkeys(
            [*answered[:-1], f"'{formula}"]
        )


def test_it_runs_as_documented(central: OdkCentral, majani: str, tmp_path: Path, pictures: PictureFactory) -> None:
    instance_id = central.submit({"1.jpg": pictures.red()})
    [command] = [block.code for block in code_blocks("odk.md") if "answer_submissions.py" in block.code]
    command = re.sub(r"https://central\S+", central.server.url, command)
    command = re.sub(r"https://majani\S+", majani, command).replace("--form leaves", f"--form {shlex.quote(FORM)}")
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["python3", "deploy/odk/answer_submissions.py"]
    environment = os.environ | {"ODK_EMAIL": EMAIL, "ODK_PASSWORD": PASSWORD}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words[2:]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert rows(tmp_path / "answers.csv").keys() == {instance_id}
