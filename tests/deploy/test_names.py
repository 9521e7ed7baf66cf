"""Names that several files of ``deploy/`` and the code share, and what may not stand in any of them."""

import re
import tomllib
from pathlib import Path

import pytest

from serving.settings import OF_THE_PIPELINE, Settings, variable
from tests.deploy.dockerfile import ROOT, stages
from tests.deploy.manifests import OURS

FILES = sorted(
    [
        *(file for file in (ROOT / "deploy").rglob("*") if file.suffix in (".yaml", ".env", ".conf", "")),
        ROOT / ".dockerignore",
    ]
)
FILES = [file for file in FILES if file.is_file() and file.name != ".env"]
SECRET_NAME = re.compile(r"(PASSWORD|SECRET|TOKEN|KEY)\b|PASSWORD|SECRET_", re.IGNORECASE)
# This machine, a service of compose, nginx's names for what it stands in front of, and the name that is nobody's.
HOSTS = {"127.0.0.1", "localhost", "majani", "objects", "replicas", "majani.example.org"}


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def version() -> str:
    return str(tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"])


@pytest.mark.parametrize("file", [*FILES, ROOT / "docs/deployment.md"], ids=lambda file: file.name)
def test_it_names_settings_and_images_that_exist_and_holds_no_secret(file: Path) -> None:
    """A value may be a variable for the operator to fill in, but never a working secret."""
    text = read(file)
    known = {variable(name) for name in Settings.model_fields} | OF_THE_PIPELINE
    assert set(re.findall(r"\bMAJANI_[A-Z][A-Z_]*[A-Z]\b(?!\.\.\.)", text)) <= known
    images = re.findall(rf"\b{OURS}(\w+):([\w.-]+\w)", text)
    assert set(images) <= {(stage, version()) for stage in stages()}
    for name, value in re.findall(r"^\s*-?\s*([A-Z][A-Z0-9_]+)[ \t]*[:=][ \t]*(.*)$", text, re.MULTILINE):
        if SECRET_NAME.search(name):
            assert re.fullmatch(r"|\$\{\w+:[?-][^}]*\}", value), name
    for password in re.findall(r"\w+://[^\s/@:]*:([^\s/@]+)@", text):
        assert re.fullmatch(r"\$\{\w+:\?[^}]*|password|\.\.\.", password), password
    if file in FILES:
        assert set(re.findall(r"https?://([\w.-]+)", text)) <= HOSTS
    # A long path looks like a key, and so does an image's digest.
    text = re.sub(r"\]\(\S+\)|@sha256:[0-9a-f]{64}\b", "", text)
    assert not re.search(r"PRIVATE KEY|\b[0-9a-fA-F]{32,}\b|\b(AKIA|ghp_|sk-)\w{10,}|[A-Za-z0-9+/]{40,}={0,2}\b", text)


def test_variables_of_the_pipeline_exist() -> None:
    code = "".join(map(read, (ROOT / "training").rglob("*.py")))
    assert [name for name in OF_THE_PIPELINE if f'"{name}"' not in code] == []
