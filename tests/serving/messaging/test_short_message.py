"""One SMS: which characters it has, and how many."""

import pytest

from serving.messaging.short_message import fits, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("roya del maíz", "roya del maiz"),
        ("mañana", "mañana"),
        ("man\u0303ana", "mañana"),
        ("café, où, Ñandú", "café, où, Ñandu"),
        ("façon", "facon"),
        ("Çà", "Çà"),
        ("mancha-angular do feijão", "mancha-angular do feijao"),
        ("l’œil «sec» – vite…", 'l\'oeil "sec" - vite...'),
        ("100\u00a0kg", "100 kg"),
        ("Straße", "Straße"),
        ("€ [1]", "€ [1]"),
        ("पत्ती", "पत्ती"),
        ("ورق الموز", "ورق الموز"),
        ("maïs और", "maïs और"),
    ],
)
def test_accents_go_only_where_the_alphabet_lacks_them(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        pytest.param("a" * 160, True, id="full"),
        pytest.param("a" * 161, False, id="one too many"),
        pytest.param("é" * 160, True, id="accents of the alphabet"),
        pytest.param("a" * 158 + "€", True, id="two places"),
        pytest.param("a" * 159 + "€", False, id="no room for two places"),
        pytest.param("ف" * 70, True, id="other script, full"),
        pytest.param("ف" * 71, False, id="other script, one too many"),
        pytest.param("a" * 70 + "ã", False, id="one character makes all of it other"),
        pytest.param("🌱" * 35, True, id="surrogate pairs"),
        pytest.param("🌱" * 36, False, id="surrogate pairs, one too many"),
    ],
)
def test_length_is_counted_as_a_network_counts(text: str, is_one: bool) -> None:
    assert fits(text) is is_one
