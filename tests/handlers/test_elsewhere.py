"""What one chat of a person refuses goes to another of theirs: once, and nowhere it was not agreed to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers import cases, elsewhere, inbox, notify, paid_window
from handlers import consents as stopping
from handlers.case_changes import Told
from handlers.messages import Address, FileKind, IncomingFile, Kept, Outbound
from handlers.reach import Windows
from storage import claims, documents, leases, official_chats, people
from storage import messages as said
from storage.db import Database, Tx
from storage.outbox import Lane, Lease, Outcome
from storage.tables import addresses, announcements, consents, messages, outbox, residents
from tests.conftest import NOW
from tests.handlers.audiences import RULES, add_address, expand, make_announcement, make_resident
from tests.handlers.casework import DEADLINES, make_case, make_official
from tests.storage.builders import together

WITH_TELEGRAM = replace(RULES, windows=Windows(pushed=("telegram",)))
LEASE = Lease("worker", NOW + timedelta(minutes=1))
SOON = NOW + timedelta(minutes=5)


def chats(tx: Tx, *channels: str, **given: object) -> tuple[int, list[int]]:
    """Make somebody with a chat on each of these channels, the first preferred; returns who, and the addresses."""
    resident_id = make_resident(tx, *channels, preferred=channels[0], **given)  # type: ignore[arg-type]  # as given
    own = sa.select(addresses.c.id).where(addresses.c.resident_id == resident_id).order_by(addresses.c.id)
    return resident_id, list(tx.execute(own).scalars())


def call(tx: Tx, channel: str, announcement_id: int) -> int:
    """Let the call of the only copy begin; returns its id."""
    found, *_ = claims.claim_bulk(tx, channel, [announcement_id], LEASE, SOON, 10)
    leases.attempt(tx, [d.id for d in found], LEASE, SOON, [announcement_id])
    (delivery,) = found
    return delivery.id


def refused(tx: Tx, delivery_id: int, address_id: int) -> None:
    """Let the call find out that the person has blocked us."""
    leases.finish(tx, [Outcome(delivery_id, "blocked", SOON, "blocked (-244)")], LEASE.owner)
    elsewhere.block(tx, address_id, WITH_TELEGRAM, SOON)
    elsewhere.reroute(tx, [delivery_id], WITH_TELEGRAM, SOON)


def rows(tx: Tx) -> list[tuple[int | None, str, str, str | None]]:
    query = sa.select(outbox.c.address_id, outbox.c.channel, outbox.c.status, outbox.c.reason)
    return [tuple(row) for row in tx.execute(query.order_by(outbox.c.id))]


@pytest.mark.parametrize(("first", "second"), [("zalo", "telegram"), ("telegram", "zalo")])
async def test_an_announcement_that_one_chat_refuses_goes_to_the_other_once(
    database: Database, first: str, second: str
) -> None:
    def work(tx: Tx) -> None:
        _, (refusing, open_) = chats(tx, first, second)
        announcement = make_announcement(tx)
        expand(tx, announcement, rules=WITH_TELEGRAM)
        delivery_id = call(tx, first, announcement.id)

        refused(tx, delivery_id, refusing)

        assert rows(tx) == [(open_, second, "queued", None)]
        said = sa.select(messages.c.address_id)
        assert list(tx.execute(said).scalars()) == [open_]
        assert call(tx, second, announcement.id) == delivery_id
        leases.finish(tx, [Outcome(delivery_id, "sent", SOON)], LEASE.owner)
        refused(tx, delivery_id, open_)
        assert rows(tx) == [(open_, second, "sent", None)]

    await database.write(work)


async def test_both_refuse_and_it_ends(database: Database) -> None:
    def work(tx: Tx) -> None:
        _, (first, second) = chats(tx, "zalo", "telegram")
        announcement = make_announcement(tx)
        expand(tx, announcement, rules=WITH_TELEGRAM)
        refused(tx, call(tx, "zalo", announcement.id), first)
        refused(tx, call(tx, "telegram", announcement.id), second)

        assert rows(tx) == [(second, "telegram", "blocked", "blocked (-244)")]

    await database.write(work)


async def test_what_is_queued_when_somebody_unfollows_goes_elsewhere(database: Database) -> None:
    def work(tx: Tx) -> None:
        _, (first, second) = chats(tx, "zalo", "telegram")
        expand(tx, make_announcement(tx), rules=WITH_TELEGRAM)
        sealed = tx.execute(sa.select(addresses.c.value_sealed).where(addresses.c.id == first)).scalar_one()

        elsewhere.set_reachable(
            tx, Address("zalo", people.open_address(tx, sealed)), False, WITH_TELEGRAM, SOON
        )

        assert rows(tx) == [(second, "telegram", "queued", None)]

    await database.write(work)


def _agreed_in_the_first_alone(tx: Tx, _resident_id: int, chats_: list[int]) -> None:
    tx.execute(sa.update(consents).values(address_id=chats_[0]))


def _stopped_in_the_other(tx: Tx, _resident_id: int, chats_: list[int]) -> None:
    tx.execute(sa.update(addresses).where(addresses.c.id == chats_[1]).values(stopped_at=NOW))


def _for_zalo_alone(tx: Tx, _resident_id: int, _chats: list[int]) -> None:
    tx.execute(sa.update(announcements).values(audience={"channels": ["zalo"]}))


def _cancelled(tx: Tx, _resident_id: int, _chats: list[int]) -> None:
    tx.execute(sa.update(announcements).values(status="cancelled"))


def _taken_back(tx: Tx, _resident_id: int, _chats: list[int]) -> None:
    tx.execute(sa.update(consents).values(withdrawn_at=NOW))


@pytest.mark.parametrize(
    "but", [_agreed_in_the_first_alone, _stopped_in_the_other, _for_zalo_alone, _cancelled, _taken_back]
)
async def test_an_announcement_goes_nowhere_it_is_not_wanted(
    database: Database, but: Callable[[Tx, int, list[int]], None]
) -> None:
    def work(tx: Tx) -> None:
        resident_id, (first, second) = chats(tx, "zalo", "telegram")
        announcement = make_announcement(tx)
        expand(tx, announcement, rules=WITH_TELEGRAM)
        delivery_id = call(tx, "zalo", announcement.id)
        but(tx, resident_id, [first, second])

        refused(tx, delivery_id, first)

        assert rows(tx) == [(first, "zalo", "blocked", "blocked (-244)")]

    await database.write(work)


async def test_where_the_other_window_is_closed_it_waits_for_the_person_there(database: Database) -> None:
    def work(tx: Tx) -> None:
        resident_id, (first, _) = chats(tx, "telegram", "web")
        tx.execute(sa.delete(addresses).where(addresses.c.channel == "web"))
        silent = add_address(tx, resident_id, "zalo", NOW - timedelta(days=30))
        announcement = make_announcement(tx)
        expand(tx, announcement, rules=WITH_TELEGRAM)

        refused(tx, call(tx, "telegram", announcement.id), first)

        assert rows(tx) == [(silent, "zalo", "waiting", "closed")]

    await database.write(work)


async def test_what_would_cost_money_that_nobody_pays_is_no_place(database: Database) -> None:
    def work(tx: Tx) -> None:
        paid = replace(RULES, windows=Windows(paid=True, pushed=("telegram",)))
        resident_id, (first,) = chats(tx, "telegram")
        tx.execute(sa.update(residents).values(preferred_channel="zalo"))
        add_address(tx, resident_id, "zalo", SOON - timedelta(days=3))
        other = add_address(tx, resident_id, "telegram", SOON - timedelta(days=30))
        announcement = make_announcement(tx)
        paid_window.refused(tx, SOON)
        tx.execute(sa.update(addresses).where(addresses.c.id == other).values(blocked_at=NOW))
        expand(tx, announcement, rules=paid, reach=paid_window.in_force(tx, paid.windows, SOON).at)
        tx.execute(sa.update(addresses).where(addresses.c.id == other).values(blocked_at=None))
        delivery_id = call(tx, "telegram", announcement.id)
        leases.finish(tx, [Outcome(delivery_id, "blocked", SOON, "blocked")], LEASE.owner)
        people.block_address(tx, first, SOON)

        assert elsewhere.reroute(tx, [delivery_id], paid, SOON) == 1
        assert rows(tx) == [(other, "telegram", "queued", None)]

    await database.write(work)


async def test_a_channel_that_is_switched_off_here_is_no_place(database: Database) -> None:
    def work(tx: Tx) -> None:
        _, (first, _) = chats(tx, "zalo", "telegram")
        announcement = make_announcement(tx)
        expand(tx, announcement, rules=RULES)
        delivery_id = call(tx, "zalo", announcement.id)
        leases.finish(tx, [Outcome(delivery_id, "blocked", SOON, "blocked")], LEASE.owner)
        people.block_address(tx, first, SOON)

        assert elsewhere.reroute(tx, [delivery_id], RULES, SOON) == 0
        assert rows(tx) == [(first, "zalo", "blocked", "blocked")]

    await database.write(work)


# -- notices


async def test_a_notice_that_is_refused_goes_to_the_chat_that_is_sent_to_before_a_page(
    database: Database,
) -> None:
    def work(tx: Tx) -> None:
        _, (first, telegram, _web) = chats(tx, "zalo", "telegram", "web", purposes=())
        notify.to_address(tx, first, Outbound("Có trả lời."), Lane.NOTICE, NOW)
        (delivery,) = claims.claim(tx, "zalo", LEASE, SOON, 10)
        leases.attempt(tx, [delivery.id], LEASE, SOON)

        refused(tx, delivery.id, first)

        assert rows(tx) == [(telegram, "telegram", "queued", None)]

    await database.write(work)


async def test_a_notice_of_who_has_only_a_page_left_is_read_there(database: Database) -> None:
    def work(tx: Tx) -> None:
        _, (first, web) = chats(tx, "zalo", "web", purposes=())
        people.block_address(tx, first, NOW)

        notify.to_address(tx, first, Outbound("Có trả lời."), Lane.NOTICE, NOW)

        assert rows(tx) == [(web, "web", "waiting", None)]

    await database.write(work)


async def test_a_reply_stays_where_it_was_asked_for(database: Database) -> None:
    def work(tx: Tx) -> None:
        _, (first, _) = chats(tx, "zalo", "telegram")
        people.block_address(tx, first, NOW)

        notify.to_address(tx, first, Outbound("Đây ạ."), Lane.REPLY, NOW)

        assert [(row[0], row[2]) for row in rows(tx)] == [(first, "blocked")]

    await database.write(work)


async def test_what_an_official_is_to_get_stays_in_the_chat_confirmed_as_theirs(database: Database) -> None:
    def work(tx: Tx) -> None:
        _, (first, _) = chats(tx, "zalo", "telegram")
        official_chats.link_address(tx, first, make_official(tx).id, NOW)
        people.block_address(tx, first, NOW)

        notify.to_address(tx, first, Outbound("Có hồ sơ mới."), Lane.NOTICE, NOW)

        assert [(row[0], row[2]) for row in rows(tx)] == [(first, "blocked")]

    await database.write(work)


async def test_the_answer_to_a_case_goes_where_its_teller_is_reached_and_the_official_is_told_so(
    database: Database,
) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx, channel="telegram")
        assert case.address_id is not None
        owner = sa.select(addresses.c.resident_id).where(addresses.c.id == case.address_id)
        zalo = add_address(tx, tx.execute(owner).scalar_one(), "zalo")
        people.block_address(tx, case.address_id, NOW)

        done = cases.answer(tx, official, case.id, "Đã xong, thưa bác.", case.version, DEADLINES, NOW)

        assert done.told is Told.ON_ITS_WAY
        assert rows(tx) == [(zalo, "zalo", "queued", None)]

    await database.write(work)


async def test_a_page_that_is_open_hears_of_what_was_refused_elsewhere(database: Database) -> None:
    """It asks for what is newer than it knows; the case's history goes on saying how its answer travels.

    The document that came with it is there too.
    """

    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx, channel="zalo")
        assert case.address_id is not None
        owner = sa.select(addresses.c.resident_id).where(addresses.c.id == case.address_id)
        web = add_address(tx, tx.execute(owner).scalar_one(), "web")
        paper = IncomingFile(FileKind.FILE, "Quyết định.pdf", kept=Kept("a1", "application/pdf", 900))
        done = cases.answer(
            tx, official, case.id, "Đã xong, thưa bác.", case.version, DEADLINES, NOW, [paper]
        )
        assert done.told is Told.ON_ITS_WAY
        known = notify.to_address(tx, web, Outbound("Tin khác."), Lane.NOTICE, NOW)
        assert known is not None
        (delivery,) = claims.claim(tx, "zalo", LEASE, SOON, 10)
        leases.attempt(tx, [delivery.id], LEASE, SOON)

        refused(tx, delivery.id, case.address_id)

        (shown,) = said.list_history(tx, web, known, 10)
        assert "Đã xong, thưa bác." in shown.text
        assert [one.file for one in documents.list_documents(tx, [shown.id])[shown.id]] == ["a1"]
        line = inbox.get(tx, official, case.id).lines[-1]
        assert line.delivery is not None
        assert line.delivery.status == "waiting"

    await database.write(work)


@pytest.mark.parametrize("first", ["refused", "stopped"])
async def test_who_stops_while_a_chat_refuses_gets_it_nowhere(database: Database, first: str) -> None:
    """Whichever commits first: the copy is ended, or was never queued anew."""

    def make(tx: Tx) -> tuple[int, int, int]:
        resident_id, (zalo, _) = chats(tx, "zalo", "telegram")
        announcement = make_announcement(tx)
        expand(tx, announcement, rules=WITH_TELEGRAM)
        return resident_id, zalo, call(tx, "zalo", announcement.id)

    for _ in range(5):
        await database.write(_empty)
        resident_id, zalo, delivery_id = await database.write(make)
        work = [
            database.write(refused, delivery_id, zalo),
            database.write(stopping.stop_everything, resident_id, "telegram", SOON),
        ]
        await together(*(work if first == "refused" else reversed(work)))

        (row,) = await database.read(rows)
        assert row[2] in ("blocked", "skipped")


def _empty(tx: Tx) -> None:
    tx.execute(sa.delete(outbox))
    tx.execute(sa.delete(addresses))
