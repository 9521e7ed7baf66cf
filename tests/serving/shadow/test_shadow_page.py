"""The page about the challenger, for the operator who decides whether it shall answer."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.container import Services
from serving.persistence.models import Case
from tests.pictures import PictureFactory
from tests.serving.review.reviewed import review


def send(client: FlaskClient, photo: bytes, consent: str) -> str:
    answer = client.post(f"/v1/diagnoses?consent={consent}", data=photo, content_type="image/jpeg")
    name: str = answer.json["id"]
    return name


def test_where_they_differ(
    client: FlaskClient, agronomist: dict[str, str], services: Services, pictures: PictureFactory
) -> None:
    without, kept, other = (send(client, pictures.red(), consent) for consent in ("", "photos", "photos"))
    send(client, pictures.leaf(), "")
    services.cases.shadow.join()
    page = client.get("/desk/shadow", headers=agronomist).text
    assert 'data-cases="4" data-same="1"' in page
    assert 'class="unreviewed"' in page
    assert len(re.findall(r"Bean rust</td><td[^>]*>Angular leaf spot of bean", page)) == 3
    # Without a photo there is nothing to look at.
    assert f'href="/desk/cases/{kept}"' in page
    assert without not in page

    with Session(services.engine) as session:
        numbers = [session.scalars(select(Case.id).where(Case.public_id == one)).one() for one in (kept, other)]
    review(services.engine, numbers[0], ("condition", "bean.angular_leaf_spot"))
    page = client.get("/desk/shadow", headers=agronomist).text
    cells = re.findall(r"<td>(\d+)</td>", page)
    assert cells == ["0", "0", "1", "0"]
    assert 'data-champion-wrong="1" data-challenger-wrong="0"' in page
    # One of two; of what experts have seen first, nothing follows.
    assert 'data-differing="2" data-seen="1"' in page
    assert 'class="chance"' not in page

    review(services.engine, numbers[1], ("condition", "bean.angular_leaf_spot"))
    page = client.get("/desk/shadow", headers=agronomist).text
    [chance_alone] = re.findall('class="chance">([^<]*)<', page)
    assert "50%" in chance_alone
    assert 'class="unfinished"' not in page


def test_what_others_say_of_a_case_is_shown_after_an_own_word_only(
    client: FlaskClient, agronomist: dict[str, str], services: Services, pictures: PictureFactory
) -> None:
    """Agreement is measured by what reviewers said without knowing of each other."""

    def said_by_experts() -> object:
        page = client.get("/desk/shadow", headers=agronomist).text
        [row] = [row for row in page.splitlines() if f"/desk/cases/{case}" in row]
        return re.findall("<td[^>]*>([^<]*)</td>", row)[-1]

    case = send(client, pictures.red(), "photos")
    services.cases.shadow.join()
    assert said_by_experts() == "–"
    with Session(services.engine) as session:
        number = session.scalars(select(Case.id).where(Case.public_id == case)).one()
    review(services.engine, number, ("condition", "bean.healthy"), ("condition", "bean.angular_leaf_spot"))
    assert said_by_experts() == "2"
    client.post(f"/desk/cases/{case}", data={"label": "bad_photo"}, headers=agronomist)
    assert said_by_experts() == "Healthy common bean, Angular leaf spot of bean, Bad photo"
