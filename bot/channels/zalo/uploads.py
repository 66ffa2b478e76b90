"""Pictures for Zalo: uploaded once, then named by the attachment's id, until that expires.

A picture has at most a megabyte there, and an id lives for seven days (the contract, section 6).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from bot.channels.base import Gallery
from bot.channels.zalo.api import Api, Body
from bot.channels.zalo.errors import About, Answered, Unanswered
from bot.channels.zalo.message import picture
from bot.channels.zalo.settings import NAME
from bot.pictures import shrink

UPLOAD_PATH, SEND_PATH = "/v2.0/oa/upload/image", "/v3.0/oa/message/cs"
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
        known = await self._known(file)
        try:
            return await self._show(to, known, text)
        except Answered as problem:
            if problem.about is not About.ATTACHMENT:
                raise
        # Expired: uploaded again, once, by whoever finds out first.
        async with self._uploading[file]:
            if await self._gallery.find(file) == known:
                await self._gallery.forget(file)
        return await self._show(to, await self._known(file), text)

    async def _show(self, to: Body, attachment_id: str, text: str) -> Body:
        return await self._api.post(SEND_PATH, {"recipient": to, "message": picture(attachment_id, text)})

    async def _known(self, file: str) -> str:
        """Return a picture's attachment id; uploads it if Zalo does not have it. Raises ZaloProblem."""
        if (known := await self._gallery.find(file)) is not None:
            return known
        async with self._uploading[file]:
            if (known := await self._gallery.find(file)) is not None:
                return known
            try:
                content = await asyncio.to_thread(shrink, self._gallery.path(file), MOST_BYTES)
            except OSError as exc:
                # Gone or broken since it was looked for; the message was not sent.
                raise Answered(-200) from exc
            try:
                data = await self._api.upload(UPLOAD_PATH, "picture.jpg", content)
            except Unanswered as problem:
                # Only the upload is in doubt: no message was sent, and nobody minds a picture uploaded twice.
                raise Answered(-200) from problem
            attachment_id = data.get("attachment_id")
            if not isinstance(attachment_id, str) or not attachment_id:
                raise Answered(-200)
            await self._gallery.keep(file, attachment_id)
            return attachment_id
