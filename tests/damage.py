"""Photos with a few bytes changed and the end missing, as hypothesis chooses."""

from hypothesis import strategies as st


def damaged(data: st.DataObject, photo: bytes) -> bytes:
    """Change one to four bytes, and keep at least one."""
    changed = bytearray(photo)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed[: data.draw(st.integers(1, len(changed)))])
