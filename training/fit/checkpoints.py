"""Where a training's checkpoints lie: a folder, or an object store for machines that may be taken away any time."""

import os
import re
from collections.abc import Mapping
from typing import Any

import torch
from fsspec.core import url_to_fs

VARIABLE = "MAJANI_CHECKPOINTS"
_DEFAULT = "build/train"
# The last record of a zip file, which is what torch writes, begins so; without a comment it has this size.
_ZIP_END, _ZIP_END_BYTES = b"PK\5\6", 22


def checkpoints_url(run: str, environ: Mapping[str, str] = os.environ) -> str:
    """Folder of one run's checkpoints, below what ``MAJANI_CHECKPOINTS`` names: a folder or s3://bucket/prefix."""
    return f"{(environ.get(VARIABLE) or _DEFAULT).rstrip('/')}/{run}"


def last_checkpoint(url: str) -> str | None:
    """The newest whole checkpoint below ``url``; one that a kill cut off is removed. None if there is none yet."""
    # Any: fsspec is not typed.
    files: Any = None
    files, root = url_to_fs(url)
    files.invalidate_cache()
    for path in sorted(files.glob(f"{root}/*.ckpt"), key=_epoch, reverse=True):
        # Only its end proves that a file was cut off: reading a whole one may fail too, for want of memory or network.
        if files.tail(path, _ZIP_END_BYTES).startswith(_ZIP_END):
            return str(files.unstrip_protocol(path)) if "://" in url else str(path)
        files.rm(path)
    return None


def _epoch(path: str) -> int:
    # By the name that training gives it: stores tell times by the second, in which a short epoch fits.
    found = re.search(r"epoch=(\d+)", path.rpartition("/")[2])
    return -1 if found is None else int(found[1])


def load_checkpoint(url: str) -> dict[str, Any]:
    """Everything that Lightning wrote down."""
    files, path = url_to_fs(url)
    with files.open(path, "rb") as file:
        # Our own file, so nothing in it is foreign; Lightning's checkpoints hold more than weights.
        loaded: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=False)
    return loaded


def remove_checkpoints(url: str) -> None:
    """Remove a run's folder, if there is one."""
    files, root = url_to_fs(url)
    if files.exists(root):
        files.rm(root, recursive=True)
