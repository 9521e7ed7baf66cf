"""Every rule about translated sentences of the interface bites."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from serving.i18n.texts import read_yaml
from tests.interface_check import interface_findings

ROOT = Path(__file__).parents[2]
FORBIDDEN = read_yaml(ROOT / "data/advice/forbidden.yaml")


def catalog(*messages: str) -> Catalog:
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return read_po(BytesIO((header + "\n\n".join(messages)).encode()), locale="sw")


SAID = catalog(
    'msgid "Model %(version)s"\nmsgstr ""',
    'msgid "Try again."\nmsgstr ""',
    'msgid "%(count)d photo"\nmsgid_plural "%(count)d photos"\nmsgstr[0] ""\nmsgstr[1] ""',
)
MODEL = 'msgid "Model %(version)s"\nmsgstr "Toleo %(version)s"'
AGAIN = 'msgid "Try again."\nmsgstr "Jaribu tena."'
PHOTOS = 'msgid "%(count)d photo"\nmsgid_plural "%(count)d photos"\nmsgstr[0] "Picha moja"\nmsgstr[1] "Picha %(count)d"'

TRANSLATED: dict[str, tuple[list[str], set[str]]] = {
    "sound": ([MODEL, AGAIN, PHOTOS], set()),
    "not there": ([MODEL, PHOTOS], {"missing"}),
    "empty": ([MODEL, AGAIN.replace("Jaribu tena.", ""), PHOTOS], {"missing"}),
    "to be confirmed": ([MODEL, "#, fuzzy\n" + AGAIN, PHOTOS], {"missing"}),
    "one form empty": ([MODEL, AGAIN, PHOTOS.replace("Picha moja", "")], {"missing"}),
    "placeholder lost": ([MODEL.replace("Toleo %(version)s", "Toleo"), AGAIN, PHOTOS], {"placeholder"}),
    "placeholder translated": ([MODEL.replace("Toleo %(version)s", "Toleo %(toleo)s"), AGAIN, PHOTOS], {"placeholder"}),
    "placeholder of another kind": (
        [MODEL.replace("Toleo %(version)s", "%(version)d"), AGAIN, PHOTOS],
        {"placeholder"},
    ),
    "placeholder broken by a blank": (
        [MODEL.replace("Toleo %(version)s", "Toleo % (version)s"), AGAIN, PHOTOS],
        {"placeholder"},
    ),
    "bare percent sign": ([MODEL.replace("Toleo", "100 %"), AGAIN, PHOTOS], {"placeholder", "dose"}),
    "no form has the number": ([MODEL, AGAIN, PHOTOS.replace("Picha %(count)d", "Picha")], {"placeholder"}),
    "product": ([MODEL, AGAIN.replace("Jaribu tena.", "Ridomil"), PHOTOS], {"product"}),
    "dose": ([MODEL, AGAIN.replace("Jaribu tena.", "Gramu 20."), PHOTOS], {"dose"}),
    "blank": ([MODEL, AGAIN.replace("tena.", "tena. "), PHOTOS], {"blank"}),
}


@pytest.mark.parametrize("name", TRANSLATED)
def test_violations_in_the_interface_are_found(name: str) -> None:
    messages, rules = TRANSLATED[name]
    assert {one.rule for one in interface_findings("sw", catalog(*messages), SAID, FORBIDDEN)} == rules
