"""A Bot API server on loopback, written from the contract (platforms/telegram.md): for tests, kills and the bench.

In a test:

    async with FakeTelegram() as fake:
        resident = fake.user(1001)
        resident.say("hộ nghèo có được bhyt không?")
        reply = await resident.next_message()

In another process: `python -m tests.fakes.telegram_server --port N [--latency-ms 80]` prints one line when ready;
`GET /log` tells all calls, `POST /script` sets faults (`{"method": "sendMessage", "code": 429, "retry_after": 3}`),
`POST /inject` lets people write (`{"chat_id": 1, "say": "…"}`, `{"chat_id": 1, "press": "…"}` or `{"update": {…}}`).
"""

import argparse
import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.fakes.telegram_html import Unparsable, plain_text

TOKEN = "123456:TEST-token_of-no-bot"
Json = dict[str, Any]
PATIENCE_S = 10.0
WEBHOOK_RETRY_S = 0.02
MAX_DOWNLOAD_BYTES = 20 << 20
WEBHOOK_ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
TERMINATED = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
DEFAULT_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to coming calls of a method instead of their proper answer.

    Args:
        times: to so many calls; -1: to all.
        chat_id: only to calls about this chat.
        accept: the call is carried out all the same, before it goes wrong.
        delay_s: before anything else.
        code: the answer's status, with `description`, `retry_after`, `migrate_to`, or a `body` that is no JSON.
        hang: no answer until the client gives up or the server stops.
        drop: the connection is closed without an answer.
    """

    times: int = 1
    chat_id: int | None = None
    accept: bool = False
    delay_s: float = 0.0
    code: int | None = None
    description: str = ""
    retry_after: float | None = None
    migrate_to: int | None = None
    body: str | None = None
    hang: bool = False
    drop: bool = False


@dataclass(frozen=True)
class Call:
    """One call of the Bot API: `status` is None if it got no answer; `at` is Unix time."""

    method: str
    params: Json
    at: float
    status: int | None


@dataclass(frozen=True)
class Hook:
    """A webhook as it was set."""

    url: str
    secret: str


@dataclass(frozen=True)
class Message:
    """A message from the bot, as a person sees it."""

    message_id: int
    text: str
    buttons: tuple[Json, ...]
    params: Json = field(repr=False)
    photos: tuple[bytes, ...] = field(default=(), repr=False)
    document: tuple[str, bytes] | None = field(default=None, repr=False)

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]


class ApiError(Exception):
    """An answer that is no result."""

    def __init__(self, code: int, description: str, **parameters: float) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Person:
    """Somebody with Telegram on the phone, who has pressed start."""

    def __init__(self, server: "FakeTelegram", chat_id: int) -> None:
        self._server = server
        self.chat_id = chat_id
        self.blocked = False
        self.received: list[Message] = []
        self._read = 0
        self.user: Json = {"id": chat_id, "is_bot": False, "first_name": "Tư", "language_code": "vi"}
        self.chat: Json = {"id": chat_id, "type": "private", "first_name": "Tư"}

    def say(self, text: str) -> int:
        """Write to the bot; returns the update's id."""
        return self.send(text=text)

    def send(self, **content: object) -> int:
        """Send any content, such as `photo=[…]`; returns the update's id."""
        return self._server.add("message", self.message(**content))

    def message(self, **content: object) -> Json:
        """Return a message of this person's that nobody has sent yet."""
        if isinstance(text := content.get("text"), str) and text.startswith("/"):
            length = len(text.split()[0])
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        head = {"message_id": self._server.next_message_id(), "date": int(time.time())}
        return {**head, "from": self.user, "chat": self.chat, **content}

    def press(self, label: str) -> int:
        """Press a button of the newest message that has one with this label; returns the update's id."""
        for message in reversed(self.received):
            for button in message.buttons:
                if button["text"] == label and "callback_data" in button:
                    return self.press_data(button["callback_data"], message.message_id)
        raise LookupError(f"no message has a button {label!r}; the last has {self.received[-1:]}")

    def press_data(self, data: str, message_id: int = 1) -> int:
        """Press a button with any data, as a forged client can."""
        origin = {"message_id": message_id, "date": int(time.time()), "chat": self.chat, "text": "…"}
        query = {"from": self.user, "message": origin, "chat_instance": "1", "data": data}
        return self._server.add("callback_query", {"id": str(self._server.next_message_id()), **query})

    def block(self) -> int:
        """Stop the bot."""
        self.blocked = True
        return self._membership("kicked")

    def unblock(self) -> int:
        """Start the bot again."""
        self.blocked = False
        return self._membership("member")

    def _membership(self, status: str) -> int:
        member = {"user": {"id": 1, "is_bot": True, "first_name": "Bot"}, "status": status}
        change = {"chat": self.chat, "from": self.user, "date": int(time.time()), "new_chat_member": member}
        return self._server.add("my_chat_member", {**change, "old_chat_member": member})

    async def next_message(self) -> Message:
        """Return the next message that was not returned before; waits for it."""
        await self._server.until(lambda: len(self.received) > self._read)
        self._read += 1
        return self.received[self._read - 1]


class FakeTelegram:
    """The server. Start it with `async with`, or `start` and `stop`.

    Args:
        latency_s: added to every call.
        rate: messages a second over which there is a 429; None: as many as come.
        any_chat: everybody has pressed start; otherwise only those made by `user`.
    """

    def __init__(
        self, token: str = TOKEN, *, latency_s: float = 0.0, rate: int | None = None, any_chat: bool = False
    ) -> None:
        self.token = token
        self.latency_s = latency_s
        self.rate = rate
        self.any_chat = any_chat
        self.url = ""
        self.calls: list[Call] = []
        self.in_flight = self.in_flight_peak = 0
        self.webhook: Hook | None = None
        self.webhook_answers: list[int] = []
        self.commands: dict[str, list[Json]] = {}
        self.answered_presses: list[str] = []
        self._people: dict[int, Person] = {}
        self._faults: dict[str, list[Fault]] = {}
        self.uploads = 0
        self._files: dict[str, bytes] = {}
        self._names: dict[str, str] = {}
        self._pending: dict[int, Json] = {}
        self._kinds: tuple[str, ...] = DEFAULT_KINDS
        self._next_update_id, self._next_message_id = 1000, 1
        self._recent: deque[float] = deque()
        self._last_webhook_error: Json = {}
        self._poll: asyncio.Future[None] | None = None
        self._queues: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    # -- for tests

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `url` is the base to give to a bot."""
        app = web.Application(client_max_size=50 << 20)
        app.router.add_get("/log", self._serve_log)
        app.router.add_post("/script", self._serve_script)
        app.router.add_post("/inject", self._serve_inject)
        app.router.add_route("*", "/bot{token}/{method}", self._serve_call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._serve_file)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close everything; whoever waits for an answer loses the connection."""
        self._closing.set()
        for task in self._queues.values():
            task.cancel()
        await asyncio.gather(*self._queues.values(), return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    def user(self, chat_id: int) -> Person:
        """Return the person with this id, who from now on has pressed start."""
        return self._people.setdefault(chat_id, Person(self, chat_id))

    def keep_file(self, content: bytes, file_id: str | None = None) -> str:
        """Keep what somebody sends; returns its file_id."""
        file_id = file_id or f"file-{len(self._files)}"
        self._files[file_id] = content
        return file_id

    def script(self, method: str, *faults: Fault) -> None:
        """Let coming calls of a method go wrong, in this order; `"*"` is every method but getUpdates."""
        self._faults.setdefault(method, []).extend(faults)

    def mend(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def add(self, kind: str, body: Json) -> int:
        """Add an update of a kind, if the bot wants it; returns its id."""
        if kind in self._kinds:
            return self.inject({kind: body})
        self._next_update_id += 1
        return self._next_update_id - 1

    def inject(self, update: Json) -> int:
        """Add any update as it is; without an `update_id` it gets the next one. Returns the id."""
        update_id = update.get("update_id", self._next_update_id)
        key = update_id if isinstance(update_id, int) else self._next_update_id
        self._next_update_id = max(self._next_update_id, key) + 1
        self._pending[key] = {"update_id": update_id, **update}
        self._pulse()
        self._deliver()
        return key

    def next_message_id(self) -> int:
        self._next_message_id += 1
        return self._next_message_id - 1

    def called(self, method: str) -> list[Call]:
        """Return the finished calls of a method, oldest first."""
        return [call for call in self.calls if call.method == method]

    @property
    def pending(self) -> int:
        """How many updates are not confirmed yet."""
        return len(self._pending)

    @property
    def held_poll(self) -> bool:
        """Whether a getUpdates is held open until something comes."""
        return self._poll is not None and not self._poll.done()

    async def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait until something here has become true. Raises TimeoutError."""
        async with asyncio.timeout(patience_s):
            while not condition():
                await self._changed.wait()

    def _pulse(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # -- the routes

    async def _serve_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _params(request)
        at = time.time()
        self.in_flight += 1
        self.in_flight_peak = max(self.in_flight_peak, self.in_flight)
        status: int | None = None
        try:
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
            response = await self._answer(request, method, params)
            status = response.status if response is not None else None
        finally:
            self.in_flight -= 1
            self.calls.append(Call(method, params, at, status))
            self._pulse()
        if response is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return response

    async def _answer(self, request: web.Request, method: str, params: Json) -> web.Response | None:
        """Return the answer, or None for a lost connection."""
        if request.match_info["token"] != self.token:
            return _refusal(ApiError(401, "Unauthorized"))
        work = _METHODS.get(method.lower())
        if work is None:
            return _refusal(ApiError(404, "Not Found"))
        fault = self._next_fault(method, params)
        try:
            if fault is None:
                return web.json_response({"ok": True, "result": await work(self, params)})
            await asyncio.sleep(fault.delay_s)
            result = await work(self, params) if fault.accept or _only_slow(fault) else None
            if fault.hang:
                await self._closing.wait()
            if fault.hang or fault.drop:
                return None
            if fault.body is not None:
                return web.Response(status=fault.code or 200, text=fault.body, content_type="text/html")
            if fault.code is not None:
                return _refusal(_scripted(fault))
            return web.json_response({"ok": True, "result": result})
        except ApiError as error:
            return _refusal(error)

    def _next_fault(self, method: str, params: Json) -> Fault | None:
        for name in (method, "*") if method != "getUpdates" else (method,):
            faults = self._faults.get(name, [])
            for place, fault in enumerate(faults):
                if fault.chat_id is not None and str(fault.chat_id) != str(params.get("chat_id")):
                    continue
                left = fault.times - 1 if fault.times > 0 else fault.times
                faults[place : place + 1] = [] if left == 0 else [_with_times(fault, left)]
                return fault
        return None

    async def _serve_log(self, _: web.Request) -> web.Response:
        calls = [asdict(call) | {"params": _told(call.params)} for call in self.calls]
        return web.json_response(
            {"calls": calls, "pending": self.pending, "in_flight_peak": self.in_flight_peak}
        )

    async def _serve_script(self, request: web.Request) -> web.Response:
        body = await request.json()
        for entry in body if isinstance(body, list) else [body]:
            self.script(entry.pop("method"), Fault(**entry))
        return web.json_response({"ok": True})

    async def _serve_inject(self, request: web.Request) -> web.Response:
        body = await request.json()
        ids = [self._inject_one(entry) for entry in (body if isinstance(body, list) else [body])]
        return web.json_response({"ok": True, "update_ids": ids})

    def _inject_one(self, entry: Json) -> int:
        if "update" in entry:
            return self.inject(entry["update"])
        person = self.user(entry["chat_id"])
        if "press" in entry:
            return person.press(entry["press"])
        if "press_data" in entry:
            return person.press_data(entry["press_data"])
        return person.say(entry["say"])

    # -- the methods

    async def _get_me(self, _: Json) -> object:
        name = {"first_name": "Hai Chiều", "username": "hai_chieu_test_bot"}
        able = {
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        return {"id": int(self.token.split(":")[0]), "is_bot": True, **name, **able}

    async def _get_updates(self, params: Json) -> object:
        if self.webhook:
            raise ApiError(409, WEBHOOK_ACTIVE)
        self._allow(params)
        offset = int(params.get("offset") or 0)
        for update_id in [u for u in self._pending if u < offset]:
            del self._pending[update_id]
        await self._hold(float(params.get("timeout") or 0))
        return [self._pending[u] for u in sorted(self._pending)][: int(params.get("limit") or 100)]

    async def _hold(self, timeout_s: float) -> None:
        """Wait until there is an update, at most so long. A newer getUpdates ends an older one."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        if self._pending or not timeout_s:
            return
        loop = asyncio.get_running_loop()
        mine = self._poll = loop.create_future()
        closing = asyncio.ensure_future(self._closing.wait())
        until = loop.time() + timeout_s
        self._pulse()
        while not self._pending and loop.time() < until and not closing.done():
            changed = asyncio.ensure_future(self._changed.wait())
            await asyncio.wait(
                {mine, closing, changed}, timeout=until - loop.time(), return_when=asyncio.FIRST_COMPLETED
            )
            changed.cancel()
            if mine.done():
                closing.cancel()
                raise ApiError(409, TERMINATED)
        closing.cancel()
        mine.cancel()

    async def _send_message(self, params: Json) -> object:
        text = self._text(params, "text", 4096)
        if not text.strip():
            raise ApiError(400, "Bad Request: message text is empty")
        self._count_rate()
        return await self._hand_over(params, text)

    async def _send_photo(self, params: Json) -> object:
        text = self._text(params, "caption", 1024)
        photo = self._photo(params, params.get("photo"))
        self._count_rate()
        return await self._hand_over(params, text, photo)

    async def _send_document(self, params: Json) -> object:
        text = self._text(params, "caption", 1024)
        named = params.get("document")
        if isinstance(named, str) and named.startswith("attach://"):
            part = named.removeprefix("attach://")
            if not params[part]:
                raise ApiError(400, "Bad Request: file must be non-empty")
            self.uploads += 1
            file_id = self.keep_file(params[part])
            self._names[file_id] = params[f"{part}:name"]
        elif named in self._names:
            file_id = str(named)
        else:
            raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
        self._count_rate()
        shown = (self._names[file_id], self._files[file_id])
        return await self._hand_over(params, text, document=(file_id, *shown))

    async def _send_media_group(self, params: Json) -> object:
        self._reachable(params.get("chat_id"))
        media = params["media"]
        if not 2 <= len(media) <= 10 or "reply_markup" in params:
            raise ApiError(400, "Bad Request: wrong album")
        photos = [self._photo(params, item["media"]) for item in media]
        for _ in photos:
            self._count_rate()
        return [await self._hand_over({"chat_id": params["chat_id"]}, "", photo) for photo in photos]

    def _text(self, params: Json, name: str, longest: int) -> str:
        self._reachable(params.get("chat_id"))
        text = str(params.get(name, ""))
        if params.get("parse_mode") == "HTML":
            try:
                text = plain_text(text)
            except Unparsable as exc:
                raise ApiError(400, f"Bad Request: can't parse entities: {exc}") from exc
        if len(text.encode("utf-16-le", "surrogatepass")) // 2 > longest:
            raise ApiError(400, f"Bad Request: message {'caption ' if name == 'caption' else ''}is too long")
        return text

    def _photo(self, params: Json, named: object) -> str:
        """Return the file_id of a picture that is named or comes along."""
        if isinstance(named, str) and named.startswith("attach://"):
            self.uploads += 1
            return self.keep_file(params[named.removeprefix("attach://")])
        if named not in self._files:
            raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return str(named)

    async def _hand_over(
        self,
        params: Json,
        text: str,
        photo: str | None = None,
        document: tuple[str, str, bytes] | None = None,
    ) -> Json:
        person = self._reachable(params.get("chat_id"))
        shown = (self._files[photo],) if photo else ()
        buttons = _buttons(params.get("reply_markup"))
        message = Message(
            self.next_message_id(), text, buttons, params, shown, document[1:] if document else None
        )
        person.received.append(message)
        head = {"message_id": message.message_id, "date": int(time.time()), "chat": person.chat}
        if document is not None:
            file = {"file_id": document[0], "file_name": document[1]}
            return {**head, "from": await self._get_me({}), "caption": text, "document": file}
        if photo is None:
            return {**head, "from": await self._get_me({}), "text": text}
        sizes = [{"file_id": f"{photo}-small", "width": 90}, {"file_id": photo, "width": 1280}]
        return {**head, "from": await self._get_me({}), "caption": text, "photo": sizes}

    def _reachable(self, chat_id: object) -> Person:
        known = int(str(chat_id)) if str(chat_id).removeprefix("-").isdigit() else None
        if known is None or not (self.any_chat or known in self._people):
            raise ApiError(400, "Bad Request: chat not found")
        person = self.user(known)
        if person.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return person

    def _count_rate(self) -> None:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if self.rate is not None and len(self._recent) >= self.rate:
            raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
        self._recent.append(now)

    async def _answer_callback_query(self, params: Json) -> object:
        self.answered_presses.append(str(params.get("callback_query_id")))
        return True

    async def _get_file(self, params: Json) -> object:
        content = self._files.get(str(params.get("file_id")))
        if content is None:
            raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(content) > MAX_DOWNLOAD_BYTES:
            raise ApiError(400, "Bad Request: file is too big")
        path = {"file_path": f"photos/{params['file_id']}.jpg", "file_size": len(content)}
        return {"file_id": params["file_id"], "file_unique_id": "u", **path}

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        """Give a file out; faults of "download" make it go wrong: with a code, or broken off in the middle."""
        name = request.match_info["path"].removeprefix("photos/").removesuffix(".jpg")
        content = self._files.get(name)
        fault = self._next_fault("download", {})
        broken = fault is not None and not _only_slow(fault)
        status = fault.code if fault and fault.code else 200
        self.calls.append(Call("download", {"path": request.match_info["path"]}, time.time(), status))
        self._pulse()
        if request.match_info["token"] != self.token or content is None:
            return _refusal(ApiError(404, "Not Found"))
        if fault is not None and fault.code is not None:
            return _refusal(_scripted(fault))
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        await response.write(content[: len(content) // 2] if broken else content)
        if broken and request.transport is not None:
            request.transport.abort()
        return response

    async def _set_my_commands(self, params: Json) -> object:
        self.commands[params.get("language_code", "")] = params["commands"]
        return True

    async def _set_webhook(self, params: Json) -> object:
        self._allow(params)
        if _true(params.get("drop_pending_updates")):
            self._pending.clear()
        url = params.get("url", "")
        self.webhook = Hook(url, params.get("secret_token", "")) if url else None
        self._deliver()
        return True

    async def _delete_webhook(self, params: Json) -> object:
        return await self._set_webhook({"drop_pending_updates": params.get("drop_pending_updates")})

    async def _get_webhook_info(self, _: Json) -> object:
        return {
            "url": self.webhook.url if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": self.pending,
            **self._last_webhook_error,
        }

    def _allow(self, params: Json) -> None:
        if params.get("allowed_updates") is not None:
            self._kinds = tuple(params["allowed_updates"]) or DEFAULT_KINDS

    # -- delivery to a webhook

    def _deliver(self) -> None:
        """Keep a task at work for each queue that has something: messages by chat, presses by person."""
        if not self.webhook or self._closing.is_set():
            return
        for queue in {_queue(update) for update in self._pending.values()}:
            if queue not in self._queues or self._queues[queue].done():
                self._queues[queue] = asyncio.create_task(self._deliver_queue(queue))

    async def _deliver_queue(self, queue: str) -> None:
        while self.webhook:
            update_id = next((u for u in sorted(self._pending) if _queue(self._pending[u]) == queue), None)
            if update_id is None:
                return
            status = await self._post(self.webhook, self._pending[update_id])
            self.webhook_answers.append(status)
            if 200 <= status <= 299:
                self._pending.pop(update_id, None)
            else:
                said = f"Wrong response from the webhook: {status}"
                self._last_webhook_error = {"last_error_date": int(time.time()), "last_error_message": said}
                await asyncio.sleep(WEBHOOK_RETRY_S)
            self._pulse()

    async def _post(self, hook: Hook, update: Json) -> int:
        assert self._session is not None
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        try:
            async with self._session.post(hook.url, json=update, headers=headers) as response:
                return response.status
        except aiohttp.ClientError:
            return 599  # no answer at all


_METHODS: dict[str, Callable[[FakeTelegram, Json], Awaitable[object]]] = {
    "getme": FakeTelegram._get_me,
    "getupdates": FakeTelegram._get_updates,
    "getfile": FakeTelegram._get_file,
    "sendmessage": FakeTelegram._send_message,
    "sendphoto": FakeTelegram._send_photo,
    "senddocument": FakeTelegram._send_document,
    "sendmediagroup": FakeTelegram._send_media_group,
    "answercallbackquery": FakeTelegram._answer_callback_query,
    "setmycommands": FakeTelegram._set_my_commands,
    "setwebhook": FakeTelegram._set_webhook,
    "deletewebhook": FakeTelegram._delete_webhook,
    "getwebhookinfo": FakeTelegram._get_webhook_info,
}
_JSON_PARAMS = ("reply_markup", "allowed_updates", "commands", "link_preview_options", "entities", "media")


async def _params(request: web.Request) -> Json:
    """Read parameters as the Bot API takes them: query, form or JSON; structures may be JSON in a form's field."""
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        params |= await request.json()
    else:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                params[f"{name}:name"] = value.filename
            params[name] = value.file.read() if isinstance(value, web.FileField) else value
    return {k: json.loads(v) if k in _JSON_PARAMS and isinstance(v, str) else v for k, v in params.items()}


def _told(params: Json) -> Json:
    """Return parameters without the files in them, for the log."""
    return {name: value for name, value in params.items() if not isinstance(value, bytes)}


def _refusal(error: ApiError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)


def _scripted(fault: Fault) -> ApiError:
    given = {"retry_after": fault.retry_after, "migrate_to_chat_id": fault.migrate_to}
    assert fault.code is not None
    return ApiError(fault.code, fault.description, **{k: v for k, v in given.items() if v is not None})


def _only_slow(fault: Fault) -> bool:
    return fault.code is None and fault.body is None and not fault.hang and not fault.drop


def _with_times(fault: Fault, times: int) -> Fault:
    return Fault(**{**asdict(fault), "times": times})


def _true(value: object) -> bool:
    return str(value).lower() in ("true", "1")


def _queue(update: Json) -> str:
    """Name the queue an update is delivered in; a press can overtake, or meet, a message of the same person."""
    if isinstance(query := update.get("callback_query"), dict):
        return f"presses of {query.get('from')}"
    for kind in ("message", "edited_message", "my_chat_member"):
        if isinstance(body := update.get(kind), dict):
            return f"messages in {body.get('chat')}"
    return f"update {update['update_id']}"


def _buttons(markup: object) -> tuple[Json, ...]:
    if markup is None:
        return ()
    rows: Iterable[list[Json]] = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    buttons = [button for row in rows for button in row]
    for button in buttons:
        if not str(button.get("text", "")).strip():
            raise ApiError(400, "Bad Request: inline keyboard button text must be non-empty")
        if ("callback_data" in button) == ("url" in button):
            raise ApiError(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://")):
            raise ApiError(
                400, f"Bad Request: inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL"
            )
    return tuple(buttons)


async def _serve(options: argparse.Namespace) -> None:
    fake = FakeTelegram(options.token, latency_s=options.latency_ms / 1000, rate=options.rate, any_chat=True)
    await fake.start(options.port)
    print(f"ready {fake.url}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await fake.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Bot API server on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rate", type=int, help="messages a second over which there is a 429")
    try:
        asyncio.run(_serve(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
