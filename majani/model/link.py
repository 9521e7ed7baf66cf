"""The one way to switch bundles: a link to the folder of a version, exchanged in one step."""

import os
from pathlib import Path


def point(link: Path, version: Path) -> None:
    """Let ``link``, absent or a link, lead to ``version``, a path from its folder; readers find one or the other.

    Raises:
        OSError: If ``link`` is a folder, or its file system knows no links; then nothing is changed.
    """
    new = link.with_name(f".{link.name}-{os.getpid()}")
    new.unlink(missing_ok=True)
    new.symlink_to(version)
    os.replace(new, link)  # noqa: PTH105 - as the system calls it
