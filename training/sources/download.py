"""One archive over HTTP, through bad lines.

Gigabytes over a village's connection break off: what has arrived stays in ``<target>.part`` and only the rest is asked
for, in this run or the next. Requests that fail are repeated by urllib3; only the continuation of a broken-off body is
written here.
"""

import time
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

import requests
from pydantic import BaseModel, ConfigDict
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from training.sources.record import digest_file
from training.sources.resume import BrokenOffError, Part, is_whole, place

CHUNK_BYTES = 1 << 18
RETRIED_STATUSES = (429, 500, 502, 503, 504)


class DownloadCode(StrEnum):
    """Why a download was given up."""

    DOWNLOAD_FAILED = "download_failed"
    CHECKSUM_MISMATCH = "checksum_mismatch"


class DownloadError(Exception):
    """An archive cannot be had from its address."""

    def __init__(self, code: DownloadCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class Patience(BaseModel):
    """How long to insist.

    Attributes:
        attempts: Requests in a row that bring nothing new; one that brings bytes does not count.
        backoff_s: First pause, doubled with every further one. Five attempts from 1 s take half a minute: a router
            restarts in that time, and a dead address is still reported soon.
        max_pause_s: Longest pause, also where the server's Retry-After asks for more.
        connect_timeout_s: A little above 9 s: by then TCP has tried three times.
        read_timeout_s: Silence after which a connection counts as dead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: int = 5
    backoff_s: float = 1.0
    max_pause_s: int = 120
    connect_timeout_s: float = 9.5
    read_timeout_s: float = 60.0


DEFAULT_PATIENCE = Patience()


def download(
    url: str, target: Path, *, sha256: str | None = None, patience: Patience = DEFAULT_PATIENCE, label: str = ""
) -> str:
    """Bring the file at ``url`` to ``target``, continuing an earlier attempt where the server lets us.

    Args:
        url: Direct address; redirects are followed.
        target: In an existing folder. If it exists already, it is only checked.
        sha256: What the file must be, if somebody has recorded it.
        patience: How long to insist.
        label: Shown beside the progress bar.

    Returns:
        The file's sha256 as a hex digest.

    Raises:
        DownloadError: If the server refuses, stays silent or keeps breaking off, or if the file is not the one
            recorded; then it is deleted, and the next call starts anew.
    """
    if not target.exists():
        part = Part(target)
        with _session(patience) as session:
            _receive_all(session, url, part, patience, label)
        part.path.replace(target)
        part.discard()
    digest = digest_file(target)
    if sha256 not in (None, digest):
        target.unlink()
        raise DownloadError(DownloadCode.CHECKSUM_MISMATCH, f"{url}: sha256 is {digest}, not {sha256} as recorded")
    return digest


def _session(patience: Patience) -> requests.Session:
    retry = Retry(
        total=patience.attempts - 1,
        backoff_factor=patience.backoff_s,
        backoff_max=patience.max_pause_s,
        retry_after_max=patience.max_pause_s,
        status_forcelist=RETRIED_STATUSES,
        raise_on_status=False,
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def _receive_all(session: requests.Session, url: str, part: Part, patience: Patience, label: str) -> None:
    farthest_bytes, fruitless = part.size_bytes, 0
    while True:
        try:
            return _receive(session, url, part, patience, label)
        except BrokenOffError as error:
            fruitless = 0 if part.size_bytes > farthest_bytes else fruitless + 1
            farthest_bytes = max(farthest_bytes, part.size_bytes)
            if fruitless >= patience.attempts:
                text = f"{url}: broke off at {part.size_bytes} bytes, {fruitless} times without anything new"
                raise DownloadError(DownloadCode.DOWNLOAD_FAILED, text) from error
        time.sleep(min(patience.backoff_s * 2**fruitless, patience.max_pause_s))


def _receive(session: requests.Session, url: str, part: Part, patience: Patience, label: str) -> None:
    """Ask once for what is missing and append it."""
    timeout = (patience.connect_timeout_s, patience.read_timeout_s)
    try:
        response = session.get(url, headers=part.request_headers(), stream=True, timeout=timeout)
    except requests.RequestException as error:
        raise DownloadError(DownloadCode.DOWNLOAD_FAILED, f"{url}: no answer") from error
    with response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            if is_whole(response, part):  # only the renaming was missing
                return
            raise BrokenOffError
        if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise DownloadError(DownloadCode.DOWNLOAD_FAILED, f"{url}: HTTP status {response.status_code}")
        total_bytes = place(response, part)
        with part.path.open("ab") as file, _bar(total_bytes, part.size_bytes, label) as bar:
            try:
                # read1 hands over what has arrived; read would lose its unfilled buffer when the line breaks
                while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
                    file.write(chunk)
                    bar.update(len(chunk))
            except HTTPError as error:
                raise BrokenOffError from error
    if total_bytes is not None and part.size_bytes != total_bytes:
        raise BrokenOffError


def _bar(total_bytes: int | None, initial_bytes: int, label: str) -> "tqdm[NoReturn]":
    return tqdm(total=total_bytes, initial=initial_bytes, desc=label, unit="B", unit_scale=True, disable=None)
