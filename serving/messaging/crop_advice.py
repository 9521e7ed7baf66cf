"""Advice without a photo: a crop's name gets the list of its conditions, its name and a number the advice on one.

The name of another cause, such as hunger, gets the advice on that. Nothing is said about the sender's plant, so it
always ends with whom to ask before spraying.
"""

import re
from collections.abc import Mapping

from majani.text.language import Name
from serving.i18n.catalogue import sentence
from serving.i18n.phrasing import Wording
from serving.messaging.command import HOW_TO_STOP, STOP, plain
from serving.messaging.short_message import fold, shorten

_NO_LEAF = sentence("An SMS cannot show us your plant. Show it to your extension officer.")
_PHOTO_TO = sentence("Or send a photo of one leaf: %(address)s.")
_ASK_CROP = sentence("For advice, send the name of the crop: %(crops)s.")
_CHOOSE = sentence("For advice, send the name and the number, such as %(example)s.")

# What help may cost: the names of all crops in the GSM alphabet, of ten to fifteen in other scripts.
_MOST_SMS = 4
# The name ends with no space, so a long run of spaces is split in one way only.
_NAME_AND_NUMBER = re.compile(r"(\D*[^\d\s])\s*(\d{0,2})")


class CropAdvice:
    """Advice by the names of crops, in all of our languages."""

    def __init__(self, wordings: Mapping[str, Wording], photo_address: str | None) -> None:
        """Collect the names, among them those heard in the field; the address is where photos may be sent."""
        self._photo_address = photo_address
        self._crops = {tag: _by_name(wording.language.names.crops) for tag, wording in wordings.items()}
        named = (_by_name(wording.language.names.causes) for wording in wordings.values())
        self._causes = {name: cause for causes in named for name, cause in causes.items()}

    def answer(self, text: str, wording: Wording) -> str | None:
        """The conditions of a crop, or the advice on one of them or another cause; None if the text names neither."""
        if cause := self._causes.get(plain(text)):
            return f"{wording.language.advice[cause].text_short}\n{wording.caution()}"
        asked = _NAME_AND_NUMBER.fullmatch(plain(text))
        crop = asked and self.crop(asked[1], wording)
        if not asked or crop is None:
            return None
        language = wording.language
        conditions = [condition for condition in language.names.conditions if condition.startswith(f"{crop}.")]
        if asked[2] and 0 < int(asked[2]) <= len(conditions):
            return f"{language.advice[conditions[int(asked[2]) - 1]].text_short}\n{wording.caution()}"
        named = (
            f"{number} {language.names.conditions[condition].name}"
            for number, condition in enumerate(conditions, start=1)
        )
        name = language.names.crops[crop].name
        return f"{name}: {', '.join(named)}.\n{wording.say(_CHOOSE, example=f'{name} 1')}"

    def help_by_sms(self, wording: Wording) -> str:
        """What an SMS can be answered, in as few as that takes."""
        crops = ", ".join(crop.name for crop in wording.language.names.crops.values())
        photo = [wording.say(_PHOTO_TO, address=self._photo_address)] if self._photo_address else []
        stop = wording.say(HOW_TO_STOP, stop=wording.say(STOP))
        # Other languages are not listed: a name in another script would double the price of the text.
        lines = (wording.with_office(wording.say(_NO_LEAF)), *photo, stop, wording.say(_ASK_CROP, crops=crops))
        return shorten(fold("\n".join(lines)), _MOST_SMS)

    def crop(self, text: str, wording: Wording) -> str | None:
        """The crop that a text names in the sender's language, else in all others alike; None if they disagree."""
        name, own = plain(text), self._crops[wording.language.tag]
        meant = {crops[name] for crops in ([own] if name in own else self._crops.values()) if name in crops}
        return meant.pop() if len(meant) == 1 else None


def _by_name(named: Mapping[str, Name]) -> Mapping[str, str]:
    """Ids by all names, as people type them."""
    return {plain(name): found for found, names in named.items() for name in (*names.local, names.name)}
