"""The language of an answer. Choosing never fails: a reader whose languages Majani lacks gets English."""

from collections.abc import Collection, Iterable, Mapping

from babel import negotiate_locale
from flask import Request

from majani.text.language import ENGLISH, Language

LANGUAGE_FIELD = "language"


def choose_language(request: Request, languages: Mapping[str, Language]) -> Language:
    """Choose by ``?language=``, which is an explicit wish, and then by ``Accept-Language``.

    A regional wish is met by the general language: ``sw-KE`` by ``sw``. Werkzeug's own matching would prefer an exact
    match further down the list, so that ``pt-BR, en;q=0.5`` were answered in English.
    """
    accepted = [tag for tag, quality in request.accept_languages if quality > 0]
    found = first_known([request.args.get(LANGUAGE_FIELD, "").strip(), *accepted], languages)
    return languages[ENGLISH if found is None else found]


def first_known(wishes: Iterable[str], known: Collection[str]) -> str | None:
    """The known tag that meets the first wish that any tag meets, itself or by its general language."""
    by_tag = {tag.lower(): tag for tag in known}
    tags = [wish.lower().replace("_", "-") for wish in wishes]
    found = negotiate_locale(tags, by_tag, sep="-", aliases={})
    return None if found is None else by_tag[found]
