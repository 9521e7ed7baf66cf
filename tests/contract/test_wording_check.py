"""Every rule against misreading bites: one violation of each kind is planted and found where it stands."""

from collections.abc import Mapping
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from majani.text.language import AdviceText, parse_language
from tests.text_check import Finding
from tests.tiny_texts import LANGUAGE, TAXONOMY
from tests.wording_check import advice_wording, incurable_findings, interface_wording, misreadings, read_wording

TERMS = ("case", "condition", "administrator", "supervisor", "access_code")
ENGLISH = {
    "majani": "Majani",
    "terms": {term: [term] for term in TERMS},
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
    "terms": dict(
        zip(TERMS, (["cas"], ["problème"], ["administrateur"], ["responsable"], ["code d'accès"]), strict=True)
    ),
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
    "why": ("Rain.", "Pluie."),
    "next_season": (["Wait."], ["Attendez."]),
    "text_short": ("No cure. Do not cut. Act at once.", "Pas de remède. Ne coupez rien. Tout de suite."),
}
INTERFACE = {
    "A case of Majani": "Un cas de Majani",
    "The condition": "Le problème",
    "Ask your administrator": "Demandez à l'administrateur",
    "Your supervisors see it": "Votre responsable le voit",
    "Your access token": "Votre code d'accès",
}


def found(wording: Mapping[str, Any] = FRENCH, *, source: str = "", **french: Any) -> list[Finding]:
    """All findings in French texts, sound but for these of the advice, or for ``said`` of the interface's source."""
    said = {**INTERFACE, **({source: french.pop("said")} if source else {})}
    english, own = (
        AdviceText.model_validate({key: pair[side] for key, pair in ADVICE.items()} | changed)
        for side, changed in enumerate(({}, french))
    )
    catalog = Catalog(locale="fr")
    for sentence, text in said.items():
        catalog.add(sentence, text)
    words, findings = read_wording("fr", wording)
    original, _ = read_wording("en", ENGLISH)
    if words is None or original is None:
        return findings
    findings += advice_wording("fr bean.rust", words, own, original, english)
    findings += misreadings("fr", words, [("bean.rust.see", own.see)])
    findings += interface_wording("fr", words, catalog)
    return findings


def test_sound_texts_are_found_sound_in_words_and_in_digits() -> None:
    assert found() == []
    assert found(see="2 taches.") == []


PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    "people for plants": ({"see": "Deux taches sur les malades."}, "never"),
    "nothing is buried": ({"today": ["Plantez.", "Brûlez, prudence."]}, "bury"),
    "nothing is planted": ({"today": ["Enterrez.", "Brûlez, prudence."]}, "plant"),
    "one word to bury and to plant": ({"wording": {**FRENCH, "plant": ["enterr*", "plantez"]}}, "two meanings"),
    "burned where English does not": ({"call": "Brûlez ou appelez, prudence."}, "burn"),
    "burned without care": ({"today": ["Enterrez. Plantez.", "Brûlez."]}, "burn"),
    "straw is burned": ({"season": ["Brûlez la paille avec prudence."]}, "burn"),
    "cure is promised": ({"text_short": "Ne coupez rien. Tout de suite."}, "no_cure"),
    "haste is lost": ({"text_short": "Pas de remède. Ne coupez rien."}, "at_once"),
    "cut": ({"text_short": "Pas de remède. Tout de suite."}, "do_not_cut"),
    "or became and": ({"call": "Appelez si feuilles et gousses sèchent."}, "or"),
    "a number is lost": ({"see": "Des taches."}, "numbers"),
    "a number is added": ({"see": "Deux taches de 3 couleurs."}, "numbers"),
    "the program has no name": ({"source": "A case of Majani", "said": "Un cas des feuilles"}, "majani"),
    "another word for case": ({"source": "A case of Majani", "said": "Une affaire de Majani"}, "case"),
    "another word for administrator": (
        {"source": "Ask your administrator", "said": "Demandez au responsable"},
        "administrator",
    ),
    "one word for two persons": (
        {"wording": {**FRENCH, "terms": {**FRENCH["terms"], "supervisor": ["administrateur"]}}},
        "two meanings",
    ),
    "a list is missing": ({"wording": {key: FRENCH[key] for key in FRENCH if key != "bury"}}, "wording"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_misreading_is_found(name: str) -> None:
    planted, rule = PLANTED[name]
    assert rule in {one.rule for one in found(**planted)}


def test_what_nothing_cures_says_so_in_english() -> None:
    advice = parse_language(LANGUAGE, TAXONOMY).advice
    silent = {"bean.mosaic", "bean.greening"}
    assert {one.where for one in incurable_findings(TAXONOMY, advice)} == {f"en {one}.text_short" for one in silent}
    says = advice["bean.mosaic"].model_copy(update={"text_short": "No cure. Pull out."})
    assert [one.rule for one in incurable_findings(TAXONOMY, {**advice, "bean.mosaic": says})] == ["no_cure"]
