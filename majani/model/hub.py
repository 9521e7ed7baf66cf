"""A bundle from the Hugging Face Hub, as ``majani-train hub`` lays it out."""

from contextlib import suppress
from functools import partial
from pathlib import Path

from majani.errors import BundleError
from majani.model.bundle import HEAD_FILE, MANIFEST_FILE, MODEL_FILE
from majani.model.signature import SIGNATURE_FILE


def fetch_bundle(repository: str, revision: str | None = None) -> Path:
    """Fetch a bundle that is not in the hub's cache yet, and give its folder there; needs the extra ``hub``.

    Without a connection, what was fetched last stands in.

    Raises:
        BundleError: If the extra is not installed, or the repository cannot be fetched.
    """
    try:
        from huggingface_hub import model_info, snapshot_download  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BundleError(
            f"{repository} is no folder here; to ask the Hugging Face Hub for it, pip install 'majani[hub]'"
        ) from error
    files = [MANIFEST_FILE, SIGNATURE_FILE, MODEL_FILE, HEAD_FILE]
    fetch = partial(snapshot_download, repository, allow_patterns=files)
    try:
        # By its commit first: a branch that is fetched by name points at it before its files are here.
        fetch(revision=model_info(repository, revision=revision).sha)
        return Path(fetch(revision=revision))
    # Its own errors and those of its HTTP client have no base in common.
    except Exception as error:
        with suppress(Exception):
            return Path(fetch(revision=revision, local_files_only=True))
        raise BundleError(
            f"{repository} is no folder here, and the Hugging Face Hub does not give it: {type(error).__name__}"
        ) from error
