"""That a computer program looks at photos, and can be wrong, is said before people ask and with every answer."""

import pytest
from flask.testing import FlaskClient

from serving.container import Services
from serving.i18n.messages import PROGRAM
from serving.i18n.phrasing import Wording
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.site.test_page_language import TAGS


@pytest.mark.parametrize("tag", TAGS)
def test_it_is_said_on_every_page_in_every_language(
    tag: str, client: FlaskClient, send: Send, services: Services, pictures: PictureFactory
) -> None:
    said = f'data-said="program">{Wording(services.adviser.languages[tag], services.catalogues[tag]).say(PROGRAM)}<'
    assert tag == "en" or PROGRAM not in said
    answers = [send(f"/?language={tag}", [photo]).text for photo in (pictures.red(), pictures.leaf(), pictures.grey())]
    others = [client.get(f"{path}?language={tag}").text for path in ("/", "/leaflets/bean.rust")]
    assert [said in page for page in (*answers, *others)] == [True] * 5
