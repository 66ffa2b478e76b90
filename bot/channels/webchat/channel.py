"""The web chat: one page, its small API and its stream of later messages. A channel that shows the transcript itself.

Nothing is pushed from here: browsers fetch what is stored. What a resident types comes in by `POST` and goes to the
reception; the answers go back in the same response.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from aiohttp import web

from bot.channels.base import (
    Failure,
    Health,
    NotNow,
    Reception,
    SendFailed,
    Shelf,
    ShownFile,
    State,
    Transcript,
)
from bot.channels.webchat.answers import (
    NO_STORE,
    RETRY_AFTER_S,
    Refused,
    json_answer,
    refusal_answer,
    to_json,
)
from bot.channels.webchat.assets import Asset
from bot.channels.webchat.events import Streams
from bot.channels.webchat.pace import PER_SESSION_MINUTE, Pace, client_ip
from bot.channels.webchat.page import Page
from bot.channels.webchat.posted import Posted, number, read_form, read_posted
from bot.channels.webchat.security import is_foreign, origin_of, secure
from bot.channels.webchat.sentences import BAD_PLACE, BUSY, FOREIGN, NO_FILE, TOO_FAST
from bot.channels.webchat.session import Sessions
from bot.channels.webchat.settings import WebSettings
from handlers.files import safe_headers
from handlers.messages import Address, Inbound, Message, Outbound

NAME = "web"
PAGE_MESSAGES = 30  # the newest ones stand in the page itself, for those who wait for scripts or have none
DEFAULT_LIMIT, MAX_LIMIT = 50, 100

__all__ = ["WebChat", "WebSettings"]

T = TypeVar("T")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebChat:
    """The web chat as `bot.channels.base.Channel`."""

    name = NAME

    def __init__(
        self,
        settings: WebSettings,
        reception: Reception,
        transcript: Transcript,
        shelf: Shelf,
        now: Callable[[], datetime],
    ) -> None:
        self._embed_origins = settings.embed_origins
        self._reception = reception
        self._transcript = transcript
        self._shelf = shelf
        self._now = now
        self._sessions = Sessions(
            settings.session_key,
            https=settings.public_url.startswith("https://"),
            embedded=bool(settings.embed_origins),
        )
        self._origins = frozenset((origin_of(settings.public_url), *settings.embed_origins))
        self._per_session = Pace(PER_SESSION_MINUTE, now)
        self._per_ip = Pace(settings.per_ip_minute, now)
        self._streams = Streams(transcript, settings.embed_origins, settings.heartbeat_s)
        self._stopping = False
        self._assets = {name: Asset.read(name) for name in ("chat.css", "chat.js", "photo.js", "embed.js")}
        self._html = Page(
            settings.greeting,
            *(self._assets[name] for name in ("chat.css", "chat.js", "photo.js")),
            head=settings.head,
        )

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
        self._streams.stop()

    async def close(self) -> None:
        """Nothing to let go of."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the page, its files and its API."""
        return [
            web.get("/", self._guarded(self._show_page)),
            web.post("/", self._guarded(self._post_form)),
            web.get("/static/chat.css", self._give_asset),
            web.get("/static/chat.js", self._give_asset),
            web.get("/static/photo.js", self._give_asset),
            web.get("/embed.js", self._give_asset),
            web.post("/api/chat/messages", self._guarded(self._post_message)),
            web.get("/api/chat/messages", self._guarded(self._list_messages)),
            web.get("/api/chat/files/{id}", self._guarded(self._give_file)),
            web.get("/api/chat/pictures/{message}/{number}", self._guarded(self._give_picture)),
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
                return self._secure(refusal_answer(refusal))

        return guarded

    def _admit(self, request: web.Request) -> None:
        if is_foreign(request, self._origins):
            raise Refused(403, FOREIGN)
        if request.method == "POST":
            if self._stopping:
                raise Refused(503, BUSY, RETRY_AFTER_S)
            if wait_s := self._per_ip.wait_s(client_ip(request)):
                raise Refused(429, TOO_FAST, wait_s)

    def _secure(self, response: web.Response) -> web.Response:
        return secure(response, self._embed_origins)

    # -- messages in

    async def _post_message(self, request: web.Request) -> web.StreamResponse:
        posted = await self._read(read_posted(request, self._shelf))
        known = self._sessions.find(request)
        session = known or self._sessions.new()
        # The cookie goes out with a refusal too: what is sent again must come from the same session.
        cookie = {} if known else {"Set-Cookie": self._sessions.cookie(session)}
        try:
            replies = await self._take(session, posted)
        except Refused as refusal:
            return self._secure(refusal_answer(refusal, cookie))
        response = json_answer({"messages": [to_json(m) for m in replies]}, headers=cookie)
        return await self._hand_over(request, response, replies)

    async def _read(self, reading: Awaitable[T]) -> T:
        try:
            return await reading
        except NotNow as exc:
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc

    async def _take(self, session: str, posted: Posted) -> tuple[Message, ...]:
        """Bring a message to the reception; returns its answers. Raises Refused."""
        # Not the session itself, which is who somebody is: the ids of what came in are kept in plain.
        external_id = f"{self._sessions.label(session)}:{posted.client_id or secrets.token_urlsafe(16)}"
        if wait_s := self._per_session.wait_s(session, external_id):
            self._shelf.discard(posted.files)
            raise Refused(429, TOO_FAST, wait_s)
        inbound = Inbound(
            Address(NAME, session),
            external_id,
            self._now(),
            posted.text if posted.payload is None else "",
            posted.payload,
            posted.files,
        )
        try:
            receipt = await self._reception.receive(inbound)
        except NotNow as exc:
            # Its files stay: the turn may still be under way. If it is not, no row names them and they are swept up.
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc
        if not receipt.fresh:
            self._shelf.discard(posted.files)  # sent again: the first ones are there
        return receipt.replies

    async def _hand_over(
        self, request: web.Request, response: web.Response, messages: Sequence[Message]
    ) -> web.Response:
        """Write the response; only then the browser has fetched the messages in it."""
        try:
            await self._secure(response).prepare(request)
            await response.write_eof()
        except ConnectionError:
            return response  # the browser is gone, and will ask again
        if request.method != "HEAD":
            self._transcript.fetched(m.id for m in messages if m.direction == "out")
        return response

    # -- messages out

    async def _list_messages(self, request: web.Request) -> web.StreamResponse:
        after = number(request.query.get("after", "0"), 0)
        limit = number(request.query.get("limit", str(DEFAULT_LIMIT)), 1)
        if after is None or limit is None or limit > MAX_LIMIT:
            raise Refused(400, BAD_PLACE)
        session = self._sessions.find(request)
        if session is None:
            return self._secure(json_answer({"messages": []}))
        try:
            messages = await self._transcript.history(Address(NAME, session), after, limit)
        except NotNow as exc:
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc
        response = json_answer({"messages": [to_json(m) for m in messages]})
        return await self._hand_over(request, response, messages)

    async def _stream_events(self, request: web.Request) -> web.StreamResponse:
        session = self._sessions.find(request)
        return await self._streams.serve(request, Address(NAME, session) if session else None)

    async def _give_file(self, request: web.Request) -> web.StreamResponse:
        """Give out a file of the session's own conversation; to everybody else it is not there."""
        session, wanted = self._sessions.find(request), number(request.match_info["id"], 1)
        if session is None or wanted is None:
            raise Refused(404, NO_FILE)
        return await self._show(self._transcript.file(Address(NAME, session), wanted))

    async def _give_picture(self, request: web.Request) -> web.StreamResponse:
        """Give out a picture of an announcement that is in the session's own conversation."""
        session = self._sessions.find(request)
        message_id, place = (number(request.match_info[name], 1) for name in ("message", "number"))
        if session is None or message_id is None or place is None:
            raise Refused(404, NO_FILE)
        return await self._show(self._transcript.picture(Address(NAME, session), message_id, place))

    async def _show(self, finding: Awaitable[ShownFile | None]) -> web.StreamResponse:
        try:
            found = await finding
        except NotNow as exc:
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc
        if found is None:
            raise Refused(404, NO_FILE)
        return web.FileResponse(found.path, headers=safe_headers(found.media_type, found.name))

    # -- the page

    async def _show_page(self, request: web.Request) -> web.StreamResponse:
        session = self._sessions.find(request)
        messages = await self._latest(session) if session else []
        session = session or self._sessions.new()
        # Given anew each time, so that the year begins again.
        response = self._page(session, messages, headers={"Set-Cookie": self._sessions.cookie(session)})
        return await self._hand_over(request, response, messages)

    async def _latest(self, session: str) -> list[Message]:
        try:
            return await self._transcript.history(Address(NAME, session), 0, PAGE_MESSAGES)
        except NotNow:
            return []  # the page still opens; its script asks again

    async def _post_form(self, request: web.Request) -> web.StreamResponse:
        """Take what the page's form sends by itself, where scripts are off or not there yet."""
        posted, typed = await self._read(read_form(request, self._shelf))
        session = self._sessions.find(request) or self._sessions.new()
        cookie = {"Set-Cookie": self._sessions.cookie(session)}
        try:
            await self._take(session, posted)
        except Refused as refusal:
            messages = await self._latest(session)
            headers = {**cookie, **refusal.headers}
            return self._secure(self._page(session, messages, refusal, typed, headers))
        return self._secure(web.Response(status=303, headers={"Location": "/#end", **NO_STORE, **cookie}))

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
            text=page, status=status, content_type="text/html", headers={**NO_STORE, **(headers or {})}
        )
        response.enable_compression()
        return response

    async def _give_asset(self, request: web.Request) -> web.StreamResponse:
        asset = self._assets[request.path.rpartition("/")[2]]
        return self._secure(asset.answer(request))
