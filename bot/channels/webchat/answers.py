"""How the API answers: messages as JSON and as events, and refusals. Knows nothing of who asks."""

import json
from collections.abc import Mapping

from aiohttp import web

from handlers.messages import Attachment, Message

NO_STORE = {"Cache-Control": "no-store"}
RETRY_AFTER_S = 2


class Refused(Exception):
    """A request is not taken: the status, a sentence for the person, and when to come again."""

    def __init__(self, status: int, sentence: str, wait_s: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = {"Retry-After": str(wait_s)} if wait_s else {}


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a response with this body; nobody on the way may keep it."""
    response = web.Response(
        body=_dump(body).encode(),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={**NO_STORE, **(headers or {})},
    )
    response.enable_compression()
    return response


def refusal_answer(refusal: Refused, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return the response that says why."""
    return json_answer({"error": refusal.sentence}, refusal.status, {**(headers or {}), **refusal.headers})


def to_json(message: Message) -> dict[str, object]:
    """Return a message in the shape that the API publishes."""
    return {
        "id": message.id,
        "text": message.text,
        "buttons": [
            {"label": b.label, "url": b.url}
            if b.url is not None
            else {"label": b.label, "payload": b.payload}
            for b in message.buttons
        ],
        "attachments": [{"kind": a.kind, "url": file_url(a), "name": a.name} for a in message.attachments],
        "from": "bot" if message.direction == "out" else "resident",
        "at": message.at.isoformat(),
    }


def file_url(attachment: Attachment) -> str:
    """Return where a file is given out, to the session it belongs to."""
    if attachment.number is not None:
        return f"/api/chat/pictures/{attachment.id}/{attachment.number}"
    return f"/api/chat/files/{attachment.id}"


def to_event(message: Message) -> str:
    """Return a message as a Server-Sent Event."""
    return f"id: {message.id}\nevent: message\ndata: {_dump(to_json(message))}\n\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
