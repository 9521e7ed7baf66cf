"""The page of agreement: how far reviewers agree, and on what they do not."""

from flask.testing import FlaskClient

from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict, wanted_at_first
from serving.persistence.reviews import Reviews
from tests.serving.desk.conftest import Kept, MakeToken

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust")
BAD = NewReview(ReviewVerdict.BAD_PHOTO)


def test_page_shows_pairs_and_what_they_mistake(
    client: FlaskClient, agronomist: dict[str, str], services: Services, make_token: MakeToken, kept: Kept
) -> None:
    tokens = AccessTokens(services.engine)
    first, second = (tokens.find(make_token(name=name)).id for name in ("Kisumu", "Busia"))
    reviews, given = Reviews(services.engine), 0
    while given < 3:
        case = kept("red")
        if wanted_at_first(case["id"]) == 2:
            reviews.save(case["id"], second if given else first, RUST)
            reviews.save(case["id"], first if given else second, BAD if given else RUST)
            given += 1
    page = client.get("/desk/agreement?language=en", headers=agronomist).text
    assert "Kisumu and Busia" in page
    assert "33%" in page
    assert '<td class="wraps">Bad photo</td><td class="wraps">Bean rust</td><td>2</td>' in page
