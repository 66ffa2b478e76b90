"""What a request brings: a message as JSON, as multipart or as the page's form, and the numbers in a query.

Everything is checked and bounded here; what does not fit is `Refused` with a sentence.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from bot.channels.webchat.answers import Refused
from bot.channels.webchat.sentences import FILE_TOO_LARGE, MALFORMED, NOTHING_SAID, TOO_LONG, WRONG_KIND
from handlers.messages import MAX_TEXT_CHARS, Attachment, clean

MAX_BODY_BYTES = 64_000  # 4,096 characters, each written as two \uXXXX, with room for the rest
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_CLIENT_ID_CHARS = 64
MAX_PAYLOAD_CHARS = 200  # ours have at most 64 bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it was posted, checked.

    Args:
        payload: of the button that was pressed; rules over the text.
        client_id: the sender's own number of the message; the same one twice is the same message.
    """

    text: str
    payload: str | None
    client_id: str | None
    attachments: tuple[Attachment, ...]


async def read_posted(request: web.Request) -> Posted:
    """Read a message in either form. Raises Refused."""
    if request.content_type == "application/json":
        try:
            # Deep nesting ends in RecursionError, an endless number in ValueError.
            fields = json.loads(await _bounded(request))
        except (ValueError, RecursionError) as exc:
            raise Refused(400, MALFORMED) from exc
        if not isinstance(fields, dict):
            raise Refused(400, MALFORMED)
        return _checked(fields, ())
    if request.content_type == "multipart/form-data":
        try:
            return _checked(*await _read_multipart(request))
        except (ValueError, RuntimeError, AssertionError, HttpProcessingError) as exc:
            raise Refused(400, MALFORMED) from exc
    raise Refused(415, WRONG_KIND)


async def read_form(request: web.Request) -> tuple[Posted, str]:
    """Read what the page's form sends by itself; returns it, and the text as it was typed. Raises Refused."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refused(415, WRONG_KIND)
    try:
        fields = parse_qs(_decoded(await _bounded(request)), max_num_fields=20)
    except ValueError as exc:
        raise Refused(400, MALFORMED) from exc
    text, payload, once = (fields.get(name, [""])[0] for name in ("text", "payload", "once"))
    # The page's own number and what is said: a second tap is the same message, the next question is another.
    said = hashlib.sha256("\0".join((once, payload or text)).encode()).hexdigest()
    return _checked({"text": text, "payload": payload, "client_id": said if once else None}, ()), text


def _checked(fields: Mapping[str, object], attachments: tuple[Attachment, ...]) -> Posted:
    """Check the fields' types and sizes; a field that is null is one that is not there. Raises Refused."""
    text, payload, client_id = (fields.get(name) for name in ("text", "payload", "client_id"))
    if not all(value is None or isinstance(value, str) for value in (text, payload, client_id)):
        raise Refused(400, MALFORMED)
    text, payload = str(text or ""), str(payload or "")
    if len(text) > MAX_TEXT_CHARS:
        raise Refused(413, TOO_LONG)
    if client_id is not None:
        client_id = str(client_id)
        if not 0 < len(client_id) <= MAX_CLIENT_ID_CHARS or not client_id.isprintable():
            raise Refused(400, MALFORMED)
    text, payload = clean(text), clean(payload)
    if len(payload) > MAX_PAYLOAD_CHARS:
        raise Refused(400, MALFORMED)
    if not text and not payload and not attachments:
        raise Refused(400, NOTHING_SAID)
    return Posted(text, payload or None, client_id, attachments)


async def _bounded(request: web.Request) -> bytes:
    """Read the body. The limit is ours: the app's may be made for pictures. Raises Refused."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Refused(413, TOO_LONG)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Refused(413, TOO_LONG)
    return bytes(body)


async def _read_multipart(request: web.Request) -> tuple[dict[str, object], tuple[Attachment, ...]]:
    """Read the fields, and of files only what kind they are: nobody looks at them yet, so nothing is kept."""
    if (request.content_length or 0) > MAX_FILE_BYTES + MAX_BODY_BYTES:
        raise Refused(413, FILE_TOO_LARGE)
    fields: dict[str, object] = {}
    attachments: list[Attachment] = []
    text_room, file_room = MAX_BODY_BYTES, MAX_FILE_BYTES
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refused(400, MALFORMED)
        is_file = part.filename is not None or part.name == "file"
        value, size = bytearray(), 0
        while chunk := await part.read_chunk():
            size += len(chunk)
            if size > (file_room if is_file else text_room):
                raise Refused(413, FILE_TOO_LARGE if is_file else TOO_LONG)
            if not is_file:
                value += chunk
        if not is_file:
            text_room -= size
            fields[part.name or ""] = _decoded(bytes(value))
        elif size:  # a form without a chosen file sends an empty one
            file_room -= size
            attachments.append(_kind(part.headers.get("Content-Type", "")))
    return fields, tuple(attachments)


def _kind(content_type: str) -> Attachment:
    kinds = {"image": Attachment.PHOTO, "audio": Attachment.VOICE, "video": Attachment.VIDEO}
    return kinds.get(content_type.partition("/")[0].strip().lower(), Attachment.FILE)


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as exc:
        raise Refused(400, MALFORMED) from exc


def number(value: str, least: int) -> int | None:
    """Return a number as it is written in a query; None for anything else, and for what no database can hold."""
    if not value.isascii() or not value.isdigit() or len(value) > 18 or int(value) < least:
        return None
    return int(value)
