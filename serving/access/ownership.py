"""Decides who may see a case: its sender, and people with a role for it.

A sender shows the token from the answer; a program that sent the case with its key may show that key instead.
"""

import hmac

from flask import Request

from majani.model.bundle import sha256_hex
from serving.access.guard import check_district, shown_access
from serving.access.role import Role
from serving.http.errors import RequestCode, RequestError
from serving.persistence.cases import Cases, UnknownCaseError
from serving.persistence.models import Case


def sender_case(cases: Cases, public_id: str, token: str) -> Case:
    """A case for its sender; with a wrong token it is an unknown case too, which tells nothing about what exists."""
    case = cases.find(public_id)
    if not _is_sender(case, token):
        raise UnknownCaseError(public_id)
    return case


def readable_case(cases: Cases, request: Request, public_id: str, role: Role) -> Case:
    """A case for its sender, or for a client with at least this role in its district; unknown to all others."""
    token = bearer_token(request)
    case = cases.find(public_id)
    if not _is_sender(case, token):
        access = shown_access()
        if access is None or role not in access.role.included:
            raise UnknownCaseError(public_id)
        check_district(access, case)
    return case


def bearer_token(request: Request) -> str:
    """The token that a request shows; without one it raises ``token_invalid``."""
    shown = request.authorization
    if shown is None or shown.type != "bearer" or not shown.token:
        raise RequestError(RequestCode.TOKEN_INVALID, "send the answer's token as Authorization: Bearer <token>")
    return shown.token


def _is_sender(case: Case, token: str) -> bool:
    if hmac.compare_digest(case.token_hash, sha256_hex(token.encode())):
        return True
    access = None if case.client_id is None else shown_access()
    return access is not None and access.worker_id == case.client_id
