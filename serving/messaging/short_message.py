"""Texts that fit into one SMS, because an answer is passed on to neighbours without a data connection.

One SMS has 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038), or 70 of UTF-16 as soon as a single character
is not in it. So accents that the alphabet lacks are dropped, which every reader of such phones knows: "maïs" becomes
"mais", while the letters it has, such as ñ and é, stay.
"""

import unicodedata

MAX_GSM7 = 160
MAX_UTF16 = 70

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Two places each.
_GSM7_EXTENDED = frozenset("^{}\\[~]|€")
_REPLACED = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "œ": "oe",
    }
)


def fold(text: str) -> str:
    """Write ``text`` in the GSM 7-bit alphabet if dropping accents is enough, else leave it as it is."""
    folded = "".join(map(_fold_character, unicodedata.normalize("NFC", text).translate(_REPLACED)))
    return folded if _is_gsm7(folded) else text


def fits(text: str) -> bool:
    """Whether ``text`` is at most one SMS."""
    if _is_gsm7(text):
        return len(text) + sum(character in _GSM7_EXTENDED for character in text) <= MAX_GSM7
    return len(text.encode("utf-16-le")) // 2 <= MAX_UTF16


def _fold_character(character: str) -> str:
    if _is_gsm7(character):
        return character
    return "".join(part for part in unicodedata.normalize("NFD", character) if not unicodedata.combining(part))


def _is_gsm7(text: str) -> bool:
    return all(character in _GSM7 or character in _GSM7_EXTENDED for character in text)
