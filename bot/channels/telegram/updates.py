"""Read what Telegram sends: one raw update in, what it means to us out. Pure: no client library, no network.

The few fields we need are read straight from the JSON. A field we do not look at cannot make an update unreadable,
however the Bot API grows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.messages import Address, FileKind, Inbound, IncomingFile, clean

NAME = "telegram"
MAX_CALLBACK_BYTES = 64  # UTF-8; Bot API, InlineKeyboardButton.callback_data, read 2026-11
KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update we ask for (`allowed_updates`)."""

START_PAYLOAD = "1:menu:start"
_START = re.compile(r"\S+\s+([ae])_([0-9]{1,10})", re.ASCII)
_STARTS = {"a": START_PAYLOAD, "e": "1:rsvp:show"}
_COMMANDS = {"/menu": "menu", "/help": "trợ giúp", "/stop": "dừng"}

# By the fields of a message (Bot API, Message, read 2026-11). An animation comes with a document that is the same file.
_FILES = {
    "voice": FileKind.VOICE,
    "audio": FileKind.VOICE,
    "video": FileKind.VIDEO,
    "video_note": FileKind.VIDEO,
    "animation": FileKind.VIDEO,
    "document": FileKind.FILE,
}
_OTHER = ("contact", "sticker")
_REF_CHARS = 512  # file_ids have some 80; any client's update can hold anything
# What Telegram itself writes into a private chat: nobody said it, so nobody waits for an answer.
_SERVICE = {
    "boost_added",
    "chat_background_set",
    "chat_shared",
    "checklist_tasks_added",
    "checklist_tasks_done",
    "connected_website",
    "gift",
    "gift_upgrade_sent",
    "message_auto_delete_timer_changed",
    "passport_data",
    "pinned_message",
    "proximity_alert_triggered",
    "refunded_payment",
    "successful_payment",
    "unique_gift",
    "users_shared",
    "web_app_data",
    "write_access_allowed",
}


@dataclass(frozen=True, slots=True)
class Reachability:
    """The person stopped the bot, or came back."""

    address: Address
    reachable: bool


@dataclass(frozen=True, slots=True)
class Update:
    """One update as we understand it.

    Args:
        person: updates of one person are taken strictly in order; None where nobody is known.
        effect: None when there is nothing in it for us.
        callback_id: set when a button was pressed; the press has to be answered.
        fault: what could not be read in an update of a known kind; for the log, without what was written.
    """

    update_id: int
    external_id: str
    person: str | None = None
    effect: Inbound | Reachability | None = None
    callback_id: str | None = None
    fault: str = ""


class Unreadable(ValueError):
    """A field is missing or of the wrong type. The text names the field, never its value."""


def read(raw: object, bot_id: str, now: Callable[[], datetime]) -> Update:
    """Say what an update means. Raises `Unreadable` only if it has no usable `update_id`; all else is in the result.

    Args:
        raw: one element of getUpdates, or the body of a webhook request, as parsed JSON.
        bot_id: becomes part of `external_id`, because update ids are counted per bot.
        now: the time of a press, which Telegram does not tell.
    """
    if not isinstance(raw, dict):
        raise Unreadable("update is not an object")
    update_id = _integer(raw, "update_id")
    if not 0 <= update_id < 2**63:
        raise Unreadable("update_id is out of range")
    external_id = f"{bot_id}:{update_id}"
    kind = next((k for k in KINDS if raw.get(k) is not None), None)
    if kind is None:
        return Update(update_id, external_id)
    callback_id: str | None = None
    try:
        body = _object(raw, kind)
        if kind == "callback_query":
            callback_id = _text(body, "id")
        address = _private_chat(body) if kind != "callback_query" else _presser(body)
        effect: Inbound | Reachability | None = None
        if address is not None and kind == "message":
            effect = _message(body, address, external_id)
        elif address is not None and kind == "callback_query":
            effect = _press(body, address, external_id, now)
        elif address is not None and kind == "my_chat_member":
            status = _text(_object(body, "new_chat_member"), "status")
            effect = Reachability(address, reachable=status == "member")
    except Unreadable as exc:
        return Update(update_id, external_id, callback_id=callback_id, fault=f"{kind}: {exc}")
    return Update(update_id, external_id, address.value if address else None, effect, callback_id)


def _private_chat(holder: dict[str, object]) -> Address | None:
    """Return the private chat in which something happened; None for groups and channels."""
    chat = _object(holder, "chat")
    chat_id = _integer(chat, "id")
    return Address(NAME, str(chat_id)) if _text(chat, "type") == "private" else None


def _presser(query: dict[str, object]) -> Address | None:
    """Return where a button was pressed. A private chat has the id of its person.

    An old message comes without its content, or not at all; one sent through inline mode is not ours to answer.
    """
    if query.get("message") is not None:
        return _private_chat(_object(query, "message"))
    if query.get("inline_message_id") is not None:
        return None
    return Address(NAME, str(_integer(_object(query, "from"), "id")))


def _message(message: dict[str, object], address: Address, external_id: str) -> Inbound | None:
    seconds = _integer(message, "date")
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as exc:
        raise Unreadable("date is not a time") from exc
    text = clean(_optional_text(message, "text") or _optional_text(message, "caption"))
    file, place = _file(message), _place(message)
    other = any(message.get(field) is not None for field in _OTHER)
    if not text and file is None and place is None and not other:
        if not _SERVICE.isdisjoint(message):
            return None
        # A poll, a die, a story, something newer than this code: the person sent it and waits for an answer.
        other = True
    command = text.split(maxsplit=1)[0].split("@")[0].lower() if text.startswith("/") else ""
    if command == "/start":
        return Inbound(address, external_id, at, text, _start(text))
    return Inbound(
        address,
        external_id,
        at,
        _COMMANDS.get(command, text),
        None,
        (file,) if file else (),
        place,
        other,
        _replied_to(message),
    )


def _start(text: str) -> str:
    """Return the press that a start stands for: a leaflet's link brings its commune along ("/start a_11020"), the page
    of an invitation its session ("/start e_7")."""
    brought = _START.fullmatch(text)
    return f"{_STARTS[brought[1]]}:{brought[2]}" if brought else START_PAYLOAD


def _replied_to(message: dict[str, object]) -> str | None:
    """Return the id of the message that this one answers, as `sendMessage` gave it; None for none, or one unreadable."""
    answered = message.get("reply_to_message")
    number = answered.get("message_id") if isinstance(answered, dict) else None
    return str(number) if type(number) is int else None


def _file(message: dict[str, object]) -> IncomingFile | None:
    """Return the file of a message: Telegram sends each of an album as a message of its own."""
    if isinstance(sizes := message.get("photo"), list):
        # The same picture in several sizes, the largest last.
        return _reference(FileKind.PHOTO, sizes[-1] if sizes else None)
    for field, kind in _FILES.items():
        if (body := message.get(field)) is not None:
            return _reference(kind, body)
    return None


def _reference(kind: FileKind, body: object) -> IncomingFile | None:
    fields = body if isinstance(body, dict) else {}
    ref, name, size = (fields.get(key) for key in ("file_id", "file_name", "file_size"))
    if not isinstance(ref, str) or not 0 < len(ref) <= _REF_CHARS:
        return None
    return IncomingFile(
        kind,
        clean(name) if isinstance(name, str) else "",
        size if isinstance(size, int) and 0 <= size < 2**63 else None,
        clean(ref),
    )


def _place(message: dict[str, object]) -> tuple[float, float] | None:
    """Return latitude and longitude; a venue comes with its location."""
    location = message.get("location")
    if not isinstance(location, dict):
        return None
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        return None
    return float(latitude), float(longitude)


def _press(
    query: dict[str, object], address: Address, external_id: str, now: Callable[[], datetime]
) -> Inbound | None:
    if query.get("data") is None:
        return None  # a game's button, which we never send
    # Any client can send any data; what is longer than Telegram's own limit is not from our buttons.
    payload = clean(_text(query, "data")).encode()[:MAX_CALLBACK_BYTES].decode("utf-8", "ignore")
    return Inbound(address, external_id, now(), payload=payload)


def _object(holder: dict[str, object], field: str) -> dict[str, object]:
    value = holder.get(field)
    if not isinstance(value, dict):
        raise Unreadable(f"{field} is not an object")
    return value


def _integer(holder: dict[str, object], field: str) -> int:
    value = holder.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(f"{field} is not a whole number")
    return value


def _text(holder: dict[str, object], field: str) -> str:
    value = holder.get(field)
    if not isinstance(value, str):
        raise Unreadable(f"{field} is not a text")
    return value


def _optional_text(holder: dict[str, object], field: str) -> str:
    return "" if holder.get(field) is None else _text(holder, field)
