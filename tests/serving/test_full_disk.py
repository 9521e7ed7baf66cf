"""A disk without room locks nobody out: nothing new is kept, and deleting, revoking and signing in work; real disks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.harness import disk
from benchmarks.harness.absence import NotHereError
from serving.access.role import Role
from serving.access.sessions import Sessions
from serving.access.tokens import AccessTokens, TokenError
from serving.clock import now
from serving.persistence.repository import RESERVE_BYTES, RESERVE_FILES
from serving.persistence.senders import ClaimStatus, Deliveries, Recipients
from serving.telemetry.metrics import REGISTRY, Storage
from tests.absence import absent
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp

DAY = timedelta(days=1)
MB = 1024 * 1024
KEY = "a-key-of-22-characters"


@pytest.fixture(params=["bytes", "files"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[disk.SmallDisk, str]]:
    """A disk, and what there soon is too little of."""
    try:
        with disk.mount(tmp_path / "disk", "384m", files=RESERVE_FILES + 500 if request.param == "files" else 0) as one:
            yield one, request.param
    except NotHereError as error:
        absent(str(error))


def use_up(small: disk.SmallDisk, what: str) -> None:
    """Leave a little less than the reserve."""
    if what == "bytes":
        small.leave(RESERVE_BYTES - MB)
    else:
        for number in range(500):
            (small.folder / f"empty-{number}").touch()


def disk_is_up() -> float | None:
    return REGISTRY.get_sample_value("majani_storage_up", {"storage": Storage.DISK})


def test_nothing_new_is_kept_and_nobody_is_locked_out(
    small: tuple[disk.SmallDisk, str], make_app: MakeApp, pictures: PictureFactory
) -> None:
    folder = small[0].folder
    app = make_app(folder)
    services, client = app.extensions["majani"], app.test_client()
    photo = pictures.leaf()
    tokens = AccessTokens(services.engine)
    admin = {"Authorization": f"Bearer {tokens.create('office', Role.ADMIN, DAY)}"}
    token = tokens.create("field phone", Role.EXTENSION, DAY)
    worker, moment = {"Authorization": f"Bearer {token}"}, now().isoformat()

    def send(key: str) -> tuple[int, str | None]:
        answer = client.post(
            "/v1/diagnoses?consent=photos", data=photo, headers={"Idempotency-Key": key}, content_type="image/jpeg"
        )
        return answer.status_code, answer.headers.get("Retry-After")

    def put(visit: str) -> int:
        content = {"started_at": moment, "changed_at": moment, "entries": []}
        return client.put(f"/v1/visits/{visit}", json=content, headers=worker).status_code

    kept, visit = (
        client.post("/v1/diagnoses?consent=photos", data=photo, content_type="image/jpeg").get_json(),
        str(uuid4()),
    )
    assert put(visit) == 200
    use_up(*small)
    before = sorted(folder.rglob("*"))

    assert send(KEY) == (503, "5")
    assert put(str(uuid4())) == 503
    answered = client.post("/v1/diagnoses", data=photo, content_type="image/jpeg")
    assert (answered.status_code, answered.get_json()["id"]) == (201, None)
    assert sorted(folder.rglob("*")) == before, "what is not kept takes room"
    services.refresh_gauges()
    assert disk_is_up() == 0
    assert client.get("/readyz").status_code == 200

    # STOP and DELETE come as messages.
    assert Deliveries(services.engine).claim(channel="telegram", message_hash="1") is ClaimStatus.GRANTED
    Recipients(services.engine).remember(channel="telegram", address_hash="1", opted_out=True)
    own = {"Authorization": f"Bearer {kept['token']}"}
    assert client.delete(f"/v1/diagnoses/{kept['id']}", headers=own).status_code == 204
    assert not any((folder / "photos").rglob("*.jpg"))
    assert client.delete(f"/v1/visits/{visit}", headers=worker).status_code == 204
    sessions = Sessions(services.engine)
    assert sessions.find(sessions.start(token)).name == "field phone"
    assert client.post(f"/desk/tokens/{tokens.find(token).id}/revoke", headers=admin).status_code == 303
    assert client.get("/v1/visits", headers=worker).status_code == 401
    with pytest.raises(TokenError):
        sessions.start(token)

    (small[0].folder / "filler").unlink(missing_ok=True)
    for empty in folder.glob("empty-*"):
        empty.unlink()
    assert send(KEY)[0] == 201
    services.refresh_gauges()
    assert disk_is_up() == 1
    services.engine.dispose()
