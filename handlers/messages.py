"""The words every channel speaks: what came in, what goes out. No channel's own terms."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.messages import Button, Message

MAX_TEXT_CHARS = 4096
"""Longest text that is taken from a resident; a channel refuses or cuts what is longer."""

# Kept: tab and line break. NUL cannot be stored by PostgreSQL; the others have no business in a message.
_DROPPED = {c: None for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in (0x09, 0x0A)}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached: the channel's name and the channel's own id of the chat. Personal data."""

    channel: str
    value: str


class Attachment(StrEnum):
    """What kind of thing came with a message. The things themselves are not fetched yet."""

    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    CONTACT = "contact"
    STICKER = "sticker"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or one press of a button, as a channel received it.

    `external_id` is the channel's own id of the update with the bot or session in it: the same id is the same
    message. `payload` is set when a button was pressed. Texts come through `clean`.
    """

    address: Address
    external_id: str
    at: datetime
    text: str = ""
    payload: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to a person: plain text (no markup) and buttons, a row each."""

    text: str
    buttons: tuple[Button, ...] = field(default=())


def clean(text: str) -> str:
    """Return the text as it may be stored: NFC, no control characters, no half surrogates, at most 4,096 characters."""
    text = text[:MAX_TEXT_CHARS].encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", text.translate(_DROPPED))[:MAX_TEXT_CHARS].strip()


__all__ = ["MAX_TEXT_CHARS", "Address", "Attachment", "Button", "Inbound", "Message", "Outbound", "clean"]
