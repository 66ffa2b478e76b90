"""Files that come with a form: kept at once, and carried along in it, so that an error elsewhere does not lose them.

What was kept goes along signed: only who uploaded it can send it, and only as what it was uploaded for. One that no row
names is gone an hour after it was last carried.
"""

import asyncio
import base64
import hmac
import json
import os
from collections.abc import AsyncGenerator
from dataclasses import astuple
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from console.parts import official, parts
from console.security import signature
from handlers.messages import FileKind, IncomingFile, Kept

_PIECE_BYTES: Final = 256 * 1024


class Expired(Exception):
    """A file that was carried along is not there any more."""


async def pieces(sent: FileField) -> AsyncGenerator[bytes, None]:
    """Give what was uploaded piece by piece, as the shelf takes it."""
    while piece := await asyncio.to_thread(sent.file.read, _PIECE_BYTES):
        yield piece


def seal(request: web.Request, purpose: str, one: IncomingFile) -> str:
    """Write a kept file as it goes along in the form."""
    assert one.kept is not None  # noqa: S101  # what is carried was kept
    content = json.dumps([one.kind, one.name, astuple(one.kept)])
    body = base64.urlsafe_b64encode(content.encode()).decode()
    return f"{body}.{_sign(request, purpose, body)}"


async def reopen(request: web.Request, purpose: str, text: str) -> IncomingFile | None:
    """Read a file that a form carries, and keep it for another hour; None: it is not this official's. Raises Expired."""
    body, _, signed = text.partition(".")
    if not hmac.compare_digest(signed.encode(), _sign(request, purpose, body).encode()):
        return None
    kind, name, content = json.loads(base64.urlsafe_b64decode(body))
    kept = Kept(*content)
    try:
        await asyncio.to_thread(os.utime, parts(request).file_path(kept.file))
    except FileNotFoundError as exc:
        raise Expired from exc
    return IncomingFile(FileKind(kind), name, kept=kept)


def _sign(request: web.Request, purpose: str, body: str) -> str:
    return signature(parts(request).key, f"{purpose}-{official(request).id}", body)
