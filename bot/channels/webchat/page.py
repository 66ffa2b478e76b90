"""The web chat's page as HTML. Pure, apart from reading its template once.

The conversation stands in the page itself, for those who wait for scripts or have none; `chat.js` takes over what is
written here as if it were its own, so both draw a message the same way.
"""

import html
import re
from collections.abc import Sequence
from string import Template

from bot.channels.webchat.answers import file_url
from bot.channels.webchat.assets import Asset, read_static
from bot.channels.webchat.sentences import BEGIN_LABEL, PICTURE, THEM, US
from handlers.messages import Attachment, Button, Message

BEGIN_PAYLOAD = "1:menu:start"

_TITLE = re.compile(r"(.{1,90}[^.!?:…])\n\n")  # an answer begins with its topic's title
_SAFE_URL = re.compile(r"(https?://|tel:)", re.IGNORECASE)


class Page:
    """Writes the page."""

    def __init__(self, greeting: str, css: Asset, js: Asset, photo: Asset, *, head: str = "") -> None:
        """Args: greeting: plain text, shown while nothing has been said. head: HTML, further tags of the head."""
        self._head = f"{head}\n" if head else ""
        self._template = Template(read_static("chat.html").decode())
        self._hello = _greeting(greeting)
        self._css, self._js = f"/static/chat.css?v={css.tag}", f"/static/chat.js?v={js.tag}"
        self._photo = f"/static/photo.js?v={photo.tag}"

    def write(
        self, messages: Sequence[Message], session_label: str, once: str, notice: str = "", typed: str = ""
    ) -> str:
        """Return the page with a conversation.

        Args:
            session_label: under which the script keeps what is not sent yet; not the session itself.
            once: a number of this page, so that a form sent twice is one message.
            notice: why the last message was not taken.
            typed: what stands in the box.
        """
        return self._template.substitute(
            head=self._head,
            css=self._css,
            js=self._js,
            photo=self._photo,
            session=html.escape(session_label),
            once=html.escape(once),
            log="".join(map(_message, messages)) or self._hello,
            notice=html.escape(notice),
            notice_hidden="" if notice else "hidden",
            typed=html.escape(typed),
        )


def _message(message: Message) -> str:
    mine = message.direction == "in"
    if mine and not message.text and not message.attachments:
        return ""  # a press without words, such as the one that begins
    files = "".join(map(_file, message.attachments))
    words = html.escape(message.text) if mine else _titled(message.text)
    buttons = "".join(map(_button, message.buttons))
    return (
        f'<div class="m {"me" if mine else "bot"}" data-id="{message.id}">'
        f'<p class="t{"" if message.text else " none"}"><span class="vh">{THEM if mine else US}: </span>'
        f"{words}</p>{files}" + (f'<div class="b">{buttons}</div>' if buttons else "") + "</div>"
    )


def _titled(text: str) -> str:
    title = _TITLE.match(text)
    if title is None:
        return html.escape(text)
    return f"<strong>{html.escape(title[1])}</strong>{html.escape(text[title.end(1) :])}"


def _file(attachment: Attachment) -> str:
    """A picture is shown; anything else is a link that saves it."""
    url, name = file_url(attachment), html.escape(attachment.name)
    if attachment.kind == "photo":
        inner = f'<img src="{url}" alt="{PICTURE}" loading="lazy">'
        return f'<a class="p" href="{url}" target="_blank" rel="noopener noreferrer">{inner}</a>'
    return f'<a class="d" href="{url}" download="{name}">{name}</a>'


def _button(button: Button) -> str:
    label = html.escape(button.label)
    if button.url is None:
        return f'<button form="f" name="payload" value="{html.escape(button.payload or "")}">{label}</button>'
    if not _SAFE_URL.match(button.url):
        return ""
    return f'<a href="{html.escape(button.url)}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _greeting(greeting: str) -> str:
    return (
        f'<div class="m bot" id="hello"><p class="t"><span class="vh">{US}: </span>{html.escape(greeting)}</p>'
        f'<div class="b">{_button(Button(BEGIN_LABEL, BEGIN_PAYLOAD, None))}</div></div>'
    )
