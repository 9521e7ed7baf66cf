"""Downloads: archives by pooch, which repeats and checks; repositories by Hugging Face's library."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pooch
import requests

from training.sources.description import PHOTO_SUFFIXES
from training.sources.errors import FetchCode, FetchError
from training.sources.record import digest_file

_RETRIES = 4
# Connecting: a little above 9 s, because TCP has tried three times by then. Silence of a connection: a minute.
_TIMEOUT_S = (9.5, 60.0)


def download(url: str, target: Path, *, sha256: str | None = None) -> str:
    """Bring the file at ``url`` or ``doi:`` to ``target``, unless it is there already; it appears when it is complete.

    Returns:
        The file's sha256 as a hex digest.

    Raises:
        FetchError: ``download_failed`` or ``checksum_mismatch``; then there is no new file.
    """
    store = pooch.create(
        target.parent, base_url="", registry={target.name: sha256}, urls={target.name: url}, retry_if_failed=_RETRIES
    )
    kind = pooch.DOIDownloader if url.startswith("doi:") else pooch.HTTPDownloader
    downloader = kind(progressbar=sys.stderr.isatty(), timeout=_TIMEOUT_S)
    try:
        store.fetch(target.name, downloader=downloader)
    except (requests.RequestException, ValueError, KeyError) as error:
        if sha256 and sha256 in str(error):
            raise FetchError(FetchCode.CHECKSUM_MISMATCH, f"{url}: sha256 is not {sha256} as recorded") from error
        answer = getattr(error, "response", None)
        status = "" if answer is None else f" {answer.status_code}, see docs/pipeline.md if it wants an account"
        raise FetchError(FetchCode.DOWNLOAD_FAILED, f"{url}: {type(error).__name__}{status}") from error
    return digest_file(target)


def download_repository(url: str, target: Path, *, tables: Iterable[str] = ()) -> None:
    """Bring photos and tables of the Hugging Face repository at ``hf://datasets/OWNER/NAME@REVISION`` to a folder.

    Raises:
        FetchError: ``download_failed``; the next attempt goes on from there.
    """
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - the only source that needs it
    except ModuleNotFoundError as error:
        raise FetchError(FetchCode.DOWNLOAD_FAILED, f"{url}: pip install 'majani[hub]' first") from error

    name, _, revision = url.removeprefix("hf://datasets/").partition("@")
    wanted = [f"*{end}" for suffix in PHOTO_SUFFIXES for end in (suffix, suffix.upper())] + [
        f"*{table}" for table in tables
    ]
    try:
        snapshot_download(name, repo_type="dataset", revision=revision or None, local_dir=target, allow_patterns=wanted)
    except (OSError, ValueError) as error:
        raise FetchError(FetchCode.DOWNLOAD_FAILED, f"{url}: {type(error).__name__}") from error
