"""Canned replies: kept by commune, changed only as they were read."""

from datetime import timedelta

import pytest

from storage import replies
from storage.db import Database, Tx
from storage.errors import Conflict, NotFound
from tests.conftest import NOW


async def test_a_commune_has_its_own_and_those_for_every_one(database: Database) -> None:
    def work(tx: Tx) -> None:
        for title, area in (("b", "10525"), ("a", None), ("c", "11020")):
            replies.add(tx, title, "…", area, None, 1, NOW)

        assert [r.title for r in replies.list_replies(tx, "10525")] == ["a", "b"]
        assert [r.title for r in replies.list_replies(tx, None)] == ["a"]
        assert [r.title for r in replies.list_replies(tx, None, every_area=True)] == ["a", "b", "c"]

    await database.write(work)


async def test_what_was_changed_since_it_was_read_is_not_changed_again(database: Database) -> None:
    later = NOW + timedelta(microseconds=1)

    def work(tx: Tx) -> None:
        read = replies.get(tx, replies.add(tx, "a", "một", None, None, 1, NOW))
        replies.change(tx, read, {"text": "hai"}, 2, later)

        with pytest.raises(Conflict):
            replies.change(tx, read, {"text": "ba"}, 3, later)

        now = replies.get(tx, read.id)
        assert (now.text, now.changed_by, now.changed_at) == ("hai", 2, later)
        replies.remove(tx, read.id)
        with pytest.raises(NotFound):
            replies.get(tx, read.id)

    await database.write(work)
