"""The Dockerfile keeps images small, runs no process as root, and names only existing files."""

import re
import tomllib

import pytest

from tests.deploy.dockerfile import DOCKERFILE, ROOT, command, environment, inherited, is_sent, last, sent_below, stages

# The images that operators run.
IMAGES = [name for name in stages() if name != "app"]
ACCOUNT = "10001:10001"


def extras(name: str) -> set[str]:
    """The project's extras that pip installs into an image."""
    lines = " ".join(one.value for one in inherited(name) if one.keyword == "RUN")
    return {extra for found in re.findall(r"'\.\[([\w,]+)\]'", lines) for extra in found.split(",")}


def apt_packages(text: str) -> set[str]:
    return set(re.findall(r"\b(?:lib(?:pango|harfbuzz)|fonts-)[\w.-]+", text))


def test_bases_are_named_by_digest() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    bases = re.findall(r"^ARG (\w+)=docker\.io/library/\w+:[\w.-]+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert {stage.base for stage in stages().values()} - stages().keys() == {f"${{{name}}}" for name in bases}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_has_no_root_no_torch_and_pinned_versions(name: str) -> None:
    assert last(name, "USER") == [ACCOUNT]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set() < extras(name) <= project["optional-dependencies"].keys()
    assert extras(name).isdisjoint({"train", "dev"})
    installs = [one.words for one in inherited(name) if one.keyword == "RUN" and "pip" in one.words]
    assert installs
    assert {words[words.index("--constraint") + 1] for words in installs} == {"constraints.txt"}
    # As text, commands would be run by a shell, which keeps the signal to end for itself.
    for keyword in ("CMD", "ENTRYPOINT"):
        assert all(one.value.startswith("[") for one in inherited(name) if one.keyword == keyword)
    assert command(name)


def test_leaflets_have_the_libraries_that_tests_have() -> None:
    (line,) = (one.value for one in stages()["leaflet"].instructions if one.value.startswith("apt-get"))
    assert apt_packages(line) == apt_packages((ROOT / ".ci/run").read_text(encoding="utf-8"))


def sources() -> list[str]:
    copied = [one.words for stage in stages().values() for one in stage.instructions if one.keyword == "COPY"]
    return [source for words in copied if not words[0].startswith("--from") for source in words[:-1]]


@pytest.mark.parametrize("source", sources())
def test_what_is_copied_is_there_and_sent(source: str) -> None:
    assert sent_below(source)


def test_the_image_answers_everybody_and_keeps_things_in_one_place() -> None:
    settings = environment("serving")
    assert settings["HOST"] == "0.0.0.0"  # noqa: S104 - of a container
    assert settings["MAJANI_DATABASE_URL"].startswith("sqlite:////var/lib/majani/")
    assert settings["MAJANI_PHOTOS_URL"].startswith("/var/lib/majani/")


def test_photos_databases_secrets_and_what_is_built_go_to_no_builder() -> None:
    kept_back = [
        *("data/raw/ibean/leaf.jpg", "data/curated/photos.csv", "photos/2026-11-25/leaf-1.jpg"),
        *("majani.sqlite3", "majani.sqlite3-wal", "deploy/.env", ".env", ".git/config", ".venv/bin/python"),
        *("models/trained/network.pt", "serving/__pycache__/app.cpython-311.pyc", "tests/conftest.py"),
        *("web/dist/index.html", "web/node_modules/vite/package.json"),
    ]
    assert [path for path in kept_back if is_sent(path)] == []
