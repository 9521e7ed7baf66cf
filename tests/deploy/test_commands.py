"""Every command that ``deploy/`` runs in an image of ours exists, with the options that it is given."""

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

import pytest
from click.testing import CliRunner

from majani import cli
from serving.app import command_app
from tests.deploy.dockerfile import command, stages
from tests.deploy.manifests import services

# Programs that are no part of the project.
_SYSTEM = {"sleep"}


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in stages():
        # Another test starts the service.
        if name not in ("app", "serving"):
            yield f"Dockerfile:{name}", tuple(command(name))
    for name, service in services(ours=True).items():
        if "command" in service:
            yield f"compose.yaml:{name}", tuple(service["command"])


def check(words: tuple[str, ...]) -> None:
    match words:
        case ("sh", "-c", script):
            assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0
            inner = re.findall(r"majani(?:-admin)? [\w .:/-]+", re.sub(r"\$\(\(.+?\)\)", "1", script))
            assert inner, f"nothing in it is known: {script}"
            for one in inner:
                check(tuple(one.split()))
        case ("majani-admin", *rest):
            assert CliRunner().invoke(command_app.cli, [*rest, "--help"]).exit_code == 0
        case ("majani", *rest):
            if rest != ["--help"]:
                # Click reads the words, without doing what they say.
                cli.main.commands[rest[0]].make_context(rest[0], rest[1:])
        case ("python", "-c", code):
            compile(code, "<deploy>", "exec")
        case ("python", "-m", module, *rest):
            said = help_of(module, *rest[:1])
            assert all(word in said for word in rest if word.startswith("--"))
        case (program, *_):
            assert program in _SYSTEM, f"nobody knows {program}"


def help_of(module: str, *words: str) -> str:
    """What a module says of its options, run in this process, which has imported most of it."""
    said = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", [module, *words, "--help"])
        runpy.run_module(module, run_name="__main__")
    assert not ended.value.code
    return said.getvalue()


# Another test may have imported the module whose help is asked for.
@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize(
    "words",
    # Each once, named after where it stands first.
    [
        pytest.param(words, id=place)
        for words, place in {words: place for place, words in reversed(list(commands()))}.items()
    ],
)
def test_it_exists(words: tuple[str, ...]) -> None:
    check(words)
