"""Photos with a few bytes changed and the end missing, as hypothesis chooses, and what may become of them."""

from hypothesis import strategies as st

from majani.errors import PhotoError
from majani.image.decode import decode


def damaged(data: st.DataObject, photo: bytes) -> bytes:
    """Change one to four bytes, and keep at least one."""
    changed = bytearray(photo)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed[: data.draw(st.integers(1, len(changed)))])


def check_refused_or_survived(photo: bytes) -> None:
    """A photo is refused with a code, or becomes a picture; nothing else may happen."""
    try:
        pixels = decode(photo)
    except PhotoError:
        return
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
