"""Read what Zalo's webhook brings: one raw event in, what it means to us out. Pure: no network, no clock.

Ids and times come as texts or as numbers (`signature.parse` makes texts of both). A field we do not look at cannot make
an event unreadable, and an event we do not know is passed over: Zalo must never be told to bring it again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.channels.zalo.message import from_query
from bot.channels.zalo.settings import NAME
from handlers.messages import Address, Contact, FileKind, Inbound, IncomingFile, clean

_SAID = "user_send_"
_WRITTEN = "oa_send_"
_FOLLOWED = ("follow", "user_follow")
_UNFOLLOWED = ("unfollow", "user_unfollow")
# What counts as an interaction besides messages and following (docs.zaloplatforms.com, read 2026-11).
_TOUCHED = ("user_click_chatnow", "user_click_button")
_FILES = {
    "image": FileKind.PHOTO,
    "gif": FileKind.PHOTO,
    "audio": FileKind.VOICE,
    "voice": FileKind.VOICE,
    "video": FileKind.VIDEO,
    "file": FileKind.FILE,
}
_REF_CHARS = 2000
_ID_CHARS = 80
_KEY_CHARS = 160
_NAME_CHARS = 80
_ATTACHMENTS = 20
_OLDEST = timedelta(days=7)  # keys of what came are kept as long
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Messages of ours that arrived at the person, or that they have `seen`."""

    platform_ids: tuple[str, ...]
    seen: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class OaWrote:
    """Something left the OA: our own message coming back, or (`by_hand`) what an official typed in Zalo's console."""

    address: Address
    message_id: str | None
    by_hand: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """The person did something that is no message. `reachable`: they follow (True) or left (False); None: neither."""

    address: Address
    at: datetime
    reachable: bool | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """There is nothing in it for us."""

    why: str


Event = Inbound | Receipts | OaWrote | Heard | Ignored


def read(event: Mapping[str, object], body: bytes, oa_id: str | None, now: datetime) -> Event:
    """Say what an event means. Raises nothing: what cannot be read is `Ignored`.

    Args:
        event: as `signature.parse` gives it.
        body: as it came; where an event has no id, its bytes are what tells it from others.
        oa_id: ours; None while it is not known.
    """
    name = _text(event, "event_name")
    at = _time(_text(event, "timestamp"), now)
    sender, recipient = _id_in(event, "sender"), _id_in(event, "recipient")
    if name in _FOLLOWED or name in _UNFOLLOWED:
        return _followed(event, name in _FOLLOWED, oa_id, at)
    if name in ("user_received_message", "user_seen_message"):
        # The documented sender of a receipt is the OA; some have seen it the other way round.
        ours = oa_id if oa_id in (sender, recipient) else sender
        if oa_id is not None and ours != oa_id:
            return Ignored("of another OA")
        return Receipts(_message_ids(event), name == "user_seen_message", at)
    from_oa = name.startswith(_WRITTEN)
    oa, person = (sender, recipient) if from_oa else (recipient, sender)
    if oa_id is not None and oa and oa != oa_id:
        return Ignored("of another OA")
    if not person or person == oa_id:
        return Ignored("of nobody")
    address = Address(NAME, person)
    if from_oa:
        by_hand = bool(_text(_object(event, "sender"), "admin_id"))
        return OaWrote(address, next(iter(_message_ids(event)), None), by_hand, at)
    if name.startswith(_SAID):
        return _said(event, name, body, address, oa or oa_id or "", at)
    if name == "user_submit_info":
        return _gave(event, body, address, oa or oa_id or "", at)
    return Heard(address, at) if name in _TOUCHED else Ignored("of a kind we do not know")


def message_key(oa_id: str, message_id: str) -> str:
    """Return the `external_id` of a person's message: the same whether the webhook brings it or catching up finds it.

    A message's id is its own, so the name of its event need not stand in it: who catches up does not know that.
    """
    return _bounded(f"{oa_id}:message:{message_id}")


# -- messages


def _said(
    event: Mapping[str, object], name: str, body: bytes, address: Address, oa_id: str, at: datetime
) -> Event:
    message = _object(event, "message")
    message_id = _id(message, "msg_id") or _id(message, "message_id")
    key = message_key(oa_id, message_id) if message_id else _unnamed_key(oa_id, name, body)
    text = clean(_text(message, "text"))
    if (payload := from_query(text)) is not None:
        return Inbound(address, key, at, payload=payload)
    files: list[IncomingFile] = []
    place: tuple[float, float] | None = None
    words = [text] if text else []
    other = False
    listed = message.get("attachments")
    for attachment in listed[:_ATTACHMENTS] if isinstance(listed, list) else ():
        kind, content = _text(attachment, "type"), _object(attachment, "payload")
        if kind in _FILES and (file := _file(_FILES[kind], content)) is not None:
            files.append(file)
        elif kind == "location":
            place = _place(content) or place
        elif kind == "link":
            # What the person typed; never fetched. A business card comes as a link too.
            words += [w for w in map(clean, _link_words(content)) if w and w not in words]
        else:
            other = True
    quoted = _id(message, "quote_msg_id") or None
    text = clean("\n".join(words))
    other = other or not (text or files or place)
    return Inbound(address, key, at, text, None, tuple(files), place, other, quoted)


def _gave(event: Mapping[str, object], body: bytes, address: Address, oa_id: str, at: datetime) -> Event:
    """Read the form that came back, of the newer or the older shape: name and number stand alike in both. What else it
    holds (a birthday, where somebody lives) nobody here asked for, and it is left out.
    """
    info = _object(event, "info")
    digits = "".join(c for c in _text(info, "phone") if c in "0123456789")
    phone = f"0{digits[2:]}" if digits.startswith("84") else digits
    phone = phone if 9 <= len(phone) <= 11 else ""
    name = " ".join(clean(_text(info, "name"))[:_NAME_CHARS].split())
    if not (name or phone):
        return Heard(address, at)
    key = _unnamed_key(oa_id, "user_submit_info", body)
    return Inbound(address, key, at, contact=Contact(name, phone))


def _followed(event: Mapping[str, object], follows: bool, oa_id: str | None, at: datetime) -> Event:
    person, oa = _id_in(event, "follower") or _id_in(event, "sender"), _text(event, "oa_id")
    if not person:
        return Ignored("of nobody")
    if oa_id is not None and oa and oa != oa_id:
        return Ignored("of another OA")
    return Heard(Address(NAME, person), at, follows)


def _file(kind: FileKind, content: Mapping[str, object]) -> IncomingFile | None:
    url, size = _text(content, "url"), _text(content, "size")
    if not url.startswith(("https://", "http://")) or len(url) > _REF_CHARS:
        return None
    return IncomingFile(
        kind,
        clean(_text(content, "name")),
        int(size) if size.isascii() and size.isdigit() and len(size) < 18 else None,
        clean(url),
    )


def _place(content: Mapping[str, object]) -> tuple[float, float] | None:
    """Return latitude and longitude."""
    coordinates = _object(content, "coordinates")
    try:
        latitude, longitude = (float(_text(coordinates, part)) for part in ("latitude", "longitude"))
    except ValueError:
        return None
    # Not a number is in no interval.
    return (latitude, longitude) if -90 <= latitude <= 90 and -180 <= longitude <= 180 else None


def _link_words(content: Mapping[str, object]) -> tuple[str, ...]:
    return _text(content, "title"), _text(content, "description"), _text(content, "url")


# -- fields


def _text(holder: object, field: str) -> str:
    """Return a text; "" when it is missing or something else."""
    value = holder.get(field) if isinstance(holder, Mapping) else None
    return value if isinstance(value, str) else ""


def _object(holder: object, field: str) -> Mapping[str, object]:
    value = holder.get(field) if isinstance(holder, Mapping) else None
    return value if isinstance(value, dict) else {}


def _id_in(event: Mapping[str, object], who: str) -> str:
    found = _id(_object(event, who), "id")
    return found if len(found) <= _ID_CHARS else ""


def _id(holder: object, field: str) -> str:
    """Return an id; "" for what is none: with a zero or half a letter in it no database would take it."""
    found = _text(holder, field)
    return found if found.isprintable() else ""


def _message_ids(event: Mapping[str, object]) -> tuple[str, ...]:
    message = _object(event, "message")
    several = message.get("msg_ids")
    ids = [e for e in several if isinstance(e, str) and e.isprintable()] if isinstance(several, list) else []
    one = _id(message, "msg_id") or _id(message, "message_id")
    return tuple(each for each in dict.fromkeys([*ids, one]) if 0 < len(each) <= _ID_CHARS)


def _time(milliseconds: str, now: datetime) -> datetime:
    """Return when it happened; now, where what is said cannot be."""
    if not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) < 16):
        return now
    try:
        at = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return now
    return at if now - _OLDEST <= at <= now + _AHEAD else now


def _unnamed_key(oa_id: str, name: str, body: bytes) -> str:
    # A repeat is the same byte for byte.
    return _bounded(f"{oa_id}:{name}:{hashlib.sha256(body).hexdigest()}")


def _bounded(key: str) -> str:
    key = clean(key)
    return key if len(key) <= _KEY_CHARS else hashlib.sha256(key.encode()).hexdigest()
