"""``majani-train`` as a person types it, in this process."""

import pytest

from training.cli import main


def typed(*words: str) -> int:
    """Run a command, and return its exit status; a refusal with words is 1, and they are on stderr."""
    with pytest.raises(SystemExit) as ended:
        main.main(list(words), prog_name="majani-train")
    assert not isinstance(ended.value.code, str), ended.value.code
    return ended.value.code or 0
