"""A session that changes or is called off: checked, audited, and everybody who signed up is told and asked again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import announcement_texts, event_messages, event_notices, event_texts, rsvps
from handlers import events as session
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.events import Details
from handlers.officials import Official, Role
from storage import events, tables
from storage import rsvps as rows
from storage.db import Database, Tx
from storage.errors import Conflict, NotFound
from storage.events import Announced, Event
from tests.conftest import NOW
from tests.handlers.casework import ELSEWHERE, HERE, make_official
from tests.handlers.eventful import (
    RULES,
    STARTS,
    VOICE,
    before_start,
    make_event,
    make_going,
    standings,
    told_texts,
)
from tests.storage.builders import EMPTIED, later, make_bulk

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


def make_editor(tx: Tx, role: Role = Role.EDITOR, area_code: str | None = None) -> Official:
    """Make whoever announces."""
    return make_official(tx, area_code, role)


def details(event: Event, **given: Any) -> Details:
    """Return the session's details as they are, with the values given."""
    as_it_is = Details(event.starts_at, event.ends_at, event.place, event.map_link, event.seats)
    return replace(as_it_is, **given)


def tell_all(tx: Tx, now: Any = NOW) -> None:
    """Tell everything that is due."""
    while event_notices.tell_next(tx, VOICE, now, 100):
        pass


async def test_other_place_is_told_to_all_who_signed_up_and_asked_again(database: Database) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx, seats=1).event
        going, waits, declined, later_on = (make_going(tx) for _ in range(4))
        rsvps.come(tx, going, event.id, 1, VOICE, NOW)
        rsvps.come(tx, waits, event.id, 1, VOICE, NOW)
        rsvps.decline(tx, declined, event.id, VOICE, NOW)
        event = events.get(tx, event.id)

        changed = session.change(
            tx, editor, event.id, details(event, place=" Đình  làng "), event.version, VOICE, NOW
        )
        assert (changed.place, changed.details_version, changed.version) == ("Đình làng", 2, 2)
        rsvps.come(tx, later_on, event.id, 1, VOICE, NOW)
        tell_all(tx)

        assert len(told_texts(tx)) == 2
        (said,) = told_texts(tx, [going.address_id])
        assert "Ở đâu: Đình làng" in said
        assert event_texts.STILL_COMING in said
        (said,) = told_texts(tx, [waits.address_id])
        assert event_texts.STILL_WAITING in said
        entry = tx.execute(sa.select(tables.audit).order_by(tables.audit.c.id.desc()).limit(1)).one()
        assert (entry.action, entry.subject_id, entry.details) == (
            "event.change",
            str(event.id),
            '{"fields":["place"]}',
        )

    await database.write(work)


async def test_seat_is_kept_and_shown_as_unconfirmed_until_confirmed(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, announced = make_editor(tx), make_event(tx)
        event, person = announced.event, make_going(tx)
        rsvps.come(tx, person, event.id, 2, VOICE, NOW)
        session.change(
            tx, editor, event.id, details(event, starts_at=STARTS - timedelta(hours=1)), 1, VOICE, NOW
        )

        shown = events.get_announced(tx, event.id)
        own = rows.find(tx, event.id, person.resident_id)
        assert shown.event.taken == 2
        assert "chưa xác nhận lại" in event_messages.card(shown, own, VOICE).text
        answered = rsvps.come(tx, person, event.id, None, VOICE, NOW)
        assert "chưa xác nhận lại" not in event_messages.card(shown, answered.rsvp, VOICE).text
        assert rows.count(tx, [event.id])[event.id] == rows.Totals(going=2)
        tell_all(tx)
        assert told_texts(tx) == [], "whoever answered since knows it"

    await sqlite.write(work)


async def test_second_change_is_told_once(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        rsvps.come(tx, make_going(tx), event.id, 1, VOICE, NOW)
        for version, place in enumerate(("Đình", "Trường học"), 1):
            session.change(tx, editor, event.id, details(event, place=place), version, VOICE, NOW)
        tell_all(tx)
        (said,) = told_texts(tx)
        assert "Ở đâu: Trường học" in said

    await sqlite.write(work)


async def test_change_of_seats_or_map_asks_nobody(database: Database) -> None:
    """Seats that were added go to who waits."""

    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx, seats=1).event
        for _ in range(3):
            rsvps.come(tx, make_going(tx), event.id, 1, VOICE, NOW)
        changed = session.change(
            tx, editor, event.id, details(event, seats=2, map_link="https://maps.example/1"), 1, VOICE, NOW
        )
        assert (changed.details_version, changed.seats) == (1, 2)
        tell_all(tx)
        assert told_texts(tx) == []

        assert session.fill(tx, VOICE, NOW, 100) == 1
        assert session.fill(tx, VOICE, NOW, 100) == 0
        assert [status for status, _ in standings(tx, event.id)] == ["going", "going", "waiting"]
        assert len(told_texts(tx)) == 1

    await database.write(work)


async def test_nothing_changed_is_nothing_done(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        assert session.change(tx, editor, event.id, details(event), 1, VOICE, NOW) == event
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.audit)).scalar() == 0

    await sqlite.write(work)


async def test_called_off_session_is_told_to_all_who_signed_up(database: Database) -> None:
    def work(tx: Tx) -> None:
        leader, event = make_editor(tx, Role.LEADER), make_event(tx, seats=1).event
        going, waits, declined = (make_going(tx) for _ in range(3))
        rsvps.come(tx, going, event.id, 1, VOICE, NOW)
        rsvps.come(tx, waits, event.id, 1, VOICE, NOW)
        rsvps.decline(tx, declined, event.id, VOICE, NOW)
        event_notices.plan_reminders(tx, RULES, NOW, 10)

        cancelled = session.cancel(tx, leader, event.id, 1, RULES, NOW)
        tell_all(tx)
        tell_all(tx, before_start(hours=1))

        assert (cancelled.status, cancelled.taken) == ("cancelled", 1)
        assert len(told_texts(tx)) == 2
        (said,) = told_texts(tx, [going.address_id])
        assert "thứ Bảy, ngày 12/12/2026 không tổ chức nữa" in said
        with pytest.raises(TooLate):
            session.cancel(tx, leader, event.id, 2, RULES, NOW)

    await database.write(work)


async def test_change_at_night_is_told_in_the_morning_unless_that_is_too_late(sqlite: Database) -> None:
    def work(tx: Tx) -> list[object]:
        editor = make_editor(tx)
        night = before_start(hours=9)  # 23:00
        for starts_at in (STARTS, STARTS - timedelta(hours=1)):
            event = make_event(tx).event
            tx.execute(
                sa.update(tables.events).where(tables.events.c.id == event.id).values(starts_at=starts_at)
            )
            event = events.get(tx, event.id)
            session.change(tx, editor, event.id, details(event, place="Đình"), 1, VOICE, night)
        return list(
            tx.execute(sa.select(tables.event_notices.c.due_at).order_by(tables.event_notices.c.id)).scalars()
        )

    assert await sqlite.write(work) == [before_start(hours=2), before_start(hours=9)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_at", NOW),
        ("ends_at", STARTS),
        ("place", " "),
        ("place", "x" * 201),
        ("map_link", "javascript:alert(1)"),
        ("map_link", "https://" + "x" * 300),
        ("seats", 0),
        ("seats", 1),
        ("seats", 10**6),
    ],
)
async def test_wrong_value_is_refused_by_its_name(sqlite: Database, field: str, value: object) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        rsvps.come(tx, make_going(tx), event.id, 2, VOICE, NOW)
        with pytest.raises(Invalid) as refused:
            session.change(tx, editor, event.id, details(event, **{field: value}), 1, VOICE, NOW)
        assert refused.value.field == field

    await sqlite.write(work)


async def test_second_of_two_editors_is_refused(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        session.change(tx, editor, event.id, details(event, seats=10), 1, VOICE, NOW)
        with pytest.raises(Conflict):
            session.change(tx, editor, event.id, details(event, seats=20), 1, VOICE, NOW)
        with pytest.raises(Conflict):
            session.cancel(tx, editor, event.id, 1, RULES, NOW)

    await sqlite.write(work)


async def test_sign_up_meanwhile_turns_no_editor_away(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        rsvps.come(tx, make_going(tx), event.id, 1, VOICE, NOW)
        session.change(tx, editor, event.id, details(event, place="Đình"), 1, VOICE, NOW)

    await sqlite.write(work)


@pytest.mark.parametrize(
    ("role", "area", "event_area", "may_change", "may_cancel"),
    [
        (Role.EDITOR, None, None, True, True),
        (Role.EDITOR, HERE, HERE, True, True),
        (Role.EDITOR, HERE, ELSEWHERE, False, False),
        (Role.EDITOR, HERE, None, False, False),
        (Role.LEADER, None, HERE, False, True),
        (Role.OFFICER, HERE, HERE, False, False),
        (Role.ADMIN, None, None, False, False),
        (Role.VIEWER, None, None, False, False),
    ],
)
async def test_who_may(
    sqlite: Database, role: Role, area: str | None, event_area: str | None, may_change: bool, may_cancel: bool
) -> None:
    def work(tx: Tx) -> None:
        official, event = make_editor(tx, role, area), make_event(tx, area_code=event_area).event

        def change() -> None:
            session.change(tx, official, event.id, details(event, map_link="https://a.vn"), 1, VOICE, NOW)

        def cancel() -> None:
            session.cancel(tx, official, event.id, events.get(tx, event.id).version, RULES, NOW)

        for allowed, work_ in ((may_change, change), (may_cancel, cancel)):
            if allowed:
                work_()
            else:
                with pytest.raises((NotAllowed, NotFound)):
                    work_()

    await sqlite.write(work)


async def test_begun_session_is_left_alone(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        with pytest.raises(TooLate):
            session.change(tx, editor, event.id, details(event, starts_at=later(days=90)), 1, VOICE, STARTS)
        with pytest.raises(NotFound):
            session.cancel(tx, editor, 999, 1, RULES, NOW)

    await sqlite.write(work)


@pytest.mark.parametrize("status", ["submitted", "approved", "scheduled", "paused"])
async def test_what_was_handed_in_to_be_approved_is_not_changed_behind_the_second_person(
    sqlite: Database, status: str
) -> None:
    """Place, time and map stand in the message that was approved; a draft is still the writer's own."""

    def work(tx: Tx) -> None:
        editor = make_editor(tx)
        event = make_event(tx, announcement=status, started_at=None).event
        link = "https://example.com/elsewhere"
        with pytest.raises(TooLate):
            session.change(tx, editor, event.id, details(event, map_link=link), event.version, VOICE, NOW)
        assert events.get(tx, event.id) == event

        draft = make_event(tx, announcement="draft", started_at=None).event
        session.change(tx, editor, draft.id, details(draft, map_link=link), draft.version, VOICE, NOW)

    await sqlite.write(work)


@pytest.mark.parametrize(
    "link", ["https://", "http:///map", "https://maps.example/a b", "https://me:pw@maps.example"]
)
async def test_map_that_no_channel_would_carry_is_refused(sqlite: Database, link: str) -> None:
    """A button that leads nowhere makes a channel refuse the whole reminder."""

    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        with pytest.raises(Invalid) as refused:
            session.change(tx, editor, event.id, details(event, map_link=link), event.version, VOICE, NOW)
        assert refused.value.field == "map_link"

    await sqlite.write(work)


# -- invitations that have not left


def invite(tx: Tx, announced: Announced, *, channel: str, **given: Any) -> int:
    """Queue the invitation to one more person; returns the message's id."""
    person = make_going(tx, channel)
    text = announcement_texts.chat(announced.announcement, announced.event, VOICE.zone, VOICE.public_url).text
    delivery_id = make_bulk(tx, announced.announcement.id, channel=channel, person=person, text=text, **given)
    return int(
        tx.execute(
            sa.select(tables.outbox.c.message_id).where(tables.outbox.c.id == delivery_id)
        ).scalar_one()
    )


async def test_invitation_that_has_not_left_says_where_it_is_now(database: Database) -> None:
    """One that somebody holds is claimed anew, with the new words; one that left is what it was."""

    def work(tx: Tx) -> None:
        editor, announced = make_editor(tx), make_event(tx, announcement="sending")
        event = announced.event
        held = {"lease_owner": "worker", "lease_until": later(minutes=1)}
        unsent = [
            invite(tx, announced, channel="telegram"),
            invite(tx, announced, channel="telegram", **held),
            invite(tx, announced, channel="web", status="waiting"),
        ]
        sent = invite(tx, announced, channel="telegram", status="sent")

        session.change(tx, editor, event.id, details(event, place="Đình làng"), 1, VOICE, NOW)

        m = tables.messages.c
        texts = {
            row.id: row.text for row in tx.execute(sa.select(m.id, m.text).where(m.id.in_([*unsent, sent])))
        }
        assert all("Ở đâu: Đình làng" in texts[one] for one in unsent)
        assert "Nhà văn hóa thôn Đông" in texts[sent]
        assert (
            tx.execute(sa.select(tables.outbox.c.id).where(tables.outbox.c.lease_owner.is_not(None))).all()
            == []
        )

    await database.write(work)


async def test_invitation_that_nobody_fetched_goes_when_its_session_is_called_off(database: Database) -> None:
    """They signed up for nothing, so nobody would tell them."""

    def work(tx: Tx) -> None:
        editor, announced = make_editor(tx), make_event(tx, announcement="sent")
        waiting = invite(tx, announced, channel="web", status="waiting")

        session.cancel(tx, editor, announced.event.id, 1, RULES, NOW)

        assert tx.execute(sa.select(tables.messages.c.id).where(tables.messages.c.id == waiting)).all() == []
        row = tx.execute(sa.select(tables.outbox.c.status, tables.outbox.c.reason)).one()
        assert tuple(row) == ("skipped", "cancelled")

    await database.write(work)


async def test_place_that_makes_the_message_too_long_is_refused(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, announced = make_editor(tx), make_event(tx)
        tx.execute(sa.update(tables.announcements).values(text="Mời bà con. " * 140))
        with pytest.raises(Invalid):
            session.change(
                tx, editor, announced.event.id, details(announced.event, place="x " * 99), 1, VOICE, NOW
            )

    await sqlite.write(work)


async def test_change_that_is_told_late_does_not_wake_anybody(sqlite: Database) -> None:
    """The worker was down in the evening; what is for the early morning is told in the night all the same."""

    def work(tx: Tx) -> None:
        editor, event, person = make_editor(tx), make_event(tx).event, make_going(tx)
        rsvps.come(tx, person, event.id, 1, VOICE, NOW)
        session.change(tx, editor, event.id, details(event, place="Đình làng"), 1, VOICE, NOW)
        night = NOW.replace(hour=16)

        tell_all(tx, night)
        assert told_texts(tx) == []
        tell_all(tx, RULES.next_open(night))
        assert len(told_texts(tx)) == 1

        events.change(
            tx, events.get(tx, event.id), {"starts_at": RULES.next_open(night) + timedelta(hours=1)}
        )
        session.cancel(
            tx, editor, event.id, events.get(tx, event.id).version, RULES, night - timedelta(hours=3)
        )
        tell_all(tx, night)
        assert len(told_texts(tx)) == 2

    await sqlite.write(work)
