"""Sending once more to those of whom nobody knows: once each, never without consent, and the lists beside it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers import announcement_again as again
from handlers import announcements
from handlers.errors import NotAllowed, TooLate
from handlers.officials import Official, Role
from storage import announcements as rows
from storage import deliveries, people, tables, unknown_deliveries
from storage.db import Database, Tx
from storage.deliveries import Planned
from storage.errors import NotFound
from tests.conftest import NOW
from tests.handlers.casework import make_official
from tests.handlers.filing import COMMUNE, ELSEWHERE, EVENT, NOTICE, RULES, draft, file, make_editor

NIGHT = NOW.replace(hour=16)
"""23:00 here."""


def _sent(tx: Tx, by: Official, status: str = "sent", kind: str = "notice") -> tuple[int, list[int]]:
    """Let an announcement have been sent to three people who agreed, and nobody know of any; returns their ids too."""
    one = file(tx, by, draft(NOTICE, kind=kind))
    rows.change(tx, rows.get(tx, one.id), {"status": status, "started_at": NOW})
    planned = []
    for number in range(3):
        person = people.meet(tx, "telegram", f"a-{number}", NOW)
        given = {"purpose": "news", "wording": "1", "channel": "telegram", "given_at": NOW}
        tx.execute(sa.insert(tables.consents), given | {"resident_id": person.resident_id})
        planned.append(
            Planned(person.resident_id, COMMUNE, "telegram", "queued", None, person.address_id, NOW)
        )
    deliveries.add(tx, one.id, "Mời bà con.", (), planned, NOW)
    tx.execute(sa.update(tables.outbox).values(status="unknown", attempts=1, finished_at=NOW))
    return one.id, [each.resident_id for each in planned]


async def test_each_is_queued_once_and_what_was_sent_is_being_sent(database: Database) -> None:
    def work(tx: Tx) -> None:
        editor = make_editor(tx)
        number, _ = _sent(tx, editor)
        assert unknown_deliveries.count_fresh(tx, number) == 3

        assert [again.send_again(tx, editor, number, RULES, NOW) for _ in range(2)] == [3, 0]
        row = tx.execute(sa.select(tables.outbox).limit(1)).one()
        assert (row.status, row.repeated, row.attempts, row.finished_at) == ("queued", True, 0, None)
        assert rows.get(tx, number).status == "sending"
        assert deliveries.count_by_area(tx, number) == [(COMMUNE, "queued", 3)]
        tx.execute(sa.update(tables.outbox).values(status="unknown"))
        assert again.send_again(tx, editor, number, RULES, NOW) == 0
        assert unknown_deliveries.count_fresh(tx, number) == 0

    await database.write(work)


async def test_who_stopped_or_blocked_meanwhile_is_left_out(database: Database) -> None:
    def work(tx: Tx) -> None:
        editor = make_editor(tx)
        number, residents = _sent(tx, editor)
        stopped = tables.consents.c.resident_id == residents[0]
        tx.execute(sa.update(tables.consents).where(stopped).values(withdrawn_at=NOW))
        blocked = tables.addresses.c.resident_id == residents[1]
        tx.execute(sa.update(tables.addresses).where(blocked).values(blocked_at=NOW))

        assert again.send_again(tx, editor, number, RULES, NOW) == 1
        queued = sa.select(tables.outbox.c.resident_id).where(tables.outbox.c.status == "queued")
        assert tx.execute(queued).scalars().all() == [residents[2]]

    await database.write(work)


@pytest.mark.parametrize(("kind", "at_once"), [("notice", False), ("emergency", True)])
async def test_nobody_is_disturbed_at_night(sqlite: Database, kind: str, at_once: bool) -> None:
    def work(tx: Tx) -> None:
        editor = make_editor(tx)
        number, _ = _sent(tx, editor, kind=kind)
        again.send_again(tx, editor, number, RULES, NIGHT)
        (first,) = set(tx.execute(sa.select(tables.outbox.c.not_before)).scalars())
        assert (first == NIGHT) == at_once
        assert first - NIGHT <= timedelta(hours=7)

    await sqlite.write(work)


@pytest.mark.parametrize("status", ["draft", "submitted", "scheduled", "paused", "cancelled"])
async def test_only_what_went_out_is_sent_again(sqlite: Database, status: str) -> None:
    def work(tx: Tx) -> None:
        editor = make_editor(tx)
        number, _ = _sent(tx, editor, status)
        with pytest.raises(TooLate):
            again.send_again(tx, editor, number, RULES, NOW)

    await sqlite.write(work)


async def test_only_editors_and_leaders_of_the_area_may(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        number, _ = _sent(tx, make_editor(tx))
        for role, area, refused in (
            (Role.OFFICER, COMMUNE, NotAllowed),
            (Role.ADMIN, None, NotAllowed),
            (Role.EDITOR, COMMUNE, NotFound),
        ):
            with pytest.raises(refused):
                again.send_again(tx, make_official(tx, area, role), number, RULES, NOW)

    await sqlite.write(work)


async def test_bound_officials_see_what_goes_to_their_commune_alone(database: Database) -> None:
    def work(tx: Tx) -> None:
        editor = make_editor(tx)
        audiences: list[list[str]] = [[COMMUNE], [ELSEWHERE], [COMMUNE, ELSEWHERE], []]
        numbers = [file(tx, editor, draft(EVENT, audience={"areas": areas})).id for areas in audiences]
        bound = make_editor(tx, COMMUNE)

        assert [one.id for one in announcements.list_page(tx, bound)] == [numbers[0]]
        assert len(announcements.list_page(tx, editor)) == 4
        announcements.get(tx, bound, numbers[0])
        for number in numbers[1:]:
            with pytest.raises(NotFound):
                announcements.get(tx, bound, number)

    await database.write(work)
