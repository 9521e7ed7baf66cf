"""A phone app as Vite leaves it, made up, of a few kB: one file of every kind, and the compressed forms of some."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCRIPT, STYLE = "assets/index-Bx3kq9Zt.js", "assets/index-C0ffee42.css"
NETWORK = "ort/ort-1a2b3c4d.wasm.gz"
# What Vite says about the first file, and about one that it is made of.
NAMES: Mapping[str, Any] = {
    "index.html": {
        "file": SCRIPT,
        "name": "index",
        "src": "index.html",
        "isEntry": True,
        "css": [STYLE],
        "imports": ["_shared-D00d1234.js"],
    },
    "_shared-D00d1234.js": {"file": "assets/shared-D00d1234.js", "name": "shared"},
}
# Long enough to be worth compressing.
FILES: Mapping[str, bytes] = {
    "index.html": b"<!doctype html><title>Majani</title>",
    "sw.js": b"self.addEventListener('fetch', () => {});\n" * 50,
    "manifest.webmanifest": b'{"name": "Majani"}',
    "icon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "icon.png": b"\x89PNG\r\n\x1a\n",
    "list.json": b"{}",
    "fetch.data": bytes(9),
    SCRIPT: b"console.log('leaf');\n" * 100,
    STYLE: b"body { margin: 0 }\n" * 100,
    "assets/shared-D00d1234.js": b"export const leaf = 1;\n",
    "ort/ort-1a2b3c4d.mjs": b"export default 1;\n",
    "ort/plain-5e6f7a8b.wasm": b"\0asm\1\0\0\0",
    NETWORK: gzip.compress(b"\0asm\1\0\0\0" + bytes(range(256)) * 40, mtime=0),
}
COMPRESSED = (SCRIPT, STYLE, "sw.js")


def write_build(directory: Path, names: Mapping[str, Any] | bytes = NAMES) -> Path:
    """Write it into a new folder, and give the folder back."""
    compressed = {f"{name}.gz": gzip.compress(FILES[name], mtime=0) for name in COMPRESSED}
    said = names if isinstance(names, bytes) else json.dumps(names).encode()
    for name, content in {**FILES, **compressed, ".vite/manifest.json": said}.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return directory
