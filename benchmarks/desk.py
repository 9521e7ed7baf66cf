"""How long the review desk takes with many cases, in both databases: whole requests, as a browser makes them.

python -m benchmarks.desk

A season's kept cases, of which those most worth a look have been reviewed: the queue has to look past all of them.
"""

import random
import secrets
import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from werkzeug.test import TestResponse

from benchmarks.harness.databases import empty_databases
from benchmarks.harness.measured import measured
from benchmarks.overview.cases import insert
from majani.decision.diagnosis import Diagnosis, Named, PhotoResult
from majani.decision.rules import Outcome
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app
from serving.container import Services
from serving.persistence.models import Case, Photo, Review
from serving.persistence.review_record import wanted_at_first
from serving.settings import Settings
from training.figures import Figure, listing, record

COMMAND = "python -m benchmarks.desk"
CASES, REVIEWED = 50_000, 10_000
_ROUNDS = 25
_RANK = 8
_TITLES = {
    "queue": "the queue",
    "next": "leading to the next case",
    "case": "a case",
    "review": "keeping a review",
    "agreement": "agreement of all reviewers",
}


def measure() -> Mapping[str, Figure]:
    figures = {}
    with empty_databases() as databases:
        for kind, url in databases.items():
            for key, seconds in _walk(url).items():
                figures[f"desk.speed.{kind}.{key}"] = measured(
                    f"{kind}, {CASES:,} kept cases, {REVIEWED:,} reviewed: {_TITLES[key]}, median",
                    round(1000 * statistics.median(seconds), 1),
                    "ms",
                    n=len(seconds),
                    command=COMMAND,
                    interval=_interval(seconds),
                )
    return figures


def _interval(seconds: list[float]) -> tuple[float, float]:
    """Between which the true median lies, in ms; of 25 values the 8th and the 18th, by the binomial distribution."""
    ranked = sorted(seconds)
    return round(1000 * ranked[_RANK - 1], 1), round(1000 * ranked[-_RANK], 1)


def _walk(url: str) -> Mapping[str, list[float]]:
    app = create_app(Settings(database_url=url, rate_limit_other="1000000 per second"))
    services: Services = app.extensions["majani"]
    tokens = AccessTokens(services.engine)
    made = [tokens.create(f"desk {number}", Role.AGRONOMIST, timedelta(days=1)) for number in range(3)]
    _fill(services.engine, reviewers=[tokens.find(token).id for token in made[:2]])
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
    found = measure()
    record(found)
    print(listing(found))


if __name__ == "__main__":
    main()
