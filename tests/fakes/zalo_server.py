"""The openapi host of Zalo on loopback, written from the contract (platforms/zalo.md, sections 1, 3, 5 to 8).

    async with FakeZalo() as zalo:
        person = zalo.person("2468458835296117922")   # exists, and has never written
        person.say("Xin chào")                        # opens the 48 hours, and is a row of the conversation
        …                                             # the bot sends, to `zalo.url`
        assert person.received[0].text == "Chào bà con"
        payload = person.press("Gửi phản ánh")        # what the webhook would bring as message.text

What a test turns (all plain attributes):
- `good_tokens`: access tokens that are taken; everything else is answered -216. Or `is_good`, which says it of a token.
- `proof_secret`: app secret; once set, a call without the right `appsecret_proof` is answered -242.
- `now`: the clock of windows, uploads and rate. Nothing else moves it: `zalo.now += timedelta(hours=49)`.
- `money`, `account`: whether the ZBS account has money (else -321), whether there is one (else -320).
- `calls_a_minute`: above it -32; the headers X-RateLimit-* tell it. None: no limit, no headers.
- `templates`: approved template ids, each with its price; `person.refuses`: the code that this person is refused with
  (-213, -217, -218, -227, -244 …); `refuses`: the same for every send (-204, -234 …); None for none.
- `fault(path, Fault(…))`: what happens to the next calls of a path ("*": any) instead of their proper answer.

What a test reads: `person.received` and `delivered` (messages, in order), `refused` (path and code), `calls` (path,
token, answer), `uploads` (how many were taken), `spent` (paid messages, in dong).
In another process: `python -m tests.fakes.zalo_server --port N`; `GET /log` and `POST /person` (`{"user_id", "say"}`).
"""

import argparse
import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aiohttp import web

from tests.fakes.zalo_shapes import Content, Json, ZaloError, read_message

TOKEN = "access-token-of-no-oa-1"
OA_ID, OA_NAME = "388613280878808645", "UBND xã Thử Nghiệm"
START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FREE, PAID, FILE_LIFE = timedelta(hours=48), timedelta(days=7), timedelta(days=7)
PRICE_DONG = 55
IMAGE_BYTES, OTHER_BYTES = 1 << 20, 5 << 20
_ENDINGS = {"image": ("jpg", "jpeg", "png"), "gif": ("gif",), "file": ("pdf", "doc", "docx", "csv")}
_HEAD = {
    "jpg": b"\xff\xd8",
    "jpeg": b"\xff\xd8",
    "png": b"\x89PNG",
    "gif": b"GIF8",
    "pdf": b"%PDF",
    "docx": b"PK",
    "doc": b"\xd0\xcf",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to coming calls of a path instead of their proper answer.

    Args:
        times: to so many calls; -1: to all.
        accept: the call is carried out all the same, before it goes wrong.
        code: `error` of an answer in HTTP 200, with `message`; may be a string or positive, as seen in the wild.
        body: the answer as it is, whatever it is; with `status`.
        headers: added to the answer.
        delay_s: before anything else.
        hang: no answer until the client gives up or the server stops.
        drop: the connection is closed without an answer.
    """

    times: int = 1
    accept: bool = False
    code: int | str | None = None
    message: str = ""
    body: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    hang: bool = False
    drop: bool = False


@dataclass(frozen=True)
class Call:
    """One call: the path without its slash, the access token, and `error` of the answer (None: no proper answer)."""

    path: str
    token: str
    body: Json = field(repr=False)
    error: int | None


@dataclass(frozen=True)
class Message:
    """A message from the OA, as a person sees it. `file`: the bytes of a picture or document that came with it."""

    message_id: str
    user_id: str
    kind: str
    text: str
    buttons: tuple[Json, ...]
    file: bytes | None = field(repr=False)
    file_name: str
    elements: tuple[Json, ...]
    paid: bool
    at: datetime

    @property
    def labels(self) -> list[str]:
        return [button["title"] for button in self.buttons]


@dataclass(frozen=True)
class Upload:
    """What an id or token stands for."""

    kind: str
    name: str
    content: bytes = field(repr=False)
    at: datetime


class Person:
    """Somebody with Zalo on the phone."""

    def __init__(self, server: "FakeZalo", user_id: str) -> None:
        self._server = server
        self.user_id = user_id
        self.name = "Nguyễn Thị Tư"
        self.follows = True
        self.sensitive = False
        self.shared_phone: object = 0
        self.refuses: int | None = None
        self.last_interaction: datetime | None = None
        self.received: list[Message] = []
        self._read = 0

    def interact(self) -> None:
        """Follow, press a menu, answer a call: opens the window."""
        self.last_interaction = self._server.now

    def say(self, text: str) -> str:
        """Write to the OA: opens the window, and stays in the conversation; returns the message's id."""
        self.interact()
        return self._server.note(self, text, from_person=True)

    def press(self, label: str) -> str:
        """Press the newest button with this label: a message as the person; returns its text, which is the payload."""
        for message in reversed(self.received):
            for button in message.buttons:
                if button["title"] == label and button["type"].startswith("oa.query."):
                    payload: str = button["payload"]
                    self.say(payload)
                    return payload
        raise LookupError(f"no message has a button {label!r}; the last has {self.received[-1:]}")

    async def next_message(self) -> Message:
        """Return the next message that was not returned before; waits for it."""
        await self._server.until(lambda: len(self.received) > self._read)
        self._read += 1
        return self.received[self._read - 1]


class FakeZalo:
    """The server. Start it with `async with`, or `start` and `stop`."""

    def __init__(self, *tokens: str, now: datetime = START) -> None:
        self.url = ""
        self.now = now
        self.good_tokens: set[str] = set(tokens or (TOKEN,))
        self.is_good: Callable[[str], bool] = lambda token: token in self.good_tokens
        self.proof_secret: str | None = None
        self.money = self.account = False
        self.calls_a_minute: int | None = None
        self.templates: dict[str, int] = {}
        self.refuses: int | None = None
        self.latency_s = 0.0
        self.calls: list[Call] = []
        self.refused: list[tuple[str, int]] = []
        self.delivered: list[Message] = []
        self.uploads = self.spent = 0
        self._people: dict[str, Person] = {}
        self._faults: dict[str, list[Fault]] = {}
        self._files: dict[str, Upload] = {}
        self._media: dict[str, bytes] = {}
        self._rows: list[Json] = []
        self._counted: deque[datetime] = deque()
        self._number = 0
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._methods: dict[str, Callable[[Json], object]] = {
            "v3.0/oa/message/cs": self._customer_service,
            "v3.0/oa/message/template": self._template,
            "v3.0/oa/quota/message": self._quota,
            "v3.0/oa/user/detail": self._detail,
            "v2.0/oa/getoa": self._getoa,
            "v2.0/oa/listrecentchat": self._recent,
            "v2.0/oa/conversation": self._conversation,
            "v2.0/oa/message": self._shut,
            "v3.0/oa/message/transaction": self._shut,
            "v3.0/oa/message/promotion": self._shut,
        }

    # -- for tests

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `url` is the base to give to a bot."""
        app = web.Application(client_max_size=20 << 20)
        app.router.add_get("/log", self._serve_log)
        app.router.add_post("/person", self._serve_person)
        app.router.add_get("/media/{name}", self._serve_media)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close everything; whoever waits for an answer loses the connection."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def person(self, user_id: str) -> Person:
        """Return the person with this id, who has not written yet."""
        return self._people.setdefault(user_id, Person(self, user_id))

    def fault(self, path: str, *faults: Fault) -> None:
        """Set what happens to the next calls of a path, one fault after the other; "*": of any."""
        self._faults.setdefault(path, []).extend(faults)

    def keep_media(self, name: str, content: bytes) -> str:
        """Keep what somebody sends; returns the address that its event carries."""
        self._media[name] = content
        return f"{self.url}/media/{name}"

    def paths(self) -> list[str]:
        """Return the paths that were called, in order."""
        return [call.path for call in self.calls]

    def note(self, person: Person, text: str, *, from_person: bool, message_id: str | None = None) -> str:
        """Put a row into the conversation (`src` 1: from the person); returns the message's id."""
        row_id = message_id or self._next("m")
        ends = (person.user_id, OA_ID) if from_person else (OA_ID, person.user_id)
        self._rows.append(
            {
                "src": int(from_person),
                "time": _ms(self.now),
                "type": "text",
                "message": text,
                "message_id": row_id,
                "from_id": ends[0],
                "to_id": ends[1],
                "from_display_name": person.name if from_person else OA_NAME,
                "to_display_name": OA_NAME if from_person else person.name,
            }
        )
        return row_id

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something here has become true. Raises TimeoutError."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    # -- one call

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        body = await self._body(request, path)
        token = request.headers.get("access_token", "")
        fault = self._next_fault(path)
        if fault is not None:
            if fault.delay_s:
                await asyncio.sleep(fault.delay_s)
            if fault.accept:
                self._answer(request, path, body, token)
            else:
                self._log(path, token, body, fault.code)
            if fault.hang:
                await self._closing.wait()
            if fault.hang or fault.drop:
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            if fault.code is not None:
                answer = {"error": fault.code, "message": fault.message or f"Error {fault.code}"}
                return web.json_response(answer, headers=fault.headers)
            return web.Response(status=fault.status, text=fault.body or "", headers=fault.headers)
        answer = self._answer(request, path, body, token)
        return web.json_response(answer, headers=self._rate_headers())

    def _answer(self, request: web.Request, path: str, body: Json, token: str) -> Json:
        try:
            self._admit(request, token)
            data = self._carry_out(request, path, body)
        except ZaloError as error:
            self._log(path, token, body, error.code)
            return {"error": error.code, "message": error.message}
        self._log(path, token, body, 0)
        return {"data": data, "error": 0, "message": "Success"}

    def _admit(self, request: web.Request, token: str) -> None:
        if not self.is_good(token) or "access_token" in request.query:
            raise ZaloError(-216, "Access token is invalid")
        if self.proof_secret is not None:
            proof = hmac.new(self.proof_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            if request.headers.get("appsecret_proof") != proof:
                raise ZaloError(-242, "appsecret_proof is invalid")
        if self.calls_a_minute is not None:
            while self._counted and self._counted[0] <= self.now - timedelta(minutes=1):
                self._counted.popleft()
            if len(self._counted) >= self.calls_a_minute:
                raise ZaloError(-32, "Out of rate limit")
            self._counted.append(self.now)

    def _carry_out(self, request: web.Request, path: str, body: Json) -> object:
        if path.startswith("v2.0/oa/upload/") and request.method == "POST":
            return self._upload(path.rpartition("/")[2], body)
        method = self._methods.get(path)
        posted = "/message" in path
        if method is None or request.method != ("POST" if posted else "GET"):
            raise ZaloError(-201, "no such API")
        return method(body)

    async def _body(self, request: web.Request, path: str) -> Json:
        if "/upload/" in path:
            async for part in await request.multipart():
                if getattr(part, "name", None) == "file":
                    content = await part.read(decode=False)  # type: ignore[union-attr]
                    return {"name": getattr(part, "filename", "") or "", "content": bytes(content)}
            return {}
        raw = request.query.get("data", "{}") if request.method == "GET" else await request.text()
        try:
            parsed = json.loads(raw)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def _rate_headers(self) -> dict[str, str]:
        if self.calls_a_minute is None:
            return {}
        left = self.calls_a_minute - len(self._counted)
        return {"X-RateLimit-Limit": str(self.calls_a_minute), "X-RateLimit-Remain": str(left)}

    def _next_fault(self, path: str) -> Fault | None:
        for key in (path, "*"):
            if waiting := self._faults.get(key):
                fault = waiting[0]
                if fault.times == 1:
                    waiting.pop(0)
                elif fault.times > 1:
                    waiting[0] = replace(fault, times=fault.times - 1)
                return fault
        return None

    def _log(self, path: str, token: str, body: Json, error: int | str | None) -> None:
        code = int(error) if error is not None else None
        shown = {name: value for name, value in body.items() if name != "content"}
        self.calls.append(Call(path, token, shown, code))
        if code:
            self.refused.append((path, code))
        self._changed.set()

    def _next(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}{self._number:08x}f8fa586fbdfb4"

    # -- messages

    def _addressee(self, user_id: object) -> Person:
        if not isinstance(user_id, str) or user_id not in self._people:
            raise ZaloError(-201, "user_id is invalid")
        person = self._people[user_id]
        for code in (self.refuses, person.refuses):
            if code is not None:
                raise ZaloError(code)
        return person

    def _customer_service(self, body: Json) -> Json:
        recipient = body.get("recipient")
        content = read_message(body.get("message"))
        person = self._addressee(recipient.get("user_id") if isinstance(recipient, dict) else None)
        paid = self._window(person)
        upload = self._use(content)
        if paid:
            self.spent += PRICE_DONG
        message = self._deliver(person, content, upload, paid=paid)
        quota = {"quota_type": "purchase_quota" if paid else "reply", "remain": "8", "total": "8"}
        sent = {"message_id": message.message_id, "user_id": person.user_id, "sent_time": str(_ms(self.now))}
        return {**sent, "quota": quota}

    def _window(self, person: Person) -> bool:
        """Say whether a message costs money now. Raises ZaloError where none is let through."""
        if person.last_interaction is None:
            raise ZaloError(-232, "User has not interacted with the OA")
        age = self.now - person.last_interaction
        if age > PAID:
            raise ZaloError(-230, "User has not interacted with the OA in the past 7 days")
        if age > FREE:
            self._need_money()
        return age > FREE

    def _need_money(self) -> None:
        if not self.account:
            raise ZaloError(-320, "No ZCA account")
        if not self.money:
            raise ZaloError(-321, "Out of money")

    def _use(self, content: Content) -> Upload | None:
        if content.file is None:
            return None
        upload = self._files.get(content.file)
        if upload is None or upload.kind != content.kind:
            raise ZaloError(-201, "attachment_id is invalid")
        if self.now - upload.at > FILE_LIFE:
            raise ZaloError(-100, "Attachment is expired")
        return upload

    def _deliver(self, person: Person, content: Content, upload: Upload | None, *, paid: bool) -> Message:
        message = Message(
            self._next("o"),
            person.user_id,
            content.kind,
            content.text,
            content.buttons,
            upload.content if upload else None,
            upload.name if upload else "",
            content.elements,
            paid,
            self.now,
        )
        person.received.append(message)
        self.delivered.append(message)
        self.note(person, content.text, from_person=False, message_id=message.message_id)
        return message

    def _template(self, body: Json) -> Json:
        person = self._addressee(body.get("user_id"))
        template_id, data = body.get("template_id"), body.get("template_data")
        if template_id not in self.templates or not isinstance(data, dict):
            raise ZaloError(-201, "template_id is invalid")
        self._need_money()
        self.spent += self.templates[template_id]
        message = self._deliver(person, Content("template", elements=({**data},)), None, paid=True)
        return {"message_id": message.message_id, "user_id": person.user_id, "sent_time": str(_ms(self.now))}

    def _quota(self, body: Json) -> Json:
        user_id = body.get("user_id")
        person = self._people.get(user_id) if isinstance(user_id, str) else None
        if person is None:
            raise ZaloError(-201, "user_id is invalid")
        last = person.last_interaction
        left = 8 if last is not None and self.now - last <= FREE else 0
        return {
            "last_interaction": str(_ms(last)) if last else "",
            "cs_reply": {"remain": str(left), "total": "8"},
            "promotion": {"remain": "0"},
        }

    def _shut(self, _body: Json) -> Json:
        raise ZaloError(-240, "This API was shut down")

    # -- uploads

    def _upload(self, kind: str, body: Json) -> Json:
        if kind not in _ENDINGS or "content" not in body:
            raise ZaloError(-201, "file is invalid")
        name, content = str(body["name"]), bytes(body["content"])
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        if not ending:
            return {}
        if ending not in _ENDINGS[kind] or not content.startswith(_HEAD.get(ending, b"")):
            raise ZaloError(-201, "file is invalid")
        if len(content) > (IMAGE_BYTES if kind == "image" else OTHER_BYTES):
            raise ZaloError(-210, "file is too large")
        self.uploads += 1
        upload_id = self._next("u")
        self._files[upload_id] = Upload(kind, name, content, self.now)
        return {"token" if kind == "file" else "attachment_id": upload_id}

    # -- people and the OA

    def _detail(self, body: Json) -> Json:
        person = self._people.get(str(body.get("user_id")))
        if person is None:
            raise ZaloError(-201, "user_id is invalid")
        last = person.last_interaction
        return {
            "user_id": person.user_id,
            "user_id_by_app": f"9{person.user_id}",
            "user_external_id": "",
            "display_name": "" if person.sensitive else person.name,
            "user_alias": "",
            "is_sensitive": person.sensitive,
            "user_last_interaction_date": (last + timedelta(hours=7)).strftime("%d/%m/%Y") if last else "",
            "user_is_follower": person.follows,
            "avatar": "https://avatar.example.org/120.jpg",
            "avatars": {},
            "tags_and_notes_info": {"notes": [], "tag_names": []},
            "shared_info": {
                "address": "",
                "city": "",
                "district": "",
                "phone": person.shared_phone,
                "name": "",
            },
        }

    def _getoa(self, _body: Json) -> Json:
        return {
            "oa_id": OA_ID,
            "name": OA_NAME,
            "is_verified": True,
            "oa_type": 4,
            "num_follower": len(self._people),
            "package_name": "Growth",
        }

    def _recent(self, body: Json) -> list[Json]:
        newest: dict[str, Json] = {}
        for row in self._rows:
            newest.pop(other := row["from_id"] if row["src"] else row["to_id"], None)
            newest[other] = row
        return _page([*reversed(newest.values())], body)

    def _conversation(self, body: Json) -> list[Json]:
        who = str(body.get("user_id"))
        if who not in self._people:
            raise ZaloError(-201, "user_id is invalid")
        return _page([row for row in reversed(self._rows) if who in (row["from_id"], row["to_id"])], body)

    # -- for another process

    async def _serve_log(self, _request: web.Request) -> web.Response:
        delivered = [
            {**asdict(m), "file": len(m.file or b""), "at": m.at.isoformat()} for m in self.delivered
        ]
        return web.json_response({"calls": [asdict(c) for c in self.calls], "delivered": delivered})

    async def _serve_media(self, request: web.Request) -> web.Response:
        content = self._media.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content)

    async def _serve_person(self, request: web.Request) -> web.Response:
        asked: dict[str, Any] = await request.json()
        return web.json_response({"message_id": self.person(asked["user_id"]).say(asked.get("say", ""))})


def _page(rows: list[Json], body: Json) -> list[Json]:
    offset, count = body.get("offset", 0), body.get("count", 10)
    if type(offset) is not int or type(count) is not int or offset < 0 or count < 1:
        raise ZaloError(-201, "count is invalid")
    if count > 10:
        raise ZaloError(-210, "count is above the limit")
    return rows[offset : offset + count]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", default=TOKEN)
    given = parser.parse_args()
    zalo = FakeZalo(given.token, now=datetime.now(UTC))
    await zalo.start(given.port)
    print(zalo.url, flush=True)
    while True:
        zalo.now = datetime.now(UTC)
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    asyncio.run(_main())
