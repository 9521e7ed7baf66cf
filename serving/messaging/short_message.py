"""Texts that fit into one SMS, because an answer is passed on to neighbours without a data connection.

One SMS has 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038), or 70 of UTF-16 as soon as a single character
is not in it. So accents that the alphabet lacks are dropped, which every reader of such phones knows: "maïs" becomes
"mais", while the letters it has, such as ñ and é, stay. Each SMS of a longer text says which part it is (3GPP TS
23.040), which leaves it 153 or 67.
"""

import unicodedata

MAX_GSM7 = 160
MAX_UTF16 = 70
_MAX_GSM7_OF_SEVERAL = 153
_MAX_UTF16_OF_SEVERAL = 67

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Two places each.
_GSM7_EXTENDED = frozenset("^{}\\[~]|€")
_REPLACED = str.maketrans("‘’“”«»–—\u00a0", '\'\'""""-- ') | {ord("…"): "...", ord("œ"): "oe"}


def fold(text: str) -> str:
    """Write ``text`` in the GSM 7-bit alphabet if dropping accents is enough, else leave it as it is."""
    folded = "".join(map(_fold_character, unicodedata.normalize("NFC", text).translate(_REPLACED)))
    return folded if _is_gsm7(folded) else text


def segments(text: str) -> list[str]:
    """The SMS that a network makes of ``text``, at least one; no character is torn apart."""
    is_gsm7 = _is_gsm7(text)
    places = [_places(character, is_gsm7=is_gsm7) for character in text]
    if sum(places) <= (MAX_GSM7 if is_gsm7 else MAX_UTF16):
        return [text]
    most, filled, parts = _MAX_GSM7_OF_SEVERAL if is_gsm7 else _MAX_UTF16_OF_SEVERAL, 0, [""]
    for character, size in zip(text, places, strict=True):
        if filled + size > most:
            filled = 0
            parts.append("")
        filled += size
        parts[-1] += character
    return parts


def shorten(text: str, most: int) -> str:
    """Leave out words at the end until ``most`` SMS are enough."""
    words, end = text.split(" "), ""
    while len(segments(shorter := " ".join(words).rstrip(",") + end)) > most:
        words, end = words[:-1], " ..."
    return shorter


def _places(character: str, *, is_gsm7: bool) -> int:
    return 1 + (character in _GSM7_EXTENDED if is_gsm7 else character > "\uffff")


def _fold_character(character: str) -> str:
    if _is_gsm7(character):
        return character
    return "".join(part for part in unicodedata.normalize("NFD", character) if not unicodedata.combining(part))


def _is_gsm7(text: str) -> bool:
    return all(character in _GSM7 or character in _GSM7_EXTENDED for character in text)
