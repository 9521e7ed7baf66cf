"""A stage of the Dockerfile as a folder of this machine: what it copies is copied, and what it runs is run there.

No container engine is needed, so what belongs to the system (accounts, the distribution's packages) is left out.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.harness.port import free_port
from tests.deploy.dockerfile import ROOT, Instruction, environment, last, sent_below, stages

# Of what stages run, by its beginning: what is run here, and what is not.
_RUN = ("pip install", "python -m compileall", "npm run")
_LEFT_OUT = ("groupadd", "npm ci")
# A folder that the image keeps things in, which is a volume there.
_KEPT = "/var/lib/majani"
_BASE = "base"
_FREE_ENVIRONMENT = ("PATH", "PIP_", "LANG", "SSL_", "REQUESTS_", "HTTP", "http", "NO_PROXY", "no_proxy")


@dataclass
class Build:
    """One stage while it is built."""

    root: Path
    programs: Path
    others: Mapping[str, Path] = field(default_factory=dict)
    folder: PurePosixPath = field(default_factory=lambda: PurePosixPath("/"))

    def build(self, name: str) -> None:
        """Follow the stage's instructions; those of its bases are not among them."""
        for instruction in stages()[name].instructions:
            if instruction.keyword == "WORKDIR":
                self.folder /= instruction.value
                self._here(self.folder).mkdir(parents=True, exist_ok=True)
            elif instruction.keyword == "COPY":
                self._copy(instruction.words)
            elif instruction.keyword == "RUN":
                self._run(instruction)

    @property
    def working_folder(self) -> Path:
        return self._here(self.folder)

    def _here(self, path: PurePosixPath) -> Path:
        return self.root / path.relative_to("/")

    def _copy(self, words: list[str]) -> None:
        from_stage = [word.partition("=")[2] for word in words if word.startswith("--from=")]
        *found, target = (word for word in words if not word.startswith("--"))
        to = self._here(self.folder / target)
        if from_stage:
            shutil.copytree(self.others[from_stage[0]] / found[0].removeprefix("/"), to)
            return
        for source in found:
            for file in sent_below(source):
                into = to / Path(file).relative_to(source) if (ROOT / source).is_dir() else to
                # A folder, if it is written as one.
                into = into / Path(file).name if target.endswith("/") and into == to else into
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, into)

    def _run(self, instruction: Instruction) -> None:
        if instruction.value.startswith(_LEFT_OUT):
            return
        # A person must look at a new kind of command before tests run it.
        assert instruction.value.startswith(_RUN), f"neither to be run here nor to be left out: {instruction.value}"
        done = subprocess.run(
            ["sh", "-ec", instruction.value],
            cwd=self.working_folder,
            env=own_environment(self.programs),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@dataclass(frozen=True)
class Container:
    """A built stage, used by the account that its processes have, who may write in one folder and in temporary ones."""

    name: str
    folder: Path
    programs: Path
    state: Path
    port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        own = {key: value.replace(_KEPT, str(self.state)) for key, value in environment(self.name).items()}
        # Listen on this machine alone, on a free port.
        return (
            own_environment(self.programs) | own | {"HOST": "127.0.0.1", "PORT": str(self.port), "HOME": "/nonexistent"}
        )

    def start(self, words: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(words, cwd=self.folder, env=self.environment, **self._account(), **options)

    def run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        own = {"cwd": self.folder, "env": self.environment, **self._account()}
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, **own)

    def close(self) -> None:
        """Take the right to write from everybody but root, and give the volume to the account."""
        for path in (self.folder, *self.folder.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        account = self._account()
        if account:
            os.chown(self.state, account["user"], account["group"])

    def _account(self) -> dict[str, Any]:
        """Return the image's account for root. Other accounts cannot change, and closed files stay closed to them."""
        (numbers,) = last(self.name, "USER")
        user, group = map(int, numbers.split(":"))
        return {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}


def new_programs(folder: Path) -> Path:
    """A fresh Python without any packages, which every account can run; gives the folder of its programs."""
    interpreter = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    if not all(path.stat().st_mode & 0o001 for path in interpreter.parents):
        interpreter = _copy_python(interpreter, folder / _BASE)
    programs = folder / "python" / "bin"
    subprocess.run([interpreter, "-m", "venv", programs.parent], env=own_environment(programs), check=True)
    return programs


def own_environment(programs: Path) -> dict[str, str]:
    """What this machine needs to reach its package registries, and nothing that this process was given besides."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(_FREE_ENVIRONMENT)}
    own = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    # Of a copied Python.
    libraries = programs.parents[1] / _BASE / "lib"
    return kept | own | ({"LD_LIBRARY_PATH": str(libraries)} if libraries.is_dir() else {})


def _copy_python(interpreter: Path, to: Path) -> Path:
    """Of one that belongs to an account alone, such as root's own."""
    standard = Path(sysconfig.get_path("stdlib"))
    left_out = shutil.ignore_patterns("test", "site-packages", "config-*", "__pycache__")
    shutil.copytree(standard, to / "lib" / standard.name, ignore=left_out)
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython*.so*"):
        shutil.copy2(library, to / "lib")
    (to / "bin").mkdir()
    return Path(shutil.copy2(interpreter, to / "bin"))
