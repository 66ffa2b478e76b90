"""The public pages around announcements: the announcement, its poster, pictures and calendar file; is it ours; leaflets.

Nothing personal is on them, and they work without a script. An announcement that never began to be sent and a code that
nobody has are one and the same page.
"""

import html
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from string import Template
from typing import Final
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from aiohttp import web

from bot import announcement_html as written
from bot.channels.http import read_body
from bot.channels.webchat.assets import Asset, read_static
from bot.channels.webchat.pace import PER_IP_MINUTE, Pace, client_ip
from bot.channels.webchat.security import secure
from bot.files import Shelf
from handlers import dialogues, genuine_texts, verifying
from handlers.announcement_codes import parse_code
from handlers.areas import AreaBook
from handlers.files import RefusedFile, look
from handlers.genuine import Judgement
from handlers.messages import MAX_TEXT_CHARS, FileKind, clean
from storage import leaflets, published
from storage.announcements import Announcement
from storage.db import Database
from storage.errors import StorageError
from storage.events import Event

MAX_BODY_BYTES: Final = 64_000
TOO_FAST: Final = "Có quá nhiều lần kiểm tra. Xin bà con chờ một phút rồi thử lại."
TOO_LONG: Final = "Tin dài quá. Bà con dán từng phần một."
NOTHING: Final = "Bà con chưa dán tin, cũng chưa gõ mã."
MALFORMED: Final = "Không đọc được điều đã gửi."
WRONG_KIND: Final = "Chỉ nhận chữ, không nhận tệp ở đây."
_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_Found = tuple[Announcement, Event | None]


class AnnouncementPages:
    """Answers `/a/CODE` and what belongs to it, `/verify` and `/q/CODE`."""

    def __init__(
        self,
        database: Database,
        shelf: Shelf,
        areas: AreaBook,
        now: Callable[[], datetime],
        zone: ZoneInfo,
        public_url: str,
        telegram: Callable[[], str | None] = lambda: None,
        calendar: Callable[[Announcement, Event, str, datetime], bytes] | None = None,
    ) -> None:
        """Put the pages together.

        Args:
            telegram: the bot's name there, as far as it is known.
            calendar: writes a session as a calendar file; without it none is given out.
        """
        self._calendar = calendar
        self._database, self._shelf, self._areas = database, shelf, areas
        self._now, self._zone, self._public_url, self._telegram = now, zone, public_url, telegram
        self._per_ip = Pace(PER_IP_MINUTE, now)
        self._css = Asset.read("announcement.css")
        self._base = f"/static/case.css?v={Asset.read('case.css').tag}"
        self._template = Template(read_static("announcement.html").decode())

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get(r"/a/{code:[^/.]+}", self._show),
            web.get(r"/a/{code:[^/.]+}.ics", self._give_calendar),
            web.get(r"/a/{code:[^/.]+}/poster", self._show_poster),
            web.get(r"/a/{code:[^/.]+}/pictures/{number:\d{1,3}}", self._give_picture),
            web.get("/verify", self._ask),
            web.post("/verify", self._check),
            web.get("/q/{code}", self._offer),
            web.get("/static/announcement.css", self._give_css),
        ]

    # -- an announcement

    async def _show(self, request: web.Request) -> web.StreamResponse:
        if (found := await self._find(request)) is None:
            return self._unknown()
        announcement, event = found
        closed = await self._database.read(dialogues.public_minutes, event) if event is not None else None
        body = written.article(announcement, event, self._zone)
        body += written.minutes(closed, self._zone) if closed is not None else ""
        body += written.around(announcement, event, self._zone, self._telegram(), self._now())
        return self._page(announcement.title, body)

    async def _show_poster(self, request: web.Request) -> web.StreamResponse:
        if (found := await self._find(request)) is None:
            return self._unknown()
        return self._page(found[0].title, written.poster(*found, self._zone, self._public_url), kind="poster")

    async def _give_calendar(self, request: web.Request) -> web.StreamResponse:
        found = await self._find(request)
        if found is None or found[1] is None or self._calendar is None:
            return self._unknown()
        announcement, event = found[0], found[1]
        body = self._calendar(announcement, event, self._public_url, self._now())
        headers = {"Content-Disposition": f'attachment; filename="{announcement.code}.ics"', **_HEADERS}
        return secure(web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers))

    async def _give_picture(self, request: web.Request) -> web.StreamResponse:
        found, number = await self._find(request), int(request.match_info["number"])
        if found is None or not 0 < number <= len(found[0].pictures):
            return self._unknown()
        try:
            path = self._shelf.path(found[0].pictures[number - 1])
            with path.open("rb") as file:
                looks = look(file.read(4096))
        except (ValueError, OSError, RefusedFile):
            return self._unknown()
        if looks.kind is not FileKind.PHOTO:
            return self._unknown()
        headers = {"Content-Type": looks.media_type, "Cache-Control": "public, max-age=86400"}
        return secure(web.FileResponse(path, headers=headers))

    async def _find(self, request: web.Request) -> _Found | None:
        code = parse_code(request.match_info["code"][:40])
        return await self._database.read(published.find, code) if code is not None else None

    def _unknown(self) -> web.Response:
        body = f'<p class="notice">{written.UNKNOWN}</p>{written.checking("", None)}'
        return self._page("Không tìm thấy", body, status=404)

    # -- is it ours

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        typed = clean(request.query.get("code", "")[:MAX_TEXT_CHARS])
        if not typed:
            return self._page("Kiểm tra tin", written.checking("", None))
        return await self._answer(request, f"mã {typed}" if parse_code(typed) else typed, typed)

    async def _check(self, request: web.Request) -> web.StreamResponse:
        try:
            typed = clean(await _read_text(request))
        except _Refused as refused:
            return self._refuse(refused.status, refused.sentence)
        if not typed:
            return self._refuse(400, NOTHING)
        return await self._answer(request, f"mã {typed}" if parse_code(typed) else typed, typed)

    async def _answer(self, request: web.Request, text: str, typed: str) -> web.StreamResponse:
        if wait_s := self._per_ip.wait_s(client_ip(request)):
            return self._refuse(429, TOO_FAST, typed, {"Retry-After": str(wait_s)})
        judged = await self._database.read(verifying.check, text, self._zone, self._public_url, self._now())
        if request.content_type == "application/json":
            return secure(web.json_response(_as_json(judged), headers=_HEADERS))
        return self._page("Kiểm tra tin", written.checking(typed, judged))

    def _refuse(
        self, status: int, sentence: str, typed: str = "", headers: Mapping[str, str] | None = None
    ) -> web.Response:
        return self._page("Kiểm tra tin", written.checking(typed, None, sentence), status, headers)

    # -- leaflets

    async def _offer(self, request: web.Request) -> web.StreamResponse:
        """Offer the ways to us; whoever holds the paper is helped, whatever became of its code."""
        code = parse_code(request.match_info["code"][:40])
        area_code = await self._database.read(leaflets.find_area, code) if code is not None else None
        if code is not None and area_code is not None and request.method == "GET":
            try:
                await self._database.write(leaflets.count_visit, code)
            except StorageError:
                pass  # a visit not counted is no reason to send a visitor away
        area = self._areas.find(area_code) if area_code is not None else None
        status = 404 if area_code is None else 200
        return self._page("Hỏi đáp", written.channels(area, self._telegram()), status)

    # -- pages

    async def _give_css(self, request: web.Request) -> web.StreamResponse:
        return secure(self._css.answer(request))

    def _page(
        self,
        title: str,
        body: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        kind: str = "page",
    ) -> web.Response:
        page = self._template.substitute(
            title=html.escape(title),
            base=self._base,
            css=f"/static/announcement.css?v={self._css.tag}",
            kind=kind,
            body=body,
        )
        response = web.Response(
            text=page, content_type="text/html", status=status, headers={**_HEADERS, **(headers or {})}
        )
        return secure(response)


class _Refused(Exception):
    """A request cannot be taken: the status, and the sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


async def _read_text(request: web.Request) -> str:
    """Return the field `text`, or `code`, of a form or of JSON. Raises _Refused."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise _Refused(413, TOO_LONG)
    if request.content_type == "multipart/form-data":
        try:
            fields: Mapping[str, object] = await request.post()
        except ValueError as exc:
            raise _Refused(400, MALFORMED) from exc
    else:
        fields = _parse(request.content_type, await _read_body(request))
    text = fields.get("text") or fields.get("code") or ""
    if not isinstance(text, str):
        raise _Refused(400, MALFORMED)
    if len(text) > MAX_TEXT_CHARS:
        raise _Refused(413, TOO_LONG)
    return text


async def _read_body(request: web.Request) -> bytes:
    if (body := await read_body(request, MAX_BODY_BYTES)) is None:
        raise _Refused(413, TOO_LONG)
    return body


def _parse(content_type: str, body: bytes) -> Mapping[str, object]:
    try:
        if content_type == "application/json":
            parsed = json.loads(body)
            if not isinstance(parsed, dict):
                raise _Refused(400, MALFORMED)
            return parsed
        if content_type == "application/x-www-form-urlencoded":
            return {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=20).items()}
    except (ValueError, RecursionError) as exc:
        raise _Refused(400, MALFORMED) from exc
    raise _Refused(415, WRONG_KIND)


def _as_json(judged: Judgement) -> dict[str, object]:
    return {
        "verdict": judged.verdict.value,
        "reason": judged.reason.value,
        "code": judged.sent.code if judged.sent else None,
        "text": genuine_texts.answer(judged),
    }
