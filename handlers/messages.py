"""The words every channel speaks: what came in, what goes out. No channel's own terms."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.documents import Document
from storage.messages import Attachment, Button, Message

MAX_TEXT_CHARS = 4096
"""Longest text that is taken from a resident; a channel refuses or cuts what is longer."""

# Kept: tab and line break. NUL cannot be stored by PostgreSQL; the others have no business in a message.
_DROPPED = {c: None for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in (0x09, 0x0A)}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached: the channel's name and the channel's own id of the chat. Personal data."""

    channel: str
    value: str


class FileKind(StrEnum):
    """What a file is to people: something to look at, to listen to, to watch, to open."""

    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file whose content was looked at and that lies on our disk; no row knows it yet.

    Args:
        file: its random name there.
        media_type: by its content.
        size: bytes on disk, which for a picture are not those that were sent.
        width, height: of a picture, as it is kept.
    """

    file: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that came with a message: kept already, or still at the channel (exactly one of `kept` and `ref`).

    Args:
        kind: by its content if it is kept, else what the channel says.
        name: as the person calls it; anything may stand in it.
        size: bytes, as the channel says; None if it does not.
        ref: under which the channel gives it out. Leads to a person's file: as personal as an address.
    """

    kind: FileKind
    name: str = ""
    size: int | None = None
    ref: str | None = field(default=None, repr=False)
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Who somebody says they are, given through a form of the channel's own. Personal data.

    Args:
        name: as they wrote it; "" for none.
        phone: digits alone, beginning with 0 where it is Vietnamese; "" for none.
    """

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or one press of a button, as a channel received it.

    `external_id` is the channel's own id of the update with the bot or session in it: the same id is the same
    message. `payload` is set when a button was pressed. Texts come through `clean`. `place`: latitude and longitude in
    degrees (WGS 84). `other`: something came that nobody here has a use for, such as a sticker. `reply_to`: the
    channel's own id of the message that it answers. `contact`: a form came back, whoever asked for it and when.
    """

    address: Address
    external_id: str
    at: datetime
    text: str = ""
    payload: str | None = None
    files: tuple[IncomingFile, ...] = ()
    place: tuple[float, float] | None = None
    other: bool = False
    reply_to: str | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to a person: plain text (no markup) and buttons, a row each.

    Args:
        pictures: at most three, by the names under which they lie on our disk.
        form_button: stands first among the buttons on a channel that has a form for name and phone number, and
            nowhere else. Its press is answered with a `contact_request`.
        contact_request: the title of such a form, which then is this message, with the text as what it is for; it has
            no buttons. A channel without one shows the text. What comes back is an `Inbound.contact`.
        files: documents, which stand behind the text.
    """

    text: str
    buttons: tuple[Button, ...] = field(default=())
    pictures: tuple[str, ...] = field(default=())
    form_button: Button | None = None
    contact_request: str | None = None
    files: tuple[Document, ...] = ()


def clean(text: str) -> str:
    """Return the text as it may be stored: NFC, no control characters, no half surrogates, at most 4,096 characters."""
    text = text[:MAX_TEXT_CHARS].encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", text.translate(_DROPPED))[:MAX_TEXT_CHARS].strip()


__all__ = [
    "MAX_TEXT_CHARS",
    "Address",
    "Attachment",
    "Button",
    "Contact",
    "Document",
    "FileKind",
    "Inbound",
    "IncomingFile",
    "Kept",
    "Message",
    "Outbound",
    "clean",
]
