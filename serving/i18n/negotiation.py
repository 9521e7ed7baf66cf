"""Which language somebody is answered in. It never fails: whoever speaks none of ours is answered in English."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from flask import Request

from majani.text.language import ENGLISH, Language

LANGUAGE_FIELD = "language"
# Language, script and region; what follows in a header names no difference that we could make.
_MAX_SUBTAGS = 3


def choose_language(request: Request, languages: Mapping[str, Language]) -> Language:
    """Choose by ``?language=``, which is somebody's explicit wish, and then by what their browser asks for.

    A more special wish is met by a more general language: ``sw-KE`` by ``sw``. Werkzeug's own matching would prefer an
    exact match further down the list, so that ``pt-BR, en;q=0.5`` were answered in English.
    """
    found = first_known(_wishes(request), languages)
    return languages[ENGLISH if found is None else found]


def first_known(wishes: Iterable[str], known: Collection[str]) -> str | None:
    """The tag of ours that meets the first wish that any meets, itself or in a more general language.

    Args:
        wishes: Tags, the dearest first.
        known: Our tags.
    """
    by_tag = {tag.lower(): tag for tag in known}
    for wanted in wishes:
        subtags = wanted.lower().replace("_", "-").split("-")[:_MAX_SUBTAGS]
        for count in range(len(subtags), 0, -1):
            if (found := by_tag.get("-".join(subtags[:count]))) is not None:
                return found
    return None


def _wishes(request: Request) -> Iterator[str]:
    yield request.args.get(LANGUAGE_FIELD, "").strip()
    yield from (tag for tag, quality in request.accept_languages if quality > 0)
