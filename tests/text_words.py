"""Finds words in texts of any script. A regular expression would not: ``\\w`` matches no vowel sign of Hindi or Bangla.

A text becomes words in a plain form, joined by single spaces; lists of words become one pattern over that form.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby, pairwise

# Accents; vowel signs, hamza and the stretched form of Arabic; the dot below letters of Hindi and Bangla.
_MARKS = {*map(chr, range(0x300, 0x370)), *map(chr, range(0x64B, 0x656)), "\u0640", "\u093c", "\u09bc"}
# They join or part letters inside a word, and are not seen.
_JOINERS = {"\u200c", "\u200d"}
# The article, alone or after "and", "then", "with", "like" or "for", which Arabic writes as one with its noun. Without
# an article these are left alone: "spread straw" would read "spray", were its first letter taken for "then".
_ARABIC_PREFIX = re.compile("^(?:[وفبك]{0,2}ال|لل)(?=.{3})")


@cache
def words(text: str) -> list[str]:
    """The words and numbers of a text in small letters and without accents; "10ml" is a number and a word."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    kept = "".join(char for char in decomposed if char not in _MARKS and char not in _JOINERS)
    runs = groupby(unicodedata.normalize("NFC", kept), key=_kind)
    return ["".join(run) for kind, run in runs if kind]


def is_number(word: str) -> bool:
    """Whether it is one, in the digits of any script."""
    return _kind(word[0]) == "N"


def pattern(entries: Iterable[str]) -> re.Pattern[str]:
    """Compile a list of words for :func:`find`."""
    return _compiled(tuple(entries))


@cache
def _compiled(entries: tuple[str, ...]) -> re.Pattern[str]:
    alternatives = []
    for entry in entries:
        phrase = re.escape(" ".join(words(entry)))
        alternatives.append(phrase + (r"\S*" if entry.endswith("*") else ""))
    return re.compile(f"(?<= )(?:{'|'.join(alternatives)})(?= )" if alternatives else "(?!)")


def find(compiled: re.Pattern[str], text: str) -> Iterator[str]:
    """All hits of a list in a text, as they stand in its plain form; in Arabic also behind an article."""
    plain = words(text)
    yield from compiled.findall(f" {' '.join(plain)} ")
    bare = [_ARABIC_PREFIX.sub("", word) for word in plain]
    if bare != plain:
        yield from compiled.findall(f" {' '.join(bare)} ")


def find_doses(units: re.Pattern[str], rates: re.Pattern[str], text: str) -> Iterator[str]:
    """Numbers beside a unit on either side, percentages, and rates such as "per litre"."""
    plain = words(text)
    for left, right in pairwise(plain):
        number, unit = (left, right) if is_number(left) else (right, left)
        if is_number(number) and not is_number(unit) and any(find(units, unit)):
            yield f"{left} {right}"
    yield from re.findall(r"\d\s*[%٪]", text)
    yield from find(rates, text)


def _kind(char: str) -> str:
    """ "L" for letters and the signs that belong to them, "N" for digits, "" for what parts words."""
    category = unicodedata.category(char)[0]
    return {"L": "L", "M": "L", "N": "N"}.get(category, "")
