"""Every question is kept with what was answered, and is shown only to the one who asked."""

from typing import Any

import pytest
import sqlalchemy as sa

from storage import questions
from storage.db import Database, Tx
from storage.questions import Question
from storage.tables import questions as questions_table
from tests.conftest import NOW
from tests.storage.builders import EMPTIED, later, make_heard, make_person, make_question

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


async def test_a_question_comes_back_as_it_was_stored(database: Database) -> None:
    person = await database.write(make_person)
    given: dict[str, Any] = {
        "verdict": "ask",
        "score": 0.625,
        "topic_id": None,
        "offered": ["b", "a"],
        "for_official": True,
    }
    new_id = await database.write(
        make_question, address_id=person.address_id, text="tiền điện?", now=later(), **given
    )

    found = await database.read(questions.find, new_id, person.address_id)
    assert found is not None
    expected = Question(
        new_id, "tiền điện?", "ask", 0.625, None, ("b", "a"), None, True, None, found.message_id
    )
    assert found == expected
    assert found.message_id > 0
    assert await database.read(lambda tx: tx.execute(sa.select(questions_table.c.at)).scalar()) == later()


async def test_a_question_of_somebody_else_is_not_found(database: Database) -> None:
    mine, theirs = await database.write(make_person), await database.write(make_person)
    new_id = await database.write(make_question, address_id=mine.address_id)

    assert await database.read(questions.find, new_id, mine.address_id) is not None
    assert await database.read(questions.find, new_id, theirs.address_id) is None
    assert await database.read(questions.find, new_id + 1, mine.address_id) is None


@pytest.mark.parametrize(
    "change", [{"topic_id": "dien"}, {"helped": True}, {"helped": False}, {"for_official": True}, {}]
)
async def test_only_what_is_given_changes(database: Database, change: dict[str, object]) -> None:
    """False is an answer too, and not the same as none given."""

    def work(tx: Tx) -> tuple[Question | None, ...]:
        person = make_person(tx)
        heard = make_heard(tx, address_id=person.address_id)
        ids = [make_question(tx, address_id=person.address_id, message_id=heard) for _ in range(2)]
        before = questions.find(tx, ids[0], person.address_id)
        questions.update(tx, ids[0], **change)  # type: ignore[arg-type]
        return before, *(questions.find(tx, i, person.address_id) for i in ids)

    before, changed, neighbour = await database.write(work)

    assert before is not None
    assert changed is not None
    assert neighbour is not None
    fields = Question.__dataclass_fields__
    assert {f: getattr(changed, f) for f in fields} == {f: getattr(before, f) for f in fields} | change
    assert (neighbour.topic_id, neighbour.helped, neighbour.for_official) == ("bhyt-ho-ngheo", None, False)


async def test_changing_a_question_that_is_gone_does_nothing(sqlite: Database) -> None:
    await sqlite.write(questions.update, 404, helped=True)

    assert await sqlite.read(questions.find, 404, 1) is None


async def test_a_question_needs_the_message_it_was_read_from(database: Database) -> None:
    person = await database.write(make_person)

    with pytest.raises(sa.exc.IntegrityError):
        await database.write(make_question, address_id=person.address_id, message_id=404, now=NOW)
