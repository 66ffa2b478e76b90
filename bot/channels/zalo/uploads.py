"""Pictures and documents for Zalo: uploaded once, then named by an id, until that expires.

A picture has at most a megabyte there, a document five, and an id lives for seven days (the contract, section 6).
"""

import asyncio
import logging
import re
import unicodedata
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from bot.channels.base import Gallery
from bot.channels.zalo.api import Api, Body
from bot.channels.zalo.errors import About, Answered, Unanswered
from bot.channels.zalo.message import document, picture
from bot.channels.zalo.settings import NAME
from bot.pictures import shrink
from handlers.messages import Document

UPLOAD_PATH, SEND_PATH = "/v2.0/oa/upload/image", "/v3.0/oa/message/cs"
DOCUMENT_PATH = "/v2.0/oa/upload/file"
MOST_BYTES = 1_000_000

log = logging.getLogger(__name__)


class Uploads:
    """Sends pictures."""

    def __init__(self, gallery: Gallery, api: Api) -> None:
        self._gallery = gallery
        self._api = api
        self._uploading: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def there(self, files: Sequence[str]) -> list[str]:
        """Return those of the pictures that still lie on our disk."""
        found = [file for file in files if await asyncio.to_thread(self._gallery.path(file).is_file)]
        if len(found) < len(files):
            log.error("picture missing, sent without", extra={"channel": NAME})
        return found

    async def send(self, to: Body, file: str, text: str) -> Body:
        """Send one picture, with a text below unless it is ""; returns the answer's data. Raises ZaloProblem."""
        return await self._send(
            file, lambda known: self._post(to, picture(known, text)), lambda: self._upload_picture(file)
        )

    async def ready(self, one: Document) -> None:
        """Upload a document that Zalo does not have. Raises ZaloProblem; nothing was sent then."""
        await self._known(one.file, lambda: self._upload_document(one))

    async def send_document(self, to: Body, one: Document) -> Body:
        """Send one document; returns the answer's data. Raises ZaloProblem."""
        return await self._send(
            one.file,
            lambda known: self._post(to, document(known)),
            lambda: self._upload_document(one),
        )

    async def _send(
        self, file: str, show: Callable[[str], Awaitable[Body]], upload: Callable[[], Awaitable[str]]
    ) -> Body:
        known = await self._known(file, upload)
        try:
            return await show(known)
        except Answered as problem:
            if problem.about is not About.ATTACHMENT:
                raise
        # Expired: uploaded again, once, by whoever finds out first.
        async with self._uploading[file]:
            if await self._gallery.find(file) == known:
                await self._gallery.forget(file)
        return await show(await self._known(file, upload))

    async def _post(self, to: Body, message: Body) -> Body:
        return await self._api.post(SEND_PATH, {"recipient": to, "message": message})

    async def _known(self, file: str, upload: Callable[[], Awaitable[str]]) -> str:
        """Return a file's id at Zalo; uploads it if Zalo does not have it. Raises ZaloProblem."""
        if (known := await self._gallery.find(file)) is not None:
            return known
        async with self._uploading[file]:
            if (known := await self._gallery.find(file)) is not None:
                return known
            known = await upload()
            await self._gallery.keep(file, known)
            return known

    async def _upload_picture(self, file: str) -> str:
        try:
            content = await asyncio.to_thread(shrink, self._gallery.path(file), MOST_BYTES)
        except OSError as exc:
            # Gone or broken since it was looked for; the message was not sent.
            raise Answered(-200) from exc
        return await self._upload(UPLOAD_PATH, "picture.jpg", content, "attachment_id")

    async def _upload_document(self, one: Document) -> str:
        try:
            content = await asyncio.to_thread(self._gallery.path(one.file).read_bytes)
        except OSError as exc:
            # Without it the answer would speak of a file that is not there: it fails, and officials see that.
            log.error("document missing", extra={"channel": NAME})
            raise Answered(-238) from exc
        return await self._upload(DOCUMENT_PATH, plain_name(one.name), content, "token")

    async def _upload(self, path: str, name: str, content: bytes, field: str) -> str:
        try:
            data = await self._api.upload(path, name, content)
        except Unanswered as problem:
            # Only the upload is in doubt: no message was sent, and nobody minds a file uploaded twice.
            raise Answered(-200) from problem
        given = data.get(field)
        if not isinstance(given, str) or not given:
            raise Answered(-200)
        return given


def plain_name(name: str) -> str:
    """Return a name in ASCII, with its ending: how Zalo reads other letters in a form's header nobody has told."""
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return re.sub(r"[^A-Za-z0-9._ -]", "", bare).strip() or "tep.pdf"
