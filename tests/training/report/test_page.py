from html.parser import HTMLParser

import pytest

from training.report.page import Html, chapter, chart, folded, heading, items, page, paragraph, table

HOSTILE = "<script>alert('&')</script>"


class Reader(HTMLParser):
    """Collects what a browser would: tags in order, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base class calls it so
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize(
    "html",
    [
        heading(HOSTILE),
        paragraph(HOSTILE),
        items([HOSTILE]),
        folded(HOSTILE),
        chart("", HOSTILE),
        chapter(HOSTILE, Html("<br>")),
        table([HOSTILE], [["a"]]),
        table(["a"], [[HOSTILE]]),
        table(["a"], [["a"]], caption=HOSTILE),
        page(HOSTILE),
    ],
)
def test_text_is_never_markup(html: str) -> None:
    assert "script" not in read(html).tags
    assert HOSTILE in "".join(read(html).text)


def test_what_has_nothing_to_show_is_not_there() -> None:
    assert chapter("Title", table(["a"], []), items([])) == ""
    assert chapter("Title", Html(""), paragraph("text")) != ""


def test_numbers_stand_right_and_texts_left() -> None:
    html = table(["name", "kind", "photos"], [["a", "b", 3]], texts=(0, 1))
    assert '<td>a</td><td>b</td><td class="number">3</td>' in html
    assert '<th>kind</th><th class="number">photos</th>' in html


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["a", "b"], [["a"]])
