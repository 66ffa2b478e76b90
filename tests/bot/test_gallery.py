"""Pictures of an announcement: known to a channel by name, shown to those it went to, and not swept up."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import clock
from bot.files import Shelf
from bot.gallery import Gallery
from bot.transcript import BrowserTranscript
from handlers.messages import Address
from storage import channel_files, files, messages, people
from storage.db import Database, Tx
from storage.tables import messages as said
from tests.conftest import NOW
from tests.storage.builders import make_announcement

PICTURES = ("a" * 32, "b" * 32)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "files")


async def test_a_channels_name_of_a_picture_survives_a_restart(database: Database, shelf: Shelf) -> None:
    first = Gallery("telegram", database, shelf, clock(NOW))
    assert await first.find(PICTURES[0]) is None
    await first.keep(PICTURES[0], "old")
    await first.keep(PICTURES[0], "file-1")

    again = Gallery("telegram", database, shelf, clock(NOW))

    assert await again.find(PICTURES[0]) == await first.find(PICTURES[0]) == "file-1"
    assert await Gallery("zalo", database, shelf, clock(NOW)).find(PICTURES[0]) is None
    await again.forget(PICTURES[0])
    assert await again.find(PICTURES[0]) is None
    assert await database.read(channel_files.find, "telegram", PICTURES[0]) is None


def _announce(tx: Tx) -> int:
    announcement_id = make_announcement(tx, pictures=list(PICTURES))
    address_id = people.meet(tx, "web", "session-1", NOW).address_id
    people.meet(tx, "web", "session-2", NOW)
    message_id = messages.add_out(tx, address_id, None, "Mời bà con.", (), NOW)
    tx.execute(sa.update(said).values(announcement_id=announcement_id))
    return message_id


async def test_a_browser_sees_the_pictures_of_its_own_announcements_only(
    database: Database, shelf: Shelf
) -> None:
    message_id = await database.write(_announce)
    transcript = BrowserTranscript(database, shelf, clock(NOW))
    mine, others = Address("web", "session-1"), Address("web", "session-2")

    (message,) = await transcript.later(mine, 0, 10)
    shown = await transcript.picture(mine, message_id, 2)

    assert [(a.kind, a.id, a.number) for a in message.attachments] == [
        ("photo", message_id, 1),
        ("photo", message_id, 2),
    ]
    assert shown is not None
    assert (shown.path, shown.media_type) == (shelf.path(PICTURES[1]), "image/jpeg")
    assert await transcript.picture(others, message_id, 2) is None
    assert await transcript.picture(mine, message_id, 3) is None


async def test_the_pictures_of_an_announcement_are_known(database: Database) -> None:
    await database.write(_announce)

    assert await database.read(files.known, [*PICTURES, "c" * 32]) == set(PICTURES)
