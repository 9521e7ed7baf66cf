"""One archive over HTTP: pooch downloads it to a temporary file, repeats what fails, and checks the checksum."""

import sys
from pathlib import Path

import pooch
import requests

from training.sources.errors import FetchCode, FetchError
from training.sources.record import digest_file

_RETRIES = 4
# Connecting: a little above 9 s, because TCP has tried three times by then. Silence of a connection: a minute.
_TIMEOUT_S = (9.5, 60.0)


def download(url: str, target: Path, *, sha256: str | None = None) -> str:
    """Bring the file at ``url`` to ``target``, unless it is there already; it appears when it is complete.

    Returns:
        The file's sha256 as a hex digest.

    Raises:
        FetchError: ``download_failed`` or ``checksum_mismatch``; then there is no new file.
    """
    store = pooch.create(
        target.parent,
        base_url="",
        registry={target.name: sha256},
        urls={target.name: url},
        retry_if_failed=_RETRIES,
    )
    downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=_TIMEOUT_S)
    try:
        store.fetch(target.name, downloader=downloader)
    except requests.RequestException as error:
        raise FetchError(FetchCode.DOWNLOAD_FAILED, f"{url}: {type(error).__name__}") from error
    except ValueError as error:
        raise FetchError(FetchCode.CHECKSUM_MISMATCH, f"{url}: sha256 is not {sha256} as recorded") from error
    return digest_file(target)
