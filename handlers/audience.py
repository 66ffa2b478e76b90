"""Whom an announcement is for, and who of them can be reached now, on what address; who not, and why.

The count of an audience is always those who can be reached and the listed reasons together.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from handlers.area_codes import near_codes, read_code
from handlers.areas import Area, AreaBook, AreaError
from handlers.errors import Invalid
from handlers.reach import Window
from handlers.sending_rules import WEEK, SendingRules
from storage import audience as pages
from storage.announcements import EMERGENCY
from storage.audience import Candidate, Place, Who
from storage.db import Tx

CATEGORIES: Final = ("poor", "near_poor", "newly_escaped", "other")
CHANNELS: Final = ("telegram", "zalo", "web")
PURPOSES: Final[Mapping[str, tuple[str, ...]]] = {
    "event": ("events",),
    "notice": ("news",),
    "story": ("news",),
    EMERGENCY: ("events", "news", "surveys"),
}
"""By kind of announcement: a consent to one of these is needed."""
KEYS: Final = ("areas", "exclude_areas", "categories", "channels", "last_seen_days")
MOST_DAYS: Final = 3650
PAGE: Final = 2000
NO_ADDRESS, BLOCKED, CEILING, CLOSED = "no_address", "blocked", "ceiling", str(Window.CLOSED)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Reach = Callable[[str, "datetime | None", datetime], Window]
"""(channel, when the person was last heard of there, now) → how they can be written to now."""


def always(channel: str, heard_at: datetime | None, now: datetime) -> Window:
    """Say of a channel that sets no windows that it can be written to."""
    return Window.FREE


@dataclass(frozen=True, slots=True)
class Audience:
    """Which of those who agreed are meant; None: whatever it is. Area codes are communes of today."""

    area_codes: frozenset[str] | None = None
    excluded_codes: frozenset[str] = frozenset()
    categories: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    last_seen_days: int | None = None

    @classmethod
    def parse(cls, given: Mapping[str, object], book: AreaBook) -> "Audience":
        """Read the keys of an announcement file; a key left out, or an empty list, means everybody.

        Raises Invalid; its field is `audience.KEY`.
        """
        if unknown := [key for key in given if key not in KEYS]:
            raise Invalid(f"audience.{unknown[0]}", f"Không có khóa này; các khóa có: {', '.join(KEYS)}.")
        areas = _areas(given, "areas", book)
        days = given.get("last_seen_days")
        if days is not None and (type(days) is not int or not 1 <= days <= MOST_DAYS):
            raise Invalid(
                "audience.last_seen_days", f"Cần là số ngày từ 1 đến {MOST_DAYS}; ví dụ: last_seen_days: 365."
            )
        return cls(
            areas or None,
            _areas(given, "exclude_areas", book),
            _choice(given, "categories", CATEGORIES),
            _choice(given, "channels", CHANNELS),
            days if isinstance(days, int) else None,
        )

    def means(self, area_code: str | None, category: str | None) -> bool:
        """Say whether people of this commune and category are meant; who told neither is, where nothing is asked."""
        within = self.area_codes is None or area_code in self.area_codes
        asked = self.categories is None or category in self.categories
        return within and asked and area_code not in self.excluded_codes


def communes(area: Area, book: AreaBook) -> list[Area]:
    """Return the communes of today that an area means: itself, those that took it over, or all that lie in it."""
    if area.level == "commune":
        return [area] if area.current else book.successors_of(area)
    if area.level == "district":
        return book.communes_of(area.code)
    if area.current:
        return [commune for commune in book.communes if commune.parent_code == area.code]
    inside = (book.communes_of(d.code) for d in book.districts if d.parent_code == area.code)
    return [commune for some in inside for commune in some]


def _areas(given: Mapping[str, object], key: str, book: AreaBook) -> frozenset[str]:
    codes: set[str] = set()
    for text in _words(given, key, '["11020"]'):
        try:
            area = read_code(book, text)
        except AreaError:
            near = ", ".join(f"{a.code} {a.name}" for a in near_codes(book, text.partition("@")[0]))
            raise Invalid(
                f"audience.{key}",
                f"“{text}” không phải mã xã, phường, đặc khu hay tỉnh, thành phố nào; "
                + (f"gần giống: {near}." if near else "mã hôm nay như 11020, mã cũ như 11020@2025-06-30."),
            ) from None
        found = communes(area, book)
        if not found:
            raise Invalid(f"audience.{key}", f"“{text}” ({area.name}) không còn xã, phường nào hôm nay.")
        codes.update(commune.code for commune in found)
    return frozenset(codes)


def _choice(given: Mapping[str, object], key: str, known: Sequence[str]) -> frozenset[str] | None:
    words = _words(given, key, f"[{known[0]}]")
    if wrong := next((word for word in words if word not in known), None):
        raise Invalid(f"audience.{key}", f"Không có “{wrong}”; chọn trong: {', '.join(known)}.")
    return frozenset(words) or None


def _words(given: Mapping[str, object], key: str, example: str) -> list[str]:
    value = given.get(key)
    if value is None:
        return []
    if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
        raise Invalid(f"audience.{key}", f"Cần là danh sách chữ trong ngoặc kép; ví dụ: {key}: {example}.")
    return list(value)


def unwanted(purposes: Collection[str]) -> list[str]:
    """Return the kinds of announcements for which none of the consents that a person still gives is enough."""
    return [kind for kind, enough in PURPOSES.items() if not set(enough) & set(purposes)]


def who(audience: Audience, kind: str, now: datetime, given_by: datetime) -> Who:
    """Say which rows are meant.

    Args: kind: of the announcement; given_by: consents given later do not count.
    """
    return Who(
        purposes=PURPOSES[kind],
        given_by=given_by,
        area_codes=audience.area_codes,
        excluded_codes=audience.excluded_codes,
        categories=audience.categories,
        channels=audience.channels,
        seen_after=now - timedelta(days=audience.last_seen_days) if audience.last_seen_days else None,
        counted_after=None if kind == EMERGENCY else now - WEEK,
    )


# -- one person


class Decision(NamedTuple):
    """On which channel a person's copy goes, and to what address; or why it does not.

    One of the two is None, unless the reason is `CLOSED`: the copy waits at that address until the person writes.
    `channel`: "" when there is none at all.
    """

    channel: str
    address_id: int | None
    reason: str | None
    window: Window = Window.FREE


def decide(candidate: Candidate, ceiling: int | None, reach: Reach, now: datetime) -> Decision:
    """Choose one address: the preferred channel if it can be used, else where they were last heard of. Pure.

    By template only where nothing else is left: it says less, and costs.

    Args: ceiling: who received so many lately gets no more; None: nothing is too much (`ceiling`).
    """
    if not candidate.places:
        return Decision("", None, NO_ADDRESS)
    places = candidate.places
    if len(places) > 1:
        places = tuple(sorted(places, key=lambda p: _rank(p, candidate.preferred_channel), reverse=True))
    found: dict[Window, Place] = {}
    for place in places:
        if place.blocked:
            continue
        window = reach(place.channel, place.heard_at, now)
        found.setdefault(window, place)
        if window in (Window.FREE, Window.PAID):
            return _going(candidate, place, window, ceiling)
    if Window.TEMPLATE in found:
        return _going(candidate, found[Window.TEMPLATE], Window.TEMPLATE, ceiling)
    if waits := found.get(Window.CLOSED):
        return Decision(waits.channel, waits.address_id, CLOSED, Window.CLOSED)
    return Decision(places[0].channel, None, BLOCKED)


def _going(candidate: Candidate, place: Place, window: Window, ceiling: int | None) -> Decision:
    if ceiling is not None and candidate.received >= ceiling:
        return Decision(place.channel, None, CEILING)
    return Decision(place.channel, place.address_id, None, window)


def ceiling(kind: str, rules: SendingRules) -> int | None:
    """Return how many announcements a week are enough; None for an emergency."""
    return None if kind == EMERGENCY else rules.weekly_ceiling


def _rank(place: Place, preferred: str | None) -> tuple[bool, datetime, int]:
    return place.channel == preferred, place.heard_at or _NEVER, place.address_id


# -- all of them


@dataclass(slots=True)
class Tally:
    """An audience counted. `people == reached + sum(reasons.values())`, always."""

    reached: int = 0
    by_window: Counter[tuple[str, Window]] = field(default_factory=Counter)
    """Who can be reached, by the channel it would be on and what it takes there."""
    by_area: Counter[str | None] = field(default_factory=Counter)
    """Who can be reached, by commune; None: those who chose none."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Who cannot, by reason."""
    unpaid: bool = False
    """Nothing leaves for money just now, though it would by the settings."""
    reasons_by_area: Counter[tuple[str | None, str]] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        """Return how many are in the audience."""
        return self.reached + self.reasons.total()

    @property
    def by_channel(self) -> Counter[str]:
        """Return who can be reached, by the channel it would be on."""
        found: Counter[str] = Counter()
        for (channel, _), number in self.by_window.items():
            found[channel] += number
        return found

    @property
    def paid(self) -> int:
        """Return how many of those who can be reached cost the known price of a text in the paid window."""
        return sum(number for (_, window), number in self.by_window.items() if window is Window.PAID)

    @property
    def by_template(self) -> int:
        """Return how many of those who can be reached get an approved template, at its own price."""
        return sum(number for (_, window), number in self.by_window.items() if window is Window.TEMPLATE)

    @property
    def recipients(self) -> int:
        """Return how many get it, now or when they next write."""
        return self.reached + self.reasons[CLOSED]

    def add(self, area_code: str | None, decision: Decision) -> None:
        """Count one more person."""
        if decision.reason is None:
            self.reached += 1
            self.by_window[decision.channel, decision.window] += 1
            self.by_area[area_code] += 1
        else:
            self.reasons[decision.reason] += 1
            self.reasons_by_area[area_code, decision.reason] += 1


def count(tx: Tx, audience: Audience, kind: str, rules: SendingRules, reach: Reach, now: datetime) -> Tally:
    """Say who would get an announcement that began to be sent now; reads alone, a page at a time."""
    tally = Tally()
    wanted, most = who(audience, kind, now, now), ceiling(kind, rules)
    for candidate in _everybody(tx, wanted):
        tally.add(candidate.area_code, decide(candidate, most, reach, now))
    return tally


def exceeds(
    tx: Tx, audience: Audience, kind: str, rules: SendingRules, reach: Reach, now: datetime, number: int
) -> bool:
    """Say whether more than `number` people would get it, now or later; looks no further than it has to."""
    most = ceiling(kind, rules)
    decided = (decide(one, most, reach, now) for one in _everybody(tx, who(audience, kind, now, now)))
    reached = (one for one in decided if one.address_id is not None)
    return next(islice(reached, number, None), None) is not None


def _everybody(tx: Tx, wanted: Who) -> Iterable[Candidate]:
    cursor, more = 0, True
    while more:
        candidates, cursor, more = pages.list_page(tx, wanted, cursor, PAGE)
        yield from candidates
