"""How much there is to read: words of all documents, the model card and the changelog; research notes apart.

python -m benchmarks.words

A word has a letter or a digit, so borders of tables are none. Comments, which no reader sees, do not count.
"""

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESEARCH = ROOT / "docs/research"
OTHERS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CODE_OF_CONDUCT.md",
    "MAINTAINERS.md",
    "CHANGELOG.md",
    "models/current/MODEL_CARD.md",
)


def documents() -> list[Path]:
    """All that people are asked to read, research notes apart."""
    pages = [path for path in sorted((ROOT / "docs").rglob("*.md")) if RESEARCH not in path.parents]
    return [*pages, *(ROOT / name for name in OTHERS if (ROOT / name).exists())]


def words(paths: Sequence[Path]) -> int:
    """Words of these files together."""
    texts = (re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in paths)
    return sum(1 for text in texts for word in text.split() if re.search(r"\w", word))


if __name__ == "__main__":
    print(*(f"{words([path]):6} {path.relative_to(ROOT)}" for path in documents()), sep="\n")
    print(f"documents: {words(documents())} words; research notes: {words(sorted(RESEARCH.glob('*.md')))}")
