"""HTML of the report: one file that needs nothing else, on a phone or a desk, by day or by night.

Everything that goes in as text is escaped here; what has become :class:`Html` passes as it is.
"""

from collections.abc import Sequence
from html import escape
from typing import NewType

Html = NewType("Html", str)
Cell = str | int | float

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{
  --ground: #f8f9f5; --ink: #1b1f1a; --quiet: #4c564a; --line: #d3d9ce; --faint: #8b9688; --first: #1f6fb2;
  --second: #b3541e;
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --ground: #10140f; --ink: #eef2ea; --quiet: #b6c0b2; --line: #343d32; --faint: #76816f; --first: #6fb3ec;
    --second: #f09a5f;
  }}
}}
body {{
  max-width: 46rem; margin: 0 auto; padding: 0 1rem 3rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word;
}}
h1 {{ line-height: 1.2; }}
h2 {{ margin: 2.5rem 0 .5rem; }}
summary {{ cursor: pointer; }}
.wide {{ overflow-x: auto; margin: 1rem 0; }}
table {{ border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; color: var(--quiet); padding-bottom: .25rem; }}
th, td {{ padding: .25rem .625rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; }}
.number {{ text-align: right; white-space: nowrap; }}
figure {{ margin: 1rem 0; max-width: 34rem; }}
figcaption {{ color: var(--quiet); font-size: .875rem; }}
svg {{ display: block; width: 100%; height: auto; }}
svg * {{ stroke-linejoin: round; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, *parts: Html) -> str:
    """The whole file."""
    return _PAGE.format(title=escape(title), body="\n".join(parts))


def chapter(title: str, *parts: Html) -> Html:
    """A heading with what belongs to it; nothing at all if nothing does."""
    return Html(f"<h2>{escape(title)}</h2>\n" + "\n".join(parts)) if any(parts) else Html("")


def heading(text: str) -> Html:
    """The page's title."""
    return Html(f"<h1>{escape(text)}</h1>")


def paragraph(text: str) -> Html:
    """Running text."""
    return Html(f"<p>{escape(text)}</p>")


def items(texts: Sequence[str]) -> Html:
    """A list; nothing if it is empty."""
    points = "\n".join(f"<li>{escape(text)}</li>" for text in texts)
    return Html(f"<ul>\n{points}\n</ul>") if texts else Html("")


def folded(summary: str, *parts: Html) -> Html:
    """Parts that are shown on demand."""
    return Html(f"<details>\n<summary>{escape(summary)}</summary>\n" + "\n".join(parts) + "\n</details>")


def chart(svg: str, caption: str) -> Html:
    """A drawing of :mod:`training.report.charts` with what it shows."""
    return Html(f"<figure>\n{svg}\n<figcaption>{escape(caption)}</figcaption>\n</figure>")


def table(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, texts: Sequence[int] = (0,), caption: str = ""
) -> Html:
    """A table that scrolls by itself where the screen is narrower; nothing if it has no rows.

    Args:
        heads: Of the columns.
        rows: Cells of each row.
        texts: Positions of the columns that are text; all others are numbers.
        caption: Above the table.
    """
    if not rows:
        return Html("")
    classes = ["" if column in texts else ' class="number"' for column in range(len(heads))]

    def line(tag: str, cells: Sequence[Cell]) -> str:
        filled = zip(classes, cells, strict=True)
        return "<tr>" + "".join(f"<{tag}{one}>{escape(str(cell))}</{tag}>" for one, cell in filled) + "</tr>"

    title = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    lines = [line("th", heads), *(line("td", row) for row in rows)]
    return Html(f'<div class="wide"><table>\n{title}' + "\n".join(lines) + "\n</table></div>")
