"""What the web chat's requests are: whose (the signed session), from where, how fast, and what they post."""

import base64
import hashlib
import hmac
import ipaddress
import json
import math
import re
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from handlers.messages import MAX_TEXT_CHARS, Attachment, clean

COOKIE = "hc_session"
COOKIE_AGE_S = 365 * 24 * 3600
MINUTE = timedelta(minutes=1)

MAX_BODY_BYTES = 64_000  # 4,096 characters, each written as two \uXXXX, with room for the rest
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_CLIENT_ID_CHARS = 64
MAX_PAYLOAD_CHARS = 200  # ours have at most 64 bytes

# Sentences of the page itself; what the bot says is in handlers/texts.py.
MALFORMED = "Máy chủ không đọc được tin này. Bà con tải lại trang rồi gửi lại giúp tôi nhé."
NOTHING_SAID = "Tin chưa có chữ nào. Bà con gõ điều muốn hỏi giúp tôi nhé."
TOO_LONG = "Tin dài quá. Bà con viết ngắn lại, hoặc chia thành mấy tin giúp tôi nhé."
FILE_TOO_LARGE = "Tệp lớn quá (tối đa 8 MB). Bà con gửi tệp nhỏ hơn, hoặc gõ bằng chữ giúp tôi nhé."
WRONG_KIND = "Máy chủ không nhận kiểu tin này."
TOO_FAST = "Bà con nhắn nhanh quá. Xin chờ một chút rồi gửi tiếp."
BUSY = "Máy chủ đang bận, chưa nhận được tin. Xin bà con gửi lại sau giây lát."
FOREIGN = "Tin này không được gửi từ trang của chúng tôi, nên không nhận."
TOO_MANY_PAGES = "Bà con đang mở trang này ở quá nhiều cửa sổ."
BAD_PLACE = "after là số từ 0, limit là số từ 1 đến 100."

_SIGNED = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


class Refused(Exception):
    """A request is not taken: the status, a sentence for the person, and when to come again."""

    def __init__(self, status: int, sentence: str, wait_s: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = {"Retry-After": str(wait_s)} if wait_s else {}


class Sessions:
    """Sessions live in the browser alone: a random id, and our signature under it."""

    def __init__(self, key: bytes, *, https: bool, embedded: bool) -> None:
        """Args: embedded: other sites may show the page, so the cookie has to work in their frames."""
        self._key = key
        self._attributes = f"; Max-Age={COOKIE_AGE_S}; Path=/; HttpOnly"
        if https and embedded:
            # Partitioned: each site that shows the chat gets its own session, and browsers that block
            # third-party cookies let it through.
            self._attributes += "; Secure; SameSite=None; Partitioned"
        else:
            self._attributes += ("; Secure" if https else "") + "; SameSite=Lax"

    def find(self, request: web.Request) -> str | None:
        """Return the session of a request; None without a cookie or with one that we did not sign."""
        signed = _SIGNED.fullmatch(request.cookies.get(COOKIE, ""))
        if signed is None or not hmac.compare_digest(signed[2], self._sign("session", signed[1])):
            return None
        return signed[1]

    def new(self) -> str:
        """Return a new session: 128 random bits."""
        return secrets.token_urlsafe(16)

    def cookie(self, session: str) -> str:
        """Return the value of the Set-Cookie header that gives a session to a browser."""
        # By hand: http.cookies learned of Partitioned in Python 3.14 only.
        return f"{COOKIE}={session}.{self._sign('session', session)}{self._attributes}"

    def label(self, session: str) -> str:
        """Return a name of the session that its page may know: nobody gets the session back from it."""
        return self._sign("label", session)[:12]

    def _sign(self, purpose: str, session: str) -> str:
        digest = hmac.digest(self._key, f"{purpose}:{session}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def origin_of(url: str) -> str:
    """Return the origin of an address, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_foreign(request: web.Request, origins: frozenset[str]) -> bool:
    """Say whether another site makes the browser ask this of us.

    Args: origins: ours, and those of the sites that may show the chat.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site == "cross-site":
        return True
    # Our pages say `no-referrer`, and with it a form that is sent without scripts has the origin "null".
    if origin is None or (origin == "null" and site == "same-origin"):
        return False
    # The Host header is what the browser believes to be talking to: right behind any proxy, or without one.
    return origin not in origins and origin.partition("://")[2].lower() != request.host.lower()


def client_ip(request: web.Request) -> str:
    """Return where a request comes from, as one string a household or phone; for counting, not for logs."""
    remote = request.remote or ""
    try:
        address = ipaddress.ip_address(remote)
        if address.is_loopback and (forwarded := request.headers.getall("X-Forwarded-For", [])):
            # A proxy on this machine added the last one itself; what stands before it anybody can write.
            address = ipaddress.ip_address(forwarded[-1].rpartition(",")[2].strip())
    except ValueError:
        return remote
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        # A single line has a whole /64.
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class Pace:
    """Lets so many through a minute for each key: a sliding window, in memory."""

    def __init__(self, limit: int, now: Callable[[], datetime]) -> None:
        self._limit = limit
        self._now = now
        self._passed: dict[str, deque[tuple[datetime, str]]] = defaultdict(deque)
        self._swept = now()

    def wait_s(self, key: str, repeatable: str = "") -> int:
        """Count one and return 0; or, with the window full, count nothing and return the seconds to wait.

        Args: repeatable: an id; what passed with it in the last minute passes again, uncounted.
        """
        now = self._now()
        self._sweep(now)
        passed = self._passed[key]
        self._forget(passed, now)
        if repeatable and any(known == repeatable for _, known in passed):
            return 0
        if len(passed) >= self._limit:
            return max(1, math.ceil((passed[0][0] + MINUTE - now).total_seconds()))
        passed.append((now, repeatable))
        return 0

    @staticmethod
    def _forget(passed: deque[tuple[datetime, str]], now: datetime) -> None:
        # A clock that stepped back must not shut anybody out for longer than the window.
        while passed and not timedelta(0) <= now - passed[0][0] < MINUTE:
            passed.popleft()

    def _sweep(self, now: datetime) -> None:
        if timedelta(0) <= now - self._swept < MINUTE:
            return
        self._swept = now
        for key, passed in list(self._passed.items()):
            self._forget(passed, now)
            if not passed:
                del self._passed[key]


@dataclass(frozen=True, slots=True)
class Posted:
    text: str
    payload: str | None
    client_id: str | None
    attachments: tuple[Attachment, ...]


async def read_posted(request: web.Request) -> Posted:
    """Read a message in either form. Raises Refused."""
    if request.content_type == "application/json":
        try:
            # Deep nesting ends in RecursionError, an endless number in ValueError.
            fields = json.loads(await bounded(request))
        except (ValueError, RecursionError) as exc:
            raise Refused(400, MALFORMED) from exc
        if not isinstance(fields, dict):
            raise Refused(400, MALFORMED)
        return checked(fields, ())
    if request.content_type == "multipart/form-data":
        try:
            return checked(*await _read_multipart(request))
        except (ValueError, RuntimeError, AssertionError, HttpProcessingError) as exc:
            raise Refused(400, MALFORMED) from exc
    raise Refused(415, WRONG_KIND)


async def read_form(request: web.Request) -> tuple[Posted, str]:
    """Read what the page's form sends by itself; returns it, and the text as it was typed. Raises Refused."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refused(415, WRONG_KIND)
    try:
        fields = parse_qs(decoded(await bounded(request)), max_num_fields=20)
    except ValueError as exc:
        raise Refused(400, MALFORMED) from exc
    text, payload, once = (fields.get(name, [""])[0] for name in ("text", "payload", "once"))
    # The page's own number and what is said: a second tap is the same message, the next question is another.
    said = hashlib.sha256("\0".join((once, payload or text)).encode()).hexdigest()
    return checked({"text": text, "payload": payload, "client_id": said if once else None}, ()), text


def checked(fields: Mapping[str, object], attachments: tuple[Attachment, ...]) -> Posted:
    """Check the fields' types and sizes; a field that is null is one that is not there. Raises Refused."""
    text, payload, client_id = (fields.get(name) for name in ("text", "payload", "client_id"))
    if not all(value is None or isinstance(value, str) for value in (text, payload, client_id)):
        raise Refused(400, MALFORMED)
    text, payload = str(text or ""), str(payload or "")
    if len(text) > MAX_TEXT_CHARS:
        raise Refused(413, TOO_LONG)
    if client_id is not None:
        client_id = str(client_id)
        if not 0 < len(client_id) <= MAX_CLIENT_ID_CHARS or not client_id.isprintable():
            raise Refused(400, MALFORMED)
    text, payload = clean(text), clean(payload)
    if len(payload) > MAX_PAYLOAD_CHARS:
        raise Refused(400, MALFORMED)
    if not text and not payload and not attachments:
        raise Refused(400, NOTHING_SAID)
    return Posted(text, payload or None, client_id, attachments)


async def bounded(request: web.Request) -> bytes:
    """Read the body. The limit is ours: the app's may be made for pictures. Raises Refused."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Refused(413, TOO_LONG)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Refused(413, TOO_LONG)
    return bytes(body)


async def _read_multipart(request: web.Request) -> tuple[dict[str, object], tuple[Attachment, ...]]:
    """Read the fields, and of files only what kind they are: nobody looks at them yet, so nothing is kept."""
    if (request.content_length or 0) > MAX_FILE_BYTES + MAX_BODY_BYTES:
        raise Refused(413, FILE_TOO_LARGE)
    fields: dict[str, object] = {}
    attachments: list[Attachment] = []
    text_room, file_room = MAX_BODY_BYTES, MAX_FILE_BYTES
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refused(400, MALFORMED)
        is_file = part.filename is not None or part.name == "file"
        value, size = bytearray(), 0
        while chunk := await part.read_chunk():
            size += len(chunk)
            if size > (file_room if is_file else text_room):
                raise Refused(413, FILE_TOO_LARGE if is_file else TOO_LONG)
            if not is_file:
                value += chunk
        if not is_file:
            text_room -= size
            fields[part.name or ""] = decoded(bytes(value))
        elif size:  # a form without a chosen file sends an empty one
            file_room -= size
            attachments.append(_kind(part.headers.get("Content-Type", "")))
    return fields, tuple(attachments)


def _kind(content_type: str) -> Attachment:
    kinds = {"image": Attachment.PHOTO, "audio": Attachment.VOICE, "video": Attachment.VIDEO}
    return kinds.get(content_type.partition("/")[0].strip().lower(), Attachment.FILE)


def decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as exc:
        raise Refused(400, MALFORMED) from exc


def number(value: str, least: int) -> int | None:
    """Return a number as it is written in a query; None for anything else, and for what no database can hold."""
    if not value.isascii() or not value.isdigit() or len(value) > 18 or int(value) < least:
        return None
    return int(value)
