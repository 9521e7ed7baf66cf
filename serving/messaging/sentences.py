"""What the channel says besides answers: how to ask, how to change the language, how to stop.

As in :mod:`serving.i18n.messages` English is what translations are found by. The two commands are translated too: a
message that is nothing but one of them, in any language, is obeyed.
"""

from serving.i18n.catalogue import mark

# Nothing but letters, so that they can be typed on any phone.
STOP = mark("STOP")
START = mark("START")

LANGUAGES = mark("For another language, send its name: %(languages)s.")
LANGUAGE_SET = mark("We now write to you in %(language)s.")
HOW_TO_STOP = mark("Send %(stop)s to get no more messages.")
STOPPED = mark("You will get no more messages. To start again, send %(start)s.")
