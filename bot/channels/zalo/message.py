"""What a message of ours looks like to Zalo: parts, buttons, and the text that a press comes back as. Pure.

Limits: the contract, section 3.
"""

import re
import unicodedata
from dataclasses import replace

from bot.channels import render
from bot.channels.base import Failure, SendFailed
from handlers.messages import Button, Outbound

PART_UTF16 = 2000
MOST_BUTTONS = 5
TITLE_UTF16 = 35  # phones cut what is longer; Zalo takes 100
LONGEST_TITLE_UTF16 = 100
SUBTITLE_UTF16 = 500
MORE = "Chọn tiếp:"
_MARK = "#"
_USER_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
# A version, a flow, an action, arguments: as handlers write a payload, of whatever version of ours.
_PAYLOAD = re.compile(r"\d{1,3}:[a-z_]{1,32}:.{1,120}", re.ASCII)
_PHONE = re.compile(r"tel:\+?([\d .-]+)", re.ASCII | re.IGNORECASE)

Body = dict[str, object]


def shape(message: Outbound, *, forms: bool = False) -> list[Outbound]:
    """Cut a message into parts that Zalo takes: at words, and five buttons a part.

    The first five buttons stay on the last part of the text; further ones follow, five at a time. `forms`: Zalo's form
    for name and phone number can be shown, and is a part of its own.
    """
    text = unicodedata.normalize("NFC", message.text)
    if forms and message.contact_request is not None:
        title = unicodedata.normalize("NFC", message.contact_request)
        return [Outbound(cut(text, SUBTITLE_UTF16), contact_request=cut(title, LONGEST_TITLE_UTF16))]
    if message.form_button is not None:
        offered = (message.form_button,) if forms else ()
        message = replace(message, buttons=(*offered, *message.buttons), form_button=None)
    pages = [
        message.buttons[at : at + MOST_BUTTONS] for at in range(0, len(message.buttons), MOST_BUTTONS)
    ] or [()]
    first = render.split(replace(message, text=text, buttons=pages[0]), PART_UTF16)
    if len(pages) == 1:
        return first
    last = [Outbound(MORE, page) for page in pages[1:]]
    # Documents stand behind everything else.
    return [*first[:-1], replace(first[-1], files=()), *last[:-1], replace(last[-1], files=message.files)]


def to_query(payload: str) -> str:
    """Return the text that a press of a button with this payload comes back as."""
    return _MARK + payload


def from_query(text: str) -> str | None:
    """Return the payload that a text stands for; None if it is no press.

    Anybody can type it: it means what the button of any of our messages means, and no more.
    """
    payload = text.strip().removeprefix(_MARK)
    return payload if payload != text.strip() and _PAYLOAD.fullmatch(payload) else None


def recipient(address: str) -> Body:
    """Return whom a message is for. Raises SendFailed for what is no user id."""
    if not _USER_ID.fullmatch(address):
        raise SendFailed(Failure.REFUSED, "the address is not a user id")
    return {"user_id": address}


def content(part: Outbound) -> Body:
    """Return `message` for one shaped part without its pictures. Raises SendFailed for what Zalo would surely refuse."""
    text = sendable(part.text)
    if not text.strip():
        raise SendFailed(Failure.REFUSED, "the text is empty")
    if not part.buttons:
        return {"text": text}
    titles = _titles([button.label for button in part.buttons])
    buttons = [_button(button, title) for button, title in zip(part.buttons, titles, strict=True)]
    return {"text": text, "attachment": {"type": "template", "payload": {"buttons": buttons}}}


def picture(attachment_id: str, text: str) -> Body:
    """Return `message` for one picture, with its text below where there is one."""
    element = {"media_type": "image", "attachment_id": attachment_id}
    payload = {"template_type": "media", "elements": [element]}
    shown: Body = {"attachment": {"type": "template", "payload": payload}}
    return {"text": sendable(text), **shown} if text.strip() else shown


def contact_form(title: str, text: str, image_url: str) -> Body:
    """Return `message` for the form in which a person gives name and phone number; it has no buttons."""
    element = {"title": sendable(title), "subtitle": sendable(text), "image_url": image_url}
    payload = {"template_type": "request_user_info", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


def document(token: str) -> Body:
    """Return `message` for one uploaded document, which has no text."""
    return {"attachment": {"type": "file", "payload": {"token": token}}}


def sendable(text: str) -> str:
    """Return the text without half surrogates, which cannot be sent: one wrong letter is better than no message."""
    return text.encode("utf-8", "replace").decode()


def _button(button: Button, title: str) -> Body:
    if button.url is None:
        if not button.payload or from_query(to_query(button.payload)) != button.payload:
            raise SendFailed(Failure.REFUSED, "a button's payload would not be known again")
        # `hide`: what comes back is for us, and would only puzzle the person.
        return {"title": title, "type": "oa.query.hide", "payload": to_query(button.payload)}
    if called := _PHONE.fullmatch(button.url):
        number = re.sub(r"\D", "", called[1])
        # Zalo's phones want the country's number in front.
        number = f"84{number[1:]}" if number.startswith("0") else number
        return {"title": title, "type": "oa.open.phone", "payload": {"phone_code": number}}
    return {"title": title, "type": "oa.open.url", "payload": {"url": button.url}}


def _titles(labels: list[str]) -> list[str]:
    """Cut labels to what phones show; those that would then read alike stay as long as Zalo takes them."""
    whole = [unicodedata.normalize("NFC", sendable(label)).strip() or "…" for label in labels]
    short = [cut(label, TITLE_UTF16) for label in whole]
    return [
        title if short.count(title) == 1 else cut(label, LONGEST_TITLE_UTF16)
        for title, label in zip(short, whole, strict=True)
    ]


def cut(label: str, limit_utf16: int) -> str:
    """Return a label of at most so many UTF-16 units, cut at a word where there is one, and marked as cut."""
    if render.utf16_length(label) <= limit_utf16:
        return label
    return render.split(Outbound(label), limit_utf16 - 1)[0].text.rstrip(" ,;:.-–") + "…"
