"""Who asks from a district is answered by its bundle; what it has taught is for workers until farmers have a text."""

import hashlib
import html
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from majani.model.bundle import NamedId, write_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_command_app
from serving.container import Services
from serving.i18n.messages import OFFICE_KNOWS
from serving.i18n.phrasing import Wording
from serving.messaging.answer_text import describe
from serving.settings import Office
from tests.picture_files import encoded
from tests.pictures import textured
from tests.serving.conftest import MakeApp, post_form
from tests.tiny_bundle import tiny_bundle_with_situations, tiny_district_bundle

RED = encoded(textured((200, 20, 20)))
MOST_BYTES = 600_000


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """A service with a district that has taught bean.streak, and one condition of a new crop."""
    app = make_app(tmp_path, districts_dir=tmp_path / "districts")
    write_bundle(tiny_district_bundle(), tmp_path / "made")
    app.extensions["majani"].districts.use("Kitui", tmp_path / "made")
    return app


def asked(client: FlaskClient, headers: dict[str, str] | None = None, **fields: str) -> dict[str, Any]:
    form = {"photo": (BytesIO(RED), "leaf.jpg"), "crop": "bean", **fields}
    answer = client.post("/v1/diagnoses", data=form, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def worker(tokens: AccessTokens, district: str | None) -> dict[str, str]:
    [token] = tokens.create_batch(["tablet"], Role.EXTENSION, timedelta(days=1), district=district)
    return {"Authorization": f"Bearer {token}"}


def test_the_district_of_a_link_or_a_token_answers_and_is_not_kept(
    client: FlaskClient, services: Services, tokens: AccessTokens
) -> None:
    plain, linked = asked(client), asked(client, district="kitui", consent="photos")
    unknown = asked(client, district="Nowhere")
    by_token = asked(client, worker(tokens, "Kitui"), district="Nowhere", consent="photos")
    base, own = services.diagnoser.manifest.version, "2026-02-01-kitui"
    answered = [(one["district"], one["model_version"]) for one in (plain, linked, unknown, by_token)]
    assert answered == [(None, base), ("Kitui", own), (None, base), ("Kitui", own)]
    again = client.get(f"/v1/diagnoses/{linked['id']}", headers={"Authorization": f"Bearer {linked['token']}"})
    assert again.get_json()["district"] is None
    with services.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text("SELECT * FROM cases")).mappings()]
    assert {row.pop("model_version") for row in rows} == {base, own}
    assert "kitui" not in str(rows).lower().replace(own, "")
    services.districts.go_back("kitui")
    assert asked(client, district="kitui")["model_version"] == base


def test_the_page_stays_in_the_district_of_its_link(client: FlaskClient) -> None:
    page = client.get("/?district=kitui&plain=1").text
    links = [html.unescape(link) for link in re.findall(r'href="(/\?[^"]*language=[^"]*)"', page)]
    assert len(links) > 2
    for link in links:
        assert 'name="district" value="kitui"' in client.get(link).text
    page = post_form(client, "/?language=en", [RED], crop="bean", district="kitui", consent="photos").text
    places = re.findall(r'(?:action="(?=/answers/|/\?)|href="(?=/leaflets\?))([^"]+)"', page)
    assert len(places) > 3
    assert all("district=kitui" in html.unescape(place) for place in places)


def test_workers_read_what_farmers_are_sent_to_the_office_with(client: FlaskClient, tokens: AccessTokens) -> None:
    for crop in ("bean", "kola"):
        farmer = asked(client, district="kitui", crop=crop)
        assert (farmer["office_knows"], farmer["for_workers"], farmer["outcome"]) == (True, None, "uncertain")
        assert "streak" not in str(farmer | {"crop_hint": ""})
        read = asked(client, worker(tokens, None), district="kitui", crop=crop)
        assert read["for_workers"]["id"] == f"{crop}.streak"
        shown = client.get(f"/v1/diagnoses/{farmer['id']}", headers=worker(tokens, None)).get_json()
        assert shown["for_workers"]["id"] == f"{crop}.streak"
        page = post_form(client, "/?language=sw", [RED], crop=crop, district="kitui")
        assert page.status_code == 200
        assert "streak" not in page.text
        assert 'name="district" value="kitui"' in page.text
        # Without photos nobody is to judge it first.
        desk = client.get(f"/desk/cases/{farmer['id']}", headers=worker(tokens, None)).text
        assert f'data-for-workers="{crop}.streak"' in desk


def test_a_phone_fetches_a_head_and_no_second_network(client: FlaskClient, services: Services) -> None:
    base, own = (client.get(f"/v1/model{query}").get_json() for query in ("", "?district=kitui"))
    assert (base["head_file"], base["districts"]) == (None, [{"id": "kitui", "name": "Kitui"}])
    assert (own["file"], own["model"]["sha256"]) == (base["file"], base["model"]["sha256"])
    head = client.get(own["head_file"])
    assert hashlib.sha256(head.data).hexdigest() == own["head"]["sha256"]
    assert "immutable" in head.headers["Cache-Control"]
    assert client.get(own["head_file"], headers={"Range": "bytes=0-9"}).status_code == 206
    assert len(head.data) + len(client.get("/v1/model?district=kitui").data) < MOST_BYTES
    golden = client.get(own["golden"]).get_json()
    assert golden["model_version"] == own["version"]
    services.districts.go_back("kitui")
    assert client.get("/v1/model?district=kitui").get_json() == client.get("/v1/model").get_json()
    assert client.get(own["head_file"]).status_code == 404


def test_of_a_set_what_nobody_has_a_text_on_cannot_be_chosen_and_blind_spots_are_told(
    client: FlaskClient, services: Services, tmp_path: Path
) -> None:
    rules = tiny_bundle_with_situations().manifest.rules
    unsure = {one: of.model_copy(update={"answer": 1.0}) for one, of in (rules.situations or {}).items()}
    made = tiny_district_bundle(version="unsure", rules=rules.model_copy(update={"situations": unsure}))
    write_bundle(made, tmp_path / "unsure")
    services.districts.use("Kitui", tmp_path / "unsure")
    one_of = asked(client, district="kitui")["one_of"]
    assert {one["id"] for one in one_of["conditions"]} == {"bean.streak", "bean.rust"}
    page = post_form(client, "/?language=en", [RED], crop="bean", district="kitui").text
    assert re.findall(r'name="condition" value="([^"]+)"', page) == ["bean.rust"]
    diagnosis = services.districts.find("kitui").diagnose(RED, "bean")
    blind = diagnosis.one_of.model_copy(update={"blind_spots": (NamedId(id="bean.halo_blight", name="x"),)})
    for tag, language in services.adviser.languages.items():
        wording = Wording(language, services.catalogues[tag], None)
        told = diagnosis.model_copy(update={"one_of": blind})
        text = describe(told, adviser=services.adviser, wording=wording, crops=(), is_expert_offered=False)
        assert wording.blind_spots(blind) in text


def test_messages_send_people_to_the_office_and_name_nothing(services: Services) -> None:
    answering = services.districts.find("kitui")
    assert answering is not None
    diagnosis = answering.diagnose(RED, "bean")
    assert diagnosis.for_workers is not None
    office = Office(name="Ukulima", telephone="+254700000000", messenger="sms")
    for tag, language in services.adviser.languages.items():
        wording = Wording(language, services.catalogues[tag], office)
        text = describe(diagnosis, adviser=services.adviser, wording=wording, crops=(), is_expert_offered=False)
        assert wording.say(OFFICE_KNOWS) in text
        assert office.telephone in text
        assert "streak" not in text


def test_an_operator_uses_a_bundle_and_goes_back(services: Services, tmp_path: Path) -> None:
    def run(*args: str) -> str:
        result = create_command_app(services.settings).test_cli_runner().invoke(args=["district", *args])
        return result.output if result.exit_code == 0 else f"failed: {result.output}"

    assert run("back", "kitiu").startswith("failed")
    assert not run("back", "kitui").startswith("failed")
    assert run("list") == ""
    assert "2026-02-01-kitui" in run("use", "kitui", str(tmp_path / "made"))
    assert run("list").split("\t") == ["kitui", "2026-02-01-kitui", "Kitui\n"]
    (tmp_path / "made" / "head.safetensors").write_bytes(b"half a fi")
    assert "sha256" in run("use", "kitui", str(tmp_path / "made"))
