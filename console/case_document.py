"""A document that goes with an answer: kept at once, and carried along in the form, so that an error does not lose it.

What was kept goes along signed: only who uploaded it can send it. One that no answer names is gone an hour after it
was last carried.
"""

import asyncio
import base64
import hmac
import json
import os
from collections.abc import AsyncGenerator
from dataclasses import astuple, replace
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from console.forms import Form
from console.parts import official, parts
from console.security import signature
from handlers import document_texts
from handlers.documents import DOCUMENT, MAX_DOCUMENT_BYTES
from handlers.errors import Invalid
from handlers.files import MAX_NAME_CHARS, RefusedFile
from handlers.messages import FileKind, IncomingFile, Kept

UP_TO: Final = MAX_DOCUMENT_BYTES + 2**20
"""Bytes of a form with a document. What is larger is refused before it is read to its end."""
_PIECE_BYTES: Final = 256 * 1024


async def take(request: web.Request, form: Form) -> list[IncomingFile]:
    """Return the document that the form has, new or carried along; one that cannot be taken is said beside the field."""
    carried = "" if form.text("drop_document") else form.text("kept_document")
    former = _opened(request, carried) if carried else None
    sent = (await request.post()).get(DOCUMENT)
    if isinstance(sent, FileField) and sent.filename:
        try:
            one = await parts(request).keep_document(_pieces(sent), sent.filename)
        except RefusedFile as exc:
            form.refuse(Invalid(DOCUMENT, document_texts.in_office(exc, document_texts.KIND)))
        else:
            former = replace(one, name=one.name[:MAX_NAME_CHARS])
    form.values.pop("kept_document", None)
    if former is not None and not await _still_there(request, former):
        form.refuse(Invalid(DOCUMENT, document_texts.GONE))
        former = None
    if former is None:
        return []
    form.values |= {"kept_document": _sealed(request, former), "document_name": former.name}
    return [former]


async def _pieces(sent: FileField) -> AsyncGenerator[bytes, None]:
    while piece := await asyncio.to_thread(sent.file.read, _PIECE_BYTES):
        yield piece


async def _still_there(request: web.Request, one: IncomingFile) -> bool:
    """Keep a file for another hour; False: it was swept up before."""
    assert one.kept is not None  # noqa: S101  # all that is carried was kept
    try:
        await asyncio.to_thread(os.utime, parts(request).file_path(one.kept.file))
    except FileNotFoundError:
        return False
    return True


def _sealed(request: web.Request, one: IncomingFile) -> str:
    """Write a kept document as it goes along in the form."""
    assert one.kept is not None  # noqa: S101  # it was kept a moment ago
    body = base64.urlsafe_b64encode(json.dumps([one.name, astuple(one.kept)]).encode()).decode()
    return f"{body}.{_sign(request, body)}"


def _opened(request: web.Request, text: str) -> IncomingFile | None:
    body, _, signed = text.partition(".")
    if not hmac.compare_digest(signed.encode(), _sign(request, body).encode()):
        return None
    name, kept = json.loads(base64.urlsafe_b64decode(body))
    return IncomingFile(FileKind.FILE, name, kept=Kept(*kept))


def _sign(request: web.Request, body: str) -> str:
    return signature(parts(request).key, f"document-{official(request).id}", body)
