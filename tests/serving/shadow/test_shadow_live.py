"""Shadow mode under the real server: a broken challenger changes nothing, and a good one is swapped in by SIGHUP."""

import json
import os
import shutil
import signal
from pathlib import Path

import requests

from majani.model.bundle import write_bundle
from serving.persistence.engine import connect
from serving.persistence.shadow_answers import ModelPair, ShadowAnswers
from tests.pictures import PictureFactory
from tests.serving.live import Server, serve
from tests.tiny_bundle import tiny_bundle
from tests.waiting import wait_until

PATIENCE_S = 40


def ask(server: Server, photo: bytes) -> str:
    headers = {"Content-Type": "image/jpeg", "Connection": "close"}
    return str(requests.post(f"{server.url}/v1/diagnoses", photo, headers=headers, timeout=30).json()["outcome"])


def test_a_broken_challenger_is_replaced_while_farmers_are_answered(
    tiny_bundle_dir: Path, challenger_dir: Path, pictures: PictureFactory, tmp_path: Path
) -> None:
    url, log, directory = f"sqlite:///{tmp_path / 'majani.sqlite3'}", tmp_path / "log", tmp_path / "challenger"
    write_bundle(tiny_bundle(), directory)
    (directory / "model.onnx").write_bytes(b"half a mod")
    with serve(tiny_bundle_dir, database_url=url, log=log, shadow_dir=directory) as server:
        assert ask(server, pictures.red()) == "condition"
        assert "no shadow mode" in log.read_text(encoding="utf-8")
        first = server.workers
        shutil.rmtree(directory)
        shutil.copytree(challenger_dir, directory)
        os.kill(server.process_id, signal.SIGHUP)
        wait_until(lambda: server.workers and not set(server.workers) & set(first), most_s=PATIENCE_S)
        answers = ShadowAnswers(connect(url))
        assert answers.model_pairs() == ()
        assert ask(server, pictures.red()) == "condition"
        wait_until(lambda: answers.model_pairs() != (), most_s=PATIENCE_S)
    [match] = answers.model_pairs()
    version = json.loads((challenger_dir / "manifest.json").read_text(encoding="utf-8"))["version"]
    assert match == ModelPair(tiny_bundle().manifest.version, version, cases=1)
