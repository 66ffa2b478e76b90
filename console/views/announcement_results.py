"""What became of an announcement: live while it goes out, and whom it did not reach."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from console.forms import Form, number_in
from console.names import area_name
from console.page import here, page
from console.parts import official, parts
from console.progress import HEARTBEATS, WATCHING
from console.security import add_headers, needs, token_of
from handlers import announcements
from handlers.announcement_codes import spoken
from handlers.delivery_texts import CHANNEL_NAMES, STATUS_NAMES, why
from handlers.officials import Official, Permission
from storage import deliveries
from storage.announcements import Announcement
from storage.db import Tx
from storage.deliveries import NOT_REACHED, NotReached

PER_PAGE: Final = 100
AT_ONCE: Final = 2000  # lines of the sheet in one reading transaction
RETRY_MS: Final = 3000
NO_AREA: Final = "Chưa chọn xã, phường"


@needs(Permission.READ_ANNOUNCEMENTS, quiet=True)
async def stream(request: web.Request) -> web.StreamResponse:
    """Tell an open page how far it is, until it is over, the session ends or the service stops."""
    own, who, number = parts(request), official(request), number_in(request, "id")
    token = token_of(request) or ""
    # Before anything is sent: what is not theirs is not there.
    await own.database.read(announcements.check_seen, who, number)
    async with request.app[WATCHING].watch(own, who, token, number) as seen:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        )
        await add_headers(request, response)
        await response.prepare(request)
        try:
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            quiet, over = 0, False
            async for progress in seen:
                quiet = 0 if progress is not None else quiet + 1
                if progress is not None:
                    await response.write(f"event: progress\ndata: {progress.as_json()}\n\n".encode())
                    over = progress.over
                elif quiet % HEARTBEATS == 0:
                    await response.write(b":\n\n")
            if over:
                await response.write(b"event: end\ndata: {}\n\n")
            await response.write_eof()
        except ConnectionError:
            pass  # the page was closed
        return response


def _list(
    tx: Tx, who: Official, number: int, after: int, limit: int, statuses: Sequence[str], area: str | None
) -> tuple[Announcement, list[NotReached]]:
    shown = announcements.get(tx, who, number)
    found = deliveries.list_not_reached(tx, number, after, limit, statuses=statuses, area_code=area)
    return shown.announcement, found


@needs(Permission.READ_ANNOUNCEMENTS)
async def list_not_reached(request: web.Request) -> web.Response:
    """List deliveries that did not arrive; nobody's name."""
    form, own = Form(request.query), parts(request)
    statuses = [form.text("status")] if form.text("status") in NOT_REACHED else NOT_REACHED
    area = form.text("area") if own.guide.areas.find(form.text("area")) else None
    after = form.number("after") or 0
    one, found = await own.database.read(
        _list, official(request), number_in(request, "id"), after, PER_PAGE + 1, statuses, area
    )
    more = len(found) > PER_PAGE
    return page(
        request,
        "announcements/not_reached.html",
        form=form,
        one=one,
        found=found[:PER_PAGE],
        why=why,
        channels=CHANNEL_NAMES,
        statuses=[("", "Mọi kết quả"), *((name, STATUS_NAMES[name]) for name in NOT_REACHED)],
        communes=[("", "Tất cả xã, phường"), *((a.code, a.name) for a in own.guide.areas.communes)],
        no_area=NO_AREA,
        following=here(request, after=found[PER_PAGE - 1].id) if more else None,
        first=here(request, after=None) if after else None,
    )


@needs(Permission.READ_ANNOUNCEMENTS)
async def give_sheet(request: web.Request) -> web.StreamResponse:
    """Give the same as a sheet, whole, a part at a time."""
    own, who, number = parts(request), official(request), number_in(request, "id")
    one, found = await own.database.read(_list, who, number, 0, AT_ONCE, NOT_REACHED, None)
    name = f"chua-toi-{spoken(one.code)}.csv"
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    await add_headers(request, response)
    await response.prepare(request)
    area = area_name(own.guide.areas)
    heading = ("Mã xã", "Xã, phường", "Kênh", "Kết quả", "Vì sao", "Làm gì tiếp")
    # With its mark, so that spreadsheets read the letters right.
    await response.write(b"\xef\xbb\xbf" + _lines([heading]))
    while found:
        rows = [
            (
                one_.area_code or "",
                area(one_.area_code) if one_.area_code else NO_AREA,
                CHANNEL_NAMES.get(one_.channel, one_.channel),
                STATUS_NAMES[one_.status],
                *why(one_.status, one_.reason),
            )
            for one_ in found
        ]
        await response.write(_lines(rows))
        if len(found) < AT_ONCE:
            break
        _, found = await own.database.read(_list, who, number, found[-1].id, AT_ONCE, NOT_REACHED, None)
    await response.write_eof()
    return response


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


ROUTES: Sequence[web.RouteDef] = [
    web.get("/announcements/{id}/progress", stream, name="announcement-progress"),
    web.get("/announcements/{id}/not-reached", list_not_reached, name="announcement-missed"),
    web.get("/announcements/{id}/not-reached.csv", give_sheet, name="announcement-missed-sheet"),
]
