"""A backup is one moment, whole, without the key; and comes back on either kind of database, or changes nothing."""

import base64
import io
import json
import os
import resource
import shutil
import stat
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from storage import audit, backup, conversations, facts, identities, intake, people, schema
from storage.backup import BadArchive
from storage.crypto import Vault, derive
from storage.db import Database, Tx, opened
from storage.errors import Conflict, StorageError, WrongKey
from storage.identities import Identity
from storage.tables import audit as audit_table
from storage.tables import messages as messages_table
from storage.tables import metadata, residents
from tests.conftest import NOW
from tests.databases import SECRET, sqlite_url
from tests.storage.builders import (
    CHAT,
    EMPTIED,
    NAME,
    PHONE,
    contents,
    later,
    make_delivery,
    make_everything,
    make_heard,
    make_inbound,
    make_official,
    make_person,
    run_on_server,
)

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED

FOLDER = Path("no-such-folder")
"""For databases without files."""

Make = Callable[..., Awaitable[Database]]


def silent(_table: str, _rows: int) -> None:
    """Show no progress."""


@pytest.fixture
async def make_database(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite_file: Path
) -> AsyncIterator[Make]:
    """Make new databases of either kind, to move between."""
    made: list[Database] = []
    on_server: list[str] = []

    async def make(kind: str, secret: str = SECRET) -> Database:
        if kind == "sqlite":
            folder = tmp_path / f"database-{len(made)}"
            folder.mkdir()
            shutil.copy(migrated_sqlite_file, folder)
            url = sqlite_url(folder)
        else:
            server = request.getfixturevalue("postgres_url")
            on_server.append(f"test_{os.getpid()}_backup_{len(made)}")
            await run_on_server(server, f"CREATE DATABASE {on_server[-1]}")
            url = sa.make_url(server).set(database=on_server[-1]).render_as_string(hide_password=False)
        made.append(Database(url, Vault(secret)))
        await made[-1].write(schema.upgrade)
        await made[-1].write(facts.claim_key)
        return made[-1]

    yield make
    for database in made:
        await database.close()
    for name in on_server:
        await run_on_server(request.getfixturevalue("postgres_url"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def source(make_database: Make) -> Database:
    """A database with rows of every kind."""
    database = await make_database("sqlite")
    await database.write(make_everything)
    return database


@pytest.fixture
async def archive(source: Database, tmp_path: Path) -> Path:
    """A backup of `source`."""
    await source.read(backup.dump, tmp_path / "backup.zip", FOLDER, NOW, silent)
    return tmp_path / "backup.zip"


@pytest.fixture
async def target(make_database: Make) -> Database:
    """An empty database to restore into."""
    return await make_database("sqlite")


def _members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened_archive:
        return {name: opened_archive.read(name) for name in opened_archive.namelist()}


def _rows(archive: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _members(archive)[f"tables/{table}.jsonl"].splitlines()]


# Out and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
@pytest.mark.parametrize("start", ["sqlite", "postgresql"])
async def test_everything_comes_back_on_either_kind(
    make_database: Make, tmp_path: Path, start: str, to: str
) -> None:
    """Row for row, opened with the same key; and new rows get numbers above all that were there."""
    source, target = await make_database(start), await make_database(to)
    await source.write(make_everything)
    await source.read(backup.dump, tmp_path / "backup.zip", FOLDER, NOW, silent)
    counts = await target.write(backup.load, tmp_path / "backup.zip", FOLDER, silent, replace=False)

    before = await source.read(contents)
    assert await target.read(contents) == before
    assert all(before.values()), "make_everything leaves a table empty"
    assert counts.rows == {name: len(rows) for name, rows in before.items()}
    assert (await target.read(audit.verify)).bad_id is None
    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        await target.write(lambda tx: tx.execute(sa.delete(audit_table)))

    person = await target.write(people.meet, "telegram", CHAT, later())
    assert await target.read(identities.get_identity, person.resident_id) == Identity(NAME, PHONE)
    assert person.state == {
        "version": 1,
        "flow": "ask",
        "step": None,
        "data": {"chữ": "ế", "n": [1, 2.5, True]},
    }
    assert await target.read(identities.find_by_phone, PHONE) == person.resident_id

    await target.write(make_everything_again)
    after = await target.read(contents)
    for name in ("residents", "addresses", "inbound", "messages", "outbox"):
        assert min(r["id"] for r in after[name][len(before[name]) :]) > max(r["id"] for r in before[name])


def make_everything_again(tx: Tx) -> None:
    """Add a row to every table that numbers its rows."""
    person = make_person(tx)
    make_heard(tx, address_id=person.address_id)
    make_delivery(tx, address_id=person.address_id)


async def test_more_rows_than_a_batch_come_back(
    database: Database, make_database: Make, tmp_path: Path
) -> None:
    await database.write(lambda tx: tx.execute(sa.insert(residents), [{"created_at": NOW}] * 2001))
    target = await make_database("sqlite")
    shown: list[tuple[str, int]] = []
    file = tmp_path / "backup.zip"

    out = await database.read(backup.dump, file, FOLDER, NOW, lambda table, done: shown.append((table, done)))
    back = await target.write(
        backup.load, file, FOLDER, lambda table, done: shown.append((table, done)), replace=False
    )

    assert out == back
    assert out.rows["residents"] == 2001
    assert [done for table, done in shown if table == "residents"] == [0, 1000, 2000, 2001] * 2


async def test_numbers_of_dropped_rows_are_not_given_again(
    database: Database, make_database: Make, tmp_path: Path
) -> None:
    """Keys are dropped after a week, what was said stays: under a number given twice, one would read another's replies."""

    def talk_and_drop(tx: Tx) -> int:
        update = make_inbound(tx)
        make_heard(tx, inbound_id=update)
        intake.drop(tx, later())
        return update

    old = await database.write(talk_and_drop)
    await database.read(backup.dump, tmp_path / "backup.zip", FOLDER, NOW, silent)
    target = await make_database("sqlite" if database.file else "postgresql")
    await target.write(backup.load, tmp_path / "backup.zip", FOLDER, silent, replace=False)

    assert await target.write(make_inbound) > old


async def test_what_was_absent_comes_back_absent(archive: Path, source: Database, target: Database) -> None:
    """NULL, not the JSON word null: SQL sees the difference."""

    def without_buttons(tx: Tx) -> int:
        absent = sa.select(messages_table.c.id).where(sa.text("buttons IS NULL"))
        return len(tx.execute(absent).all())

    await target.write(backup.load, archive, FOLDER, silent, replace=False)

    assert await target.read(without_buttons) == await source.read(without_buttons) > 0


@pytest.mark.parametrize("state", [{"utc": "2026-11-23T10:00:00+07:00"}, {"utc": "soon"}, {"b64": "aGk="}])
async def test_a_state_that_looks_like_the_archives_own_marks_comes_back(
    sqlite: Database, target: Database, tmp_path: Path, state: dict[str, object]
) -> None:
    person = await sqlite.write(make_person)
    await sqlite.write(conversations.save, person.address_id, 0, state, NOW)
    await sqlite.read(backup.dump, tmp_path / "backup.zip", FOLDER, NOW, silent)
    await target.write(backup.load, tmp_path / "backup.zip", FOLDER, silent, replace=False)

    assert await target.read(contents) == await sqlite.read(contents)


async def test_a_backup_beside_a_writer_is_one_moment(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """After each table somebody new writes; none of it is in the archive, for its parts would not fit together."""
    await database.write(make_everything)
    before = await database.read(contents)
    file = tmp_path / "backup.zip"
    async with opened(database_url, Vault(SECRET)) as writer:

        def write_meanwhile(_table: str, _rows: int) -> None:
            await_only(writer.write(make_everything_again))

        counts = await database.read(backup.dump, file, FOLDER, NOW, write_meanwhile)

    assert len((await database.read(contents))["residents"]) > len(before["residents"])
    assert counts.rows == {name: len(rows) for name, rows in before.items()}
    assert [len(_rows(file, name)) for name in before] == list(counts.rows.values())


# What is in the file -------------------------------------------------------------------------------------------


async def test_the_archive_says_what_it_is(archive: Path) -> None:
    members = _members(archive)
    manifest = json.loads(members["manifest.json"])

    assert list(members) == ["manifest.json", *(f"tables/{t.name}.jsonl" for t in metadata.sorted_tables)]
    assert manifest.pop("next_ids") == {
        t.name: len(_rows(archive, t.name)) + 1 for t in metadata.sorted_tables if "id" in t.c
    }
    assert manifest == {
        "format": 1,
        "made_at": NOW.isoformat(),
        "key_fingerprint": Vault(SECRET).fingerprint,
        "schema": schema.newest(),
    }


async def test_the_archive_holds_no_key_and_nobodys_name(archive: Path) -> None:
    """What was said is in it, so we look right."""
    everything = b"".join([archive.read_bytes(), *_members(archive).values()])
    keys = [derive(SECRET, label) for label in ("seal", "lookup")]

    assert "Bà mang căn cước".encode() in everything
    for secret in (SECRET, NAME, PHONE, CHAT):
        assert secret.encode() not in everything
        assert json.dumps(secret)[1:-1].encode() not in everything
        assert base64.b64encode(secret.encode()) not in everything
    for key in keys:
        assert key not in everything
        assert key.hex().encode() not in everything
        assert base64.b64encode(key) not in everything


async def test_only_its_owner_may_read_the_archive(sqlite: Database, tmp_path: Path) -> None:
    """Whatever the umask, and also over what a killed backup or somebody else left under the passing name."""
    left = tmp_path / "after-a-kill.zip.part"
    left.write_bytes(b"left over " * 1000)
    left.chmod(0o644)
    umask = os.umask(0)
    try:
        for name in ("backup.zip", "after-a-kill.zip"):
            await sqlite.read(backup.dump, tmp_path / name, FOLDER, NOW, silent)
    finally:
        os.umask(umask)

    assert zipfile.ZipFile(tmp_path / "after-a-kill.zip").testzip() is None
    assert not left.exists()
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("backup.zip", "after-a-kill.zip")]
    assert modes == [0o600, 0o600]


async def test_a_file_that_exists_is_not_overwritten(sqlite: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.write_text("the backup of last year")

    with pytest.raises(FileExistsError, match="name a new file"):
        await sqlite.read(backup.dump, file, FOLDER, NOW, silent)

    assert file.read_text() == "the backup of last year"
    assert not (tmp_path / "backup.zip.part").exists()


async def test_a_file_that_comes_up_meanwhile_is_not_overwritten(sqlite: Database, tmp_path: Path) -> None:
    """Two who back up under one name at once: the second is told, the first keeps its archive."""
    file = tmp_path / "backup.zip"

    def come_up(_table: str, _rows: int) -> None:
        file.write_text("of the other")

    with pytest.raises(FileExistsError):
        await sqlite.read(backup.dump, file, FOLDER, NOW, come_up)

    assert file.read_text() == "of the other"
    assert not (tmp_path / "backup.zip.part").exists()


async def test_a_full_disk_leaves_no_half_archive(sqlite: Database, tmp_path: Path) -> None:
    """The kernel's own limit of a file's size fails the write as a full disk does; with room again it works."""
    await sqlite.write(make_everything)
    await sqlite.write(make_heard, text=base64.b64encode(os.urandom(60_000)).decode())
    file = tmp_path / "backup.zip"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            await sqlite.read(backup.dump, file, FOLDER, NOW, silent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [p.name for p in tmp_path.iterdir() if "backup" in p.name] == []

    await sqlite.read(backup.dump, file, FOLDER, NOW, silent)
    assert zipfile.ZipFile(file).testzip() is None


async def test_a_disk_that_cannot_keep_it_leaves_no_half_archive(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("storage.backup.os.fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        await sqlite.read(backup.dump, tmp_path / "backup.zip", FOLDER, NOW, silent)

    assert [p.name for p in tmp_path.iterdir() if "backup" in p.name] == []


async def test_a_folder_that_is_not_there_is_an_error_of_the_file(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await sqlite.read(backup.dump, tmp_path / "nowhere" / "backup.zip", FOLDER, NOW, silent)


# Refusals change nothing ---------------------------------------------------------------------------------------


async def test_a_database_with_residents_is_not_filled(archive: Path, target: Database) -> None:
    await target.write(make_person)
    before = await target.read(contents)

    with pytest.raises(Conflict, match="--replace"):
        await target.write(backup.load, archive, FOLDER, silent, replace=False)

    assert await target.read(contents) == before


async def test_a_database_with_an_official_is_not_empty(target: Database, archive: Path) -> None:
    """Accounts are made before the first resident writes."""
    await target.write(make_official)

    with pytest.raises(Conflict, match="--replace"):
        await target.write(backup.load, archive, FOLDER, silent, replace=False)


async def test_replace_puts_the_archive_in_place_of_what_was_there(
    archive: Path, source: Database, database: Database
) -> None:
    """On either kind; what was there is gone, what is added later does not collide."""
    await database.write(make_everything)
    await database.write(make_everything_again)
    await database.write(backup.load, archive, FOLDER, silent, replace=True)

    assert await database.read(contents) == await source.read(contents)
    await database.write(make_everything_again)


async def test_under_another_key_nothing_is_restored(archive: Path, make_database: Make) -> None:
    other = "another-" + "x" * 40
    target = await make_database("sqlite", other)

    for replace in (False, True):
        with pytest.raises(WrongKey, match=f"{Vault(SECRET).fingerprint}.*{Vault(other).fingerprint}"):
            await target.write(backup.load, archive, FOLDER, silent, replace=replace)

    assert set(map(len, (await target.read(contents)).values())) == {0, 1}
    await target.read(facts.check_key)


def _zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, content in members.items():
            written.writestr(name, content)
    return file.getvalue()


def _with(name: str, content: bytes | None) -> Callable[[Path], bytes]:
    def change(archive: Path) -> bytes:
        members = _members(archive)
        members |= {name: content} if content is not None else {}
        return _zipped({n: c for n, c in members.items() if n != name or content is not None})

    return change


def _with_manifest(**changed: object) -> Callable[[Path], bytes]:
    def change(archive: Path) -> bytes:
        manifest = json.loads(_members(archive)["manifest.json"]) | changed
        return _with("manifest.json", json.dumps({k: v for k, v in manifest.items() if v}).encode())(archive)

    return change


SPOILT: dict[str, Callable[[Path], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"not an archive\n" * 50,
    "zeros": lambda _: bytes(5000),
    "first half": lambda a: a.read_bytes()[: a.stat().st_size // 2],
    "all but the end": lambda a: a.read_bytes()[:-30],
    "second half": lambda a: a.read_bytes()[a.stat().st_size // 2 :],
    "another zip": lambda _: _zipped({"letter.txt": "thư".encode()}),
    "no manifest": _with("manifest.json", None),
    "manifest no JSON": _with("manifest.json", b"{"),
    "manifest no text": _with("manifest.json", b"\xff\xfe\xfa"),
    "manifest a list": _with("manifest.json", b"[1]"),
    "another format": _with_manifest(format=2),
    "no format": _with_manifest(format=None),
    "no fingerprint": _with_manifest(key_fingerprint=None),
    "another schema": _with_manifest(schema="9999"),
    "no schema": _with_manifest(schema=None),
    "a table missing": _with("tables/outbox.jsonl", None),
    "a row no JSON": _with("tables/outbox.jsonl", b'{"id": 1'),
    "a row a number": _with("tables/outbox.jsonl", b"7\n"),
    "a row of other columns": _with("tables/facts.jsonl", b'{"name": "a", "value": "b", "colour": "red"}\n'),
    "a row without its columns": _with("tables/residents.jsonl", b'{"id": 1}\n'),
    "a row of nobody": _with("tables/addresses.jsonl", b""),
    "a time that is none": _with("tables/residents.jsonl", b'{"id": 1, "created_at": "soon"}\n'),
    "bytes that are none": _with(
        "tables/residents.jsonl",
        b'{"id": 1, "created_at": "2026-11-23T03:00:00+00:00", "name_sealed": "?"}\n',
    ),
}


@pytest.mark.parametrize("kind", SPOILT)
async def test_what_is_no_whole_archive_is_refused_and_changes_nothing(
    archive: Path, source: Database, kind: str
) -> None:
    """Over a database in use, and although --replace is given."""
    before = await source.read(contents)
    whole = archive.read_bytes()
    spoilt = archive.with_name("spoilt.zip")
    spoilt.write_bytes(SPOILT[kind](archive))

    with pytest.raises(BadArchive):
        await source.write(backup.load, spoilt, FOLDER, silent, replace=True)
    assert await source.read(contents) == before

    spoilt.write_bytes(whole)
    await source.write(backup.load, spoilt, FOLDER, silent, replace=True)


async def test_a_changed_byte_anywhere_is_refused_or_makes_no_difference(
    archive: Path, source: Database
) -> None:
    """One bit of a disk or a stick that forgot: each outcome is a refusal that we know, or the whole archive."""
    before = await source.read(contents)
    whole = archive.read_bytes()
    spoilt = archive.with_name("spoilt.zip")
    wrong: dict[int, str] = {}

    def load_look_undo(tx: Tx) -> None:
        backup.load(tx, spoilt, FOLDER, silent, replace=True)
        raise _Loaded(contents(tx) == before)

    for place in range(0, len(whole), 61):
        spoilt.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            await source.write(load_look_undo)
        except StorageError:
            pass
        except _Loaded as loaded:
            if not loaded.same:
                wrong[place] = "loaded something else"
        except Exception as exc:
            wrong[place] = repr(exc)

    assert wrong == {}
    assert await source.read(contents) == before


class _Loaded(Exception):
    def __init__(self, same: bool) -> None:
        self.same = same


async def test_a_restore_that_fails_half_way_changes_nothing(archive: Path, database: Database) -> None:
    """The disk fills up, the process is told to stop: the old rows are still there."""
    await database.write(make_everything_again)
    before = await database.read(contents)

    def stop(table: str, _rows: int) -> None:
        if table == "messages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await database.write(backup.load, archive, FOLDER, stop, replace=True)

    assert await database.read(contents) == before


async def test_times_keep_their_moment_and_microseconds(archive: Path, target: Database) -> None:
    await target.write(backup.load, archive, FOLDER, silent, replace=False)

    made = {row["updated_at"] for row in (await target.read(contents))["conversations"]}
    assert later(microseconds=1) in made
    assert {type(at) for at in made} == {datetime}
    assert {at.tzinfo for at in made} == {UTC}
