"""Topics as editors left them: every change is kept, and of two at once the second is told."""

import asyncio

import pytest

from storage import topics
from storage.db import Database, Tx
from storage.errors import Conflict
from tests.storage.builders import EMPTIED, later

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


def save(
    tx: Tx, text: str | None, expected: int | None, *, topic_id: str = "vay-von", note: str = "sửa"
) -> int:
    """Store a document of one key, or the way back to what ships."""
    document = None if text is None else {"title": text, "versions": [{"answer": text}]}
    return topics.save(tx, topic_id, document, "d" * 64, note, 7, later(), expected)


async def test_a_saved_document_comes_back_as_it_was(database: Database) -> None:
    new_id = await database.write(save, "Vay vốn", None)

    found = topics.Revision(
        new_id,
        "vay-von",
        {"title": "Vay vốn", "versions": [{"answer": "Vay vốn"}]},
        "d" * 64,
        "sửa",
        7,
        later(),
    )
    assert await database.read(topics.find_newest, "vay-von") == found
    assert await database.read(topics.find_revision, "vay-von", new_id) == found
    assert await database.read(topics.list_edits) == [found]
    assert await database.read(topics.find_newest, "khac") is None
    assert await database.read(topics.find_revision, "khac", new_id) is None


async def test_the_newest_revision_stands_and_all_are_kept(database: Database) -> None:
    first = await database.write(save, "một", None)
    second = await database.write(save, "hai", first)
    third = await database.write(save, "ba", second)
    await database.write(save, "khác", None, topic_id="khac")

    edits = await database.read(topics.list_edits)
    assert [(edit.topic_id, edit.document and edit.document["title"]) for edit in edits] == [
        ("khac", "khác"),
        ("vay-von", "ba"),
    ]
    newest = await database.read(topics.list_history, "vay-von", None, 2)
    older = await database.read(topics.list_history, "vay-von", newest[-1].id, 2)
    assert [revision.id for revision in newest] == [third, second]
    assert [revision.id for revision in older] == [first]


@pytest.mark.parametrize("seen", [None, 0], ids=["nothing", "another"])
async def test_a_stale_change_is_refused_and_leaves_nothing(database: Database, seen: int | None) -> None:
    first = await database.write(save, "một", None)

    with pytest.raises(Conflict):
        await database.write(save, "hai", seen)

    assert [r.id for r in await database.read(topics.list_history, "vay-von", None, 9)] == [first]


async def test_of_two_changes_at_once_one_is_refused(database: Database) -> None:
    first = await database.write(save, "một", None)

    ended = await asyncio.gather(
        *(database.write(save, text, first) for text in ("hai", "ba")), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in ended) == ["Conflict", "int"]
    assert len(await database.read(topics.list_history, "vay-von", None, 9)) == 2


async def test_back_to_what_ships_is_a_change_like_any_other(database: Database) -> None:
    first = await database.write(save, "một", None)
    back = await database.write(save, None, first)

    assert await database.read(topics.list_edits) == []
    newest = await database.read(topics.find_newest, "vay-von")
    assert newest is not None
    assert (newest.id, newest.document) == (back, None)
    with pytest.raises(Conflict):
        await database.write(save, "hai", None)
    await database.write(save, "hai", back)
    assert len(await database.read(topics.list_edits)) == 1


async def test_the_mark_moves_with_every_change(database: Database) -> None:
    marks = [await database.read(topics.read_mark)]
    newest = None
    for text in ("một", None, "một"):
        newest = await database.write(save, text, newest)
        marks.append(await database.read(topics.read_mark))

    assert marks[0] == (0, 0)
    assert len(set(marks)) == 4
