"""Everybody is answered in some language, and in the one that fits best."""

import pytest
from flask.testing import FlaskClient

ROUTE = "/v1/conditions/bean.rust"

ASKED = {
    "nothing": ("", None, "en"),
    "a header": ("", "sw", "sw"),
    "a region that we do not tell apart": ("", "sw-KE", "sw"),
    "a script and a region": ("", "hi-Deva-IN", "hi"),
    "capitals": ("", "FR-ca", "fr"),
    "wishes out of order": ("", "en;q=0.1, ar;q=0.9", "ar"),
    "a region before a plain language": ("", "pt-BR, en;q=0.9", "pt"),
    "not that one": ("", "sw;q=0", "en"),
    "nothing that we speak": ("", "de, nl;q=0.5", "en"),
    "an address": ("?language=bn", None, "bn"),
    "an address against a header": ("?language=bn", "fr", "bn"),
    "an address with an underscore": ("?language=pt_BR", None, "pt"),
    "an address that nobody understands": ("?language=tlh", "sw", "sw"),
    "an address that is a path": ("?language=../en", "sw", "sw"),
    "a header of dashes": ("", "-" * 4000, "en"),
    "an address of dashes": ("?language=" + "-" * 4000, "sw", "sw"),
    "a header that is none": ("", "\u00ff;q=x,,;", "en"),
}


@pytest.mark.parametrize(("query", "header", "tag"), ASKED.values(), ids=ASKED)
def test_language_is_the_best_that_we_speak(query: str, header: str | None, tag: str, client: FlaskClient) -> None:
    response = client.get(ROUTE + query, headers={} if header is None else {"Accept-Language": header})
    assert (response.status_code, response.headers["Content-Language"]) == (200, tag)
    assert "Accept-Language" in response.vary
