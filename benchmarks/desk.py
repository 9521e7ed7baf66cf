"""How long the review desk takes with many cases: whole requests, as a browser makes them.

python -m benchmarks.desk [speed] [growth] [teach]

A season's kept cases, of which those most worth a look have been reviewed: the queue has to look past all of them. In
both databases; ``growth`` has PostgreSQL copy the cases until there are ten million.

``teach`` uploads sixty bean leaves of the mirror (MAJANI_MIRROR) to a service and teaches them to a district, while
somebody asks about one photo after the other. It shares the cores with the service.
"""

import argparse
import io
import os
import random
import secrets
import tempfile
import time
import zipfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sqlalchemy import Engine, func, literal, select, text
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from benchmarks.harness.asking import ask
from benchmarks.harness.databases import empty_databases
from benchmarks.harness.measured import measured, measured_all
from benchmarks.harness.process import GONE
from benchmarks.harness.service import Service
from benchmarks.overview.cases import copy, insert
from benchmarks.serving_speed.load import form_request, load
from majani.decision.diagnosis import Diagnosis, Named, PhotoResult
from majani.decision.rules import Outcome
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app
from serving.container import Services
from serving.persistence.engine import connect, disposing
from serving.persistence.models import Base, Case, Photo, Review
from serving.persistence.review_record import wanted_at_first
from serving.settings import Settings
from serving.teach.repository import Refits, RefitState
from training.artifacts.files import CURRENT_DIR
from training.figures import Figure, listing, record

COMMAND = "python -m benchmarks.desk"
CASES, REVIEWED = 50_000, 10_000
# What is measured: in which databases, and how many times the cases are there.
PARTS = {"speed": (("sqlite", "postgresql"), 1), "growth": (("postgresql",), 200)}
_ROUNDS = 40
TEACH = "teach"
_FOLDERS = {"bean_rust": "rust", "angular_leaf_spot": "angular leaf spot", "healthy": "healthy"}
_EACH, _DISTRICT = 20, "kitui"
# Of asking, in turns.
_QUIET_S, _TURN_S = 15.0, 2.0
_MANY_S = 30 * 60
_TITLES = {
    "queue": "the queue",
    "next": "leading to the next case",
    "case": "a case",
    "review": "keeping a review",
    "agreement": "agreement of all reviewers",
}


def measure(part: str) -> Mapping[str, Figure]:
    kinds, times = PARTS[part]
    figures = {}
    with empty_databases() as databases:
        for kind in kinds:
            for key, seconds in _walk(databases[kind], times).items():
                p95 = round(float(np.quantile(seconds, 0.95)), 3)
                about = f"{kind}, {times * CASES:,} kept cases, {REVIEWED:,} reviewed: {_TITLES[key]}, p95"
                figures[f"desk.{part}.{kind}.{key}"] = measured(
                    about, p95, "s", n=len(seconds), command=f"{COMMAND} {part}"
                ).of_no_bundle()
    return figures


def _walk(url: str, times: int) -> Mapping[str, list[float]]:
    app = create_app(Settings(database_url=url, rate_limit_other="1000000 per second"))
    services: Services = app.extensions["majani"]
    tokens = AccessTokens(services.engine)
    made = [tokens.create(f"desk {number}", Role.AGRONOMIST, timedelta(days=1)) for number in range(3)]
    with disposing(connect(url, is_patient=True)) as engine:
        _fill(engine, reviewers=[tokens.find(token).id for token in made[:2]])
        _copy(engine, times - 1)
    client, taken = app.test_client(), {key: list[float]() for key in _TITLES}
    headers = {"Authorization": f"Bearer {made[2]}"}

    def ask(key: str, path: str, **form: str) -> TestResponse:
        began = time.perf_counter()
        answer = client.open(path, headers=headers, method="POST" if form else "GET", data=form)
        taken[key].append(time.perf_counter() - began)
        if answer.status_code >= 400:
            raise RuntimeError(f"{path} answers {answer.status_code}")
        return answer

    for _ in range(_ROUNDS):
        ask("queue", "/desk")
        case = ask("next", "/desk/next").location
        ask("case", case)
        ask("review", case, label="bean.rust")
        ask("agreement", "/desk/agreement")
    services.engine.dispose()
    return taken


def teach() -> Mapping[str, Figure]:
    """How long a refit takes and how much memory, and how much longer others wait for answers meanwhile."""
    source, written, asked = Path(os.environ["MAJANI_MIRROR"]) / "ibean/test", io.BytesIO(), list[bytes]()
    with zipfile.ZipFile(written, "w") as archive:
        for folder, name in _FOLDERS.items():
            photos = sorted((source / folder).glob("*.jpg"))
            for photo in photos[:_EACH]:
                archive.write(photo, f"bean/{name}/{photo.name}")
            asked.append(form_request("/v1/diagnoses", photos[_EACH].read_bytes()))
    with tempfile.TemporaryDirectory() as place:
        home, url = Path(place), f"sqlite:///{place}/majani.sqlite3"
        kept = {"DATABASE_URL": url, "PHOTOS_URL": home / "photos", "DISTRICTS_DIR": home / "districts"}
        settings = {f"MAJANI_{name}": str(value) for name, value in kept.items()}
        with Service(home / "service", CURRENT_DIR.resolve(), settings) as service, disposing(connect(url)) as engine:
            token = AccessTokens(engine).create("station", Role.AGRONOMIST, timedelta(days=1))

            def post(path: str, *parts: tuple[str, Any]) -> None:
                body, kind = encode_multipart_formdata([("district", _DISTRICT), *parts])
                headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
                status, answer = ask(service.port, "POST", f"/desk/teach/{path}", body, headers, timeout_s=_MANY_S)
                if status != 303:
                    raise RuntimeError(f"{path} answers {status}: {answer[:500]!r}")

            def waited_s(seconds: float) -> list[float]:
                return load(service.port, asked, clients=1, seconds=seconds).latencies_s

            post("photos", ("crop", "bean"), ("photos", ("bean.zip", written.getvalue(), "application/zip")))
            waited_s(_TURN_S)
            quiet = waited_s(_QUIET_S)
            began, busy = time.monotonic(), list[float]()
            post("refits")
            with ThreadPoolExecutor(1) as pool:
                watching: Future[tuple[float, float]] = pool.submit(_watch, service, Refits(engine))
                while not watching.done():
                    busy += waited_s(_TURN_S)
            quiet += waited_s(_QUIET_S)
            ended, peak_mb = watching.result()
    p95s = [float(np.quantile(seconds, 0.95)) for seconds in (busy, quiet)]
    return measured_all(
        "desk.teach",
        f"{COMMAND} {TEACH}",
        ("seconds", "sixty photos taught: from the click to the result", ended - began, "s", 1),
        ("memory", "the same: most memory of the process that learns", peak_mb, "MB", 1),
        ("wait", "the same: p95 of answers to others meanwhile, over that without", p95s[0] / p95s[1], "x", len(busy)),
    )


def _watch(service: Service, refits: Refits) -> tuple[float, float]:
    """When a refit has ended, and the most memory, in MB of 10^6 bytes, of its process that learns."""
    most_kb = 0
    while (refit := refits.latest(_DISTRICT)) and refit.state in (RefitState.WAITING, RefitState.RUNNING):
        for pid in service.workers():
            try:
                is_it = "training.cli" in psutil.Process(pid).cmdline()
                lines = Path(f"/proc/{pid}/status").read_text().splitlines() if is_it else ()
            except (GONE, OSError):
                continue
            most_kb = max([most_kb, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])
        time.sleep(0.1)
    if refit is None or refit.state is not RefitState.DONE:
        raise RuntimeError(f"the refit has failed: {refit and refit.summary}")
    return time.monotonic(), most_kb * 1024 / 1e6


def _fill(engine: Engine, *, reviewers: list[int]) -> None:
    """Cases with a photo each; two reviewers have seen those of the sample, one the others."""
    chance, until = random.Random(1), datetime.now(UTC)  # noqa: S311 - any order will do
    ids = [secrets.token_urlsafe(16) for _ in range(CASES)]
    worths = sorted((chance.random() for _ in ids), reverse=True)
    cases = [
        _case(public_id, worth, until, place) for place, (public_id, worth) in enumerate(zip(ids, worths, strict=True))
    ]
    numbers = insert(engine, Case, cases)
    photo = {"position": 0, "width_px": 480, "height_px": 360, "path": "a"}
    insert(engine, Photo, [photo | {"case_id": one} for one in numbers])
    reviews = []
    for number, public_id in zip(numbers[:REVIEWED], ids, strict=False):
        for reviewer in reviewers[: wanted_at_first(public_id)]:
            said = "bean.rust" if chance.random() < 0.8 else "bean.angular_leaf_spot"
            review = {"case_id": number, "reviewer_id": reviewer, "verdict": "condition", "condition": said}
            reviews.append(review | {"reviewed_at": until})
    insert(engine, Review, reviews)


def _copy(engine: Engine, times: int) -> None:
    """Repeat all cases, with a photo each and no review."""
    copy(engine, Case, times=times)
    cases, photos = Base.metadata.tables[Case.__tablename__], Base.metadata.tables[Photo.__tablename__]
    photo = {"position": literal(0), "width_px": literal(480), "height_px": literal(360), "path": literal("a")}
    with engine.begin() as connection:
        last = connection.scalar(select(func.max(photos.c.case_id)))
        rows = select(cases.c.id, *photo.values()).where(cases.c.id > last)
        connection.execute(photos.insert().from_select(["case_id", *photo], rows))
        # As the database does by itself after a while.
        connection.execute(text("ANALYZE"))


def _case(public_id: str, worth: float, until: datetime, place: int) -> dict[str, Any]:
    rust = Named(id="bean.rust", name="Bean rust", crop="bean", crop_name="Common bean", probability=0.9)
    diagnosis = Diagnosis(
        outcome=Outcome.CONDITION,
        condition=rust,
        candidates=(rust,),
        photos=(PhotoResult(used=True),),
        model_version="2026-01-01-abcdef01",
    )
    return {
        "public_id": public_id,
        "token_hash": "0" * 64,
        "created_at": until - timedelta(minutes=place),
        "origin": "page",
        "language": "sw",
        "model_version": diagnosis.model_version,
        "outcome": diagnosis.outcome.value,
        "condition": rust.id,
        "probability": rust.probability,
        "answer": diagnosis.model_dump(mode="json"),
        "keeps_photos": True,
        "signals": {"uncertainty": worth},
        "worth": worth,
        "reviews_wanted": wanted_at_first(public_id),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, TEACH, []], help="all, if none is named")
    for part in parser.parse_args().parts or (*PARTS, TEACH):
        found = teach() if part == TEACH else measure(part)
        record(found)
        print(listing(found))


if __name__ == "__main__":
    main()
