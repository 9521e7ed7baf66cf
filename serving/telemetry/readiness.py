"""Can this process answer: asked by load balancers, so it has to be cheap after the first time."""

import logging
from io import BytesIO

import numpy as np
from PIL import Image

from majani.decision.diagnoser import Diagnoser

_TILE_PX = 16
_SIDE_PX = 256

logger = logging.getLogger(__name__)


class Readiness:
    """Tries one whole diagnosis and remembers success: a loaded bundle never changes. A failure is tried again."""

    def __init__(self, diagnoser: Diagnoser) -> None:
        self._diagnoser = diagnoser
        self._has_answered = False

    def check(self) -> bool:
        """Whether a plain picture travels all the way from bytes through the network to an answer."""
        if not self._has_answered:
            side_px = max(_SIDE_PX, self._diagnoser.manifest.rules.quality.min_side_px)
            try:
                diagnosis = self._diagnoser.diagnose([chessboard(side_px)])
            # The load balancer gets the same answer for every failure. The log has the reason.
            except Exception:
                logger.exception("the readiness picture could not be diagnosed")
                return False
            # A photo that was sent back for its quality never reached the network.
            self._has_answered = diagnosis.photos[0].used
        return self._has_answered


def chessboard(side_px: int) -> bytes:
    """A PNG of under 1 kB, half white and full of edges, so that no bundle's quality limits send it back."""
    rows, columns = np.indices((side_px, side_px)) // _TILE_PX
    board = ((rows + columns) % 2 * 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(board).save(buffer, "PNG")
    return buffer.getvalue()
