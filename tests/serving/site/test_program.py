"""That a computer program looks at photos, and can be wrong, is said before people ask and with every answer."""

import pytest
from flask.testing import FlaskClient

from serving.container import Services
from serving.i18n.messages import PROGRAM, PROGRAM_LOOKS
from serving.i18n.phrasing import Wording
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.site.test_page_language import TAGS


@pytest.mark.parametrize("tag", TAGS)
def test_it_is_said_on_every_page_in_every_language(
    tag: str, client: FlaskClient, send: Send, services: Services, pictures: PictureFactory
) -> None:
    wording = Wording(services.adviser.languages[tag], services.catalogues[tag])
    said, says = (f'data-said="program">{wording.say(text)}<' for text in (PROGRAM, PROGRAM_LOOKS))
    assert tag == "en" or PROGRAM not in said
    answers = [send(f"/?language={tag}", [photo]).text for photo in (pictures.red(), pictures.leaf(), pictures.grey())]
    assert all(said in page for page in (*answers, client.get(f"/leaflets/bean.rust?language={tag}").text))
    assert says in client.get(f"/?language={tag}").text
