"""An answer as HTML for notebooks. It fetches nothing, has no script, and stays below 200 kB."""

from base64 import b64encode
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from majani.decision.diagnosis import Evidence, Examination
from majani.decision.wording import describe_diagnosis
from majani.image.decode import decode
from majani.image.photo import Content
from majani.model.heatmap import render

# With these, pictures of nothing but noise stay below the 200 kB.
_ALONE_SIDE_PX, _AMONG_SIDE_PX = 512, 280


def as_html(examination: Examination) -> str:
    """The photos that could be read, below their heatmaps, and the lines that the command line prints."""
    diagnosis = examination.diagnosis
    names = [f"Photo {number}" for number in range(1, len(diagnosis.photos) + 1)]
    side_px = _ALONE_SIDE_PX if len(names) == 1 else _AMONG_SIDE_PX
    pictures = [
        f'<img alt="{name}" title="{name}" style="margin: 2px" src="{_picture(photo, evidence, side_px)}">'
        for name, photo, evidence in zip(names, examination.photos, examination.evidence, strict=False)
        if photo is not None and evidence.width_px
    ]
    headline, *lines = map(escape, describe_diagnosis(diagnosis, photo_names=names))
    words = "\n".join((f"<b>{headline}</b>", *lines))
    return f'{"".join(pictures)}<pre style="white-space: pre-wrap">{words}</pre>'


def _picture(photo: Content, evidence: Evidence, side_px: int) -> str:
    """A data URI of the photo, its long side at most ``side_px``."""
    image = Image.fromarray(photo if isinstance(photo, np.ndarray) else decode(photo))
    image.thumbnail((side_px, side_px))
    if evidence.heatmap is not None:
        overlay = Image.open(BytesIO(render(evidence.heatmap, *image.size)))
        image.paste(overlay, mask=overlay)
    buffer = BytesIO()
    image.save(buffer, "JPEG")
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"
