"""What officials see of cases: the inbox, a search, one case with its history. Nothing of who is behind an anonymous one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rapidfuzz import fuzz, process

from faq.text import fold
from handlers.case_codes import parse_prefix
from handlers.case_life import MERGEABLE, Category, Kind, Status
from handlers.officials import Official, Permission, in_scope, may, require, scope
from storage import case_entries, case_search, cases, standings
from storage.case_entries import Entry
from storage.case_search import Wanted
from storage.cases import Case
from storage.db import Tx
from storage.errors import NotFound
from storage.identities import Identity
from storage.standings import Standing

MAX_PAGE = 100
MAX_HISTORY = 500
MAX_FOLLOWERS = 200
SIMILAR_CANDIDATES = 200
SIMILAR_SHOWN = 5
SIMILAR_WITHIN = timedelta(days=60)
SIMILAR_ENOUGH = 70  # of 100, words in common whatever their order
SIMILAR_WORDS = 4  # fewer are in common by chance
SIMILAR_CHARS = 600
"""By their beginnings: 200 texts of 4,096 characters took more than a second, for everybody who waits meanwhile."""
_NOTHING = "xxnothingxx"


class Order(StrEnum):
    """Which comes first."""

    DUE = "due"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; empty: what is open, next due first. `area_code` counts for those who see all areas."""

    search: str = ""
    statuses: tuple[Status, ...] = ()
    open_only: bool = True
    kind: Kind | None = None
    category: Category | None = None
    area_code: str | None = None
    assignee_id: int | None = None
    unassigned: bool = False
    urgent: bool | None = None
    late: bool = False
    soon: bool = False
    since: datetime | None = None
    until: datetime | None = None
    order: Order = Order.DUE


@dataclass(frozen=True, slots=True)
class Cursor:
    """Behind which case the next page begins; `back`: before which the page ends."""

    due_at: datetime | None
    case_id: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `next`: where the following one begins, None: this is the last; `previous`: the same backwards."""

    cases: tuple[Case, ...]
    next: Cursor | None
    previous: Cursor | None = None


def list_inbox(
    tx: Tx, official: Official, wanted: Filter, after: Cursor | None, limit: int, now: datetime
) -> Page:
    """Return up to `limit` (at most 100) cases of the official's area."""
    require(official, Permission.READ_CASES)
    limit = min(limit, MAX_PAGE)
    found = _page_and_one(tx, _wanted(official, wanted, now), wanted, after, limit + 1)
    shown, more = found[:limit], len(found) > limit
    back = after is not None and after.back
    if back:
        shown.reverse()
    if not shown:
        return Page((), None)
    first, last = shown[0], shown[-1]
    return Page(
        tuple(shown),
        Cursor(last.due_at, last.id) if more or back else None,
        Cursor(first.due_at, first.id, back=True) if (more if back else after is not None) else None,
    )


def _page_and_one(tx: Tx, rows: Wanted, wanted: Filter, after: Cursor | None, limit: int) -> list[Case]:
    # A search goes by when it was told: that is the order of its index.
    if wanted.order is Order.DUE and not wanted.search:
        if after is None:
            return case_search.list_due(tx, rows, None, limit)
        step = case_search.list_due_earlier if after.back else case_search.list_due
        return step(tx, rows, (after.due_at, after.case_id), limit)
    if after is not None and after.back:
        return case_search.list_newer(tx, rows, after.case_id, limit)
    return case_search.list_newest(tx, rows, after.case_id if after else None, limit)


def list_urgent(tx: Tx, official: Official, wanted: Filter, limit: int, now: datetime) -> list[Case]:
    """Return the urgent ones among what is open and wanted, due next first."""
    require(official, Permission.READ_CASES)
    return case_search.list_urgent(tx, _wanted(official, wanted, now))[:limit]


def count_inbox(tx: Tx, official: Official, wanted: Filter, now: datetime) -> int:
    """Count what a filter finds, up to 1,001: so many or more."""
    require(official, Permission.READ_CASES)
    return case_search.count(tx, _wanted(official, wanted, now))


def _wanted(official: Official, wanted: Filter, now: datetime) -> Wanted:
    bound = scope(official)
    words = fold(wanted.search)
    prefix = parse_prefix(wanted.search)
    return Wanted(
        area_code=bound if bound is not None else wanted.area_code,
        statuses=tuple(map(str, wanted.statuses)),
        is_open=True if wanted.open_only and not wanted.statuses else None,
        kind=wanted.kind,
        category=wanted.category,
        assignee_id=wanted.assignee_id,
        unassigned=wanted.unassigned,
        urgent=wanted.urgent,
        late_at=now if wanted.late else None,
        soon_at=now if wanted.soon else None,
        since=wanted.since,
        until=wanted.until,
        # Signs without a word find nothing, rather than everything.
        words=words or (_NOTHING if wanted.search.strip() else ""),
        code_prefix=prefix,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a history, with how the delivery of its message stands (None: there was no message)."""

    entry: Entry
    delivery: Standing | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case as its officials see it. Name and phone as they were given, for those who work on cases only; always None
    of an anonymous one.

    `followers`: the cases merged into it.
    """

    case: Case
    name: str | None
    phone: str | None
    lines: tuple[Line, ...]
    followers: tuple[Case, ...]


def get(tx: Tx, official: Official, case_id: int) -> CasePage:
    """Return a case with its history. Raises NotFound, also for one outside the official's area."""
    require(official, Permission.READ_CASES)
    case = cases.get(tx, case_id)
    if not in_scope(official, case.area_code):
        raise NotFound(f"no case {case_id}")
    entries = case_entries.list_entries(tx, [case_id], MAX_HISTORY)
    stand = standings.list_standings(tx, [e.message_id for e in entries if e.message_id is not None])
    # Who reads to oversee needs what was said, not who said it.
    known = may(official, Permission.WORK_CASES)
    identity = cases.get_identity(tx, case_id) if known else Identity(None, None)
    return CasePage(
        case,
        identity.name,
        identity.phone,
        tuple(Line(e, stand.get(e.message_id) if e.message_id else None) for e in entries),
        tuple(cases.list_merged(tx, case_id, MAX_FOLLOWERS)),
    )


def similar(tx: Tx, official: Official, case: Case, now: datetime) -> list[Case]:
    """Return at most 5 cases that may be about the same, likest first: of the same commune, open or lately answered.

    What cannot be merged has none.
    """
    require(official, Permission.READ_CASES)
    words = fold(case.text[:SIMILAR_CHARS])
    if (
        not in_scope(official, case.area_code)
        or case.area_code is None
        or Kind(case.kind) not in MERGEABLE
        or len(words.split()) < SIMILAR_WORDS
    ):
        return []
    since = now - SIMILAR_WITHIN
    alive = case_search.list_alive(tx, case.area_code, tuple(MERGEABLE), since, SIMILAR_CANDIDATES)
    # Without code and area, which stand before the words.
    others = {
        case_id: folded.split(" ", 2)[2][:SIMILAR_CHARS]
        for case_id, folded in alive.items()
        if case_id != case.id
    }
    long_enough = {i: other for i, other in others.items() if len(other.split()) >= SIMILAR_WORDS}
    found = process.extract(
        words, long_enough, scorer=fuzz.token_set_ratio, score_cutoff=SIMILAR_ENOUGH, limit=SIMILAR_CANDIDATES
    )
    found.sort(key=lambda hit: (-hit[1], -hit[2]))
    return [cases.get(tx, case_id) for _, _, case_id in found[:SIMILAR_SHOWN]]
