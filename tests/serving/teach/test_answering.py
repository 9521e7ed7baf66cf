"""Who asks from a district is answered by its bundle, also by that of an older release."""

import hashlib
import html
import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from safetensors.numpy import load, save
from sqlalchemy import text

from majani.model.bundle import HEAD_FILE, MANIFEST_FILE, sha256_hex, write_bundle
from majani.model.rules import general_grading
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_command_app
from serving.container import Services
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import ASK_OFFICER
from serving.i18n.phrasing import Wording
from serving.messaging.answer_text import describe
from tests.picture_files import encoded
from tests.pictures import textured
from tests.serving.conftest import post_form
from tests.tiny_bundle import tiny_district_bundle

RED = encoded(textured((200, 20, 20)))
MOST_BYTES = 600_000


@pytest.fixture
def app(district_app: Flask) -> Flask:
    return district_app


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


def test_what_nobody_has_a_text_on_is_named_and_the_officer_asked(client: FlaskClient, services: Services) -> None:
    answer = asked(client, district="kitui")
    assert (answer["grade"], answer["ranked"][0]["id"]) == ("most_likely", "bean.streak")
    # Of a single condition of a crop nothing can be told.
    assert asked(client, district="kitui", crop="kola")["why"] == "few_known"
    answering = services.districts.find("kitui")
    assert answering is not None
    diagnosis = answering.diagnose(RED, "bean")
    for tag, language in services.adviser.languages.items():
        wording = Wording(language, services.catalogues[tag], None)
        words = AnswerWords(diagnosis, wording, services.adviser)
        text = describe(words, crops=(), is_expert_offered=False)
        assert wording.say(ASK_OFFICER) in text
        assert "treak" in text


def as_of_03(folder: Path) -> None:
    """A district's bundle as 0.3.0 made it: schema 3 with thresholds and who may hear of what."""
    limits = {"answer": 0.9, "reject": 0.5, "coarse": 0.6, "per_class": {"bean.streak": 0.7}}

    def older(told: dict[str, Any]) -> dict[str, Any]:
        kept = {name: told["rules"][name] for name in ("hint_factor", "quality") if name in told["rules"]}
        told |= {"schema_version": 3, "rules": {**kept, "thresholds": limits, "situations": None}}
        told.pop("other_troubles")
        told["classes"] = [one | {"said_to": "workers"} if "streak" in one["id"] else one for one in told["classes"]]
        return told

    head, manifest = ((folder / name).read_bytes() for name in (HEAD_FILE, MANIFEST_FILE))
    size = int.from_bytes(head[:8], "little")
    about = json.loads(json.loads(head[8 : 8 + size])["__metadata__"]["majani"])
    (folder / HEAD_FILE).write_bytes(made := save(load(head), {"majani": json.dumps(older(about))}))
    raw = older(json.loads(manifest))
    raw["head"] |= {"sha256": sha256_hex(made), "size_bytes": len(made)}
    (folder / MANIFEST_FILE).write_text(json.dumps(raw))


def test_a_district_of_an_older_release_goes_on_by_general_numbers(
    client: FlaskClient, services: Services, tokens: AccessTokens, tmp_path: Path
) -> None:
    write_bundle(tiny_district_bundle(version="2026-01-31-kitui"), tmp_path / "older")
    as_of_03(tmp_path / "older")
    services.districts.use("Kitui", tmp_path / "older")
    answering = services.districts.find("kitui")
    assert answering is not None
    assert answering.manifest.rules.grading == general_grading()
    answer = asked(client, district="kitui")
    assert (answer["model_version"], answer["ranked"][0]["id"]) == ("2026-01-31-kitui", "bean.streak")
    assert answer["grade"] in ("most_likely", "probably")
    [token] = tokens.create_batch(["desk"], Role.AGRONOMIST, timedelta(days=1))
    page = client.get("/desk/teach?district=Kitui", headers={"Authorization": f"Bearer {token}"}).text
    assert 'data-version="2026-01-31-kitui"' in page
    # A phone fetches what it was, and reads it in the same way.
    own = client.get("/v1/model?district=kitui").get_json()
    assert (own["version"], own["rules"]["grading"]) == ("2026-01-31-kitui", general_grading().model_dump(mode="json"))


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
