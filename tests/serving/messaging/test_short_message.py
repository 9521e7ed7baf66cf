"""One SMS: which characters it has, and how many."""

import pytest

from serving.messaging.short_message import fold, segments, shorten


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
    ("text", "sizes"),
    [
        pytest.param("", [0], id="empty"),
        pytest.param("a" * 160, [160], id="one"),
        pytest.param("a" * 161, [153, 8], id="two"),
        pytest.param("é" * 160, [160], id="accents of the alphabet"),
        pytest.param("a" * 158 + "€", [159], id="two places"),
        pytest.param("a" * 159 + "€", [153, 7], id="no room for two places"),
        pytest.param("a" * 306, [153, 153], id="two, full"),
        pytest.param("a" * 307, [153, 153, 1], id="three"),
        pytest.param("a" * 152 + "€" + "a" * 10, [152, 11], id="two places are not torn apart"),
        pytest.param("a" * 70 + "ã", [67, 4], id="one character makes all of it other"),
        pytest.param("ف" * 70, [70], id="other script, one"),
        pytest.param("ف" * 71, [67, 4], id="other script, two"),
        pytest.param("ف" * 134, [67, 67], id="other script, two full"),
        pytest.param("🌱" * 35, [35], id="surrogate pairs"),
        pytest.param("🌱" * 36, [33, 3], id="surrogate pairs, one too many"),
        pytest.param("ف" * 66 + "🌱" + "ف" * 10, [66, 11], id="surrogates are not torn apart"),
    ],
)
def test_text_is_counted_and_split_as_a_network_does(text: str, sizes: list[int]) -> None:
    parts = segments(text)
    assert [len(part) for part in parts] == sizes
    assert "".join(parts) == text


def test_text_is_shortened_between_words() -> None:
    names = ", ".join(["Maize"] * 60)
    assert shorten(names, 3) == names
    shorter = shorten(names, 2)
    assert len(segments(shorter)) == 2
    assert shorter.removesuffix(" ...") == ", ".join(["Maize"] * shorter.count("Maize"))
    assert len(segments(f"{shorter}, Maize")) == 3
