"""Announcements: found, and looked at."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from console import announcement_page
from console.announcement_page import BADGES
from console.forms import Form, number_in
from console.page import here, page
from console.parts import official, parts
from console.security import needs
from handlers import announcement_words as words
from handlers import announcements, files
from handlers.announcement_codes import spoken
from handlers.officials import Permission

PER_PAGE = 30
TABS: Mapping[str, tuple[str, Sequence[str]]] = {
    "open": ("Đang soạn, chờ duyệt", ("draft", "submitted")),
    "going": ("Đang gửi", ("approved", "scheduled", "sending", "paused")),
    "over": ("Đã xong", ("sent", "cancelled")),
    "all": ("Tất cả", ()),
}


@needs(Permission.READ_ANNOUNCEMENTS)
async def list_announcements(request: web.Request) -> web.Response:
    """List announcements; tab and place in the list stand in the address."""
    form = Form(request.query)
    tab = form.text("tab") if form.text("tab") in TABS else "all"
    found = await parts(request).database.read(
        announcements.list_page,
        official(request),
        statuses=TABS[tab][1],
        before_id=form.number("before"),
        limit=PER_PAGE + 1,
    )
    return page(
        request,
        "announcements/list.html",
        tab=tab,
        tabs=[(name, label, here(request, tab=name, before=None)) for name, (label, _) in TABS.items()],
        found=found[:PER_PAGE],
        kinds=words.KIND_NAMES,
        statuses=words.STATUS_NAMES,
        badges=BADGES,
        spoken=spoken,
        older=here(request, before=found[PER_PAGE - 1].id) if len(found) > PER_PAGE else None,
        newest=here(request, before=None) if form.text("before") else None,
    )


@needs(Permission.READ_ANNOUNCEMENTS)
async def show(request: web.Request) -> web.Response:
    """Show an announcement, and what can be done with it now."""
    return await announcement_page.show(request, Form())


@needs(Permission.READ_ANNOUNCEMENTS)
async def give_picture(request: web.Request) -> web.StreamResponse:
    """Give one of its pictures, counted from 1."""
    own, place = parts(request), number_in(request, "place")
    shown = await own.database.read(announcements.get, official(request), number_in(request, "id"))
    pictures = shown.announcement.pictures
    if not 1 <= place <= len(pictures):
        raise web.HTTPNotFound
    headers = files.safe_headers(files.JPEG.media_type, f"anh-{place}.jpg")
    return web.FileResponse(own.file_path(pictures[place - 1]), headers=headers)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/announcements", list_announcements, name="announcements"),
    web.get("/announcements/{id}", show, name="announcement"),
    web.get("/announcements/{id}/pictures/{place}", give_picture, name="announcement-picture"),
]
