"""The inbox: which cases wait, by when, and who is at work on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aiohttp import web

from console.forms import Form
from console.page import here, page, url
from console.parts import Parts, official, parts
from console.security import needs
from handlers import inbox
from handlers.case_codes import spoken
from handlers.case_life import Category, Kind, Status
from handlers.case_texts import CATEGORY_NAMES, KIND_NAMES, STATUS_NAMES
from handlers.inbox import Cursor, Filter, Order, Page
from handlers.officials import Official, Permission, scope
from handlers.time_left import TimeLeft, age, time_left
from handlers.urgent_texts import name_of
from storage import officials
from storage.cases import Case
from storage.db import Tx

PER_PAGE = 50
MOST_URGENT = 50
"""Pinned above the list; who has more than these has them in the filter."""
SHOWN_CHARS = 120
TABS = {
    "todo": ("Cần làm", Filter()),
    "answered": (
        "Đã trả lời",
        Filter(
            statuses=(Status.ANSWERED, Status.REFUSED, Status.FORWARDED), open_only=False, order=Order.NEWEST
        ),
    ),
    "closed": (
        "Đã đóng",
        Filter(statuses=(Status.CLOSED, Status.WITHDRAWN), open_only=False, order=Order.NEWEST),
    ),
    "all": ("Tất cả", Filter(open_only=False, order=Order.NEWEST)),
}
_FIELDS = ("q", "area", "kind", "category", "who", "when", "since", "until")


@dataclass(frozen=True, slots=True)
class Row:
    """One case as the list shows it."""

    case: Case
    code: str
    what: str
    urgent: str
    age: str
    left: TimeLeft | None
    assignee: str
    reopened: bool


@dataclass(frozen=True, slots=True)
class _Found:
    urgent: Sequence[Case]
    page: Page
    counts: dict[str, int]
    names: dict[int, str]


@needs(Permission.READ_CASES)
async def list_cases(request: web.Request) -> web.Response:
    """List cases; tab, filters and the place in the list stand in the address."""
    form, own, who = Form(request.query), parts(request), official(request)
    tab = form.text("tab") if form.text("tab") in TABS else "todo"
    wanted = _filter(TABS[tab][1], form, own, who)
    cursor = _read_cursor(form.text("after"))
    found = await own.database.read(_look, who, tab, wanted, cursor, own.now())
    return page(
        request,
        "inbox/list.html",
        form=form,
        tab=tab,
        tabs=[
            (name, label, here(request, tab=name, after=None), found.counts.get(name))
            for name, (label, _) in TABS.items()
        ],
        urgent=[_row(case, found.names, own) for case in found.urgent],
        rows=[_row(case, found.names, own) for case in found.page.cases],
        following=here(request, after=_write_cursor(found.page.next)) if found.page.next else None,
        previous=here(request, after=_write_cursor(found.page.previous)) if found.page.previous else None,
        filtered=any(form.text(name) for name in _FIELDS),
        everything=url(request, "cases", {"tab": tab}),
        kinds=KIND_NAMES,
        categories=CATEGORY_NAMES,
        statuses=STATUS_NAMES,
        choices=_choices(own, who),
    )


def _look(tx: Tx, who: Official, tab: str, wanted: Filter, cursor: Cursor | None, now: datetime) -> _Found:
    urgent: Sequence[Case] = ()
    # A search goes by when it was told; else what cannot wait stands on top, on the first page, and only there.
    if tab == "todo" and not wanted.search:
        if cursor is None:
            urgent = inbox.list_urgent(tx, who, wanted, MOST_URGENT, now)
        wanted = replace(wanted, urgent=False)
    found = inbox.list_inbox(tx, who, wanted, cursor, PER_PAGE, now)
    # Counting what a search finds costs as much as the search, four times over.
    counts = (
        {}
        if wanted.search
        else {
            name: inbox.count_inbox(
                tx,
                who,
                replace(wanted, urgent=None, statuses=tab.statuses, open_only=tab.open_only),
                now,
            )
            for name, (_, tab) in TABS.items()
        }
    )
    people = {case.assignee_id for case in (*urgent, *found.cases) if case.assignee_id is not None}
    return _Found(urgent, found, counts, officials.get_names(tx, list(people)))


def _filter(base: Filter, form: Form, own: Parts, who: Official) -> Filter:
    """Return what the address asks for; what nobody could have chosen is as if it were not there."""
    area = form.text("area")
    kind, category = form.text("kind"), form.text("category")
    return replace(
        base,
        search=form.text("q")[:200],
        kind=Kind(kind) if kind in set(Kind) else None,
        category=Category(category) if category in set(Category) else None,
        area_code=area if scope(who) is None and own.guide.areas.find(area) else None,
        assignee_id=who.id if form.text("who") == "mine" else None,
        unassigned=form.text("who") == "nobody",
        late=form.text("when") == "late",
        soon=form.text("when") == "soon",
        since=form.start_of_day("since", own.zone),
        until=form.start_of_day("until", own.zone, 1),
    )


def _choices(own: Parts, who: Official) -> dict[str, list[tuple[str, str]]]:
    areas = [] if scope(who) else [(area.code, area.name) for area in own.guide.areas.communes]
    return {
        "area": [("", "Mọi xã, phường"), *areas] if areas else [],
        "kind": [("", "Mọi loại"), *((str(kind), name) for kind, name in KIND_NAMES.items())],
        "category": [("", "Mọi lĩnh vực"), *((str(one), name) for one, name in CATEGORY_NAMES.items())],
        "who": [("", "Ai cũng được"), ("mine", "Tôi đang làm"), ("nobody", "Chưa ai nhận")],
        "when": [("", "Mọi thời hạn"), ("late", "Đã trễ"), ("soon", "Sắp hạn, đã trễ")],
    }


def _row(case: Case, names: dict[int, str], own: Parts) -> Row:
    now, calendar = own.now(), own.guide.deadlines.calendar
    what = " ".join(case.text.split())
    return Row(
        case,
        spoken(case.code),
        what if len(what) <= SHOWN_CHARS else what[:SHOWN_CHARS].rstrip() + "…",
        name_of(case.urgent) if case.urgent else "",
        age(case.opened_at, now, calendar),
        time_left(case.due_at, case.due_soon_at, now, calendar) if case.due_at and case.is_open else None,
        names.get(case.assignee_id, "") if case.assignee_id is not None else "",
        case.is_open and case.answered_at is not None,
    )


def _write_cursor(cursor: Cursor) -> str:
    due = cursor.due_at.isoformat() if cursor.due_at else ""
    return f"{'<' if cursor.back else '>'}{cursor.case_id}_{due}"


def _read_cursor(text: str) -> Cursor | None:
    """Return the place in the list; None, the beginning, for what is none."""
    number, _, due = text[1:].partition("_")
    if text[:1] not in ("<", ">") or not (number.isascii() and number.isdigit() and len(number) < 18):
        return None
    try:
        due_at = datetime.fromisoformat(due).astimezone(UTC) if due else None
    except (ValueError, OverflowError):
        return None
    return Cursor(due_at, int(number), text[0] == "<")


ROUTES: Sequence[web.RouteDef] = [web.get("/cases", list_cases, name="cases")]
