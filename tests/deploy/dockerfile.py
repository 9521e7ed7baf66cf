"""``deploy/Dockerfile`` taken apart, and which files of the repository a build gets to see."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy/Dockerfile"
IGNORED = ROOT / ".dockerignore"


@dataclass(frozen=True)
class Instruction:
    """One of a stage, with its lines joined."""

    keyword: str
    value: str

    @property
    def words(self) -> list[str]:
        """What it says: of a JSON list its entries, else as a shell would take it apart."""
        return list(json.loads(self.value)) if self.value.startswith("[") else shlex.split(self.value)


@dataclass(frozen=True)
class Stage:
    """From one FROM to the next."""

    base: str
    instructions: tuple[Instruction, ...]


@cache
def stages() -> dict[str, Stage]:
    """By name, in their order."""
    found: dict[str, tuple[str, list[Instruction]]] = {}
    with DOCKERFILE.open("rb") as file:
        structure = DockerfileParser(fileobj=file).structure
    instructions: list[Instruction] = []
    for part in structure:
        if part["instruction"] == "FROM":
            base, _, name = part["value"].split()
            # What stands before the first stage says what they are made from.
            instructions = []
            found[name] = base, instructions
        elif part["instruction"] != "COMMENT":
            instructions.append(Instruction(part["instruction"], part["value"]))
    return {name: Stage(base, tuple(own)) for name, (base, own) in found.items()}


def inherited(name: str) -> Iterator[Instruction]:
    """All instructions that a stage is made of, those of its bases first."""
    stage = stages()[name]
    if stage.base in stages():
        yield from inherited(stage.base)
    yield from stage.instructions


def last(name: str, keyword: str) -> list[str]:
    """The words of the instruction that counts in the end; none if there is none."""
    return next((one.words for one in reversed(list(inherited(name))) if one.keyword == keyword), [])


def environment(name: str) -> dict[str, str]:
    words = (word for one in inherited(name) if one.keyword == "ENV" for word in one.words)
    return dict(word.split("=", 1) for word in words)


def command(name: str) -> list[str]:
    return last(name, "ENTRYPOINT") + last(name, "CMD")


def health_check(name: str) -> list[str]:
    """The words of an image's health check; empty if it has none."""
    *_, check = [""] + [one.value for one in inherited(name) if one.keyword == "HEALTHCHECK"]
    return list(json.loads(check.partition("CMD ")[2] or "[]"))


def is_sent(path: str) -> bool:
    """Whether a file goes to the builder. Of ``.dockerignore`` the last line counts that fits it or its folder."""
    sent = True
    parts = [path, *map(str, PurePosixPath(path).parents)]
    for pattern, brings_back in _patterns():
        if any(pattern.fullmatch(part) for part in parts):
            sent = brings_back
    return sent


def sent_below(source: str) -> list[str]:
    """The files that a COPY of ``source`` finds, as paths from the repository's folder."""
    if (ROOT / source).is_file():
        return [source] if is_sent(source) else []
    found: list[str] = []
    for folder, below, names in os.walk(ROOT / source):
        here = Path(folder).relative_to(ROOT)
        links = [name for name in below if Path(folder, name).is_symlink()]
        found += filter(is_sent, (str(here / name) for name in (*names, *links)))
        # Nothing is brought back below what is left out of a folder that is copied, such as thousands of packages.
        below[:] = [name for name in below if is_sent(str(here / name))]
    return sorted(found)


@cache
def _patterns() -> list[tuple[re.Pattern[str], bool]]:
    """Each line's, and whether it brings something back."""
    lines = IGNORED.read_text(encoding="utf-8").splitlines()
    used = [line for line in lines if line and not line.startswith("#")]
    return [(_compiled(line.removeprefix("!")), line.startswith("!")) for line in used]


def _compiled(pattern: str) -> re.Pattern[str]:
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(meanings.get(piece, re.escape(piece)) for piece in pieces))
