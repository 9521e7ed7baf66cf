"""The images, built by the Dockerfile's own lines and run from a read-only root, without a registry or a daemon.

buildah builds. In place of the two bases it gets Debian with Python and Node.js, which mmdebstrap makes of packages,
and npm from its own registry: Debian's takes 340 packages.
What an image says of itself (account, environment, command) is read from it; systemd-nspawn runs the command as
process 1.
"""

import json
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.deploy.dockerfile import DOCKERFILE, IGNORED, ROOT

# And netavark, which is in no folder of programs.
PROGRAMS = ("buildah", "mmdebstrap", "npm", "systemd-nspawn")
KEPT = "/var/lib/majani"
_BASE = "localhost/debian-with-python-and-node"
_PACKAGES = "ca-certificates,nodejs,python3,python3-venv"
_NPM = "npm@11"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How this machine reaches the registries of packages, where that is not by itself.
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_SETTINGS = {"pip.conf": "/etc/pip.conf", "npmrc": "/root/.npmrc"}


@dataclass(frozen=True)
class Image:
    """A built target: what it says of itself, and its files."""

    config: dict[str, Any]
    root: Path

    def nspawn(self, words: Sequence[str] = (), *, state: Path, environment: dict[str, str] | None = None) -> list[str]:
        """How it is run with a volume, as its own account; ``words`` stand in place of its own command."""
        settings = dict(line.split("=", 1) for line in self.config["Env"]) | (environment or {})
        own = [*self.config.get("Entrypoint", []), *(words or self.config.get("Cmd", []))]
        user, group = self.config["User"].split(":")
        return [
            *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--read-only", f"--directory={self.root}"),
            # By default it has the name of the folder, and no second command could run beside the first.
            f"--machine=majani-{uuid4().hex}",
            *(f"--chdir={self.config['WorkingDir']}", "--kill-signal=SIGTERM", "--console=pipe"),
            *("--timezone=off", "--resolv-conf=off"),
            *("--tmpfs=/tmp:mode=1777", f"--bind={state}:{KEPT}"),
            *(f"--setenv={name}={value}" for name, value in settings.items()),
            # nspawn itself would make the account a home.
            *("--", "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", *own),
        ]


@dataclass(frozen=True)
class Engine:
    """buildah with a storage of its own in a folder."""

    folder: Path

    def build(self, target: str) -> Image:
        """Build a target of the Dockerfile and open its files; the bases are made at the first call."""
        files = {name: self.folder / name for name in _SETTINGS}
        files["pip.conf"].write_text(f"[global]\ncert = {_AUTHORITIES}\n")
        files["npmrc"].write_text(f"cafile={_AUTHORITIES}\n")
        mounts = {_AUTHORITIES: str(_AUTHORITIES)} | {files[name]: at for name, at in _SETTINGS.items()}
        tag = f"localhost/majani-{target}"
        self._run(
            *("bud", "--quiet", "--layers", "--isolation=chroot", "--network=host", "--pull=never", *self._limits),
            *(f"--volume={here}:{there}:ro" for here, there in mounts.items()),
            *(f"--build-arg={name}={self._base}" for name in ("NODE", "PYTHON")),
            *(f"--file={DOCKERFILE}", f"--ignorefile={IGNORED}", f"--target={target}", f"--tag={tag}", str(ROOT)),
        )
        container = self._run("from", "--pull=never", *self._limits, "--network=host", tag)
        inspected = json.loads(self._run("inspect", "--type=image", tag))
        return Image(inspected["OCIv1"]["config"], Path(self._run("mount", container)))

    def remove(self) -> None:
        """Delete everything."""
        self._run("rm", "--all")
        self._run("rmi", "--all", "--force")

    @cached_property
    def _base(self) -> str:
        packed = self.folder / "base.tar"
        debian = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", "trixie", str(packed)]
        subprocess.run(debian, check=True, capture_output=True)
        npm = ["npm", "install", "--global", f"--prefix={self.folder}/npm", "--no-audit", "--no-fund", _NPM]
        subprocess.run(npm, check=True, capture_output=True)
        container = self._run("from", *self._limits, "--network=host", "scratch")
        self._run("add", "--quiet", container, str(packed), "/")
        packed.unlink()
        self._run("config", f"--env=PATH={_PATH}", container)
        self._run("run", "--isolation=chroot", container, "--", "python3", "-m", "venv", "/usr/local")
        self._run("add", "--quiet", container, f"{self.folder}/npm", "/usr/local")
        self._run("commit", "--quiet", "--rm", container, _BASE)
        return _BASE

    @property
    def _limits(self) -> list[str]:
        # Its own defaults are more than some machines allow.
        known = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
        most = {name: resource.getrlimit(number)[1] for name, number in known.items()}
        return [f"--ulimit={name}={limit}:{limit}" for name, limit in most.items()]

    def _run(self, *words: str) -> str:
        storage = ("buildah", f"--root={self.folder}/storage", f"--runroot={self.folder}/run")
        done = subprocess.run([*storage, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout.strip()
