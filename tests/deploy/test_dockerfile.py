"""The Dockerfile keeps images small, runs no process as root, and names only existing files."""

import re
import tomllib

import pytest

from tests.deploy.dockerfile import (
    DOCKERFILE,
    ROOT,
    command,
    environment,
    inherited,
    is_sent,
    last,
    sent_below,
    stages,
)

# The images that operators run.
IMAGES = ["serving", "leaflet", "bulk", "training"]
ACCOUNT = "10001:10001"


def extras(name: str) -> set[str]:
    """The project's extras that pip installs into an image."""
    lines = " ".join(one.value for one in inherited(name) if one.keyword == "RUN")
    return {extra for found in re.findall(r"'\.\[([\w,]+)\]'", lines) for extra in found.split(",")}


def apt_packages(text: str) -> set[str]:
    return set(re.findall(r"\b(?:lib(?:pango|harfbuzz)|fonts-)[\w.-]+", text))


def test_the_stages_are_those_that_documents_name() -> None:
    assert list(stages()) == ["app", *IMAGES]


def test_bases_are_named_by_digest() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    bases = re.findall(r"^ARG (\w+)=docker\.io/library/\w+:[\w.-]+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert {stage.base for stage in stages().values()} - stages().keys() == {f"${{{name}}}" for name in bases}


@pytest.mark.parametrize("name", IMAGES)
def test_nobody_runs_as_root(name: str) -> None:
    assert last(name, "USER") == [ACCOUNT]


@pytest.mark.parametrize("name", IMAGES)
def test_extras_exist_and_only_training_has_torch(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set() < extras(name) <= project["optional-dependencies"].keys()
    assert extras(name).isdisjoint({"train", "dev"}) is (name != "training")


@pytest.mark.parametrize("name", IMAGES)
def test_versions_are_pinned(name: str) -> None:
    installs = [one.words for one in inherited(name) if one.keyword == "RUN" and "pip" in one.words]
    assert installs
    for words in installs:
        assert words[words.index("--constraint") + 1] == "constraints.txt"


def test_leaflets_have_the_libraries_that_tests_have() -> None:
    (line,) = (
        instruction.value for instruction in stages()["leaflet"].instructions if instruction.value.startswith("apt-get")
    )
    assert apt_packages(line) == apt_packages((ROOT / ".ci/run").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", IMAGES)
def test_commands_are_lists(name: str) -> None:
    # As text they would be run by a shell, which keeps the signal to end for itself.
    for keyword in ("CMD", "ENTRYPOINT"):
        assert all(one.value.startswith("[") for one in inherited(name) if one.keyword == keyword)
    assert command(name)


def sources() -> list[str]:
    """What any stage copies from the repository."""
    found = (
        instruction.words
        for name in stages()
        for instruction in stages()[name].instructions
        if instruction.keyword == "COPY"
    )
    return [source for words in found if not words[0].startswith("--from") for source in words[:-1]]


@pytest.mark.parametrize("source", sources())
def test_what_is_copied_is_there_and_sent(source: str) -> None:
    assert sent_below(source)


def test_the_image_answers_everybody_and_keeps_things_in_one_place() -> None:
    settings = environment("serving")
    assert settings["HOST"] == "0.0.0.0"  # noqa: S104 - of a container
    assert settings["MAJANI_DATABASE_URL"].startswith("sqlite:////var/lib/majani/")
    assert settings["MAJANI_PHOTOS_URL"].startswith("/var/lib/majani/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pyproject.toml", True),
        ("majani/cli.py", True),
        ("serving/persistence/migrations/env.py", True),
        ("data/taxonomy.yaml", True),
        ("data/languages/sw/language.yaml", True),
        ("data/examples/index.json", True),
        ("models/current/model.onnx", True),
        ("web/src/main.tsx", True),
        ("data/raw/ibean/leaf.jpg", False),
        ("data/curated/photos.csv", False),
        ("deploy/.env", False),
        (".env", False),
        (".git/config", False),
        ("majani.sqlite3", False),
        ("majani.sqlite3-wal", False),
        ("models/trained/network.pt", False),
        ("photos/2026-11-25/leaf-1.jpg", False),
        ("serving/__pycache__/app.cpython-311.pyc", False),
        ("tests/conftest.py", False),
        ("web/dist/index.html", False),
        ("web/node_modules/vite/package.json", False),
        (".venv/bin/python", False),
    ],
)
def test_what_goes_to_the_builder(path: str, expected: bool) -> None:
    assert is_sent(path) is expected
