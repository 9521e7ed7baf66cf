"""What waits at the desk, for whom, and why."""

import re
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import update

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.models import Case
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import DAY, Kept, ask, say, sign_in, write_districts


def test_shows_what_waits_and_why(reviewer: FlaskClient, kept: Kept) -> None:
    sure, unsure, private = kept("red"), kept("grey"), kept("grey", consent="")
    page = reviewer.get("/desk?language=en").text
    places = [page.find(f'href="/desk/cases/{case["id"]}"') for case in (unsure, sure, private)]
    assert 0 < places[0] < places[1]
    assert places[2] == -1
    assert 'data-signal="uncertainty"' in page[places[0] : places[1]]
    assert 'data-waiting="2"' in page


def test_all_cases_and_those_of_one_crop_can_be_seen(reviewer: FlaskClient, kept: Kept) -> None:
    beans = [kept("red", crop="bean")["id"] for _ in range(13)]
    tomato = kept("red", crop="tomato")["id"]
    first, every, of_crop = (
        set(re.findall(r'href="/desk/cases/([\w-]+)', reviewer.get(f"/desk{query}").text))
        for query in ("", "?all=1", "?crop=tomato")
    )
    assert (len(first), every, of_crop) == (12, {*beans, tomato}, {tomato})
    assert 'data-waiting="14"' in reviewer.get("/desk?crop=maize").text


def test_the_queue_is_narrowed_to_a_reason_a_language_and_a_district(
    make_app: MakeApp, tmp_path: Path, pictures: PictureFactory
) -> None:
    app = make_app(tmp_path, boundaries=write_districts(tmp_path, ("Kitui", 38.0, -1.5, 0.5)))
    engine, reviewer = app.extensions["majani"].engine, app.test_client()
    sign_in(reviewer, AccessTokens(engine).create("desk 9", Role.EXTENSION, DAY))
    sure, unsure = (
        ask(app.test_client(), photo, consent="photos")["id"] for photo in (pictures.red(), pictures.grey())
    )
    with engine.begin() as connection:
        connection.execute(
            update(Case).where(Case.public_id == sure).values(language="sw", latitude=-1.3, longitude=38.2)
        )
    found = {
        query: [case for case in (sure, unsure) if f"/desk/cases/{case}" in reviewer.get(f"/desk?{query}").text]
        for query in ("sender=sw", "place=Kitui", "reason=uncertainty", "sender=sw&reason=uncertainty", "reason=none")
    }
    assert [*found.values()] == [[sure], [sure], [unsure], [], [sure, unsure]]


def test_goes_on_until_nothing_is_left(reviewer: FlaskClient, colleague: FlaskClient, kept: Kept) -> None:
    cases = {kept("red")["id"] for _ in range(3)}
    seen, address = [], "/desk/next"
    while (location := reviewer.get(address).location).startswith("/desk/cases/"):
        seen.append(location.removeprefix("/desk/cases/").partition("?")[0])
        address = say(reviewer, seen[-1], label="bean.rust").location
    assert sorted(seen) == sorted(cases)
    last = reviewer.get(f"{location}&language=en").text
    assert 'id="none"' in last
    assert re.search('class="saved"[^>]*>[^<]*Bean rust', last)
    assert last.count("Bean rust</a>") == 3
    # Nobody is told what somebody else has saved.
    assert 'class="saved"' not in colleague.get(f"/desk?saved={seen[0]}").text
    assert 'class="saved"' not in reviewer.get("/desk?saved=a%00b").text


def test_looking_at_the_head_opens_nothing(reviewer: FlaskClient, colleague: FlaskClient, kept: Kept) -> None:
    first, _ = (kept("red")["id"] for _ in range(2))
    assert reviewer.head("/desk/next").location == "/desk"
    assert colleague.get("/desk/next").location == f"/desk/cases/{first}"
