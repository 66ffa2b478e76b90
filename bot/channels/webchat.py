"""The web chat: one page, its small API and its stream of later messages. A channel that shows the transcript itself.

Nothing is pushed from here: browsers fetch what is stored. What a resident types comes in by `POST` and goes to the
reception; the answers go back in the same response.
"""

import asyncio
import json
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from bot.channels.base import Failure, Health, NotNow, Reception, SendFailed, State, Transcript
from bot.channels.websession import (
    BAD_PLACE,
    BUSY,
    FOREIGN,
    TOO_FAST,
    TOO_MANY_PAGES,
    Pace,
    Posted,
    Refused,
    Sessions,
    client_ip,
    is_foreign,
    number,
    origin_of,
    read_form,
    read_posted,
)
from bot.static.page import Asset, Page
from handlers.messages import Address, Inbound, Message, Outbound

NAME = "web"
PER_SESSION_MINUTE, PER_IP_MINUTE = 60, 600
PAGE_MESSAGES = 30  # the newest ones stand in the page itself, for those who wait for scripts or have none
DEFAULT_LIMIT, MAX_LIMIT = 50, 100
STREAMS_PER_SESSION = 4
HEARTBEAT_S = 15.0
RECONNECT_MS = 3000
RETRY_AFTER_S = 2

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the channel has to know.

    Args:
        session_key: signs the session cookies; changing it makes everybody a stranger.
        embed_origins: sites that may show the chat, e.g. `https://xa-tuky.example.vn`.
        public_url: how the outside reaches us, without a slash at the end.
        greeting: plain text on the page before anything was said.
        per_ip_minute: messages a minute from one IP address; many phones share one.
    """

    session_key: bytes = field(repr=False)
    embed_origins: tuple[str, ...]
    public_url: str
    greeting: str
    per_ip_minute: int = PER_IP_MINUTE
    heartbeat_s: float = HEARTBEAT_S


class WebChat:
    """The web chat as `bot.channels.base.Channel`."""

    name = NAME

    def __init__(
        self,
        settings: WebSettings,
        reception: Reception,
        transcript: Transcript,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._reception = reception
        self._transcript = transcript
        self._now = now
        self._sessions = Sessions(
            settings.session_key,
            https=settings.public_url.startswith("https://"),
            embedded=bool(settings.embed_origins),
        )
        self._origins = frozenset((origin_of(settings.public_url), *settings.embed_origins))
        self._per_session = Pace(PER_SESSION_MINUTE, now)
        self._per_ip = Pace(settings.per_ip_minute, now)
        self._streams: dict[str, list[_Stream]] = defaultdict(list)
        self._stopping = False
        self._assets = {name: Asset.read(name) for name in ("chat.css", "chat.js", "embed.js")}
        self._html = Page(settings.greeting, self._assets["chat.css"], self._assets["chat.js"])
        self._headers = _security_headers(settings.embed_origins)

    # -- as a channel

    def shape(self, message: Outbound) -> list[Outbound]:
        """Return the message as it is: a page has room."""
        return [message]

    async def send(self, address: str, message: Outbound) -> str | None:
        """Refuse: browsers fetch. Nobody should call this."""
        raise SendFailed(Failure.REFUSED, "browsers fetch their messages")

    def health(self) -> Health:
        """Say how the channel is: it has nobody else's server to depend on."""
        return Health(State.OK)

    async def start(self) -> None:
        """Nothing to do: the web server's routes are there."""

    async def stop(self) -> None:
        """Take no more messages in, and end the streams now: the process must not wait for open pages."""
        self._stopping = True
        for stream in [s for streams in self._streams.values() for s in streams]:
            stream.end()

    async def close(self) -> None:
        """Nothing to let go of."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the page, its files and its API."""
        return [
            web.get("/", self._guarded(self._show_page)),
            web.post("/", self._guarded(self._post_form)),
            web.get("/static/chat.css", self._give_asset),
            web.get("/static/chat.js", self._give_asset),
            web.get("/embed.js", self._give_asset),
            web.post("/api/chat/messages", self._guarded(self._post_message)),
            web.get("/api/chat/messages", self._guarded(self._list_messages)),
            web.get("/api/chat/events", self._guarded(self._stream_events), allow_head=False),
        ]

    def _guarded(self, handler: _Handler) -> _Handler:
        """Wrap a handler: what it refuses is answered in JSON, and other sites' requests are refused."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                # To look at the page from another site is what links and frames do.
                if request.path != "/" or request.method == "POST":
                    self._admit(request)
                return await handler(request)
            except Refused as refusal:
                return self._refuse(refusal)

        return guarded

    def _admit(self, request: web.Request) -> None:
        if is_foreign(request, self._origins):
            raise Refused(403, FOREIGN)
        if request.method == "POST":
            if self._stopping:
                raise Refused(503, BUSY, RETRY_AFTER_S)
            if wait_s := self._per_ip.wait_s(client_ip(request)):
                raise Refused(429, TOO_FAST, wait_s)

    def _refuse(self, refusal: Refused, headers: Mapping[str, str] | None = None) -> web.Response:
        return self._json({"error": refusal.sentence}, refusal.status, {**(headers or {}), **refusal.headers})

    def _json(
        self, body: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        response = web.Response(
            body=_dump(body).encode(),
            status=status,
            content_type="application/json",
            charset="utf-8",
            headers={**self._headers, "Cache-Control": "no-store", **(headers or {})},
        )
        response.enable_compression()
        return response

    # -- messages in

    async def _post_message(self, request: web.Request) -> web.StreamResponse:
        posted = await read_posted(request)
        known = self._sessions.find(request)
        session = known or self._sessions.new()
        # The cookie goes out with a refusal too: what is sent again must come from the same session.
        cookie = {} if known else {"Set-Cookie": self._sessions.cookie(session)}
        try:
            replies = await self._take(session, posted)
        except Refused as refusal:
            return self._refuse(refusal, cookie)
        response = self._json({"messages": [_to_json(m) for m in replies]}, headers=cookie)
        return await self._hand_over(request, response, session, replies)

    async def _take(self, session: str, posted: Posted) -> tuple[Message, ...]:
        """Bring a message to the reception; returns its answers. Raises Refused."""
        external_id = f"{session}:{posted.client_id or secrets.token_urlsafe(16)}"
        if wait_s := self._per_session.wait_s(session, external_id):
            raise Refused(429, TOO_FAST, wait_s)
        inbound = Inbound(
            Address(NAME, session),
            external_id,
            self._now(),
            posted.text if posted.payload is None else "",
            posted.payload,
            posted.attachments,
        )
        try:
            return (await self._reception.receive(inbound)).replies
        except NotNow as exc:
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc

    async def _hand_over(
        self,
        request: web.Request,
        response: web.Response,
        session: str,
        messages: tuple[Message, ...] | list[Message],
    ) -> web.Response:
        """Write the response; only then the browser has fetched the messages in it."""
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            return response  # the browser is gone, and will ask again
        if messages and request.method != "HEAD":
            self._transcript.fetched(Address(NAME, session), messages[-1].id)
        return response

    # -- messages out

    async def _list_messages(self, request: web.Request) -> web.StreamResponse:
        after = number(request.query.get("after", "0"), 0)
        limit = number(request.query.get("limit", str(DEFAULT_LIMIT)), 1)
        if after is None or limit is None or limit > MAX_LIMIT:
            raise Refused(400, BAD_PLACE)
        session = self._sessions.find(request)
        if session is None:
            return self._json({"messages": []})
        try:
            messages = await self._transcript.history(Address(NAME, session), after, limit)
        except NotNow as exc:
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc
        response = self._json({"messages": [_to_json(m) for m in messages]})
        return await self._hand_over(request, response, session, messages)

    async def _stream_events(self, request: web.Request) -> web.StreamResponse:
        session = self._sessions.find(request)
        if session is None:
            return web.Response(status=204, headers={**self._headers, "Cache-Control": "no-store"})
        if self._stopping:
            raise Refused(503, BUSY, RETRY_AFTER_S)
        address = Address(NAME, session)
        after = await self._begin_after(request, address)
        with self._transcript.watch(address) as woken:
            stream = _Stream(request.query.get("page", ""), woken)
            self._open(session, stream)
            response = self._event_stream()
            try:
                await response.prepare(request)
                await self._write_events(response, address, after, stream)
            except ConnectionError:
                pass  # the page was closed: how streams usually end
            finally:
                self._streams[session].remove(stream)
                if not self._streams[session]:
                    del self._streams[session]
        return response

    def _open(self, session: str, stream: "_Stream") -> None:
        # A phone that changes its network leaves a stream behind that nobody closes for minutes; the same page
        # asking again takes its place.
        for left in self._streams[session]:
            if stream.page and left.page == stream.page:
                left.end()
        if sum(not s.ended for s in self._streams[session]) >= STREAMS_PER_SESSION:
            raise Refused(429, TOO_MANY_PAGES, 60)
        self._streams[session].append(stream)

    async def _begin_after(self, request: web.Request, address: Address) -> int:
        last = number(request.headers.get("Last-Event-ID", ""), 0)
        if last is None and "after" in request.query:
            last = number(request.query["after"], 0)
            if last is None:
                raise Refused(400, BAD_PLACE)
        try:
            return await self._transcript.newest(address) if last is None else last
        except NotNow as exc:
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc

    def _event_stream(self) -> web.StreamResponse:
        return web.StreamResponse(
            headers={
                **self._headers,
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )

    async def _write_events(
        self, response: web.StreamResponse, address: Address, after: int, stream: "_Stream"
    ) -> None:
        await response.write(f"retry: {RECONNECT_MS}\n\n".encode())
        quiet = False
        while not (stream.ended or self._stopping):
            stream.woken.clear()
            try:
                messages = await self._transcript.later(address, after, MAX_LIMIT)
            except NotNow:
                messages = []  # looked for again with the next heartbeat
            if messages:
                await response.write("".join(map(_to_event, messages)).encode())
                after = messages[-1].id
                self._transcript.fetched(address, after)
            elif quiet:
                await response.write(b":\n\n")
            quiet = len(messages) < MAX_LIMIT and not await stream.woken_within(self._settings.heartbeat_s)

    # -- the page

    async def _show_page(self, request: web.Request) -> web.StreamResponse:
        session = self._sessions.find(request)
        messages = await self._latest(session) if session else []
        session = session or self._sessions.new()
        # Given anew each time, so that the year begins again.
        response = self._page(session, messages, headers={"Set-Cookie": self._sessions.cookie(session)})
        return await self._hand_over(request, response, session, messages)

    async def _latest(self, session: str) -> list[Message]:
        try:
            return await self._transcript.history(Address(NAME, session), 0, PAGE_MESSAGES)
        except NotNow:
            return []  # the page still opens; its script asks again

    async def _post_form(self, request: web.Request) -> web.StreamResponse:
        """Take what the page's form sends by itself, where scripts are off or not there yet."""
        posted, typed = await read_form(request)
        session = self._sessions.find(request) or self._sessions.new()
        cookie = {"Set-Cookie": self._sessions.cookie(session)}
        try:
            await self._take(session, posted)
        except Refused as refusal:
            messages = await self._latest(session)
            return self._page(session, messages, refusal, typed, {**cookie, **refusal.headers})
        location = {"Location": "/#end", "Cache-Control": "no-store"}
        return web.Response(status=303, headers={**self._headers, **location, **cookie})

    def _page(
        self,
        session: str,
        messages: list[Message],
        refusal: Refused | None = None,
        typed: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        notice, status = (refusal.sentence, refusal.status) if refusal else ("", 200)
        once = secrets.token_urlsafe(9)
        page = self._html.write(messages, self._sessions.label(session), once, notice, typed)
        response = web.Response(
            text=page,
            status=status,
            content_type="text/html",
            headers={**self._headers, "Cache-Control": "no-store", **(headers or {})},
        )
        response.enable_compression()
        return response

    async def _give_asset(self, request: web.Request) -> web.StreamResponse:
        asset = self._assets[request.path.rpartition("/")[2]]
        headers = {**self._headers, "ETag": f'"{asset.tag}"', "Vary": "Accept-Encoding"}
        if request.path == "/embed.js":
            # Other sites name it without a version, so it has to be asked for again.
            headers |= {
                "Cache-Control": "public, max-age=3600",
                "Cross-Origin-Resource-Policy": "cross-origin",
            }
        elif request.query.get("v") == asset.tag:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            headers["Cache-Control"] = "no-cache"
        if any(tag.value == asset.tag for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = asset.body
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = asset.zipped
        return web.Response(body=body, content_type=asset.content_type, charset="utf-8", headers=headers)


class _Stream:
    """One open page that waits for later messages."""

    def __init__(self, page: str, woken: asyncio.Event) -> None:
        self.page = page
        self.woken = woken
        self.ended = False

    def end(self) -> None:
        self.ended = True
        self.woken.set()

    async def woken_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except TimeoutError:
            return False
        return True


def _security_headers(embed_origins: tuple[str, ...]) -> dict[str, str]:
    frames = " ".join(embed_origins) or "'none'"
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _to_json(message: Message) -> dict[str, object]:
    return {
        "id": message.id,
        "text": message.text,
        "buttons": [
            {"label": b.label, "url": b.url}
            if b.url is not None
            else {"label": b.label, "payload": b.payload}
            for b in message.buttons
        ],
        "attachments": [],
        "from": "bot" if message.direction == "out" else "resident",
        "at": message.at.isoformat(),
    }


def _to_event(message: Message) -> str:
    return f"id: {message.id}\nevent: message\ndata: {_dump(_to_json(message))}\n\n"
