"""The public page of a case: where it stands, by its code. No personal text, nothing of what was written.

Whoever tries codes gets nowhere: so many a minute from one place, and so many unknown ones from all places together.
An unknown code, one that is none, a case that was withdrawn or erased: one and the same page.
"""

import html
from collections.abc import Callable
from datetime import datetime
from string import Template
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.channels.webchat.assets import Asset, read_static
from bot.channels.webchat.pace import Pace, client_ip
from bot.channels.webchat.security import secure
from handlers import tracking
from handlers.case_codes import parse_code, spoken
from handlers.case_life import OPEN_STATUSES, Status
from handlers.case_texts import CATEGORY_NAMES, KIND_NAMES
from handlers.tracking import Followed
from storage.db import Database

PER_IP_MINUTE: Final = 20
UNKNOWN_A_MINUTE: Final = 120
"""From all places together: at this pace one of 100,000 cases is met by chance once in about a hundred days."""
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_ALL: Final = "all"

ASK: Final = "Bà con gõ mã đã được cấp khi gửi, ví dụ K7M-4XP-9RT."
UNKNOWN: Final = "Không tìm thấy mã này. Bà con xem lại từng chữ rồi gõ lại."
TOO_FAST: Final = "Có quá nhiều lần tra mã. Xin bà con chờ một phút rồi thử lại."


class CasePage:
    """Answers `GET /case` and `GET /case/CODE`."""

    def __init__(self, database: Database, now: Callable[[], datetime], zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone
        self._per_ip = Pace(PER_IP_MINUTE, now)
        self._unknown = Pace(UNKNOWN_A_MINUTE, now)
        self._css = Asset.read("case.css")
        self._template = Template(read_static("case.html").decode())

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/case", self._ask),
            web.get("/case/{code}", self._show),
            web.get("/static/case.css", self._give_css),
        ]

    async def _give_css(self, request: web.Request) -> web.StreamResponse:
        return secure(self._css.answer(request))

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        """Show the form; what was typed into it leads to the page of that code."""
        typed = request.query.get("code", "")
        code = parse_code(typed[:40])
        if code is not None:
            raise web.HTTPSeeOther(f"/case/{code}", headers=_HEADERS)
        return self._page(UNKNOWN if typed.strip() else ASK, "", 404 if typed.strip() else 200)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        # Counted before anything is looked up: a right guess must look like a wrong one.
        wait_s = self._per_ip.wait_s(client_ip(request)) or self._unknown.left_s(_ALL)
        if wait_s:
            return self._page(TOO_FAST, "", 429, {"Retry-After": str(wait_s)})
        code = parse_code(request.match_info["code"][:40])
        followed = await self._database.read(tracking.follow, code) if code is not None else None
        if followed is None or followed.status is Status.WITHDRAWN:
            self._unknown.wait_s(_ALL)
            return self._page(UNKNOWN, "", 404)
        return self._page("", self._told(followed), 200)

    def _told(self, followed: Followed) -> str:
        facts = [
            ("Mã", spoken(followed.code)),
            ("Loại", KIND_NAMES[followed.kind]),
            ("Việc", CATEGORY_NAMES[followed.category]),
            ("Ngày gửi", self._day(followed.opened_at)),
        ]
        if followed.due_at is not None and followed.status in OPEN_STATUSES:
            facts.append(("Hạn trả lời", self._day(followed.due_at)))
        rows = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in facts)
        steps = "".join(
            f"<li><time>{self._day(step.at)}</time> {html.escape(step.sentence)}</li>"
            for step in followed.steps
        )
        return (
            f'<p class="now">{html.escape(followed.sentence)}</p><dl>{rows}</dl>'
            f"<h2>Các bước đã qua</h2><ol>{steps}</ol>"
        )

    def _day(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%d/%m/%Y}"

    def _page(
        self, notice: str, told: str, status: int, headers: dict[str, str] | None = None
    ) -> web.Response:
        body = self._template.substitute(
            css=f"/static/case.css?v={self._css.tag}",
            notice=html.escape(notice),
            notice_hidden="" if notice else "hidden",
            told=told,
        )
        response = web.Response(
            text=body, content_type="text/html", status=status, headers={**_HEADERS, **(headers or {})}
        )
        return secure(response)
