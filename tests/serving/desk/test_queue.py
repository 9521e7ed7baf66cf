"""What waits at the desk, for whom, and why."""

import re

from flask.testing import FlaskClient

from tests.serving.desk.conftest import Kept, say


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
