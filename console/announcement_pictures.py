"""Pictures that come with the form of an announcement: kept at once, so that an error elsewhere does not lose them.

What was kept goes along in the form, signed: only who uploaded a picture can put it into an announcement. One that no
announcement names is gone after an hour.
"""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import astuple, dataclass
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from console.forms import Form
from console.parts import official, parts
from console.security import signature
from handlers import document_texts
from handlers.errors import Invalid
from handlers.files import MAX_FILE_BYTES, RefusedFile
from handlers.messages import FileKind, Kept

MOST: Final = 3
UP_TO: Final = MOST * MAX_FILE_BYTES + 2**20
"""Bytes of a form with pictures."""
FIELD: Final = "pictures"
_PIECE_BYTES: Final = 256 * 1024
_TOO_MANY: Final = f"Nhiều nhất {MOST} ảnh. Hãy bỏ bớt."
_NO_PICTURE: Final = "“{name}” không phải ảnh. Hãy chọn ảnh JPG hoặc PNG."


@dataclass(frozen=True, slots=True)
class Pictures:
    """Those of an announcement, as the form has them. `former`: it had them before; `fresh`: kept, named by no row yet."""

    former: Sequence[str]
    fresh: Sequence[Kept]

    @property
    def names(self) -> list[str]:
        """Return our names of them, in their order."""
        return [*self.former, *(one.file for one in self.fresh)]


async def take(request: web.Request, form: Form, former: Sequence[str]) -> Pictures:
    """Return what the form has, with what was just uploaded; what cannot be taken is said beside the field."""
    left_out = set(form.chosen("drop"))
    along = [_opened(request, text) for text in form.chosen("kept") if text not in left_out]
    fresh = [kept for kept in along if kept is not None]
    had = [name for name in former if name not in left_out]
    for sent in (await request.post()).getall(FIELD, []):
        if not isinstance(sent, FileField):
            continue
        if len(had) + len(fresh) >= MOST:
            form.refuse(Invalid(FIELD, _TOO_MANY))
            break
        try:
            one = await parts(request).keep_file(_pieces(sent), sent.filename)
        except RefusedFile as exc:
            no_picture = _NO_PICTURE.format(name=sent.filename[:80])
            form.refuse(Invalid(FIELD, document_texts.in_office(exc, no_picture)))
            continue
        if one.kind is not FileKind.PHOTO or one.kept is None:
            form.refuse(Invalid(FIELD, _NO_PICTURE.format(name=sent.filename[:80])))
            continue
        fresh.append(one.kept)
    return Pictures(had, fresh)


async def _pieces(sent: FileField) -> AsyncGenerator[bytes, None]:
    while piece := await asyncio.to_thread(sent.file.read, _PIECE_BYTES):
        yield piece


def sealed(request: web.Request, kept: Kept) -> str:
    """Write a kept picture as it goes along in the form."""
    body = base64.urlsafe_b64encode(json.dumps(astuple(kept)).encode()).decode()
    return f"{body}.{_sign(request, body)}"


def _opened(request: web.Request, text: str) -> Kept | None:
    body, _, signed = text.partition(".")
    if not hmac.compare_digest(signed.encode(), _sign(request, body).encode()):
        return None
    return Kept(*json.loads(base64.urlsafe_b64decode(body)))


def _sign(request: web.Request, body: str) -> str:
    return signature(parts(request).key, f"picture-{official(request).id}", body)
