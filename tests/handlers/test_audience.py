"""Whom an announcement is for; who can be reached, on what channel; who not, and why."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from handlers import audience
from handlers.areas import AreaBook
from handlers.audience import CLOSED, Audience, Decision, Tally, always, decide
from handlers.errors import Invalid
from handlers.reach import Window, Windows
from storage.audience import Candidate, Place
from storage.db import Database, Tx
from storage.tables import addresses
from tests.conftest import NOW
from tests.handlers.audiences import (
    EVERYBODY,
    RULES,
    agree,
    expand,
    list_deliveries,
    make_announcement,
    make_resident,
    take_back,
)

EARLIER = NOW - timedelta(days=1)
TELEGRAM = Place(1, "telegram", False, NOW)
WEB = Place(2, "web", False, EARLIER)


def _zalo_is_closed(channel: str, heard_at: datetime | None, now: datetime) -> Window:
    return Window.CLOSED if channel == "zalo" else Window.FREE


@pytest.mark.parametrize(
    ("places", "preferred", "expected"),
    [
        ((), None, Decision("", None, "no_address")),
        ((WEB, TELEGRAM), None, Decision("telegram", 1, None)),
        ((WEB, TELEGRAM), "web", Decision("web", 2, None)),
        ((WEB, TELEGRAM), "zalo", Decision("telegram", 1, None)),
        ((TELEGRAM._replace(blocked=True), WEB), "telegram", Decision("web", 2, None)),
        ((TELEGRAM._replace(blocked=True),), None, Decision("telegram", None, "blocked")),
        ((Place(3, "zalo", False, NOW),), None, Decision("zalo", 3, CLOSED, Window.CLOSED)),
        ((Place(3, "zalo", False, NOW), WEB), "zalo", Decision("web", 2, None)),
        (
            (Place(3, "zalo", False, EARLIER), TELEGRAM._replace(blocked=True)),
            None,
            Decision("zalo", 3, CLOSED, Window.CLOSED),
        ),
    ],
)
def test_one_address_is_chosen_or_the_reason_is_told(
    places: tuple[Place, ...], preferred: str | None, expected: Decision
) -> None:
    """The preferred channel where it can be used, else the address heard of last."""
    candidate = Candidate(7, "11020", preferred, 0, places)

    assert decide(candidate, 3, _zalo_is_closed, NOW) == expected


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((Place(3, "zalo", False, None),), Decision("zalo", 3, None, Window.TEMPLATE)),
        ((Place(3, "zalo", False, NOW), WEB), Decision("web", 2, None)),
        ((Place(3, "zalo", True, NOW),), Decision("zalo", None, "blocked")),
    ],
)
def test_a_template_is_for_whom_no_text_reaches(places: tuple[Place, ...], expected: Decision) -> None:
    """Even where Zalo is preferred: it says less, and costs."""
    windows = Windows(template=True)

    later = NOW + timedelta(days=30)
    assert decide(Candidate(7, "11020", "zalo", 0, places), 3, windows.at, later) == expected
    assert decide(Candidate(7, "11020", "zalo", 3, places), 3, windows.at, later).reason in (
        "ceiling",
        "blocked",
    )


@pytest.mark.parametrize(
    ("received", "ceiling", "reason"), [(2, 3, None), (3, 3, "ceiling"), (9, None, None)]
)
def test_who_had_enough_this_week_is_left_alone(
    received: int, ceiling: int | None, reason: str | None
) -> None:
    """Nothing is too much where there is no ceiling."""
    candidate = Candidate(7, None, None, received, (TELEGRAM,))

    assert decide(candidate, ceiling, always, NOW).reason == reason


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"area": ["11020"]}, "audience.area", "các khóa có: areas"),
        ({"areas": ["Tứ Kì"]}, "audience.areas", "Xã Tứ Kỳ"),
        ({"areas": ["11021"]}, "audience.areas", "gần giống: 110"),
        ({"exclude_areas": ["11020@1999-99"]}, "audience.exclude_areas", "11020@1999-99"),
        ({"areas": "11020"}, "audience.areas", '["11020"]'),
        ({"areas": [11020]}, "audience.areas", "ngoặc kép"),
        ({"categories": ["rich"]}, "audience.categories", "near_poor"),
        ({"channels": ["sms"]}, "audience.channels", "telegram, zalo, web"),
        ({"last_seen_days": 0}, "audience.last_seen_days", "3650"),
        ({"last_seen_days": True}, "audience.last_seen_days", "365"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_key(
    book: AreaBook, given: Mapping[str, object], field: str, words: str
) -> None:
    """With what a right one looks like."""
    with pytest.raises(Invalid) as refused:
        Audience.parse(given, book)

    assert refused.value.field == field
    assert words in refused.value.sentence


def test_an_area_means_the_communes_of_today(book: AreaBook) -> None:
    """A province all of its communes; the former province and a former district those in its place."""
    everywhere = Audience.parse({"areas": ["31"]}, book).area_codes
    former = Audience.parse({"areas": ["30@2025-06-30"]}, book).area_codes
    district = Audience.parse({"areas": ["291@2025-06-30"]}, book).area_codes

    assert everywhere is not None
    assert former is not None
    assert district is not None
    assert everywhere == frozenset(commune.code for commune in book.communes)
    assert district < former < everywhere
    assert Audience.parse({"areas": ["11020"]}, book) == Audience(frozenset(("11020",)))
    assert Audience.parse({"areas": []}, book) == EVERYBODY


def _count(tx: Tx, wanted: Audience, kind: str = "notice") -> Tally:
    return audience.count(tx, wanted, kind, RULES, always, NOW)


async def test_only_those_who_agreed_to_it_are_meant(database: Database) -> None:
    """By purpose: an event's, the news'; an emergency reaches whoever agreed to anything."""

    def count_kinds(tx: Tx) -> dict[str, int]:
        for purposes in (["events"], ["news", "events"], ["surveys"], []):
            make_resident(tx, "telegram", purposes=purposes)
        take_back(tx, make_resident(tx, "telegram"))
        return {
            kind: _count(tx, EVERYBODY, kind).people for kind in ("event", "notice", "story", "emergency")
        }

    assert await database.write(count_kinds) == {"event": 2, "notice": 1, "story": 1, "emergency": 3}


@pytest.mark.parametrize(
    ("wanted", "people"),
    [
        (EVERYBODY, {"here", "poor", "web", "nowhere", "quiet"}),
        (Audience(area_codes=frozenset(("11020",))), {"here", "web", "quiet"}),
        (Audience(excluded_codes=frozenset(("11020",))), {"poor", "nowhere"}),
        (Audience(categories=frozenset(("poor", "near_poor"))), {"poor"}),
        (Audience(channels=frozenset(("web",))), {"web"}),
        (Audience(last_seen_days=30), {"here", "poor", "web", "nowhere"}),
    ],
)
async def test_each_key_leaves_out_whom_it_does_not_mean(
    database: Database, wanted: Audience, people: set[str]
) -> None:
    """Somebody without a commune is excluded from none, and is in none."""

    def tell(tx: Tx) -> set[str]:
        made = {
            make_resident(tx, "telegram"): "here",
            make_resident(tx, "telegram", commune="11074", category="poor"): "poor",
            make_resident(tx, "telegram", "web", category="other"): "web",
            make_resident(tx, "telegram", commune=None): "nowhere",
            make_resident(tx, "telegram", heard_at=NOW - timedelta(days=31)): "quiet",
        }
        announcement = make_announcement(tx)
        expand(tx, announcement, wanted)
        return {made[one] for one in list_deliveries(tx, announcement) if one}

    assert await database.write(tell) == people


async def test_the_count_is_those_reached_and_the_reasons_together(database: Database) -> None:
    """And what the dry run says is what the expansion does."""

    def both(tx: Tx) -> tuple[Tally, list[tuple[str, str, str | None]]]:
        for _ in range(3):
            make_resident(tx, "telegram")
        make_resident(tx, "web", commune="11074")
        blocked = make_resident(tx, "telegram")
        tx.execute(sa.update(addresses).where(addresses.c.resident_id == blocked).values(blocked_at=NOW))
        make_resident(tx)
        tally = _count(tx, EVERYBODY)
        announcement = make_announcement(tx)
        expand(tx, announcement, limit=4)
        return tally, sorted(list_deliveries(tx, announcement).values(), key=repr)

    tally, found = await database.write(both)

    assert (tally.people, tally.reached) == (6, 4)
    assert tally.by_channel == {"telegram": 3, "web": 1}
    assert tally.by_area == {"11020": 3, "11074": 1}
    assert tally.reasons == {"blocked": 1, "no_address": 1}
    assert found == [
        ("", "skipped", "no_address"),
        ("telegram", "blocked", "blocked"),
        *[("telegram", "queued", None)] * 3,
        ("web", "waiting", None),
    ]


async def test_the_fourth_announcement_of_a_week_is_too_much(database: Database) -> None:
    """An emergency is not, and does not count; what was skipped does not either, nor what is a week old."""

    def send(tx: Tx) -> list[str | None]:
        one = make_resident(tx, "telegram", purposes=[])
        agree(tx, one, "news", now=NOW - timedelta(days=30))
        reasons = []
        for days, kind in ((12, "notice"), (6, "emergency"), (5, "notice"), (4, "story"), (3, "notice")):
            at = NOW - timedelta(days=days)
            expand(tx, make_announcement(tx, kind=kind, now=at), now=at)
        for kind in ("notice", "emergency"):
            announcement = make_announcement(tx, kind=kind)
            expand(tx, announcement)
            reasons.append(list_deliveries(tx, announcement)[one][2])
        return reasons

    assert await database.write(send) == ["ceiling", None]
