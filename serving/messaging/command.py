"""Commands in text messages.

A message is a command only if it is nothing else: the word for stopping or starting in any of our languages, or the
name of a language. So "it does not stop raining" stops nothing.
"""

import re
import unicodedata
from collections.abc import Mapping

from babel.core import Locale, UnknownLocaleError

from majani.decision.question import Reply
from serving.i18n.catalogue import sentence
from serving.i18n.messages import REPLIES
from serving.i18n.phrasing import Wording

# Sentences besides answers. The commands are nothing but letters, so that any phone can type them; they are
# translated too, and understood in every language.
STOP = sentence("STOP")
START = sentence("START")
EXPERT = sentence("EXPERT")
DELETE = sentence("DELETE")

LANGUAGES = sentence("For another language, send its name: %(languages)s.")
LANGUAGE_SET = sentence("We now write to you in %(language)s.")
HOW_TO_NAME_A_CROP = sentence("Write the name of the crop below your photo.")
HOW_TO_STOP = sentence("Send %(stop)s to get no more messages.")
READ_MORE = sentence("Write one of these words to read about it.")
HOW_TO_ASK = sentence(
    "To ask an expert, send the photo again with the word %(expert)s below it. We then keep it and show it to experts."
)
EXPERT_ASKED = sentence(
    "We keep this photo and show it to an expert. Send %(expert)s in a few days to get the answer, or %(delete)s to "
    "delete your photos."
)
NO_EXPERT_YET = sentence("No expert has looked yet. Ask again in a few days.")
PHOTO_OF = sentence("Your photo of %(day)s:")
HOW_TO_REPLY = sentence("Answer with one of these: %(replies)s.")
REPLIED = sentence("Thank you")
DELETED = sentence("We have deleted your photos and answers.")
LONGER = sentence("Our backups, and copies for training, may keep them longer.")
STOPPED = sentence("You will get no more messages. To start again, send %(start)s.")

# Accents of Latin letters, and the hamza, vowels and stretching of Arabic: people leave them out. The marks of other
# scripts are vowels that everybody writes.
_LEFT_OUT = re.compile("[\u0300-\u036f\u0640\u064b-\u0655]")
# Arabic letters that people write for each other at the end of a word, phones' apostrophes, and the article.
_AS_TYPED = str.maketrans("\u0629\u0649\u2019\u02bc", "\u0647\u064a''")
_ARTICLE = re.compile("\\b\u0627\u0644(?=\\w\\w)")
# Tags that are also how people begin to write. These languages are found by their names.
_GREETINGS = frozenset({"hi"})


class Commands:
    """All words that are commands, in all of our languages."""

    def __init__(self, wordings: Mapping[str, Wording]) -> None:
        """Collect them; a language that is added brings its own."""
        self._known: dict[str, str] = {}
        for tag, wording in wordings.items():
            names = {tag, wording.language.name, _english_name(tag)} - _GREETINGS
            self._known |= {plain(name): tag for name in names}
        for word in (STOP, START, EXPERT, DELETE):
            self._known |= {plain(said): word for said in (word, *(wording.say(word) for wording in wordings.values()))}

        self._replies = {
            plain(said): reply
            for reply, word in REPLIES.items()
            for said in (word, *(wording.say(word) for wording in wordings.values()))
        }

    def reply(self, text: str) -> Reply | None:
        """The reply to an expert's question; None if it is none."""
        return self._replies.get(plain(text))

    def understand(self, text: str) -> str | None:
        """The command: ``STOP``, ``START``, ``EXPERT``, ``DELETE`` or the tag of a language; None if it is none."""
        return self._known.get(plain(text))


def plain(text: str) -> str:
    """As people type: in any case, with or without accents, punctuation and the Arabic article.

    Telegram's commands begin with a slash, and what follows the word says where the person came from.
    """
    word = text.split(maxsplit=1)[0] if text.startswith("/") else text
    # Letters, marks and digits; around them may stand whatever a language or a keyboard puts there.
    kept = [at for at, letter in enumerate(word) if unicodedata.category(letter)[0] in "LMN"]
    parts = unicodedata.normalize("NFKD", word[kept[0] : kept[-1] + 1].casefold() if kept else "")
    return _ARTICLE.sub("", _LEFT_OUT.sub("", parts).translate(_AS_TYPED))


def _english_name(tag: str) -> str:
    try:
        return Locale.parse(tag, sep="-").english_name or tag
    except (ValueError, UnknownLocaleError):
        return tag
