"""Pictures that come with the form of an announcement: kept at once, and carried along in it (`console.carried`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from console import carried
from console.forms import Form
from console.parts import parts
from handlers import document_texts
from handlers.errors import Invalid
from handlers.files import MAX_FILE_BYTES, RefusedFile
from handlers.messages import FileKind, IncomingFile, Kept

MOST: Final = 3
UP_TO: Final = MOST * MAX_FILE_BYTES + 2**20
"""Bytes of a form with pictures."""
FIELD: Final = "pictures"
_PURPOSE: Final = "picture"
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
    fresh: list[Kept] = []
    for text in form.chosen("kept"):
        try:
            along = None if text in left_out else await carried.reopen(request, _PURPOSE, text)
        except carried.Expired:
            form.refuse(Invalid(FIELD, document_texts.GONE))
        else:
            fresh += [along.kept] if along is not None and along.kept is not None else []
    had = [name for name in former if name not in left_out]
    for sent in (await request.post()).getall(FIELD, []):
        if not isinstance(sent, FileField):
            continue
        if len(had) + len(fresh) >= MOST:
            form.refuse(Invalid(FIELD, _TOO_MANY))
            break
        try:
            one = await parts(request).keep_file(carried.pieces(sent), sent.filename)
        except RefusedFile as exc:
            no_picture = _NO_PICTURE.format(name=sent.filename[:80])
            form.refuse(Invalid(FIELD, document_texts.in_office(exc, no_picture)))
            continue
        if one.kind is not FileKind.PHOTO or one.kept is None:
            form.refuse(Invalid(FIELD, _NO_PICTURE.format(name=sent.filename[:80])))
            continue
        fresh.append(one.kept)
    return Pictures(had, fresh)


def sealed(request: web.Request, kept: Kept) -> str:
    """Write a kept picture as it goes along in the form."""
    return carried.seal(request, _PURPOSE, IncomingFile(FileKind.PHOTO, kept=kept))
