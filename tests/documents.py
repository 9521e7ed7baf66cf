"""Commands and programs as they stand in the documents, so that tests run what readers will."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_FENCE = "```"


@dataclass(frozen=True)
class Block:
    """A piece of code between fences."""

    heading: str
    language: str
    code: str


def code_blocks(name: str) -> list[Block]:
    """All blocks of the document ``docs/<name>``, in their order."""
    blocks: list[Block] = []
    heading, language, lines = "", None, list[str]()
    for line in (DOCS / name).read_text(encoding="utf-8").splitlines():
        if language is None and line.startswith(_FENCE):
            language, lines = line.removeprefix(_FENCE).strip(), []
        elif language is not None and line == _FENCE:
            blocks.append(Block(heading, language, "\n".join(lines)))
            language = None
        elif language is not None:
            lines.append(line)
        elif found := re.match(r"#+ (.+)", line):
            heading = found.group(1)
    return blocks
