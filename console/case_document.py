"""A document that goes with an answer: kept at once, and carried along in the form (`console.carried`)."""

from dataclasses import replace
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from console import carried
from console.forms import Form
from console.parts import parts
from handlers import document_texts
from handlers.documents import DOCUMENT, MAX_DOCUMENT_BYTES
from handlers.errors import Invalid
from handlers.files import MAX_NAME_CHARS, RefusedFile
from handlers.messages import IncomingFile

UP_TO: Final = MAX_DOCUMENT_BYTES + 2**20
"""Bytes of a form with a document. What is larger is refused before it is read to its end."""


async def take(request: web.Request, form: Form) -> list[IncomingFile]:
    """Return the document that the form has, new or carried along; one that cannot be taken is said beside the field."""
    along = "" if form.text("drop_document") else form.text("kept_document")
    form.values.pop("kept_document", None)
    found: IncomingFile | None = None
    sent = (await request.post()).get(DOCUMENT)
    try:
        if isinstance(sent, FileField) and sent.filename:
            one = await parts(request).keep_document(carried.pieces(sent), sent.filename)
            found = replace(one, name=one.name[:MAX_NAME_CHARS])
        elif along:
            found = await carried.reopen(request, DOCUMENT, along)
    except RefusedFile as exc:
        form.refuse(Invalid(DOCUMENT, document_texts.in_office(exc, document_texts.KIND)))
    except carried.Expired:
        form.refuse(Invalid(DOCUMENT, document_texts.GONE))
    if found is None:
        return []
    form.values |= {"kept_document": carried.seal(request, DOCUMENT, found), "document_name": found.name}
    return [found]
