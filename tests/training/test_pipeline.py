"""The pipeline and a round of it, in order, as the agronomist's page describes them, on a fresh clone of the project.

A first model is trained; trainings in two processes are killed and resumed. Then real photos of a condition that is
unknown at first are sent to the running service, reviewed through the desk's store, learned by the pipeline, promoted,
swapped to, and taken back. The networks are trained for seconds, so nothing here says how good they are.
"""

import html
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml

from benchmarks.harness import s3_server
from benchmarks.harness.process import kill_family
from benchmarks.harness.s3_server import BUCKET, S3Server
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import read_bundle
from tests.training.site import NEW, Site, commands, make_site
from training.figures import bundle_sha256

pytestmark = [pytest.mark.pipeline, pytest.mark.mirror, pytest.mark.timeout(600)]
CASES = 90
FARMERS = "ibean/train/bean_rust"
NETWORK, HISTORY = "models/trained/network.pt", "reports/training.csv"
TORCHRUN = (
    "python",
    "-m",
    "torch.distributed.run",
    "--standalone",
    "--nproc-per-node=2",
    "-m",
    "training.stages.train",
    "--devices=2",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mirror: Path) -> Site:
    return make_site(tmp_path_factory.mktemp("clone") / "majani", tmp_path_factory.mktemp("mirror"), mirror)


@pytest.fixture(scope="module")
def served(site: Site) -> Iterator[Site]:
    """The site with its service."""
    # What other trainings than the pipeline's left.
    site.run("git", "checkout", "--quiet", HISTORY)
    site.run("dvc", "checkout", "--quiet", "--force", NETWORK)
    with site.serving():
        yield site


@pytest.fixture
def store() -> Iterator[S3Server]:
    with s3_server.run_server() as server:
        yield server


def trained(site: Site) -> tuple[dict[str, torch.Tensor], pd.DataFrame]:
    """Read the trained weights and the training history."""
    weights: dict[str, torch.Tensor] = torch.load(site.root / NETWORK, weights_only=True)["weights"]
    return weights, pd.read_csv(site.root / HISTORY)


def test_photos_are_judged_by_networks_that_have_not_seen_them(site: Site) -> None:
    site.run("dvc", "repro", "--quiet", "soft_labels")

    soft_labels = pd.read_csv(site.root / "data/soft_labels/soft_labels.csv")
    splits = site.splits()
    asked = splits[(splits["source"] == "plantdoc") & (splits["split"] == "train")]
    assert set(soft_labels["photo"]) == set(asked["photo"])
    beliefs = soft_labels.groupby("photo")["belief"].sum()
    assert beliefs.between(0.2, 1.01).all()
    assert not list((site.root / "build/train").glob("*/*.ckpt")), "nothing is left that a training could resume"
    # What was found is kept: the same photos with the same settings are not asked about again.
    assert "Epoch 0:" not in site.run("python", "-m", "training.stages.soft_labels")


def test_from_photos_to_a_running_bundle(site: Site) -> None:
    site.run("dvc", "repro")

    bundle = read_bundle(site.root / "models/current")
    assert site.json("reports/gate.json")["reason"] == "no bundle is running"
    photo = next((site.mirror / "ibean").rglob("*.jpg")).read_bytes()
    answer = Diagnoser(bundle).diagnose([photo])
    assert answer.model_version == bundle.manifest.version
    assert "Data and pipelines are up to date" in site.run("dvc", "status")
    site.run("git", "add", "--all")
    site.run("git", "commit", "--quiet", "--message", "A first model")


def test_every_figure_has_n_and_interval(site: Site) -> None:
    figures = site.json("reports/evaluation.json")
    sha256 = bundle_sha256(read_bundle(site.root / "models/current").manifest)
    shares = {key: one for key, one in figures.items() if one["unit"] == "%"}
    assert {"plantdoc.top1", "ibean.top1", "plantvillage.top1", "negatives_objects.refused"} <= set(shares)
    for key, figure in shares.items():
        assert figure["low"] <= figure["value"] <= figure["high"], key
        assert figure["n"] > 0, key
        assert figure["bundle_sha256"] == sha256, key


def test_the_running_bundle_is_measured_again_without_a_trace(site: Site) -> None:
    figures = site.json("reports/evaluation.json")
    printed = site.run("python", "-m", "training.stages.evaluate", "--bundle", "models/current")
    listed = {line.split()[0]: float(line.split()[1]) for line in printed.splitlines() if ".top1 " in line}
    assert listed == {key: pytest.approx(one["value"], abs=0.01) for key, one in figures.items() if key in listed}
    assert {"plantdoc.top1", "field.top1"} <= set(listed)
    assert site.run("git", "status", "--porcelain") == ""


def test_what_was_measured_is_on_one_page(site: Site) -> None:
    page = (site.root / "reports/report.html").read_text(encoding="utf-8")
    assert read_bundle(site.root / "models/current").manifest.version in page
    probed = site.json("reports/stress_test.json")
    assert {"corruption.none.top1", "hint.field.top1", "harm.field.mean", "gap.field.top1"} <= set(probed)
    assert set(site.json("reports/metrics.json")) == {*probed, *site.json("reports/evaluation.json")}
    assert all(
        figure["title"] in html.unescape(page) for key, figure in probed.items() if not key.startswith("corruption.")
    )


def test_a_candidate_that_is_no_better_leaves_the_running_bundle_alone(site: Site) -> None:
    current = site.root / "models/current"
    before = {path.name: path.read_bytes() for path in current.iterdir()}
    site.run("python", "-m", "training.stages.gate")
    site.run("python", "-m", "training.stages.promote")
    assert site.json("reports/gate.json")["decision"] == "keep"
    assert {path.name: path.read_bytes() for path in current.iterdir()} == before


def test_two_processes_learn_what_one_learns(site: Site) -> None:
    alone, watched_alone = trained(site)
    assert "2 processes" in site.run("python", "-m", "training.stages.train", "--devices", "2")
    together, watched_together = trained(site)
    assert {name: tensor.shape for name, tensor in together.items()} == {
        name: tensor.shape for name, tensor in alone.items()
    }
    assert list(watched_together["epoch"]) == list(watched_alone["epoch"]) == [0, 1, 2]
    # The same photos in other halves of a batch: not the same numbers, but near.
    assert list(watched_together["loss"]) == pytest.approx(list(watched_alone["loss"]), rel=0.1)
    assert watched_together["val_top1"].between(0, 1).all()


def test_torchrun_killed_goes_on_from_a_store_on_another_machine(site: Site, store: S3Server) -> None:
    there = {**store.environment, "MAJANI_CHECKPOINTS": f"s3://{BUCKET}/checkpoints"}
    process = site.start(*TORCHRUN, environment=there)
    deadline = time.monotonic() + 200
    while not any(path.endswith("epoch=0.ckpt") for path in checkpoints(store)):
        assert process.poll() is None, process.communicate()[0][-3000:]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # torchrun puts its processes into groups of their own.
    kill_family(process.pid)
    process.communicate()
    # What another machine does not have.
    for folder in (site.root / "build/train").iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)

    output = site.run(*TORCHRUN, environment=there)

    assert "Epoch 2:" in output
    assert "Epoch 0:" not in output, "the first epoch was trained again"
    assert all(tensor.isfinite().all() for tensor in trained(site)[0].values())
    assert checkpoints(store) == [], "checkpoints of a finished run stay in the store"


def checkpoints(store: S3Server) -> list[str]:
    return [str(path) for path in store.client().find(BUCKET)]


def test_the_round(served: Site, mirror: Path) -> None:
    export, fetch, measure, promote, write_down, swap, roll_back = commands()
    first = served.version()
    assert NEW not in served.current()
    for photo in sorted((mirror / FARMERS).glob("*.jpg"))[:CASES]:
        served.send(photo.read_bytes())
    served.review()

    served.follow(export)
    served.follow(fetch)
    served.follow(measure)
    labelled = CASES - CASES // 15
    assert len(served.field_photos()) == labelled
    assert set(served.field_photos()["class_id"]) == {NEW}
    gate = served.json("reports/gate.json")
    assert gate["decision"] == "promote", gate
    report = (served.root / "reports/report.html").read_text(encoding="utf-8")
    assert f"field_reviews: {labelled} of {CASES} reviewed cases have a label." in report
    assert NEW not in served.current(), "nothing is replaced before somebody has read the report"

    served.follow(promote)
    assert NEW in served.current()
    served.follow(write_down)
    assert served.run("git", "status", "--porcelain", "models", "reports", "dvc.lock") == ""
    tracked = served.run("git", "ls-files", "data/raw", "models/former", "models/networks", "models/trained/network.pt")
    assert tracked == "", "photos and networks are not for the repository"

    assert served.version() == first
    served.follow(swap)
    second = read_bundle(served.root / "models/current").manifest.version
    served.await_version(second)

    served.follow(roll_back)
    served.await_version(first)
    assert NEW not in served.current()
    served.run("dvc", "repro", "--quiet", "promote")
    assert NEW not in served.current(), "what was taken back is not promoted again"
    record = pd.read_csv(served.root / "reports/promotions.csv", keep_default_na=False)
    # Before it stands what the repository's own record says.
    assert list(zip(record["did"], record["version"], record["before"], strict=True))[-3:] == [
        ("promoted", first, ""),
        ("promoted", second, first),
        ("rolled_back", first, second),
    ]


def test_a_quick_round_begins_with_the_promoted_network(served: Site) -> None:
    params = yaml.safe_load((served.root / "params.yaml").read_text(encoding="utf-8"))
    before = dict(params["train"])
    params["train"] |= {
        "start_from": served.version(),
        "quick": {
            **before["quick"],
            "phases": [{"epochs": 1, "side_px": 48, "frozen_stages": 6, "min_crop_area": 0.5}],
            "photos_per_epoch": 64,
        },
    }
    (served.root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    served.run("dvc", "repro", "--quiet", "train")
    assert len(pd.read_csv(served.root / "reports/training.csv")) == 1
    assert NEW in served.json("models/trained/classes.json")


def test_a_deleted_case_is_gone_from_the_next_version(served: Site) -> None:
    export, fetch, *_ = commands()
    before = set(served.field_photos()["sha256"])
    served.delete(list(served.tokens)[1])
    served.follow(export)
    served.follow(fetch)
    served.run("dvc", "repro", "--quiet", "split")
    after = set(served.field_photos()["sha256"])
    assert len(before - after) == 1
    assert after < before
    raw = {path.stem for path in (served.root / "data/raw/field_reviews").rglob("*.jpg")}
    assert len(list((served.root / "data/raw/field_reviews").rglob("*.jpg"))) == CASES - 1, raw


def test_a_dataset_is_added_by_one_file_and_a_broken_photo_stops_nothing(site: Site, mirror: Path) -> None:
    folder = site.mirror / "extra_beans" / "rusty"
    folder.mkdir(parents=True)
    photos = sorted((mirror / FARMERS).glob("*.jpg"))[CASES : CASES + 10]
    for photo in photos:
        shutil.copyfile(photo, folder / photo.name)
    (folder / "broken.jpg").write_bytes(photos[0].read_bytes()[:200])
    described = yaml.safe_load((site.root / "data/sources/ibean.yaml").read_text(encoding="utf-8"))
    described |= {
        "id": "extra_beans",
        "layout": "{class}/{file}",
        "official_splits": {},
        "classes": {"rusty": {"to": NEW}},
    }
    (site.root / "data/sources/extra_beans.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")

    site.run("dvc", "repro", "--quiet", "split")

    splits = site.splits()
    assert (splits["source"] == "extra_beans").sum() == len(photos)
    curated = pd.read_csv(site.root / "data/curated/photos.csv", keep_default_na=False)
    problems = dict(zip(curated["photo"], curated["problem"], strict=True))
    assert problems["extra_beans/rusty/broken.jpg"] == "photo_broken"
