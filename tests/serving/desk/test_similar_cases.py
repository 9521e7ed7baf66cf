"""A correction at the desk moves up what looks like it, and never gets in the way of the review."""

import pytest
from flask.testing import FlaskClient

from serving.persistence.engine import StorageError
from serving.persistence.similar_cases import SimilarCases
from tests.pictures import PictureFactory
from tests.serving.desk.conftest import ask, say

REASON = 'data-signal="kinship"'
# The tiny model takes red leaves for rust and green ones for healthy. It has never heard of this.
UNHEARD_OF = "coffee.rust"
NEEDED = 5


def reviewed(client: FlaskClient, reviewer: FlaskClient, pictures: PictureFactory, *, red: str) -> None:
    """Green leaves that are healthy, and as many red ones of which the reviewer says what they are."""
    for picture, label in ((pictures.leaf(), "bean.healthy"), (pictures.red(), red)):
        for _ in range(NEEDED):
            case = ask(client, picture, consent="photos")
            assert say(reviewer, case["id"], label="other", condition=label).status_code == 303


def row(page: str, case_id: str) -> str:
    """What the queue says of one case."""
    return next(part for part in page.split("<li") if case_id in part)


def test_what_looks_like_corrected_cases_comes_first(
    reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
) -> None:
    green, red = (ask(client, picture, consent="photos")["id"] for picture in (pictures.leaf(), pictures.red()))
    reviewed(client, reviewer, pictures, red=UNHEARD_OF)
    page = reviewer.get("/desk?language=en").text
    assert page.index(red) < page.index(green)
    assert REASON in row(page, red)
    assert REASON not in row(page, green)


@pytest.mark.parametrize(
    ("said", "weighings"),
    [
        pytest.param(["bean.rust"], 0, id="confirmed"),
        pytest.param([UNHEARD_OF], 1, id="corrected"),
        pytest.param(["cannot_tell"], 0, id="can't tell"),
        pytest.param(["bad_photo", "bean.rust"], 0, id="bad photo, then confirmed"),
        # What looked like it does so no longer.
        pytest.param([UNHEARD_OF, "bean.rust"], 2, id="corrected, then confirmed"),
        pytest.param([UNHEARD_OF, "cannot_tell"], 2, id="corrected, then can't tell"),
    ],
)
def test_when_waiting_cases_are_weighed_again(
    said: list[str], weighings: int, reviewer: FlaskClient, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed: list[object] = []

    def weigh(*_: object) -> int:
        weighed.append(None)
        return 0

    monkeypatch.setattr(SimilarCases, "update", weigh)
    for label in said:
        is_word = "." not in label
        say(reviewer, case_id, label=label if is_word else "other", condition="" if is_word else label)
    assert len(weighed) == weighings


def test_a_review_is_kept_whatever_happens_afterwards(
    reviewer: FlaskClient, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise StorageError("the database is away")

    monkeypatch.setattr(SimilarCases, "update", fail)
    assert say(reviewer, case_id, label="other", condition=UNHEARD_OF).status_code == 303
    assert "Saved: " in reviewer.get(f"/desk/cases/{case_id}?saved={case_id}&language=en").text
