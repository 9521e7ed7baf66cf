"""The sentences of pages, leaflets and the phone app, collected for translators.

``python -m serving.i18n.extraction`` takes sentences that are new into every ``interface.po``, drops those that nobody
says any more, and lists what has no translation yet. It never guesses one from a similar sentence.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from serving.i18n.catalogue import CATALOGUE_FILE

LANGUAGES = Path("data/languages")
_ROOT = Path(__file__).parents[2]
# Below each folder of the repository: which files, how they are read, and what marks a sentence that is said later.
_SOURCES = {
    "serving": ([("**.py", "python"), ("templates/**.html", "jinja2")], "mark"),
    # Browsers have a `mark` of their own.
    "web/src": ([("**.ts", "javascript"), ("**.tsx", "javascript")], "sentence"),
}
_KEYWORDS = {"say": None, "ngettext": (1, 2)}
_WIDTH = 120


def extract() -> Catalog:
    """All sentences that are said somewhere, with the files that say them."""
    template = Catalog(fuzzy=False)
    for folder, (methods, later) in _SOURCES.items():
        keywords = {**_KEYWORDS, later: None}
        found = extract_from_dir(_ROOT / folder, methods, keywords=keywords, strip_comment_tags=True)
        for file, _, sentence, _, _ in sorted(found, key=lambda one: (one[0], one[1])):
            template.add(sentence, locations=[(f"{folder}/{file}", 0)])
    return template


def missing(catalog: Catalog) -> list[str]:
    """Sentences without a translation, or with one that still has to be confirmed."""
    return [
        _key(message.id) for message in catalog if message.id and (message.fuzzy or not _is_complete(message.string))
    ]


@click.command()
@click.option("--languages", default=LANGUAGES, type=click.Path(file_okay=False, exists=True, path_type=Path))
def main(languages: Path) -> None:
    """Bring every interface.po up to date and list what has no translation yet."""
    template = extract()
    gaps = [
        (file, sentence)
        for file in sorted(languages.glob(f"*/{CATALOGUE_FILE}"))
        for sentence in _update(file, template)
    ]
    for file, sentence in gaps:
        click.echo(f"{file}: {sentence}")
    sys.exit(1 if gaps else 0)


def _update(file: Path, template: Catalog) -> Iterator[str]:
    with file.open("rb") as opened:
        catalog = read_po(opened)
    # The hour of the last run would make every run a change.
    template.creation_date = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    with file.open("wb") as opened:
        write_po(opened, catalog, width=_WIDTH, ignore_obsolete=True, include_lineno=False)
    yield from missing(catalog)


def _key(sentence: str | tuple[str, ...] | list[str]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


def _is_complete(translation: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(translation) if isinstance(translation, str | None) else all(translation)


if __name__ == "__main__":
    main()
