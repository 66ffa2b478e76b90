"""Messages with documents: one under its text where that fits, else the text and then the documents."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.channels import render
from bot.channels.base import Gallery
from bot.channels.telegram.errors import Answered, ApiProblem, TextOnly, Unanswered
from bot.channels.telegram.message import Params
from bot.channels.telegram.photos import CAPTION_UTF16
from bot.channels.telegram.updates import NAME
from handlers.messages import Document

_LONGEST_WAIT_S = 20.0

log = logging.getLogger(__name__)

Send = Callable[[Params, str, bytes | None], Awaitable[object]]
"""sendDocument: its parameters, the name people see, and the content to send along as `document` if Telegram has none."""


class Documents:
    """Sends what has documents."""

    def __init__(
        self, gallery: Gallery, send_document: Send, send_text: Callable[[Params], Awaitable[str]]
    ) -> None:
        self._gallery = gallery
        self._send_document = send_document
        self._send_text = send_text

    async def send(self, params: Params, text: str, documents: Sequence[Document]) -> str:
        """Send text and documents; returns the id of the message with the text. Raises ApiProblem,
        TextOnly once the text is out.

        Args: params: of sendMessage, for the text.
        """
        contents = [await self._content(one) for one in documents]
        if len(documents) == 1 and render.utf16_length(text) <= CAPTION_UTF16:
            below = {
                name: value for name, value in params.items() if name not in ("text", "link_preview_options")
            }
            return await self._show(below | {"caption": params["text"]}, documents[0], contents[0])
        message_id = await self._send_text(params)
        for one, content in zip(documents, contents, strict=True):
            try:
                await self._go_on({"chat_id": params["chat_id"]}, one, content)
            except ApiProblem as problem:
                raise TextOnly(message_id, problem) from problem
        return message_id

    async def _content(self, one: Document) -> bytes:
        """Read a document before anything is said. Raises Answered, as for what Telegram will never take."""
        try:
            return await asyncio.to_thread(self._gallery.path(one.file).read_bytes)
        except OSError as exc:
            log.error("document missing", extra={"channel": NAME})
            raise Answered(400, "the document is missing") from exc

    async def _go_on(self, params: Params, one: Document, content: bytes) -> None:
        """Send a document once the text is out: from here on nothing may be sent again from the beginning."""
        try:
            await self._show(params, one, content)
        except Answered as problem:
            if problem.code != 429 or (problem.retry_after_s or 0) > _LONGEST_WAIT_S:
                raise
            await asyncio.sleep(max(problem.retry_after_s or 0, 1.0))
            await self._show(params, one, content)

    async def _show(self, params: Params, one: Document, content: bytes) -> str:
        """Send one document, by Telegram's file_id if it has it already."""
        if (known := await self._gallery.find(one.file)) is not None:
            try:
                return _message_id(await self._send_document(params | {"document": known}, one.name, None))
            except Answered as problem:
                if not (problem.code == 400 and "file" in problem.description):
                    raise
                # Another bot's, or gone: uploaded again, once.
                await self._gallery.forget(one.file)
        sent = await self._send_document(params | {"document": "attach://d0"}, one.name, content)
        document = sent.get("document") if isinstance(sent, dict) else None
        new = document.get("file_id") if isinstance(document, dict) else None
        if isinstance(new, str):
            await self._gallery.keep(one.file, new)
        return _message_id(sent)


def _message_id(sent: object) -> str:
    message_id = sent.get("message_id") if isinstance(sent, dict) else None
    if not isinstance(message_id, int):
        raise Unanswered("the answer is no message")
    return str(message_id)
