"""From a verified bundle and pixels to probabilities; the only place that runs the network."""

import json
import os
from copy import copy
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

from majani.errors import BundleError
from majani.image.decode import Pixels
from majani.model.bundle import Bundle, Manifest
from majani.model.head_file import head_beside_graph

Floats: TypeAlias = npt.NDArray[np.float32]

INPUT = "pixels"
OUTPUTS = ("probabilities", "activation", "embedding")


@dataclass(frozen=True)
class Prediction:
    """The network's output for one photo.

    Attributes:
        probabilities: ``(C,)`` float32 summing to 1, in the manifest's class order, calibrated.
        activation: ``(C, h, w)`` float32, the class-activation map: each class's logits per place of the photo, by the
            graph's own head; all 0 of classes that only a head beside the graph knows.
        embedding: ``(D,)`` float32, the pooled features.
    """

    probabilities: Floats
    activation: Floats
    embedding: Floats


class Predictor:
    """Holds one ONNX session; calls from several threads are safe and run in parallel."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Load the network. One thread per prediction is best for a server, which runs predictions side by side.

        Raises:
            BundleError: If onnxruntime cannot load the model, or its inputs and outputs are not the agreed ones.
        """
        # By default onnxruntime reports to its maker on what machine it runs.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        # Starts a thread, which would be lost in a server that imports this module before it forks.
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Errors only: on machines without an accelerator, warnings about the fallback are noise.
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(bundle.model, options, providers=["CPUExecutionProvider"])
        # onnxruntime has no public base class for its errors; after any of them the model cannot be used.
        except Exception as error:
            raise BundleError(f"onnxruntime cannot load the model of bundle {bundle.manifest.version}") from error
        names = tuple(output.name for output in session.get_outputs())
        if names != OUTPUTS or [given.name for given in session.get_inputs()] != [INPUT]:
            raise BundleError(f"the model's outputs are {names}, not {OUTPUTS}")
        classes = session.get_outputs()[0].shape[-1]
        self._head = head_beside_graph(bundle)
        if self._head is None and classes != len(bundle.manifest.classes):
            raise BundleError(f"the model has {classes} classes, the manifest {len(bundle.manifest.classes)}")
        in_graph = json.loads(session.get_modelmeta().custom_metadata_map.get("classes", "[]"))
        self._places = {class_id: place for place, class_id in enumerate(in_graph)}
        self.manifest: Manifest = bundle.manifest
        self._session = session

    def sharing(self, bundle: Bundle) -> Self:
        """A predictor of a bundle whose head stands beside the graph of this network; both share one session.

        Raises:
            BundleError: If it is of another network, or has no such head.
        """
        own, other, version = self.manifest.model, bundle.manifest.model, bundle.manifest.version
        if own.sha256 != other.sha256 and (own.network is None or own.network != other.network):
            raise BundleError(f"bundle {version} is of another network than bundle {self.manifest.version}")
        head = head_beside_graph(bundle)
        if head is None:
            raise BundleError(f"bundle {version} has no head beside its graph")
        shared = copy(self)
        shared.manifest, shared._head = bundle.manifest, head
        return shared

    def predict(self, pixels: Pixels) -> Prediction:
        """Run the network on one photo, ``(H, W, 3)`` uint8 RGB, upright, any size."""
        probabilities, activation, embedding = self._session.run(list(OUTPUTS), {INPUT: pixels[np.newaxis]})
        if self._head is not None:
            probabilities = self._head.answers(embedding).probabilities
            none, places = np.zeros_like(activation[0, 0]), map(self._places.get, self._head.class_ids)
            activation = np.array([[none if place is None else activation[0, place] for place in places]])
        return Prediction(probabilities=probabilities[0], activation=activation[0], embedding=embedding[0])
