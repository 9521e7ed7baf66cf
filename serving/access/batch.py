"""Access tokens that an administrator asks for at once: names from lines and numbers, and a sheet for each to print."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import segno
from flask import url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from serving.access.role import Role
from serving.access.tokens import MAX_AT_ONCE, MAX_DAYS, AccessTokens, is_name
from serving.http.errors import RequestCode, RequestError

_MAX_NUMBER = 1_000_000


@dataclass(frozen=True)
class Batch:
    """What is asked for."""

    names: tuple[str, ...]
    role: Role
    lasts: timedelta
    district: str | None


@dataclass(frozen=True)
class Sheet:
    """What is printed for one device; the code holds a link that signs the phone app in."""

    name: str
    token: str
    code: Markup


def read_batch(form: MultiDict[str, str], tokens: AccessTokens, districts: Collection[str]) -> Batch:
    """Read the form, with one name a line and, from a count of two on, a number behind each.

    Raises:
        RequestError: ``tokens_too_many``, ``names_duplicate``, ``expiry_invalid``, ``district_unknown``, or
            ``request_invalid``; its message is what is wrong, in no language.
    """
    lines = [line.strip() for line in form.get("name", "").splitlines() if line.strip()]
    count, first = (form.get(field, type=int, default=1) for field in ("count", "first"))
    role, district = form.get("role", ""), form.get("district") or None
    days = form.get("days", type=int, default=0)
    if max(1, len(lines)) * count > MAX_AT_ONCE:
        # Python writes no number of thousands of digits.
        raise RequestError(RequestCode.TOKENS_TOO_MANY, f"> {MAX_AT_ONCE}")
    if not 0 <= first < _MAX_NUMBER:
        raise RequestError(RequestCode.REQUEST_INVALID, "first")
    numbers = [""] if count == 1 else [f" {first + at:0{len(str(first + count - 1))}}" for at in range(count)]
    names = tuple(line + number for line in lines for number in numbers)
    # A district would bind an administrator to nothing, because administrators see all.
    is_bound_admin = role == Role.ADMIN and district is not None
    # A sheet signs a phone in, which is nothing for a program.
    if not names or role not in set(Role) - {Role.CLIENT} or is_bound_admin or not all(map(is_name, names)):
        wrong = (name for name in names if not is_name(name))
        raise RequestError(RequestCode.REQUEST_INVALID, next(wrong, role))
    if not 1 <= days <= MAX_DAYS:
        raise RequestError(RequestCode.EXPIRY_INVALID, f"1 – {MAX_DAYS}")
    if district is not None and district not in districts:
        raise RequestError(RequestCode.DISTRICT_UNKNOWN, district)
    if taken := {name for name in names if names.count(name) > 1} | tokens.taken(names):
        raise RequestError(RequestCode.NAMES_DUPLICATE, ", ".join(sorted(taken)))
    return Batch(names, Role(role), timedelta(days=days), district)


def sheet(name: str, token: str) -> Sheet:
    """Draw the code. Browsers send nothing behind the ``#``, so the token reaches neither a server nor its log."""
    link = f"{url_for('pages.ask', _external=True)}#more/{token}"
    drawn = segno.make_qr(link, error="m").svg_inline(omitsize=True, border=4)
    return Sheet(name, token, Markup(drawn))  # noqa: S704 - drawn by us
