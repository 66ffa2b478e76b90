"""What an older version stored is still there after an upgrade, as it was, on both kinds of database."""

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from storage import messages, schema
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from tests.conftest import NOW
from tests.databases import SECRET

# What the first version stored: a person, what they wrote, and what was answered.
_ROWS = (
    "INSERT INTO residents (id, created_at) VALUES (7, :now)",
    "INSERT INTO addresses (id, resident_id, channel, value_sealed, value_lookup) "
    "VALUES (8, 7, 'web', :sealed, :sealed)",
    "INSERT INTO messages (id, address_id, inbound_id, direction, text, at) "
    "VALUES (9, 8, 1, 'in', 'thẻ bảo hiểm', :now), (10, 8, 1, 'out', 'Có ạ.', :now)",
    "INSERT INTO questions (id, address_id, message_id, text, at, verdict, score, offered, for_official) "
    "VALUES (11, 8, 9, 'thẻ bảo hiểm', :now, 'answer', 0.9, '[]', false)",
)


def _as_the_first_version_left_it(tx: Tx) -> None:
    command.upgrade(schema._config(tx), "0001")
    for statement in _ROWS:
        kept = sa.text(statement)
        if ":now" in statement:
            kept = kept.bindparams(sa.bindparam("now", NOW, sa.DateTime(timezone=tx.dialect == "postgresql")))
        if ":sealed" in statement:
            kept = kept.bindparams(sealed=b"sealed")
        tx.execute(kept)


def test_numbers_of_the_files_are_the_revisions() -> None:
    """A start compares numbers without loading what migrates; the files' names have to tell the truth."""
    scripts = ScriptDirectory.from_config(schema._config())

    assert schema._known() == [s.revision for s in scripts.walk_revisions()][::-1]
    assert schema.newest() == scripts.get_current_head()


async def test_revision_is_what_was_migrated_to(database_url: str) -> None:
    async with opened(database_url, Vault(SECRET)) as database:
        assert await database.read(schema.revision) is None
        await database.write(_as_the_first_version_left_it)
        assert await database.read(schema.revision) == "0001"
        await database.write(schema.upgrade)
        assert await database.read(schema.revision) == schema.newest()
        assert await database.write(schema.upgrade) is False


async def test_messages_of_the_first_version_survive_and_nothing_is_said_of_them(database_url: str) -> None:
    async with opened(database_url, Vault(SECRET)) as database:
        await database.write(_as_the_first_version_left_it)

        assert await database.write(schema.upgrade) is True

        said = await database.read(messages.list_history, 8, 0, 10)
        assert [(m.id, m.direction, m.text) for m in said] == [
            (9, "in", "thẻ bảo hiểm"),
            (10, "out", "Có ạ."),
        ]
        assert await database.read(messages.list_urgent, 10) == []
        assert await _unread(database) == 2


async def test_what_is_stored_after_an_upgrade_can_be_urgent(database_url: str) -> None:
    async with opened(database_url, Vault(SECRET)) as database:
        await database.write(_as_the_first_version_left_it)
        await database.write(schema.upgrade)

        def store(tx: Tx) -> int:
            return messages.add_in(tx, 8, 2, "cứu tôi với", None, NOW, urgent="disaster")

        message_id = await database.write(store)
        assert [u.id for u in await database.read(messages.list_urgent, 10)] == [message_id]


async def _unread(database: Database) -> int:
    query = sa.text("SELECT count(*) FROM messages WHERE intent IS NULL AND urgent IS NULL")
    count: int = await database.read(lambda tx: tx.execute(query).scalar_one())
    return count
