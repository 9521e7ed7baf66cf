"""The sentences of pages, leaflets and the phone app, found as ``make sentences`` finds them."""

import re
import shlex
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]


@cache
def extract() -> Catalog:
    [options] = re.findall(r"^EXTRACT := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    # Catalogues have no line numbers, so that they change less, but read_po skips locations without one.
    options += " --add-location full"
    with TemporaryDirectory() as folder:
        target = Path(folder) / "interface.pot"
        command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "--output-file", str(target)]
        subprocess.run([*command, *shlex.split(options), "serving", "web/src"], cwd=ROOT, check=True, timeout=60)
        return read_po(BytesIO(target.read_bytes()))
