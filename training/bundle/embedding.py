"""What a network sees in the photos of the splits, and how much each counts."""

import numpy as np
import onnx
import pandas as pd

from majani.model.bundle import Bundle
from training.artifacts.embeddings import KEPT, EmbeddingTable
from training.artifacts.files import read_source_weights
from training.bundle.graph import network_sha256
from training.bundle.inference import embed
from training.dataset.weights import sample_weights
from training.settings import TrainParams


def see(bundle: Bundle, photos: pd.DataFrame, params: TrainParams, *, title: str) -> EmbeddingTable:
    """What a bundle's network sees in photos of the splits below ``data/raw``; ``params`` weigh training photos."""
    is_train = (photos["split"] == "train").to_numpy()
    train = photos[is_train].reset_index(drop=True)
    weights = np.zeros(len(photos))
    weights[is_train] = sample_weights(train, sources=read_source_weights(), params=params)
    rows = photos.assign(weight=weights)[list(KEPT)].reset_index(drop=True)
    embeddings = embed(bundle, list(rows["photo"]), title=title)
    return EmbeddingTable(rows, embeddings, network_sha256(onnx.load_model_from_string(bundle.model)))
