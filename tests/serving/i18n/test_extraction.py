"""Every way of saying something is found, and a translator's work survives."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from click.testing import CliRunner, Result

from serving.i18n.extraction import extract, main

OLD = (
    "# Checked by Ada.\n"
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: sw\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    '\nmsgid "Not sure"\nmsgstr "Hatuna hakika"\n'
    '\nmsgid "Nobody says this any more."\nmsgstr "Hakuna anayesema hivi tena."\n'
)


@pytest.mark.parametrize(
    ("sentence", "file"),
    [
        ("The photo is empty", "serving/i18n/messages.py"),
        ("Not sure", "serving/i18n/messages.py"),
        ("Used for the answer.", "serving/i18n/phrasing.py"),
        ("Your photo", "serving/i18n/phrasing.py"),
        ("Take a photo", "serving/templates/_form.html"),
        ("Only on this phone.", "web/src/part/standing.tsx"),
        ("Read aloud", "web/src/part/read_aloud.tsx"),
        (
            "%(count)d plant waits to be sent. Delete it below if it should not be sent.",
            "web/src/screen/answers.tsx",
        ),
    ],
    ids=[
        "marked title",
        "marked sentence",
        "said",
        "with a number",
        "in a template",
        "marked in the app",
        "said in the app",
        "with a number in the app",
    ],
)
def test_sentences_are_found_where_they_are_said(sentence: str, file: str) -> None:
    message = extract().get(sentence)
    assert message is not None
    assert file in [name for name, _ in message.locations]


@pytest.fixture
def updated(tmp_path: Path) -> tuple[Path, Result]:
    file = tmp_path / "sw/interface.po"
    file.parent.mkdir()
    file.write_text(OLD, encoding="utf-8")
    return file, CliRunner().invoke(main, ["--languages", str(tmp_path)])


def test_new_sentences_come_in_and_old_ones_go(updated: tuple[Path, Result]) -> None:
    file, _ = updated
    with file.open("rb") as opened:
        catalog = read_po(opened)
    assert {message.id for message in catalog} == {message.id for message in extract()}
    known = catalog.get("Not sure")
    assert known is not None
    assert known.string == "Hatuna hakika"
    assert "Checked by Ada." in catalog.header_comment


def test_what_is_missing_is_listed(updated: tuple[Path, Result]) -> None:
    file, result = updated
    assert result.exit_code == 1
    assert f"{file}: Take a photo\n" in result.output
    assert f"{file}: Your photo\n" in result.output
    assert "Not sure" not in result.output
