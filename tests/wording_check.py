"""Rules against sentences that can be misread, with the words of each language in its ``wording.yaml``.

A program cannot read a language. It can see that a number, a "no cure" or an "at once" of the English text is lost,
that "bury" is not said with a word for "plant", and that a wording that was misread once does not come back.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from babel.messages.catalog import Catalog
from pydantic import Field, ValidationError

from majani.frozen import FrozenModel
from majani.taxonomy import Action, Kind, Taxonomy
from majani.text.language import AdviceText
from tests.text_check import PLACEHOLDER, Finding, strings
from tests.text_words import find, pattern, words

Words = Sequence[str]


class Never(FrozenModel):
    """A regular expression that no text may match, and why."""

    pattern: str
    why: str


class Terms(FrozenModel):
    """The word for each thing of the interface, in all its forms."""

    case: Words
    condition: Words
    administrator: Words
    supervisor: Words
    access_code: Words


class Wording(FrozenModel):
    """The words of one language; ``docs/languages.md`` says what each list is for."""

    majani: str
    terms: Terms
    bury: Words
    plant: Words
    burn: Words
    safely: Words
    never_burn: Words
    no_cure: Words
    at_once: Words
    do_not_cut: Words
    or_: Words = Field(alias="or")
    numbers: Mapping[int, Words]
    never: Sequence[Never]


# What an English text says, and the list of which a translation then holds a word.
_ADVICE = {
    "bury": re.compile(r"\b(bury|buried|buries|burying)\b", re.IGNORECASE),
    "plant": re.compile(r"(^|[.!?] )Plant "),
}
_SHORT = {
    "no_cure": re.compile(r"\bno cure\b", re.IGNORECASE),
    "at_once": re.compile(r"\b(at once|today|urgent)\b", re.IGNORECASE),
    "do_not_cut": re.compile(r"\bdo not cut\b", re.IGNORECASE),
}
_CALL = {"or_": re.compile(r"\bor\b")}
_BURN = re.compile(r"\bburn(ing)?\b", re.IGNORECASE)
_NEVER_BURN = re.compile(r"\b(never|do not) burn\b", re.IGNORECASE)
_TERMS = {
    "case": re.compile(r"\bcases?\b", re.IGNORECASE),
    "condition": re.compile(r"\bconditions?\b", re.IGNORECASE),
    "administrator": re.compile(r"\badministrators?\b", re.IGNORECASE),
    "supervisor": re.compile(r"\bsupervisors?\b", re.IGNORECASE),
    "access_code": re.compile(r"\baccess tokens?\b", re.IGNORECASE),
}


def read_wording(tag: str, raw: object) -> tuple[Wording | None, list[Finding]]:
    """The lists of a language; None with a finding if they cannot be read."""
    try:
        wording = Wording.model_validate(raw)
    except ValidationError as error:
        return None, [Finding("wording", f"{tag} wording.yaml", str(error))]
    groups = [{"bury": wording.bury, "plant": wording.plant}, wording.terms.model_dump()]
    return wording, [
        Finding("two meanings", f"{tag} wording.yaml", word) for group in groups for word in _shared(group)
    ]


def incurable_findings(taxonomy: Taxonomy, english: Mapping[str, AdviceText]) -> Iterator[Finding]:
    """Conditions that nothing cures and whose English text message does not say so."""
    for condition in taxonomy.conditions:
        incurable = condition.kind is Kind.VIRUS or condition.action is Action.ROGUE_AND_VECTOR
        if incurable and not _SHORT["no_cure"].search(english[condition.id].text_short):
            yield Finding("no_cure", f"en {condition.id}.text_short", "has no cure and does not say so")


def advice_wording(
    place: str, wording: Wording, advice: AdviceText, english_wording: Wording, english: AdviceText
) -> Iterator[Finding]:
    """What is not said as English says it in the advice on one condition."""
    original = dict(strings("", english.model_dump()))
    for where, text in strings("", advice.model_dump()):
        key, source = where[1:].split("[")[0], original[where]
        rules = {**_ADVICE, **(_SHORT if key == "text_short" else {}), **(_CALL if key == "call" else {})}
        for rule, trigger in rules.items():
            if trigger.search(source) and not any(find(pattern(getattr(wording, rule)), text)):
                yield Finding(rule.removesuffix("_"), place + where, f"{source!r} -> {text!r}")
        yield from _burning(place + where, wording, source, text)
        said, meant = _numbers(wording, text), _numbers(english_wording, source)
        if said != meant:
            yield Finding("numbers", place + where, f"{sorted(said)}, in English {sorted(meant)}: {text!r}")


def misreadings(tag: str, wording: Wording, texts: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Wordings that were misread once."""
    for never in wording.never:
        compiled = re.compile(never.pattern)
        yield from (
            Finding("never", f"{tag} {where}", f"{never.why} {text!r}")
            for where, text in texts
            if compiled.search(text)
        )


def interface_wording(tag: str, wording: Wording, catalog: Catalog) -> Iterator[Finding]:
    """Sentences of the interface that call a thing by another word, or the program by a word that means something."""
    for source, text in interface_texts(catalog):
        where = f"{tag} interface: {source}"
        if "Majani" in source and wording.majani.casefold() not in text.casefold():
            yield Finding("majani", where, text)
        for term, trigger in _TERMS.items():
            if trigger.search(source) and not any(find(pattern(getattr(wording.terms, term)), text)):
                yield Finding(term, where, text)


def interface_texts(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """English and translation of each sentence without placeholders; of a plural, the last form of both."""
    for message in catalog:
        if message.id and message.string:
            last = [text if isinstance(text, str) else text[-1] for text in (message.id, message.string)]
            source, translation = (PLACEHOLDER.sub("", text) for text in last)
            yield source, translation


def _burning(place: str, wording: Wording, source: str, text: str) -> Iterator[Finding]:
    burns = any(find(pattern(wording.burn), text))
    if burns != bool(_BURN.search(source)):
        yield Finding("burn", place, f"{source!r} -> {text!r}")
    how = wording.never_burn if _NEVER_BURN.search(source) else wording.safely
    if burns and not any(find(pattern(how), text)):
        yield Finding("burn", place, f"not said how: {text!r}")


def _numbers(wording: Wording, text: str) -> set[int]:
    """The numbers from 2 on in a text: a "1" is an article in most languages."""
    digits = {int(word) for word in words(text) if word.isdecimal()}
    written = {number for number, forms in wording.numbers.items() if any(find(pattern(forms), text))}
    return {number for number in digits if number > 1} | written


def _shared(group: Mapping[str, Words]) -> list[str]:
    forms = [(name, " ".join(words(word))) for name, listed in group.items() for word in listed]
    return sorted({word for name, word in forms for other, same in forms if word == same and name != other})
