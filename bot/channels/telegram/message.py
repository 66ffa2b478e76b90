"""What a message of ours looks like to the Bot API: the parameters of sendMessage. Pure."""

import html
import re

from bot.channels.base import Failure, SendFailed
from bot.channels.telegram.updates import MAX_CALLBACK_BYTES
from handlers.messages import Outbound

PART_UTF16 = 4000  # Telegram takes 4096 after entity parsing; the rest is our margin

Params = dict[str, object]
_CHAT_ID = re.compile(r"-?\d{1,19}")


def to_send(address: str, message: Outbound) -> Params:
    """Return the parameters for one shaped message. Raises SendFailed for what Telegram would surely refuse."""
    if not _CHAT_ID.fullmatch(address):
        raise SendFailed(Failure.REFUSED, "the address is not a chat id")
    # Half a surrogate cannot be sent at all; one wrong letter is better than no message.
    text = message.text.encode("utf-8", "replace").decode()
    if not text.strip():
        raise SendFailed(Failure.REFUSED, "the text is empty")
    return {
        "chat_id": int(address),
        "text": html.escape(text, quote=False),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": _keyboard(message),
    }


def without_markup(params: Params) -> Params:
    """Return the same message as plain text."""
    return params | {"text": _unescaped(str(params["text"])), "parse_mode": None}


def _keyboard(message: Outbound) -> Params | None:
    """Return the buttons, a row each. Raises SendFailed for one that Telegram would refuse or we would not know again."""
    rows = []
    for button in message.buttons:
        if button.url is not None:
            rows.append([{"text": button.label, "url": button.url}])
        elif button.payload and len(button.payload.encode()) <= MAX_CALLBACK_BYTES:
            rows.append([{"text": button.label, "callback_data": button.payload}])
        else:
            raise SendFailed(Failure.REFUSED, f"a button's payload is not of 1 to {MAX_CALLBACK_BYTES} bytes")
    return {"inline_keyboard": rows} if rows else None


def _unescaped(text: str) -> str:
    """Undo our own escaping, and only that: what a person wrote may contain `&nbsp;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
