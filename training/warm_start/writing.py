"""What a next round needs of the running bundle, small enough for the repository: ``models/warm_start``.

A quick round begins with the network, leaves out photos that it has learned, and takes over the places left out that
rules rest on; ``adapt`` fits heads to embeddings. No photo is among it, no name of one, and no embedding of a farmer's
case, which may be deleted. It is of the bundle that was promoted last.
"""

import lzma
import shutil

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save

from majani.model.bundle import sha256_hex
from training.artifacts.embeddings import EmbeddingTable, read_embeddings, write_embeddings
from training.artifacts.files import EMBEDDINGS_FILE, REVIEWS_SOURCE, TEST_EMBEDDINGS_FILE, WARM_START_DIR
from training.warm_start.kept_networks import learned_photos_file, network_file, places_file
from training.warm_start.repository import (
    CARRIED_MANIFEST,
    CARRIED_NETWORK,
    CARRIED_PHOTOS,
    CARRIED_PLACES,
    LEARNED,
    TESTED,
    WarmStart,
)

# Of one class of one source and split: 8 MB instead of 9.3 today, and no more with sources of any size.
_PHOTOS = 100


def write_warm_start(version: str) -> None:
    """Write what a next round needs of a promoted bundle, whose network and places are kept on this machine."""
    shutil.rmtree(WARM_START_DIR, ignore_errors=True)
    WARM_START_DIR.mkdir(parents=True)
    stored = torch.load(network_file(version), weights_only=True)
    weights = save({name: narrowed(tensor) for name, tensor in stored["weights"].items()})
    (WARM_START_DIR / CARRIED_NETWORK).write_bytes(weights)
    (WARM_START_DIR / CARRIED_PHOTOS).write_bytes(lzma.compress(learned_photos_file(version).read_bytes()))
    seen = read_embeddings(EMBEDDINGS_FILE)
    learned, tested = sample(seen), sample(read_embeddings(TEST_EMBEDDINGS_FILE))
    write_embeddings(learned, WARM_START_DIR / LEARNED)
    write_embeddings(tested, WARM_START_DIR / TESTED)
    share = float((learned.rows["split"] == "train").sum() / (seen.rows["split"] == "train").sum())
    shutil.copyfile(places_file(version), WARM_START_DIR / CARRIED_PLACES)
    files = {path.name: sha256_hex(path.read_bytes()) for path in sorted(WARM_START_DIR.iterdir())}
    network = {name: stored[name] for name in ("backbone", "classes")}
    start = WarmStart(version=version, **network, share=share, sha256=files)
    (WARM_START_DIR / CARRIED_MANIFEST).write_text(start.model_dump_json(indent=2) + "\n", encoding="utf-8")


def narrowed(weights: torch.Tensor) -> torch.Tensor:
    """Matrices in 16 bits; biases and statistics of batch normalisation, which are few and can be very large, in 32."""
    return (weights.half() if weights.is_floating_point() and weights.ndim > 1 else weights).contiguous()


def sample(seen: EmbeddingTable) -> EmbeddingTable:
    """A fixed choice of datasets' photos without their names, which weigh for all of them; embeddings are rounded."""
    seen = seen.where((seen.rows["source"] != REVIEWS_SOURCE).to_numpy())
    of_kind = seen.rows.sort_values("sha256").groupby(["split", "source", "class_id"])
    chosen = of_kind.head(_PHOTOS).index.sort_values()
    stands_for = of_kind["weight"].transform(lambda weights: max(len(weights) / _PHOTOS, 1))
    rows = seen.rows.loc[chosen].assign(
        photo="",
        sha256=lambda rows: rows["sha256"].str[:8],
        group=lambda rows: pd.factorize(rows["group"])[0],
        weight=lambda rows: rows["weight"] * stands_for[chosen],
    )
    embeddings = seen.embeddings[chosen]
    # Most numbers are 0 or small. 16-bit floats hold multiples of a power of two exactly, and these compress well.
    step = 2.0 ** np.floor(np.log2(embeddings.std() / 8))
    rounded = (np.round(embeddings / step) * step).astype(np.float32)
    return EmbeddingTable(rows.reset_index(drop=True), rounded, seen.network)
