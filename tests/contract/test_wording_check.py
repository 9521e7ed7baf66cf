"""Every rule against misreading bites: one violation of each kind is planted and found where it stands."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from tests.text_check import Finding, RawLanguage
from tests.tiny_texts import TAXONOMY
from tests.wording_check import advice_wording, incurable_findings, interface_wording, misreadings, read_wording

ENGLISH = {
    "majani": "Majani",
    "terms": {
        "case": ["case"],
        "condition": ["condition"],
        "administrator": ["administrator"],
        "supervisor": ["supervisor"],
        "access_code": ["access token"],
    },
    "bury": ["bury"],
    "plant": ["plant"],
    "burn": ["burn"],
    "safely": ["safely"],
    "never_burn": ["never burn"],
    "no_cure": ["no cure"],
    "at_once": ["at once"],
    "do_not_cut": ["do not cut"],
    "or": ["or"],
    "numbers": {2: ["two"], 3: ["three"]},
    "never": [],
}
FRENCH = {
    "majani": "Majani",
    "terms": {
        "case": ["cas"],
        "condition": ["problème"],
        "administrator": ["administrateur"],
        "supervisor": ["responsable"],
        "access_code": ["code d'accès"],
    },
    "bury": ["enterr*"],
    "plant": ["plantez"],
    "burn": ["brûl*"],
    "safely": ["prudence"],
    "never_burn": ["ne brûlez jamais"],
    "no_cure": ["pas de remède"],
    "at_once": ["tout de suite"],
    "do_not_cut": ["ne coupez"],
    "or": ["ou"],
    "numbers": {2: ["deux"], 3: ["trois"]},
    "never": [{"pattern": "les malades(?! de)", "why": "Sick people."}],
}
ADVICE = {
    "see": ("Two spots.", "Deux taches."),
    "today": (
        ["Bury sick leaves. Plant beans.", "Burn twigs safely."],
        ["Enterrez-les. Plantez.", "Brûlez, prudence."],
    ),
    "season": (["Never burn straw."], ["Ne brûlez jamais la paille."]),
    "call": ("Call if leaves or pods dry.", "Appelez si les feuilles ou les gousses sèchent."),
    "text_short": ("No cure. Do not cut. Act at once.", "Pas de remède. Ne coupez rien. Tout de suite."),
}
INTERFACE = {
    "A case of Majani": "Un cas de Majani",
    "The condition": "Le problème",
    "Ask your administrator": "Demandez à l'administrateur",
    "Your supervisors see it": "Votre responsable le voit",
    "Your access token": "Votre code d'accès",
}


def found(
    wording: dict[str, Any] = FRENCH, advice: dict[str, Any] | None = None, interface: dict[str, str] | None = None
) -> list[Finding]:
    """All findings in French texts, sound but for what is given."""
    sides = [{key: pair[side] for key, pair in ADVICE.items()} for side in (0, 1)]
    english, french = (
        RawLanguage({}, {"bean.rust": texts}, ()) for texts in (sides[0], {**sides[1], **(advice or {})})
    )
    catalog = Catalog(locale="fr")
    for source, text in {**INTERFACE, **(interface or {})}.items():
        catalog.add(source, text)
    own, findings = read_wording("fr", wording)
    original, _ = read_wording("en", ENGLISH)
    if own is None or original is None:
        return findings
    findings += advice_wording("fr", own, french, original, english)
    findings += misreadings("fr", own, [("bean.rust.see", french.advice["bean.rust"]["see"])])
    findings += interface_wording("fr", own, catalog)
    return findings


def test_sound_texts_are_found_sound() -> None:
    assert found() == []


PLANTED: dict[str, tuple[Callable[[], list[Finding]], str]] = {
    "people for plants": (lambda: found(advice={"see": "Deux taches sur les malades."}), "never"),
    "nothing is buried": (lambda: found(advice={"today": ["Plantez.", "Brûlez, prudence."]}), "bury"),
    "nothing is planted": (lambda: found(advice={"today": ["Enterrez.", "Brûlez, prudence."]}), "plant"),
    "one word to bury and to plant": (lambda: found({**FRENCH, "plant": ["enterr*", "plantez"]}), "two meanings"),
    "burned where English does not": (lambda: found(advice={"call": "Brûlez ou appelez, prudence."}), "burn"),
    "burned without care": (lambda: found(advice={"today": ["Enterrez. Plantez.", "Brûlez."]}), "burn"),
    "straw is burned": (lambda: found(advice={"season": ["Brûlez la paille avec prudence."]}), "burn"),
    "cure is promised": (lambda: found(advice={"text_short": "Ne coupez rien. Tout de suite."}), "no_cure"),
    "haste is lost": (lambda: found(advice={"text_short": "Pas de remède. Ne coupez rien."}), "at_once"),
    "cut": (lambda: found(advice={"text_short": "Pas de remède. Tout de suite."}), "do_not_cut"),
    "or became and": (lambda: found(advice={"call": "Appelez si feuilles et gousses sèchent."}), "or"),
    "a number is lost": (lambda: found(advice={"see": "Des taches."}), "numbers"),
    "a number is added": (lambda: found(advice={"see": "Deux taches de 3 couleurs."}), "numbers"),
    "the program has no name": (lambda: found(interface={"A case of Majani": "Un cas des feuilles"}), "majani"),
    "another word for case": (lambda: found(interface={"A case of Majani": "Une affaire de Majani"}), "case"),
    "another word for administrator": (
        lambda: found(interface={"Ask your administrator": "Demandez au responsable"}),
        "administrator",
    ),
    "one word for two persons": (
        lambda: found({**FRENCH, "terms": {**FRENCH["terms"], "supervisor": ["administrateur"]}}),
        "two meanings",
    ),
    "a list is missing": (lambda: found({key: FRENCH[key] for key in FRENCH if key != "bury"}), "wording"),
    "no cure is not said in English": (
        lambda: list(incurable_findings(TAXONOMY, {"bean.mosaic": {"text_short": "Pull out."}})),
        "no_cure",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_misreading_is_found(name: str) -> None:
    plant, rule = PLANTED[name]
    assert rule in {one.rule for one in plant()}


def test_what_english_says_may_be_said_in_digits() -> None:
    changed = deepcopy(ADVICE["see"][1]).replace("Deux", "2")
    assert found(advice={"see": changed}) == []
