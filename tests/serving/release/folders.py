"""What an operator has: a folder with a bundle and one with texts, which tests may spoil."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from majani.model.bundle import Bundle, write_bundle
from tests.tiny_bundle import tiny_bundle

DATA = Path(__file__).parents[3] / "data"


@dataclass(frozen=True)
class Folders:
    bundle: Path
    texts_dir: Path

    @classmethod
    def make(cls, parent: Path) -> Self:
        folders = cls(parent / "bundle", parent / "texts")
        write_bundle(tiny_bundle(), folders.bundle)
        folders.restore_texts()
        # Beside the texts there are photos, by the ten thousand.
        (folders.texts_dir / "raw").mkdir()
        (folders.texts_dir / "raw" / "leaf.jpg").touch()
        return folders

    def restore_texts(self) -> None:
        for name in ("advice", "languages"):
            shutil.rmtree(self.texts_dir / name, ignore_errors=True)
            shutil.copytree(DATA / name, self.texts_dir / name)
        shutil.copy(DATA / "taxonomy.yaml", self.texts_dir)

    def put_bundle(self, version: str) -> None:
        bundle = tiny_bundle()
        write_bundle(Bundle(bundle.manifest.model_copy(update={"version": version}), bundle.model), self.bundle)
