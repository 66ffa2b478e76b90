"""What a request brings: a message as JSON, as multipart or as the page's form, and the numbers in a query.

Everything is checked and bounded here; what does not fit is `Refused` with a sentence.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from bot.channels.base import Pieces, Shelf
from bot.channels.http import read_body
from bot.channels.webchat.answers import Refused
from bot.channels.webchat.sentences import MALFORMED, NOTHING_SAID, TOO_LONG, WRONG_KIND
from handlers import file_texts
from handlers.files import MAX_FILE_BYTES, MAX_FILES, RefusedFile, Why
from handlers.messages import MAX_TEXT_CHARS, IncomingFile, clean

MAX_BODY_BYTES = 64_000  # 4,096 characters, each written as two \uXXXX, with room for the rest
MAX_PARTS = 40
_PIECE_BYTES = 64 * 1024
_STATUS = {Why.LARGE: 413, Why.KIND: 415, Why.BROKEN: 400}
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
    files: tuple[IncomingFile, ...] = ()


async def read_posted(request: web.Request, shelf: Shelf) -> Posted:
    """Read a message in either form; its files are kept on the shelf. Raises Refused and NotNow, and keeps nothing."""
    if request.content_type == "application/json":
        try:
            # Deep nesting ends in RecursionError, an endless number in ValueError.
            fields = json.loads(await _bounded(request))
        except (ValueError, RecursionError) as exc:
            raise Refused(400, MALFORMED) from exc
        if not isinstance(fields, dict):
            raise Refused(400, MALFORMED)
        return _checked(fields)
    if request.content_type == "multipart/form-data":
        with _Parts(shelf) as parts:
            await parts.read(request)
            return _checked(parts.fields, tuple(parts.files))
    raise Refused(415, WRONG_KIND)


async def read_form(request: web.Request, shelf: Shelf) -> tuple[Posted, str]:
    """Read what the page's form sends by itself; returns it, and the text as it was typed. Raises as read_posted."""
    if request.content_type == "multipart/form-data":
        with _Parts(shelf) as parts:
            await parts.read(request)
            return _form(parts.fields, tuple(parts.files), parts.digest.hexdigest())
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refused(415, WRONG_KIND)
    try:
        fields = parse_qs(_decoded(await _bounded(request)), max_num_fields=20)
    except ValueError as exc:
        raise Refused(400, MALFORMED) from exc
    return _form({name: values[0] for name, values in fields.items()}, (), "")


def _form(fields: Mapping[str, str], files: tuple[IncomingFile, ...], digest: str) -> tuple[Posted, str]:
    text, payload, once = (fields.get(name, "") for name in ("text", "payload", "once"))
    # The page's own number and what is said: a second tap is the same message, the next question is another.
    said = "\0".join((once, payload or text, *([digest] if files else [])))
    client_id = hashlib.sha256(said.encode()).hexdigest() if once else None
    return _checked({"text": text, "payload": payload, "client_id": client_id}, files), text


def _checked(fields: Mapping[str, object], files: tuple[IncomingFile, ...] = ()) -> Posted:
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
    if not text and not payload and not files:
        raise Refused(400, NOTHING_SAID)
    return Posted(text, payload or None, client_id, files)


async def _bounded(request: web.Request) -> bytes:
    """Read the body. Raises Refused."""
    if (body := await read_body(request, MAX_BODY_BYTES)) is None:
        raise Refused(413, TOO_LONG)
    return body


class _Parts:
    """The parts of a multipart body. Files go to the shelf as they come; if the block fails they go from there."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.fields: dict[str, str] = {}
        self.files: list[IncomingFile] = []
        self.digest = hashlib.sha256()
        """Of all files as they were sent: what is kept of a picture is another one."""
        self._text_room = MAX_BODY_BYTES

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if failed is not None:
            self._shelf.discard(self.files)

    async def read(self, request: web.Request) -> None:
        """Read them all. Raises Refused and NotNow."""
        if (request.content_length or 0) > MAX_FILES * MAX_FILE_BYTES + MAX_BODY_BYTES:
            raise Refused(413, file_texts.TOO_LARGE)
        count = 0
        try:
            async for part in await request.multipart():
                count += 1
                if not isinstance(part, BodyPartReader) or count > MAX_PARTS:
                    raise Refused(400, MALFORMED)
                if part.filename is not None or part.name == "file":
                    await self._take_file(part)
                else:
                    self.fields[part.name or ""] = await self._read_field(part)
        except RefusedFile as refused:
            raise Refused(_STATUS[refused.why], refused.sentence) from refused
        except (
            ValueError,
            RuntimeError,
            AssertionError,
            HttpProcessingError,
            web.RequestPayloadError,
        ) as exc:
            raise Refused(400, MALFORMED) from exc

    async def _read_field(self, part: BodyPartReader) -> str:
        value = bytearray()
        while chunk := await part.read_chunk():
            value += chunk
            self._text_room -= len(chunk)
            if self._text_room < 0:
                raise Refused(413, TOO_LONG)
        return _decoded(bytes(value))

    async def _take_file(self, part: BodyPartReader) -> None:
        first = await part.read_chunk(_PIECE_BYTES)
        if not first and not part.filename:
            return  # a form without a chosen file sends an empty one, without a name
        if len(self.files) == MAX_FILES:
            raise Refused(413, file_texts.TOO_MANY)
        self.files.append(await self._shelf.keep(self._pieces(part, first), part.filename or ""))

    async def _pieces(self, part: BodyPartReader, first: bytes) -> Pieces:
        piece = first
        while piece:
            self.digest.update(piece)
            yield piece
            piece = await part.read_chunk(_PIECE_BYTES)
        self.digest.update(b"\0")


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
