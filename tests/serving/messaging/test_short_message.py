"""One SMS: which characters it has, and how many."""

import pytest

from serving.messaging.short_message import fold, segments, shorten


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (
            "roya del maíz, façon, mancha-angular do feijão, Ñandú",
            "roya del maiz, facon, mancha-angular do feijao, Ñandu",
        ),
        ("mañana, man\u0303ana, café, où, Çà, Straße", "mañana, mañana, café, où, Çà, Straße"),
        ("l’œil «sec» – vite… 100\u00a0kg € [1]", 'l\'oeil "sec" - vite... 100 kg € [1]'),
        ("पत्ती", "पत्ती"),
        ("ورق الموز", "ورق الموز"),
        ("maïs और", "maïs और"),
    ],
)
def test_accents_go_only_where_the_alphabet_lacks_them(text: str, folded: str) -> None:
    assert fold(text) == folded


SIZES = [
    ("", [0]),
    ("aé" * 80, [160]),
    ("a" * 161, [153, 8]),
    ("a" * 307, [153, 153, 1]),
    # Two places, which are not torn apart.
    ("a" * 158 + "€", [159]),
    ("a" * 159 + "€", [153, 7]),
    ("a" * 152 + "€" + "a" * 10, [152, 11]),
    # One character makes all of it other.
    ("a" * 70 + "ã", [67, 4]),
    ("ف" * 70, [70]),
    ("ف" * 134, [67, 67]),
    # Surrogate pairs, which are not torn apart either.
    ("🌱" * 35, [35]),
    ("🌱" * 36, [33, 3]),
    ("ف" * 66 + "🌱" + "ف" * 10, [66, 11]),
]


@pytest.mark.parametrize(("text", "sizes"), SIZES)
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
