"""Whatever is sent to the API is answered as ``/openapi.json`` says: over a thousand requests made up from it, to the
real server, by Schemathesis.

It asks twice. As an administrator it makes up everything, and follows the links from a new answer to reading, judging
and deleting it. As the sender of a case whose photo is kept it comes back to that case and to the model, where those
routes have something to say. Both times all checks of Schemathesis run, but for these:

* ``positive_data_acceptance`` where photos are sent: a schema cannot say what a photo is nor which crops there are. Nor
  can it say that a key has different characters, nor how long the model's file is: 416 counts as accepted there.
* ``negative_data_rejection`` counts 410 as a refusal: the key of a deleted case is refused with whatever it comes.
* ``ignored_auth`` for answers with an owner. Other callers get 404, and the check takes this for a route without a
  guard. ``tests/serving/access/test_access_matrix.py`` checks those routes.
* ``ensure_resource_availability`` for heatmaps and photos: not every answer has them. For what only the sender may: an
  administrator gets 404, as do a condition that nobody knows and a question that nobody asked.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from tests.pictures import PictureFactory
from tests.serving.live import serve
from tests.tiny_examples import write_tiny_examples

SEED = 1
# Of each kind, for each operation; enough to reach every answer that a client can bring about.
MAX_EXAMPLES = 8
OFF = {"enabled": False}
OF_SENDERS = (
    "giveFeedback",
    "followUp",
    "giveReply",
    "getExpert",
    "askExpert",
    "replyToExpert",
    "getHeatmap",
    "getPhoto",
)
CHECKS: Mapping[str, Mapping[str, Any]] = {
    "diagnose": {
        "positive_data_acceptance": OFF,
        "negative_data_rejection": {"expected-statuses": [400, 410, 413, 415, 422]},
    },
    "withdrawDiagnosis": {"positive_data_acceptance": OFF},
    "getModelFile": {"positive_data_acceptance": {"expected-statuses": ["2xx", 304, 404, 416]}},
    "getDiagnosis": {"ignored_auth": OFF},
    "deleteDiagnosis": {"ignored_auth": OFF},
    **{name: {"ignored_auth": OFF, "ensure_resource_availability": OFF} for name in OF_SENDERS},
    # What no schema says: names of the taxonomy, times that make sense, whose visit it is, and that it was deleted.
    "putVisit": {
        "positive_data_acceptance": OFF,
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 410, 413, 415, 422]},
    },
    "deleteVisit": {"positive_data_acceptance": OFF},
}


@pytest.fixture(scope="module")
def world(
    tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory, pictures: PictureFactory
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Address of a server, with an administrator's access token, and a case whose photo is kept."""
    folder = tmp_path_factory.mktemp("schema")
    url = f"sqlite:///{folder / 'majani.sqlite3'}"
    photos = [pictures.red(), pictures.leaf(), pictures.dark(), pictures.gif(), pictures.truncated_jpeg()]
    schemathesis.openapi.format("binary", st.sampled_from(photos) | st.binary(max_size=64))
    kept = {"database_url": url, "photos_url": folder / "photos"}
    examples = write_tiny_examples(folder / "examples")
    with serve(tiny_bundle_dir, examples_dir=examples, log_level="ERROR", **kept) as server:
        engine = connect(url)
        admin = AccessTokens(engine).create("made up", Role.ADMIN, timedelta(days=1))
        engine.dispose()
        sent = requests.post(
            f"{server.url}/v1/diagnoses?consent=photos", photos[0], headers={"Content-Type": "image/jpeg"}, timeout=10
        )
        yield server.url, admin, sent.json()


def test_callers_are_answered_as_described(world: tuple[str, str, Mapping[str, Any]]) -> None:
    url, admin, case = world

    def get(path: str) -> Any:
        return requests.get(f"{url}/{path}", timeout=10).json()

    met_by_admin, wrong = explore(url, auth=shows("AccessToken", admin))
    assert not wrong, wrong[0]
    [example, _] = get("v1/texts/sw")["examples"]["photos"]["bean.rust"]
    met_by_sender, wrong = explore(
        url,
        auth=shows("AnswerToken", case["token"]),
        paths=r"\{(diagnosis_id|sha256|file)\}",
        # Its deletion would be the end of it; following links would leave it.
        off=("deleteDiagnosis",),
        parameters={
            "path.diagnosis_id": case["id"],
            "path.sha256": get("v1/model")["model"]["sha256"],
            "path.file": example["file"],
        },
        phases={"stateful": OFF},
    )
    assert not wrong, wrong[0]
    # Every success and many refusals were met; otherwise this would say little.
    met = met_by_admin | met_by_sender
    successes = {
        (f"{method.upper()} {path}", int(status))
        for path, operations in get("openapi.json")["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if int(status) < 300
    }
    # Few requests made up for one operation name both the head's checksum and a range; `tests/serving/teach` does.
    assert successes - met <= {("GET /v1/model/{sha256}.safetensors", 206)}
    assert {401, 404, 405, 415, 422} <= {status for _, status in met}


def shows(scheme: str, token: str) -> dict[str, Any]:
    return {"openapi": {scheme: {"bearer": token}}}


def explore(
    url: str, *, paths: str = ".", off: tuple[str, ...] = (), **project: Any
) -> tuple[set[tuple[str, int]], list[str]]:
    """Ask on paths of this pattern: operation and status of each answer, and in words what was wrong with some."""
    operations = [{"include-operation-id": name, "checks": checks} for name, checks in CHECKS.items()]
    operations += [{"include-operation-id": name, **OFF} for name in off]
    generation = {"max-examples": MAX_EXAMPLES, "deterministic": True, "database": "none"}
    config = SchemathesisConfig.from_dict({"seed": SEED, "generation": generation, "operations": operations, **project})
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    met, wrong = set(), []
    for event in engine.from_schema(schema.include(path_regex=paths)).execute():
        if isinstance(event, events.ScenarioFinished):
            met |= {
                (event.recorder.cases[case].value.operation.label, interaction.response.status_code)
                for case, interaction in event.recorder.interactions.items()
                if interaction.response is not None
            }
            wrong += [
                f"{event.recorder.label}: {check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for checks in event.recorder.checks.values()
                for check in checks
                if check.status is Status.FAILURE
            ]
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(repr(event))
    return met, wrong
