"""Rows of files: with their message, given to a case, fetched by one at a time, gone with what they belonged to."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from storage import cases as case_rows
from storage import files, messages
from storage.db import Database, Tx
from storage.files import Stored
from storage.tables import attachments, cases
from storage.tables import messages as messages_table
from tests.conftest import NOW
from tests.storage.builders import EMPTIED, later, make_heard, make_person, make_said

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED

PHOTO = Stored("a" * 32, "image/jpeg", "mái nhà.jpg", 1000, 60, 40)
REF = "AgACAgUAAxkBAAIB"


def make_photo(tx: Tx, message_id: int, file: str = "a" * 32) -> int:
    stored = Stored(file, "image/jpeg", "mái nhà.jpg", 1000, 60, 40)
    return files.add_stored(tx, "web", message_id, "photo", stored, NOW)


def make_wanted(tx: Tx, *, channel: str = "telegram", now: datetime = NOW) -> int:
    return files.add_wanted(tx, channel, make_heard(tx), "photo", REF, "đơn.pdf", now)


def make_case(tx: Tx, code: str = "K7M4XP9RT") -> int:
    row = {
        "code": code,
        "kind": "reflection",
        "category": "allowance",
        "status": "new",
        "is_open": True,
        "text": "Hai tháng chưa có trợ cấp.",
        "folded": "hai thang chua co tro cap",
        "channel": "web",
        "anonymous": False,
        "version": 1,
        "opened_at": NOW,
        "changed_at": NOW,
        "escalated": 0,
    }
    number: int = tx.execute(sa.insert(cases).returning(cases.c.id), row).scalar_one()
    return number


async def test_files_are_read_with_their_messages_and_only_by_whose_they_are(database: Database) -> None:
    def work(tx: Tx) -> None:
        mine, other = make_person(tx).address_id, make_person(tx).address_id
        asked, said = make_heard(tx, address_id=mine), make_said(tx, address_id=mine)
        first, second = make_photo(tx, asked), make_photo(tx, asked, "b" * 32)
        files.add_refused(tx, "web", asked, "file", "lớn quá", NOW)

        listed = files.list_of_messages(tx, [asked, said])
        assert [(one.id, one.status) for one in listed][:2] == [(first, "stored"), (second, "stored")]
        assert listed[2].reason == "lớn quá"
        history = files.with_attachments(tx, messages.list_history(tx, mine, 0, 10))
        assert [[a.id for a in m.attachments] for m in history] == [[first, second], []]
        found = files.find_of_address(tx, first, mine)
        assert found is not None
        assert (found.file, found.name, found.address_id) == (PHOTO.file, PHOTO.name, mine)
        assert files.find_of_address(tx, first, other) is None
        assert files.find(tx, 10_000) is None

    await database.write(work)


async def test_file_is_given_to_one_case_once(database: Database) -> None:
    def work(tx: Tx) -> None:
        case_id = make_case(tx)
        photo = make_photo(tx, make_heard(tx))
        case_rows.attach(tx, case_id, [photo])
        assert [one.id for one in files.list_of_case(tx, case_id)] == [photo]
        case_rows.attach(tx, make_case(tx, "A2A2A2A2A"), [photo])
        assert [one.id for one in files.list_of_case(tx, case_id)] == [photo]

    await database.write(work)


async def test_wanted_file_is_taken_by_one_and_again_when_its_time_has_come(database: Database) -> None:
    def work(tx: Tx) -> None:
        first = make_wanted(tx)
        make_wanted(tx, channel="zalo")
        make_wanted(tx, now=later(60))
        (taken,) = files.claim_wanted(tx, ["telegram"], later(30), NOW, 10)
        assert (taken.attached.id, taken.ref, taken.attached.attempts) == (first, REF, 1)
        assert files.claim_wanted(tx, ["telegram"], later(30), NOW, 10) == []
        assert [
            w.attached.attempts for w in files.claim_wanted(tx, ["telegram"], later(90), later(31), 1)
        ] == [2]

    await database.write(work)


async def test_what_was_fetched_forgets_where_the_channel_kept_it(database: Database) -> None:
    def work(tx: Tx) -> None:
        wanted = make_wanted(tx)
        assert files.mark_stored(tx, wanted, "file", PHOTO)
        row = tx.execute(sa.select(attachments).where(attachments.c.id == wanted)).one()
        assert (row.status, row.kind, row.ref_sealed, row.not_before) == ("stored", "file", None, None)
        assert not files.mark_stored(tx, wanted, "file", PHOTO)
        assert not files.mark_gone(tx, wanted, "lost", "x")
        gone = make_wanted(tx)
        assert files.mark_gone(tx, gone, "lost", "x" * 300)
        assert files.claim_wanted(tx, ["telegram"], later(30), later(30), 10) == []

    await database.write(work)


async def test_a_try_that_was_none_is_not_counted(database: Database) -> None:
    def work(tx: Tx) -> None:
        make_wanted(tx)
        (taken,) = files.claim_wanted(tx, ["telegram"], later(30), NOW, 10)
        files.put_off(tx, taken.attached.id, NOW, counted=False)
        (again,) = files.claim_wanted(tx, ["telegram"], later(30), NOW, 10)
        assert again.attached.attempts == 1

    await database.write(work)


async def test_files_of_a_day_are_counted_by_whom_they_came_from(database: Database) -> None:
    def work(tx: Tx) -> None:
        mine = make_person(tx).address_id
        make_photo(tx, make_heard(tx, address_id=mine, now=NOW))
        make_photo(tx, make_heard(tx, address_id=mine, now=later(-90_000)), "b" * 32)
        make_photo(tx, make_heard(tx), "c" * 32)
        files.add_refused(tx, "web", make_heard(tx, address_id=mine), "file", "lớn quá", NOW)
        assert files.count_since(tx, mine, later(-86_400)) == 1

    await database.write(work)


async def test_file_goes_with_its_message_unless_a_case_holds_it(database: Database) -> None:
    def work(tx: Tx) -> None:
        case_id = make_case(tx)
        old = make_heard(tx, now=later(-1000))
        held, loose = make_photo(tx, old), make_photo(tx, old, "b" * 32)
        young = make_photo(tx, make_heard(tx), "c" * 32)
        case_rows.attach(tx, case_id, [held])
        tx.execute(sa.delete(messages_table).where(messages_table.c.id == old))

        assert files.drop_loose(tx, 10) == 1
        assert files.known(tx, ["a" * 32, "b" * 32, "c" * 32, "d" * 32]) == {"a" * 32, "c" * 32}
        assert files.find(tx, loose) is None
        kept = files.find(tx, held)
        assert kept is not None
        assert kept.address_id is None
        assert files.find(tx, young) is not None
        tx.execute(sa.delete(cases).where(cases.c.id == case_id))
        assert files.find(tx, held) is None

    await database.write(work)


async def test_two_rows_never_name_the_same_file(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        make_photo(tx, make_heard(tx))
        make_photo(tx, make_heard(tx))

    with pytest.raises(sa.exc.IntegrityError):
        await sqlite.write(work)
