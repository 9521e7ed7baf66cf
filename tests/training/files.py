"""Files in folders and archives, by name and content."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

Archive = TypeVar("Archive", Path, io.BytesIO)


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pack_zip(archive: Archive, files: Mapping[str, bytes]) -> Archive:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return archive


def pack_tar(archive: Path, files: Mapping[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(archive, mode) as made:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return archive


pack_tar_gz = partial(pack_tar, mode="w:gz")
