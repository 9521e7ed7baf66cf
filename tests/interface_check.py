"""What every translation of the interface's sentences has to keep to; used like :mod:`tests.text_check`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from babel.messages.catalog import Catalog, Message

from tests.text_check import Finding, named_words, text_findings
from tests.text_words import find, find_doses, pattern

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def interface_findings(tag: str, catalog: Catalog, said: Catalog, forbidden: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with one ``interface.po``.

    The words of ``forbidden.txt`` do not matter here: the interface does speak of products, in fixed sentences.
    """
    named = pattern(named_words(forbidden))
    units, rates = pattern(forbidden["doses"]["units"]), pattern(forbidden["doses"]["rates"])
    for message in said:
        if not message.id:
            continue
        where = f"{tag} interface: {forms(message.id)[0]}"
        translated = catalog.get(message.id)
        if translated is None or translated.fuzzy or not all(forms(translated.string) or ("",)):
            yield Finding("missing", where, "has no translation, or one that is still to be confirmed")
            continue
        yield from placeholder_findings(where, translated)
        for text in forms(translated.string):
            yield from text_findings(where, text)
            yield from (Finding("product", where, hit) for hit in find(named, text))
            yield from (Finding("dose", where, hit) for hit in find_doses(units, rates, text))


def placeholder_findings(where: str, message: Message) -> Iterator[Finding]:
    """Placeholders that a translation lost, made up or misspelt.

    A form of a plural may do without the number ("one photo"), but not all of them.
    """
    expected = set(PLACEHOLDER.findall(" ".join(forms(message.id))))
    translated = forms(message.string)
    given = [set(PLACEHOLDER.findall(form)) for form in translated]
    lost, unknown = expected - set().union(*given), set().union(*given) - expected
    yield from (Finding("placeholder", where, f"{one} is lost") for one in sorted(lost))
    yield from (Finding("placeholder", where, f"{one} is unknown") for one in sorted(unknown))
    # A bare percent sign breaks a sentence that is filled in, and only that one.
    if expected and any("%" in PLACEHOLDER.sub("", form).replace("%%", "") for form in translated):
        yield Finding("placeholder", where, f"a bare % in {translated}")


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """The sentence itself, or all forms of a plural."""
    return (text,) if isinstance(text, str) else tuple(text or ())
