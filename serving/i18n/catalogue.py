"""The interface's sentences in other languages, read from the very files that translators edit.

The English sentence is the key, as gettext has it, so a page that misses a translation speaks English there instead of
failing. Nothing is compiled beforehand: a compiled copy could lag behind its source.
"""

from collections.abc import Mapping
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from majani.errors import LanguageError

CATALOGUE_FILE = "interface.po"
# Every plural rule has met all of its categories by then.
_SAMPLES = 200


def sentence(english: str) -> str:
    """Leave a sentence as it is, but let ``make sentences`` find it; it is translated where it is shown."""
    return english


class Catalogue:
    """The sentences of one language, and the locale that its numbers, dates and lists are written by."""

    def __init__(self, catalog: Catalog) -> None:
        """Prepare the sentences of ``catalog``, which must name its locale; those marked fuzzy count as missing."""
        if catalog.locale is None:
            raise ValueError("the header names no language")
        self.locale: Locale = catalog.locale
        self._sentences = [message.id for message in catalog if message.id]
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        self._translations = GNUTranslations(compiled)

    def gettext(self, sentence: str) -> str:
        """The translation of ``sentence``, or the sentence itself."""
        return self._translations.gettext(sentence)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The translation that goes with ``number``, or the English one."""
        return self._translations.ngettext(one, many, number)

    def messages(self) -> dict[str, str]:
        """All translations by English sentence, for a phone that has to do without the service.

        Each plural form is under the English plural, ``_`` and the form's name in CLDR: ``Your photos_few``.
        """
        texts: dict[str, str] = {}
        samples = {self.locale.plural_form(number): number for number in reversed(range(_SAMPLES))}
        for sentence in self._sentences:
            if isinstance(sentence, str):
                texts[sentence] = self.gettext(sentence)
                continue
            one, many = sentence[:2]
            texts |= {f"{many}_{form}": self.ngettext(one, many, number) for form, number in sorted(samples.items())}
        return texts


def load_catalogues(directory: Path) -> Mapping[str, Catalogue]:
    """Read ``interface.po`` of every language folder, by tag; raises LanguageError if one cannot be read."""
    return {folder.name: _read(folder / CATALOGUE_FILE) for folder in sorted(directory.glob("*/"))}


def _read(file: Path) -> Catalogue:
    try:
        with file.open("rb") as opened:
            return Catalogue(read_po(opened, abort_invalid=True))
    except OSError as error:
        raise LanguageError(f"{file}: {error.strerror}") from error
    except (PoFileError, UnknownLocaleError, LookupError, ValueError) as error:
        raise LanguageError(f"{file}: this is no catalogue of sentences") from error
