"""The whole pipeline, and a round as the agronomist's page describes it: its commands are read from it and run.

The photos are a few real ones, or made-up ones where there is no mirror. A condition is unknown at first. Real photos
of it are sent to the running service, reviewed through the desk's store, learned, promoted, swapped to, and taken back.
The networks are trained for seconds, so nothing here says how good they are.
"""

import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import onnx
import pandas as pd
import pytest
import requests
import torch
import yaml

from benchmarks.harness import s3_server
from benchmarks.harness.process import kill_family
from benchmarks.harness.s3_server import BUCKET
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import read_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.documents import code_blocks
from tests.training.described import ROOT
from tests.training.extra import install
from tests.training.files import read_files
from tests.training.site import Site, made_up_photo, make_site
from tests.training.typed import typed
from tests.waiting import wait_until
from training.figures import bundle_sha256
from training.settings import read_params
from training.stages import adapt
from training.warm_start.kept_networks import read_learned_photos

NETWORK, HISTORY = "models/trained/network.pt", "reports/training.csv"
TRAIN = ("training.cli", "train", "--devices=2")
NEW = "bean.rust"
FARMERS = "ibean/train/bean_rust"
CASES = 90
# Photos of a new crop from two places, labelled in a table, in folders that tell no class.
OKRA = {
    "layout": "{place}/**/{file}",
    "labels": {"file": "labels.csv", "photo": "photo", "columns": ["found"], "separator": ";", "session": "day"},
    "classes": {"fine": {"to": "okra.healthy"}, "yellow veins": {"to": "okra.yellow_vein_mosaic"}},
    "download": [],
    "download_by_hand": "Ask the extension office.",
    "official_splits": {},
}

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A project in which the pipeline has run, with datasets of its own: one has a broken photo, one a new crop."""
    mirror = tmp_path_factory.mktemp("mirror")
    made = make_site(tmp_path_factory.mktemp("site"), mirror)
    folder = mirror / "extra_beans" / "fine"
    folder.mkdir(parents=True)
    for number in range(10):
        (folder / f"{number}.jpg").write_bytes(made_up_photo(1000 + number))
    (folder / "broken.jpg").write_bytes(made_up_photo(7)[:200])
    described = yaml.safe_load((ROOT / "data/sources/ibean.yaml").read_text(encoding="utf-8"))
    own = {"layout": "{class}/{file}", "official_splits": {}, "classes": {"fine": {"to": "bean.healthy"}}}
    (made.root / "data/sources/extra_beans.yaml").write_text(yaml.safe_dump(described | {"id": "extra_beans"} | own))
    table = ["photo,found,day", "two,fine;yellow veins,monday"]
    for number in range(16):
        photo = mirror / "kisumu_okra" / ("east", "west/field 2")[number % 2] / f"{number}.jpg"
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(made_up_photo(2000 + number))
        table.append(f"{number},{('fine', 'yellow veins')[number // 8]},{'monday' if number < 4 else number}")
    (mirror / "kisumu_okra/east/two.jpg").write_bytes(made_up_photo(3000))
    (mirror / "kisumu_okra/labels.csv").write_text("\n".join(table))
    (made.root / "data/sources/kisumu_okra.yaml").write_text(yaml.safe_dump(described | {"id": "kisumu_okra"} | OKRA))
    made.run("majani-train", "new-crop", "okra", "--yes")
    made.run("dvc", "repro", "--quiet")
    made.run("git", "add", "--all")
    made.run("git", "commit", "--quiet", "--message", "A first model")
    return made


@pytest.fixture
def inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder, in which stages run in this process."""
    monkeypatch.chdir(site.root)
    monkeypatch.setattr("sys.argv", ["stage"])
    return site.root


def test_from_photos_to_a_running_bundle(site: Site) -> None:
    bundle = read_bundle(site.root / "models/current")
    assert site.json("reports/gate.json")["reason"] == "no bundle is running"
    answer = Diagnoser(bundle).diagnose([(site.root / "data/raw/ibean/test/healthy/0.jpg").read_bytes()])
    assert answer.model_version == bundle.manifest.version
    metadata = {prop.key: prop.value for prop in onnx.load_model_from_string(bundle.model).metadata_props}
    assert json.loads(metadata["classes"]) == [entry.id for entry in bundle.manifest.classes]
    assert bundle.manifest.provenance.weights.title in metadata["licence"]
    validated = bundle.manifest.validation_photos
    assert validated is not None
    counts = (
        *(sum(validated.values[name].counts) for name in ("luminance", "sharpness")),
        sum(validated.words["outcome"].values()),
    )
    assert set(counts) == {bundle.manifest.metrics["val_field_photos"]}


def test_a_stage_runs_again_for_code_that_it_uses_and_for_no_other(site: Site) -> None:
    fetching, record = site.root / "training/sources/listing.py", site.root / "training/code.json"
    before, changed = {file: file.read_bytes() for file in (fetching, record)}, []
    for added in (b"# A comment.\n", b"_OTHER = 1\n"):
        fetching.write_bytes(before[fetching] + added)
        site.run("majani-train", "code")
        changed.append(set(json.loads(site.run("dvc", "status", "--json"))))
    for file, content in before.items():
        file.write_bytes(content)
    commented, uses = changed
    assert commented == {"code", "fetch"}, "they look for other code and photos each time"
    assert uses & {"curate", "train", "promote"} == {"curate"}


def test_an_experiment_is_kept_beside_the_history_and_photos_that_join_a_mirror_are_taken_in(site: Site) -> None:
    said = site.run("dvc", "exp", "run", "--name", "strict", "--set-param", "gate.min_photos=999", "gate")
    assert set(re.findall(r"Running stage '(\w+)'", said)) == {"code", "fetch", "gate"}, "without other photos"
    shown = pd.read_csv(io.StringIO(site.run("dvc", "exp", "show", "--csv")), dtype=str).set_index("Experiment")
    setting, metric = (
        next(column for column in shown.columns if column.endswith(name)) for name in ("gate.min_photos", "field.top1")
    )
    assert shown.loc["strict", setting] == "999"
    assert float(shown.loc["strict", metric]) == site.json("reports/metrics.json")["field.top1"]
    fine = Path(site.environment["MAJANI_MIRROR"], "extra_beans/fine")
    # A copy, so that nothing is learned anew.
    shutil.copy(fine / "0.jpg", fine / "joined.jpg")
    site.run("dvc", "repro", "--quiet", "curate")
    assert "extra_beans/fine/joined.jpg" in (site.root / "data/curated/photos.csv").read_text(encoding="utf-8")
    site.run("git", "restore", ".")


def test_datasets_are_added_by_one_file_each_and_a_broken_photo_stops_nothing(
    site: Site, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(site.photos_of("extra_beans")) == 10
    curated = pd.read_csv(inside / "data/curated/photos.csv", keep_default_na=False).set_index("photo")
    assert curated.at["extra_beans/fine/broken.jpg", "problem"] == "photo_broken"
    # A new crop, from one description and one command.
    photos = site.photos_of("kisumu_okra")
    assert sorted(photos["class_id"].value_counts().items()) == [("okra.healthy", 8), ("okra.yellow_vein_mosaic", 8)]
    assert set(photos["place"]) == {"east", "west"}
    monday = photos[photos["session"] == "monday"]
    assert monday.groupby("place")["group"].nunique().to_dict() == {"east": 1, "west": 1}
    assert {"okra.healthy", "okra.yellow_vein_mosaic"} <= known(site)
    typed("sources")
    (row,) = (line for line in capsys.readouterr().out.splitlines() if "okra" in line)
    assert row.split()[:5] == ["kisumu_okra", "data/sources", "17", "yes", "2"]


def test_what_was_measured_is_on_one_page_with_n_and_interval(site: Site) -> None:
    manifest, figures = read_bundle(site.root / "models/current").manifest, site.json("reports/evaluation.json")
    shares = {key: one for key, one in figures.items() if one["unit"] == "%"}
    assert {"plantdoc.top1", "ibean.top1", "plantvillage.top1", "negatives_objects.refused"} <= set(shares)
    for key, figure in shares.items():
        assert figure["low"] <= figure["value"] <= figure["high"], key
        assert figure["n"] > 0, key
        assert figure["bundle_sha256"] == bundle_sha256(manifest), key
    page = (site.root / "reports/report.html").read_text(encoding="utf-8")
    assert manifest.version in page
    probed, headline = site.json("reports/stress_test.json"), site.json("reports/metrics.json")
    assert "corruption.none.top1" in probed
    assert {"field.top1", "field.answered"} <= set(headline)
    assert headline == {key: {**probed, **figures}[key]["value"] for key in headline}
    assert all(
        figure["title"] in html.unescape(page) for key, figure in probed.items() if not key.startswith("corruption.")
    )


def test_the_running_bundle_is_measured_anew_and_one_that_is_no_better_leaves_it_alone(
    site: Site, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, before = site.json("reports/evaluation.json"), [read_files(inside / one) for one in ("reports", "models")]
    assert typed("evaluate", "--bundle", "models/current") == 0
    printed = capsys.readouterr().out.splitlines()
    listed = {line.split()[0]: float(line.split()[1]) for line in printed if ".top1 " in line}
    assert listed == {key: pytest.approx(one["value"], abs=0.01) for key, one in figures.items() if key in listed}
    assert {"plantdoc.top1", "field.top1"} <= set(listed)
    assert [read_files(inside / one) for one in ("reports", "models")] == before

    running = read_files(inside / "models/current")
    typed("gate")
    typed("promote")
    assert site.json("reports/gate.json")["decision"] == "keep"
    assert read_files(inside / "models/current") == running


# A head on a network that was trained for seconds may not settle.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_clone_begins_a_quick_round_and_adapts_with_what_the_repository_has(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site.run("git", "clone", "--quiet", ".", str(tmp_path))
    monkeypatch.setenv("MAJANI_MIRROR", site.environment["MAJANI_MIRROR"])
    bundle, params = read_bundle(site.root / "models/current"), read_params(site.root / "params.yaml")
    monkeypatch.chdir(site.root)
    theirs, _ = adapt.known(bundle, params)
    monkeypatch.chdir(tmp_path)
    ours, _ = adapt.known(bundle, params)
    learned = theirs.learned.rows
    assert read_learned_photos(bundle.manifest.version) >= set(learned.loc[learned["split"] == "train", "sha256"])
    rounding = float(theirs.tested.embeddings.std()) / 8
    assert ours.tested.embeddings == pytest.approx(theirs.tested.embeddings, abs=rounding)
    # All that this machine has: the district's own photos, and packages of the extra alone.
    packages = tmp_path / "packages"
    packages.mkdir()
    assert install("calibrate", packages) < 600_000_000
    environment = {**site.environment, "PYTHONPATH": f"{tmp_path}{os.pathsep}{packages}"}
    labelled = tmp_path / "labelled"
    for photo in Path(site.environment["MAJANI_MIRROR"], "kisumu_okra").rglob("[0-9]*.jpg"):
        folder = labelled / ("Okra healthy" if int(photo.stem) < 8 else "okra/yellow_vein_mosaic")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, folder)
    for words, said in (
        (("adapt", "kisumu", "--photos", "labelled", "--yes"), r"^adapt: (promote|keep)"),
        (("test", "labelled", "--yes", "--html", "page.html"), r"^okra.healthy +[1-8] "),
    ):
        # -S: without the packages of the tests.
        command = [sys.executable, "-S", "-m", "training.cli", *words]
        ran = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True, check=False)
        assert re.search(said, ran.stdout, re.MULTILINE), ran.stderr[-3000:]
    assert "okra.yellow_vein_mosaic" in (tmp_path / "page.html").read_text(encoding="utf-8")


def trained(site: Site) -> tuple[dict[str, torch.Tensor], pd.DataFrame]:
    weights: dict[str, torch.Tensor] = torch.load(site.root / NETWORK, weights_only=True)["weights"]
    return weights, pd.read_csv(site.root / HISTORY, index_col="epoch")


@pytest.mark.nightly
def test_two_processes_that_are_killed_go_on_elsewhere_from_a_store_and_learn_what_one_learns(site: Site) -> None:
    """Begun by Lightning, resumed by torchrun."""
    alone, history_alone = trained(site)
    # What an earlier training wrote must not stand for what the next one writes.
    for path in (NETWORK, HISTORY):
        (site.root / path).unlink()
    with s3_server.run_server() as store:
        there = {**store.environment, "MAJANI_CHECKPOINTS": f"s3://{BUCKET}/checkpoints"}
        process = site.start("python", "-m", *TRAIN, environment=there)
        said = []
        for line in process.stdout or ():
            said.append(line)
            # The first epoch's checkpoint lies in the store.
            if line.startswith("Epoch 1:"):
                break
        # Lightning puts its processes into groups of their own.
        kill_family(process.pid)
        process.communicate()
        assert "2 processes" in "".join(said), "".join(said)[-3000:]
        # What another machine does not have.
        for folder in (site.root / "build/train").iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
        torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m")
        output = site.run("python", *torchrun, *TRAIN, environment=there)
        assert store.client().find(BUCKET) == [], "checkpoints of a finished run stay in the store"
    assert "Epoch 2:" in output
    assert "Epoch 0:" not in output, "the first epoch was trained again"
    together, history = trained(site)
    assert {name: one.shape for name, one in together.items()} == {name: one.shape for name, one in alone.items()}
    assert all(one.isfinite().all() for one in together.values())
    # The same photos in other halves of a batch: not the same numbers, but near.
    assert list(history["loss"]) == pytest.approx(list(history_alone["loss"][1:]), rel=0.1)
    assert history["val_top1"].between(0, 1).all()


def known(site: Site) -> set[str]:
    """What the bundle in ``models/current`` can name."""
    return {entry.id for entry in read_bundle(site.root / "models/current").manifest.classes}


@pytest.fixture(scope="module")
def cases(site: Site, mirror: Path) -> Iterator[dict[str, str]]:
    """Tokens by id, of farmers' cases with the new condition that lie with the running service, and their reviews.

    Two reviewers look at the cases, the second at every third; a few they cannot tell.
    """
    sent: dict[str, str] = {}
    with site.serving():
        for photo in sorted((mirror / FARMERS).glob("*.jpg"))[:CASES]:
            address, headers = f"{site.url}/v1/diagnoses?consent=photos", {"Content-Type": "image/jpeg"}
            answer = requests.post(address, photo.read_bytes(), headers=headers, timeout=30).json()
            sent[answer["id"]] = answer["token"]
        engine = connect(site.environment["MAJANI_DATABASE_URL"])
        tokens, reviews = AccessTokens(engine), Reviews(engine)
        for name in ("desk 1", "desk 2"):
            tokens.create(name, Role.AGRONOMIST, timedelta(days=1))
        first, second = (one.id for one in tokens.list())
        for number, case in enumerate(sent):
            said = NewReview(ReviewVerdict.CONDITION, NEW) if number % 15 else NewReview(ReviewVerdict.CANNOT_TELL)
            for reviewer in (first, second) if number % 3 == 0 else (first,):
                reviews.save(case, reviewer, said)
        engine.dispose()
        yield sent


def commands() -> list[str]:
    return [block.code for block in code_blocks("agronomist.md") if block.language == "sh"]


def test_a_new_crop_is_answered_in_english_until_it_is_translated(site: Site) -> None:
    photo, headers = (site.root / "data/raw/kisumu_okra/east/2.jpg").read_bytes(), {"Content-Type": "image/jpeg"}
    with site.serving():
        answer = requests.post(f"{site.url}/v1/diagnoses?crop=okra", photo, headers=headers, timeout=30).json()
        advice = requests.get(f"{site.url}/v1/advice/okra.healthy?language=sw", timeout=30).json()
    assert "okra" in {one["crop"] for one in answer["candidates"]}
    assert (advice["language"], advice["text_language"]) == ("sw", "en")


@pytest.mark.mirror
@pytest.mark.nightly
@pytest.mark.usefixtures("cases")
def test_a_quick_round(site: Site) -> None:
    """All commands of the page, on a machine that has only what the commit of the running bundle brought."""
    export, fetch, measure, promote, write_down, swap, roll_back = commands()
    first = site.version()
    assert NEW not in known(site)
    shutil.rmtree(site.root / "models/networks")
    quick = {
        **yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["train"]["quick"],
        "phases": [{"epochs": 1, "side_px": 48, "frozen_stages": 6, "min_crop_area": 0.5}],
        "photos_per_epoch": 64,
    }
    # Trainings without some places would show nothing more here.
    site.set({"leave_out": {"runs": []}, "train": {"start_from": first, "quick": quick}})

    site.follow(export)
    site.follow(fetch)
    site.follow(measure)
    reviewed, labelled = site.photos_of("field_reviews"), CASES - CASES // 15
    assert len(reviewed) == labelled
    assert set(reviewed["class_id"]) == {NEW}
    assert len(pd.read_csv(site.root / HISTORY)) == 1
    gate = site.json("reports/gate.json")
    assert gate["decision"] == "promote", gate
    report = (site.root / "reports/report.html").read_text(encoding="utf-8")
    assert f"field_reviews: {labelled} of {CASES} reviewed cases have a label." in report
    assert NEW not in known(site), "nothing is replaced before somebody has read the report"

    site.follow(promote)
    assert NEW in known(site)
    site.follow(write_down)
    assert site.run("git", "status", "--porcelain", "models", "reports", "dvc.lock") == ""
    tracked = site.run("git", "ls-files", "data/raw", "models/former", "models/networks", "models/trained/network.pt")
    assert tracked == "", "photos and whole networks are not for the repository"
    assert site.json("models/warm_start/manifest.json")["version"] in site.run(
        *("git", "show", f"HEAD:models/{(site.root / 'models/current').readlink()}/manifest.json")
    )

    assert site.version() == first
    site.follow(swap)
    second = read_bundle(site.root / "models/current").manifest.version
    wait_until(lambda: site.version() == second, most_s=60)

    site.follow(roll_back)
    wait_until(lambda: site.version() == first, most_s=60)
    assert NEW not in known(site)
    site.run("dvc", "repro", "--quiet", "promote")
    assert NEW not in known(site), "what was taken back is not promoted again"
    record = pd.read_csv(site.root / "reports/promotions.csv", keep_default_na=False)
    # Before it stands what the repository's own record says.
    assert list(zip(record["did"], record["version"], record["before"], strict=True))[-3:] == [
        ("promoted", first, ""),
        ("promoted", second, first),
        ("rolled_back", first, second),
    ]


@pytest.mark.mirror
@pytest.mark.nightly
def test_a_deleted_case_is_not_learned_again(site: Site, cases: dict[str, str], inside: Path) -> None:
    before = set(site.photos_of("field_reviews")["sha256"])
    case, token = list(cases.items())[1]
    shown = {"Authorization": f"Bearer {token}"}
    assert requests.delete(f"{site.url}/v1/diagnoses/{case}", headers=shown, timeout=30).status_code == 204
    export, fetch, *_ = commands()
    site.follow(export)
    site.follow(fetch)
    typed("curate")
    typed("split")

    after = set(site.photos_of("field_reviews")["sha256"])
    assert len(before - after) == 1
    assert after < before
    assert len(list((inside / "data/raw/field_reviews").rglob("*.jpg"))) == CASES - 1
