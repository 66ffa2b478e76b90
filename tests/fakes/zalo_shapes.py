"""What the openapi host takes as a body, rule by rule (platforms/zalo.md, section 3). Pure: raises what Zalo answers."""

import unicodedata
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEXT_CHARS = 2000
TITLE_CHARS = 100
SUBTITLE_CHARS = 500
PAYLOAD_CHARS = 1000
MOST_BUTTONS = MOST_ELEMENTS = 5


class ZaloError(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message or f"Error {code}"


@dataclass(frozen=True)
class Content:
    """What a body says, once it is found good. `file`: an attachment's id or a file's token."""

    kind: str
    text: str = ""
    buttons: tuple[Json, ...] = ()
    file: str | None = None
    elements: tuple[Json, ...] = field(default=())


def read_message(message: object) -> Content:
    """Read `message` of a customer-service message. Raises ZaloError -201 for its shape, -210 for a limit."""
    if not isinstance(message, dict):
        raise ZaloError(-201, "message is invalid")
    unknown = message.keys() - {"text", "attachment", "quote_message_id"}
    if unknown:
        raise ZaloError(-201, f"{sorted(unknown)[0]} is invalid")
    text = _text(message)
    attachment = message.get("attachment")
    if attachment is None:
        if not text:
            raise ZaloError(-201, "text is empty")
        return Content("text", text)
    if not isinstance(attachment, dict) or not isinstance(payload := attachment.get("payload"), dict):
        raise ZaloError(-201, "attachment is invalid")
    if attachment.get("type") == "file":
        if text or not isinstance(payload.get("token"), str):
            raise ZaloError(-201, "token is invalid")
        return Content("file", file=payload["token"])
    if attachment.get("type") != "template":
        # The plain form {"type": "image", …} among them.
        raise ZaloError(-201, "attachment type is invalid")
    match payload.get("template_type"):
        case None:
            if not text:
                raise ZaloError(-201, "text is empty")
            return Content("text", text, _buttons(payload.get("buttons")))
        case "media":
            return _media(text, payload)
        case "list":
            elements = _elements(payload, MOST_ELEMENTS)
            _buttons(payload.get("buttons"), needed=False)
            return Content("list", text, elements=elements)
        case "request_user_info":
            return _request_user_info(text, payload)
    raise ZaloError(-201, "template_type is invalid")


def _text(message: Json) -> str:
    text = message.get("text", "")
    if not isinstance(text, str):
        raise ZaloError(-201, "text is invalid")
    # Counted as the strictest reader would: in UTF-16 units.
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > TEXT_CHARS:
        raise ZaloError(-210, "text is too long")
    if text != unicodedata.normalize("NFC", text):
        raise ZaloError(-201, "text is not NFC")  # ours, not Zalo's: a decomposed text is twice as long
    return text if text.strip() else ""


def _buttons(given: object, *, needed: bool = True) -> tuple[Json, ...]:
    if not isinstance(given, list) or (needed and not given):
        raise ZaloError(-201, "buttons is invalid")
    if len(given) > MOST_BUTTONS:
        raise ZaloError(-210, "buttons: too many")
    for button in given:
        if not isinstance(button, dict) or button.keys() - {"title", "type", "payload", "image_icon"}:
            raise ZaloError(-201, "button is invalid")
        title, payload = button.get("title"), button.get("payload")
        if not isinstance(title, str) or not title.strip():
            raise ZaloError(-201, "title is invalid")
        if len(title.encode("utf-16-le")) // 2 > TITLE_CHARS:
            raise ZaloError(-210, "title is too long")
        match button.get("type"):
            case "oa.query.show" | "oa.query.hide":
                if not isinstance(payload, str) or not payload:
                    raise ZaloError(-201, "payload is invalid")
                if len(payload) > PAYLOAD_CHARS:
                    raise ZaloError(-210, "payload is too long")
            case "oa.open.url":
                if not isinstance(payload, dict) or not str(payload.get("url", "")).startswith("http"):
                    raise ZaloError(-201, "url is invalid")
            case "oa.open.phone" | "oa.open.sms":
                if not isinstance(payload, dict) or not str(payload.get("phone_code", "")).isdigit():
                    raise ZaloError(-201, "phone_code is invalid")
            case _:
                raise ZaloError(-201, "button type is invalid")
    return tuple(given)


def _media(text: str, payload: Json) -> Content:
    if "buttons" in payload:
        raise ZaloError(-201, "buttons is invalid")
    (element,) = _elements(payload, 1)
    kind = element.get("media_type")
    if kind not in ("image", "gif", "sticker"):
        raise ZaloError(-201, "media_type is invalid")
    file, url = element.get("attachment_id"), element.get("url")
    if isinstance(file, str) == isinstance(url, str):
        raise ZaloError(-201, "attachment_id is invalid")
    return Content(kind, text, file=file)


def _request_user_info(text: str, payload: Json) -> Content:
    """The form: a picture, a title and what it is for, and nothing beside."""
    if text or payload.keys() - {"template_type", "elements"}:
        raise ZaloError(-201, "payload is invalid")
    (element,) = _elements(payload, 1)
    if element.keys() - {"title", "subtitle", "image_url"}:
        raise ZaloError(-201, "elements is invalid")
    for name, most in (("title", TITLE_CHARS), ("subtitle", SUBTITLE_CHARS)):
        said = element.get(name)
        if not isinstance(said, str) or not said.strip():
            raise ZaloError(-201, f"{name} is invalid")
        if len(said.encode("utf-16-le")) // 2 > most:
            raise ZaloError(-210, f"{name} is too long")
    if not str(element.get("image_url", "")).startswith("https://"):
        raise ZaloError(-201, "image_url is invalid")
    return Content("request_user_info", elements=(element,))


def _elements(payload: Json, most: int) -> tuple[Json, ...]:
    elements = payload.get("elements")
    if not isinstance(elements, list) or not elements or not all(isinstance(e, dict) for e in elements):
        raise ZaloError(-201, "elements is invalid")
    if len(elements) > most:
        raise ZaloError(-210, "elements: too many")
    return tuple(elements)
