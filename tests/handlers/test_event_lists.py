"""What officials see of sessions: their month, who comes, and names only for who may have them."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers import event_lists, rsvps
from handlers.areas import AreaBook
from handlers.errors import NotAllowed
from handlers.exports import Kind, Order, Words
from handlers.officials import Role
from storage import identities, tables
from storage import rsvps as rows
from storage.db import Database, Tx
from storage.errors import NotFound
from storage.identities import Identity
from storage.people import Person
from storage.rsvps import Totals
from tests.conftest import NOW
from tests.handlers.announcing import ZONE
from tests.handlers.casework import ELSEWHERE, HERE, make_official
from tests.handlers.eventful import STARTS, VOICE, make_event, make_going
from tests.handlers.test_exports import column, write
from tests.storage.builders import EMPTIED, later

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED
DECEMBER = date(2026, 12, 20)


def _move(tx: Tx, event_id: int, starts_at: datetime) -> None:
    tx.execute(sa.update(tables.events).where(tables.events.c.id == event_id).values(starts_at=starts_at))


def _fill(tx: Tx) -> tuple[int, list[Person]]:
    """Three sign up for two seats, in the order third, first, second; somebody declines."""
    event_id = make_event(tx, seats=3, area_code=HERE).event.id
    guests = [make_going(tx, commune=HERE) for _ in range(4)]
    identities.set_identity(tx, guests[0].resident_id, Identity("Phạm Thị Hạnh", "0912345678"))
    rsvps.decline(tx, guests[3], event_id, VOICE, NOW)
    for number, guest in enumerate(guests[:3]):
        rsvps.come(tx, guest, event_id, 2 if number else 1, VOICE, later(number))
    return event_id, guests


async def test_month_begins_and_ends_at_midnight_here(database: Database) -> None:
    def work(tx: Tx) -> list[tuple[int, Totals]]:
        begins = datetime(2026, 12, 1, tzinfo=ZONE)
        for moment in (begins, begins - timedelta(seconds=1), datetime(2027, 1, 1, tzinfo=ZONE)):
            _move(tx, make_event(tx, announcement="draft", started_at=None).event.id, moment)
        _fill(tx)
        found = event_lists.list_month(tx, make_official(tx, None, Role.EDITOR), DECEMBER, ZONE)
        return [(each.announced.event.starts_at.astimezone(ZONE).day, each.totals) for each in found]

    assert await database.write(work) == [(1, Totals()), (12, Totals(going=3, waiting=2, declined=1))]


@pytest.mark.parametrize(
    ("role", "area", "seen"),
    [
        (Role.EDITOR, None, 2),
        (Role.LEADER, None, 2),
        (Role.ADMIN, None, 2),
        (Role.OFFICER, HERE, 1),
        (Role.EDITOR, ELSEWHERE, 0),
    ],
)
async def test_official_sees_the_sessions_of_their_area(
    sqlite: Database, role: Role, area: str | None, seen: int
) -> None:
    def work(tx: Tx) -> int:
        official = make_official(tx, area, role)
        here, province = make_event(tx, area_code=HERE).event.id, make_event(tx).event.id
        visible = len(event_lists.list_month(tx, official, DECEMBER, ZONE))
        for number, event_id in enumerate((here, province), 1):
            if number <= visible:
                event_lists.show(tx, official, event_id)
                event_lists.list_sign_ups(tx, official, event_id, NOW)
                continue
            with pytest.raises(NotFound):
                event_lists.show(tx, official, event_id)
            with pytest.raises(NotFound):
                event_lists.list_sign_ups(tx, official, event_id, NOW)
        return visible

    assert await sqlite.write(work) == seen


async def test_viewer_sees_no_sessions(sqlite: Database) -> None:
    with pytest.raises(NotAllowed):
        await sqlite.write(
            lambda tx: event_lists.list_month(tx, make_official(tx, None, Role.VIEWER), DECEMBER, ZONE)
        )


async def test_list_shows_who_comes_first_and_no_names(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_lists, "LISTED_AT_ONCE", 3)

    def work(tx: Tx) -> None:
        event_id, _ = _fill(tx)
        found = event_lists.list_sign_ups(tx, make_official(tx), event_id, NOW)
        assert [(s.rsvp.status, s.rsvp.people, s.confirmed, s.identity) for s in found] == [
            ("going", 1, True, None),
            ("going", 2, True, None),
            ("waiting", 2, True, None),
            ("declined", 1, True, None),
        ]
        assert tx.execute(sa.select(tables.audit)).all() == []

    await database.write(work)


async def test_names_are_for_who_may_have_them_and_that_is_written_down(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        event_id, guests = _fill(tx)
        told = rows.find(tx, event_id, guests[1].resident_id)
        assert told is not None
        rows.set_name(tx, told.id, "Bà Hai")
        with pytest.raises(NotAllowed):
            event_lists.list_sign_ups(tx, make_official(tx, None, Role.LEADER), event_id, NOW, personal=True)
        at_the_door = event_lists.list_sign_ups(tx, make_official(tx), event_id, NOW, personal=True)
        assert [
            (s.identity and s.identity.name, s.identity and s.identity.phone) for s in at_the_door[:2]
        ] == [
            ("Phạm Thị Hạnh", None),
            ("Bà Hai", None),
        ]
        found = event_lists.list_sign_ups(
            tx, make_official(tx, None, Role.ADMIN), event_id, NOW, personal=True
        )
        assert [(s.identity and s.identity.name, s.identity and s.identity.phone) for s in found[:3]] == [
            ("Phạm Thị Hạnh", "0912345678"),
            ("Bà Hai", None),
            (None, None),
        ]
        entries = tx.execute(sa.select(tables.audit)).all()
        assert [(e.action, json.loads(e.details)) for e in entries] == [
            ("event.sign_ups", {"personal": True})
        ] * 2

    await sqlite.write(work)


async def test_export_tells_who_comes(sqlite: Database, book: AreaBook, tmp_path: Path) -> None:
    words = Words(book, {}, ZONE)

    def work(tx: Tx) -> None:
        event_id, _ = _fill(tx)
        tx.execute(sa.update(tables.events).values(details_version=2))
        gone = rsvps.come(tx, make_going(tx), make_event(tx, title="Đối thoại").event.id, 1, VOICE, NOW)
        assert gone.rsvp is not None
        tx.execute(sa.delete(tables.residents).where(tables.residents.c.id == gone.rsvp.resident_id))
        tx.execute(sa.update(tables.rsvps).where(tables.rsvps.c.id == gone.rsvp.id).values(attended_people=2))
        assert event_id

    await sqlite.write(work)
    plain = await write(sqlite, words, tmp_path, Order(Kind.RSVPS))
    assert column(plain, "Sự kiện") == [*["Tập huấn chăn nuôi gà"] * 4, "Đối thoại"]
    assert column(plain, "Trả lời") == ["Không đi", "Sẽ đi", "Sẽ đi", "Sẽ đi", "Sẽ đi"]
    assert column(plain, "Chỗ") == [
        "",
        *["Có chỗ, chưa xác nhận lại"] * 2,
        "Chờ chỗ",
        "Có chỗ",
    ]
    assert column(plain, "Số người") == ["1", "1", "2", "2", "1"]
    assert column(plain, "Số người đã dự") == ["", "", "", "", "2"]
    assert set(column(plain, "Ngày trả lời")) == {NOW.astimezone(ZONE).strftime("%d/%m/%Y")}
    assert column(plain, "Bắt đầu lúc")[0] == STARTS.strftime("%Y-%m-%d %H:%M")
    assert "Phạm Thị Hạnh" not in str(plain)

    personal = await write(sqlite, words, tmp_path, Order(Kind.RSVPS, personal=True))
    assert column(personal, "Họ tên") == ["", "Phạm Thị Hạnh", "", "", ""]
    elsewhere = await write(sqlite, words, tmp_path, Order(Kind.RSVPS, area_codes=(ELSEWHERE,)))
    assert len(elsewhere) == 1
