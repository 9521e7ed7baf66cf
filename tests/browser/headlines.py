"""What the tests' own bundle says of each picture, as people read it in English; the page and the app say the same."""

HEADLINES = [
    ("red", "Bean rust"),
    ("leaf", "Healthy common bean"),
    ("grey", "Which crop is it?"),
    ("dark", "We need a better photo"),
    ("blue", "We see no leaf here"),
]
