"""Messages with pictures: one with its text below it where that fits, else the pictures and then the text.

A picture is uploaded with the first message that shows it; all later ones name it by Telegram's file_id.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bot.channels import render
from bot.channels.base import Gallery
from bot.channels.telegram.errors import Answered, ApiProblem, Unanswered, Unreachable
from bot.channels.telegram.message import Params
from bot.channels.telegram.updates import NAME

CAPTION_UTF16 = 1024  # after entity parsing; Bot API, sendPhoto
_LONGEST_WAIT_S = 30.0

log = logging.getLogger(__name__)

Call = Callable[[str, Params, dict[str, Path]], Awaitable[object]]
"""A method of the Bot API, its parameters, and files to send along by the names the parameters give them."""


class Photos:
    """Sends what has pictures."""

    def __init__(self, gallery: Gallery, call: Call, send_text: Callable[[Params], Awaitable[str]]) -> None:
        self._gallery = gallery
        self._call = call
        self._send_text = send_text
        self._uploading: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, params: Params, text: str, pictures: Sequence[str]) -> str:
        """Send pictures and text; returns the id of the message with the text. Raises ApiProblem.

        Args: params: of sendMessage, for the text.
        """
        here = [file for file in pictures if await asyncio.to_thread(self._gallery.path(file).is_file)]
        if len(here) < len(pictures):
            log.error("picture missing, sent without", extra={"channel": NAME})
        if not here:
            return await self._send_text(params)
        if len(here) == 1 and render.utf16_length(text) <= CAPTION_UTF16:
            below = {
                name: value for name, value in params.items() if name not in ("text", "link_preview_options")
            }
            return await self._show(below | {"caption": params["text"]}, here)
        await self._show({"chat_id": params["chat_id"]}, here)
        return await self._send_after_pictures(params)

    async def _send_after_pictures(self, params: Params) -> str:
        """Send the text once its pictures are out: from here on nothing may be sent again from the beginning."""
        try:
            try:
                return await self._send_text(params)
            except Answered as problem:
                if problem.code != 429 or (problem.retry_after_s or 0) > _LONGEST_WAIT_S:
                    raise
                await asyncio.sleep(max(problem.retry_after_s or 0, 1.0))
                return await self._send_text(params)
        except Unreachable as problem:
            raise Unanswered(f"the pictures went out, the text did not: {problem}") from None
        except Answered as problem:
            if problem.code == 429:
                raise Unanswered(f"the pictures went out, the text did not: {problem}") from None
            raise

    async def _show(self, params: Params, files: Sequence[str]) -> str:
        """Send one picture, or several as an album; uploads those that Telegram does not have yet."""
        known = [await self._gallery.find(file) for file in files]
        if all(known):
            try:
                return await self._send_photos(params, files, known)
            except Answered as problem:
                if not (problem.code == 400 and "file" in problem.description):
                    raise
                # Another bot's, or gone: uploaded again, once.
                for file in files:
                    await self._gallery.forget(file)
        # In the order of their names, so that two albums never wait for each other.
        locks = [self._uploading[file] for file in sorted(set(files))]
        for lock in locks:
            await lock.acquire()
        try:
            known = [await self._gallery.find(file) for file in files]
            return await self._send_photos(params, files, known)
        finally:
            for lock in locks:
                lock.release()

    async def _send_photos(self, params: Params, files: Sequence[str], known: Sequence[str | None]) -> str:
        uploads = {
            f"p{n}": self._gallery.path(file)
            for n, (file, ref) in enumerate(zip(files, known, strict=True))
            if ref is None
        }
        shown = [ref or f"attach://p{n}" for n, ref in enumerate(known)]
        if len(files) == 1:
            sent = [await self._call("sendPhoto", params | {"photo": shown[0]}, uploads)]
        else:
            media = [{"type": "photo", "media": one} for one in shown]
            album = await self._call("sendMediaGroup", params | {"media": media}, uploads)
            sent = album if isinstance(album, list) else []
        if len(sent) != len(files):
            raise Unanswered("the answer is not of these pictures")
        for file, ref, message in zip(files, known, sent, strict=True):
            if ref is None and (new := _file_id(message)) is not None:
                await self._gallery.keep(file, new)
        first = sent[0]
        message_id = first.get("message_id") if isinstance(first, dict) else None
        if not isinstance(message_id, int):
            raise Unanswered("the answer is no message")
        return str(message_id)


def _file_id(message: object) -> str | None:
    """Return the file_id of the largest size of a sent picture."""
    sizes = message.get("photo") if isinstance(message, dict) else None
    largest = sizes[-1] if isinstance(sizes, list) and sizes else None
    found = largest.get("file_id") if isinstance(largest, dict) else None
    return found if isinstance(found, str) else None


__all__ = ["CAPTION_UTF16", "ApiProblem", "Photos"]
