"""A token of one district opens the cases of that district, in every place where cases are shown or counted."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.reviews import Reviews
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import DAY, Kept, write_districts
from tests.serving.review.reviewed import send_again

KISUMU, BUSIA, NAKURU = (-0.1, 34.8), (0.5, 34.1), (-0.3, 36.1)


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    boxes = (("Kisumu", 34.55, -0.35, 0.6), ("Kisumu", 34.05, 0.35, 0.3), ("Nakuru", 35.85, -0.55, 0.5))
    return make_app(tmp_path, boundaries=write_districts(tmp_path, *boxes))


def headers(tokens: AccessTokens, district: str | None, role: Role = Role.AGRONOMIST) -> dict[str, str]:
    [token] = tokens.create_batch([f"{role} of {district}"], role, DAY, district=district)
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def cases(services: Services, kept: Kept) -> list[str]:
    """One in each place; the last came without one."""
    first = kept("red")
    return [*send_again(services.engine, [KISUMU, BUSIA, NAKURU]), first["id"]]


def test_it_opens_and_counts_cases_of_its_district_only(
    client: FlaskClient, tokens: AccessTokens, services: Services, cases: list[str]
) -> None:
    bound, free, admin = headers(tokens, "Kisumu"), headers(tokens, None), headers(tokens, None, Role.ADMIN)
    for seen_by, seen in ((bound, cases[:2]), (free, cases), (admin, cases)):
        queue = client.get("/desk", headers=seen_by).text
        assert set(re.findall(r'href="/desk/cases/([\w-]+)', queue)) == set(seen)
        overview = client.get("/desk/overview", headers=seen_by).text
        assert f'data-cases="{len(seen)}"' in overview
        csv = client.get("/desk/overview/cases.csv", headers=seen_by).text.splitlines()[1:]
        assert sum(int(row.split(",")[4]) for row in csv) == len(seen)
        areas = client.get("/desk/overview/areas.csv", headers=seen_by).text.splitlines()[1:]
        assert sum(int(row.split(",")[2]) for row in areas) == len(seen)
        usage = client.get("/v1/usage?days=1", headers=seen_by).json
        assert usage["days"][0]["cases"] == len(seen)
        led = {client.get("/desk/next", headers=seen_by).location.rpartition("/")[2] for _ in cases}
        assert led <= set(seen)
    # They are about all places.
    for path in ("/desk/report", "/desk/report/follow_ups.csv", "/desk/visits"):
        assert [client.get(path, headers=seen_by).status_code for seen_by in (bound, free)] == [403, 200]
    for case in cases:
        paths = [f"{of}/{case}" for of in ("/desk/cases", "/v1/diagnoses")]
        parts = [path + part for path in paths for part in ("", "/photos/0", "/heatmaps/0")]
        for path in (*parts, f"/desk/cases/{case}/thumbnails/0"):
            assert client.get(path, headers=free).status_code == 200
            answer = client.get(path, headers=bound)
            heard = (200, False) if case in cases[:2] else (403, True)
            assert (answer.status_code, b"district_other" in answer.data) == heard, path
        said = client.post(f"/desk/cases/{case}", data={"label": "bean.rust"}, headers=bound)
        assert (said.status_code == 303) is (case in cases[:2])
    assert [len(Reviews(services.engine).of_case(case)) for case in cases] == [1, 1, 0, 0]


def test_a_district_that_the_settings_have_no_more_opens_nothing(client: FlaskClient, tokens: AccessTokens) -> None:
    lost = headers(tokens, "Atlantis")
    for path in ("/desk", "/desk/next", "/desk/overview", "/desk/report", "/desk/report/weeks.csv"):
        answer = client.get(path, headers=lost)
        assert (answer.status_code, "district_other" in answer.text) == (403, True)
    assert client.get("/v1/access", headers=lost).json["district"] == "Atlantis"
