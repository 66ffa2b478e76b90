"""The kinds of urgency and of intent. Their values are stored and shown to officials, so they stay as they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# The class of examples that sound urgent and are not; no message is ever said to be of it.
CALM: Final = "calm"


class Urgency(StrEnum):
    """What help is needed for, now."""

    CHILD_ABUSE = "child_abuse"
    DOMESTIC_VIOLENCE = "domestic_violence"
    SELF_HARM = "self_harm"
    HUNGER = "hunger"
    DISASTER = "disaster"
    MEDICAL = "medical"
    SCAM = "scam"


class Intent(StrEnum):
    """What a first message wants: no button was pressed, nothing was said before."""

    QUESTION = "question"
    FEEDBACK = "feedback"
    TRACK = "track"
    STOP = "stop"
    SUBSCRIBE = "subscribe"
    EVENTS = "events"
    HUMAN = "human"
    ERASE = "erase"
    MENU = "menu"
    SMALLTALK = "smalltalk"
