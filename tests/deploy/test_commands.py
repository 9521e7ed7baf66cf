"""Every command that ``deploy/`` runs in an image of ours exists, with the options that it is given."""

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from majani import cli
from serving.app import command_app
from tests.deploy.dockerfile import ROOT, command, stages
from tests.deploy.manifests import OURS, pods, services
from training import cli as train_cli

# Programs that are no part of the project.
_SYSTEM = {"sleep"}


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in stages():
        if name != "app":
            yield f"Dockerfile:{name}", tuple(command(name))
    for name, service in services(ours=True).items():
        if "command" in service:
            yield f"compose.yaml:{name}", tuple(service["command"])
    for pod in pods():
        for container in pod.containers:
            assert container["image"].startswith(OURS)
            if "command" in container:
                yield f"{pod}:{container['name']}", tuple(container["command"])
            hook = container.get("lifecycle", {}).get("preStop")
            if hook:
                yield f"{pod}:{container['name']}:preStop", tuple(hook["exec"]["command"])


def check(words: tuple[str, ...], bundle: Path) -> None:
    match words:
        case ("sh", "-c", script):
            assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0
            inner = re.findall(r"majani(?:-admin)? [\w .:/-]+", re.sub(r"\$\(\(.+?\)\)", "1", script))
            assert inner, f"nothing in it is known: {script}"
            for one in inner:
                check(tuple(one.split()), bundle)
        case ("gunicorn", "-c", configuration):
            assert_runs(bundle, "gunicorn", "-c", str(ROOT / configuration), "--check-config")
        case ("majani-admin", *rest):
            assert CliRunner().invoke(command_app.cli, [*rest, "--help"]).exit_code == 0
        case ("majani", *rest):
            if rest != ["--help"]:
                # Click reads the words, without doing what they say.
                cli.main.commands[rest[0]].make_context(rest[0], rest[1:])
        case ("python", "-c", code):
            compile(code, "<deploy>", "exec")
        case ("python", "-m", "training.cli", *rest):
            said = CliRunner().invoke(train_cli.main, [*rest[:1], "--help"]).output
            assert said.startswith("Usage:")
            for option in filter(lambda word: word.startswith("--"), rest):
                assert option in said
        case ("python", "-m", module, *rest):
            said = help_of(module)
            for option in filter(lambda word: word.startswith("--"), rest):
                assert option in said
        case (program, *_):
            assert program in _SYSTEM, f"nobody knows {program}"


@cache
def help_of(module: str) -> str:
    """What a module says of its options, run in this process, which has imported most of it."""
    said = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", [module, "--help"])
        runpy.run_module(module, run_name="__main__")
    assert not ended.value.code
    return said.getvalue()


@cache
def assert_runs(bundle: Path, module: str, *words: str) -> str:
    """Run a module to its end, once for all that ask, and give what it said."""
    environment = {"PATH": str(Path(sys.executable).parent), "MAJANI_BUNDLE": str(bundle), "HOME": "/nonexistent"}
    environment["MAJANI_DATABASE_URL"] = "sqlite://"
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


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
def test_it_exists(words: tuple[str, ...], tiny_bundle_dir: Path) -> None:
    check(words, tiny_bundle_dir)
