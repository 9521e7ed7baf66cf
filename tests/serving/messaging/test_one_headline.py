"""Forty real leaves, with the crop named: one headline in all channels, with a name in it, and mostly the right one."""

import re
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from flask import Flask

from majani.cli import main
from majani.decision.rules import Outcome
from serving.app import create_app
from serving.container import Services
from serving.i18n import messages
from serving.i18n.phrasing import Wording
from serving.messaging.short_message import fold
from tests.real_photos import ARMYWORM, RealPhoto, real_photos
from tests.serving.conftest import post_form
from tests.serving.live import ROOT, UNLIMITED
from tests.serving.messaging.conftest import Platforms, Setup
from tests.serving.messaging.rapidpro_flows import Contact

pytestmark = pytest.mark.mirror

BUNDLE = ROOT / "models/current"
# Of those whose truth a source tells and a farmer's bundle must know; the rest are fall armyworm.
KNOWN, FIRST_OR_SECOND = 38, 34
ANSWERED = (Outcome.HEALTHY, Outcome.CONDITION, Outcome.UNCERTAIN)


class Asked(NamedTuple):
    """What the API and the page without JavaScript answer, as a program and a person get it."""

    photo: RealPhoto
    answer: dict[str, Any]
    page: str

    @property
    def headline(self) -> str:
        """The page's, which the title of every other channel holds."""
        found = re.search(r"<h1>(.*?)</h1>", self.page, re.DOTALL)
        assert found is not None
        return unescape(found[1]).strip()

    @property
    def listed(self) -> list[str]:
        return [named["id"] for named in self.answer["ranked"][: self.answer["in_list"]]]


@pytest.fixture(scope="module")
def shipped(setup: Setup, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    database = tmp_path_factory.mktemp("shipped") / "majani.sqlite3"
    return create_app(setup(bundle=BUNDLE, database_url=f"sqlite:///{database}", **UNLIMITED))


@pytest.fixture(scope="module")
def asked(shipped: Flask, mirror: Path) -> list[Asked]:
    client, found = shipped.test_client(), []
    for photo in real_photos(mirror):
        content = [photo.file.read_bytes()]
        answer, page = (
            post_form(client, f"{path}?language=en", content, crop=photo.crop) for path in ("/v1/diagnoses", "/")
        )
        assert (answer.status_code, page.status_code) == (201, 200)
        found.append(Asked(photo, answer.get_json(), page.text))
    return found


def test_the_truth_is_mostly_first_or_second(asked: list[Asked]) -> None:
    known = [one for one in asked if one.photo.truth != ARMYWORM]
    assert len(known) == KNOWN
    missed = [f"{one.photo.truth}: {one.listed}" for one in known if one.photo.truth not in one.listed[:2]]
    assert len(known) - len(missed) >= FIRST_OR_SECOND, missed


def test_armyworm_stands_beside_the_list_or_in_it(asked: list[Asked]) -> None:
    answers = [one.answer for one in asked if one.photo.truth == ARMYWORM and one.answer["outcome"] in ANSWERED]
    assert answers
    for answer in answers:
        assert ARMYWORM in {one["id"] for one in (*answer["ranked"], *answer["other_troubles"])}


def test_one_headline_with_a_name_stands_in_all_channels(
    shipped: Flask, asked: list[Asked], platforms: Platforms
) -> None:
    services: Services = shipped.extensions["majani"]
    wording = Wording(services.adviser.languages["en"], services.catalogues["en"])
    answered = [one for one in asked if one.answer["outcome"] in ANSWERED]
    assert len(answered) >= FIRST_OR_SECOND
    for one in answered:
        names = [wording.name(id_) for id_ in one.listed]
        is_well = one.headline == messages.NO_SIGN and one.listed[0] == f"{one.photo.crop}.healthy"
        assert is_well or names[0] in one.headline, (one.photo, one.headline)
        assert one.headline in one.answer["display"]["title"], one.photo
        assert one.headline in shown_on_terminal(one.photo)
        for scheme in ("whatsapp", "tel"):
            contact = Contact(platforms.flows, shipped.test_client(), scheme=scheme, language="eng")
            text = contact.asks(contact.photo(one.photo.file.read_bytes(), wording.name(one.photo.crop)))["text"]
            assert fold(one.headline) in fold(text), (one.photo, text)


def shown_on_terminal(photo: RealPhoto) -> str:
    """The first line of ``majani diagnose``, whose names are the bundle's: these are spelt as in America."""
    run = CliRunner().invoke(main, ["diagnose", str(photo.file), "--crop", photo.crop, "--bundle", str(BUNDLE)])
    assert run.exit_code == 0, run.output
    first = run.output.partition("\n")[0]
    return first.replace("Gray leaf spot", "Grey leaf spot").replace("Leaf mold", "Leaf mould")
