"""Renders a page: its language, its sentences, and the parts of every page."""

import secrets

from flask import Response, after_this_request, render_template, request

from majani.text.language import Language
from serving.cases.submission import CONSENT_FIELD, CROP_FIELD, DISTRICT_FIELD, PHOTO_FIELD, Consent, asked_district
from serving.container import services
from serving.i18n.negotiation import LANGUAGE_FIELD, choose_language
from serving.i18n.phrasing import Wording

KEY_FIELD = "key"
TOKEN_FIELD = "token"  # noqa: S105 - a name, not a secret
LANGUAGE_COOKIE = "language"
# Browsers keep none for longer than about this.
_COOKIE_AGE_S = 400 * 24 * 60 * 60


def page(template: str, **content: object) -> str:
    """Render a template in the reader's language."""
    after_this_request(declare_language)
    # A body that was refused, such as one that is too large, is not read for the page that says so.
    is_read = request.method == "GET" or "form" in vars(request)
    district = asked_district(request) if is_read else request.args.get(DISTRICT_FIELD)
    wording = wording_of_reader()
    manifest = (services().districts.find(district) or services().diagnoser).manifest
    fixed = {
        "words": wording,
        "say": wording.say,
        "language": wording.language,
        "languages": services().adviser.languages.values(),
        "crops": sorted(manifest.crops, key=lambda crop: (_rank(crop.id), wording.name(crop.id, crop.name).casefold())),
        "model_version": manifest.version,
        "office": services().settings.office,
        "district_field": DISTRICT_FIELD,
        "district": services().districts.known(district),
        "photo_field": PHOTO_FIELD,
        "crop_field": CROP_FIELD,
        "consent_field": CONSENT_FIELD,
        "consent": Consent.PHOTOS,
        "token_field": TOKEN_FIELD,
        "key_field": KEY_FIELD,
        # Sent again by reloading the answer's page, it is the same case.
        "new_key": secrets.token_urlsafe(16),
    }
    return render_template(template, **fixed | content)


def _rank(crop: str) -> int:
    """Where a crop stands among the region's, and after all of them if it is none."""
    first = services().settings.first_crops
    return first.index(crop) if crop in first else len(first)


def reader_language() -> Language:
    """Choose the language by the address, then by the earlier choice, then by the browser's wish."""
    languages = services().adviser.languages
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen is not None and chosen in languages and LANGUAGE_FIELD not in request.args:
        return languages[chosen]
    return choose_language(request, languages)


def wording_of_reader() -> Wording:
    """The sentences in the reader's language."""
    language = reader_language()
    return Wording(language, services().catalogues[language.tag])


def declare_language(response: Response) -> Response:
    """Say which language it became, and what that depended on."""
    response.headers["Content-Language"] = reader_language().tag
    # Its form is for one person: a key in it makes their case count once.
    response.cache_control.private = True
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def keep_language(response: Response) -> Response:
    """Remember the reader's language in their browser."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        reader_language().tag,
        max_age=_COOKIE_AGE_S,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response
