"""A correction at the desk moves up what looks like it, and never gets in the way of the review."""

import pytest
from flask.testing import FlaskClient

from serving.persistence.engine import StorageError
from serving.persistence.similar_cases import SimilarCases
from tests.serving.desk.conftest import say

# The tiny model takes red leaves for rust and green ones for healthy. It has never heard of this.
UNHEARD_OF = "coffee.rust"


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
