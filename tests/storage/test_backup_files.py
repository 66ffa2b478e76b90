"""What people sent goes into the backup and comes back with it, whole or not at all."""

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import backup, files
from storage.backup import BadArchive
from storage.db import Database, Tx
from storage.files import Stored
from storage.tables import attachments
from tests.conftest import NOW
from tests.storage.builders import EMPTIED, contents, make_heard
from tests.storage.test_backup import Make, _members, _zipped, make_database, silent

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED
__all__ = ["make_database"]

NAMES = ("a" * 32, "ab" + "0" * 30, "c" * 32)


def content(name: str) -> bytes:
    return f"the bytes of {name} ".encode() * 100_000


def put(folder: Path, name: str) -> Path:
    path = folder / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(name))
    return path


def fill(tx: Tx) -> None:
    for name in NAMES:
        stored = Stored(name, "application/pdf", "đơn.pdf", len(content(name)))
        files.add_stored(tx, "web", make_heard(tx), "file", stored, NOW)
    files.add_wanted(tx, "telegram", make_heard(tx), "photo", "ref", None, NOW)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """The files of `sqlite`, and one that no row names."""
    for name in (*NAMES, "f" * 32):
        put(tmp_path / "files", name)
    return tmp_path / "files"


@pytest.fixture
async def archive(sqlite: Database, folder: Path, tmp_path: Path) -> Path:
    await sqlite.write(fill)
    await sqlite.read(backup.dump, tmp_path / "backup.zip", folder, NOW, silent)
    return tmp_path / "backup.zip"


def read_back(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_files_come_back_with_their_rows(
    archive: Path, sqlite: Database, make_database: Make, tmp_path: Path, kind: str
) -> None:
    target, there = await make_database(kind), tmp_path / "there"
    umask = os.umask(0)
    try:
        made = await target.write(backup.load, archive, there, silent, replace=False)
    finally:
        os.umask(umask)

    assert (made.files, made.missing) == (3, ())
    assert read_back(there) == {name: content(name) for name in NAMES}
    assert {p.parent.name for p in there.rglob("*") if p.is_file()} == {"aa", "ab", "cc"}
    assert {stat.S_IMODE(p.stat().st_mode) for p in there.rglob("*") if p.is_file()} == {0o600}
    assert await target.read(contents) == await sqlite.read(contents)
    assert sorted(p.name for p in there.iterdir()) == ["aa", "ab", "cc"]


async def test_only_what_a_row_names_is_in_the_archive(archive: Path) -> None:
    inside = [name for name in _members(archive) if name.startswith("files/")]
    assert sorted(inside) == sorted(f"files/{name}" for name in NAMES)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"half")])
async def test_missing_file_is_named_and_the_rest_goes_on(
    sqlite: Database, folder: Path, make_database: Make, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    """A file that is not whole is as good as none."""
    await sqlite.write(fill)
    spoil(folder / NAMES[1][:2] / NAMES[1])
    out = await sqlite.read(backup.dump, tmp_path / "backup.zip", folder, NOW, silent)
    target = await make_database("sqlite")
    back = await target.write(backup.load, tmp_path / "backup.zip", tmp_path / "there", silent, replace=False)

    assert out == back
    assert (out.files, out.missing) == (2, (NAMES[1],))
    assert set(read_back(tmp_path / "there")) == {NAMES[0], NAMES[2]}
    lost = sa.select(attachments.c.status, attachments.c.reason, attachments.c.file).order_by(
        attachments.c.id
    )
    rows = await target.read(lambda tx: [tuple(row) for row in tx.execute(lost)])
    assert rows[1] == ("lost", backup.MISSING, None)
    assert [row[0] for row in rows] == ["stored", "lost", "stored", "wanted"]


Change = Callable[[dict[str, bytes]], dict[str, bytes]]
FIRST = f"files/{NAMES[0]}"
SPOILT: dict[str, Change] = {
    "a file too few": lambda m: {n: c for n, c in m.items() if n != FIRST},
    "a file too many": lambda m: m | {"files/" + "9" * 32: b"x"},
    "junk": lambda m: m | {"thư.txt": b"x"},
    "a program": lambda m: m | {"files/run.sh": b"#!/bin/sh"},
    "a folder": lambda m: m | {"files/": b""},
    "a climbing name": lambda m: m | {"files/../../../tmp/evil": b"x"},
    "an absolute name": lambda m: m | {"/tmp/evil": b"x"},
    "a longer file": lambda m: m | {FIRST: m[FIRST] + b"x"},
    "a shorter file": lambda m: m | {FIRST: m[FIRST][:-1]},
    "an empty file": lambda m: m | {FIRST: b""},
    "an invented missing one": lambda m: m | {"missing.json": json.dumps(["9" * 32]).encode()},
    "missing, and there": lambda m: m | {"missing.json": json.dumps([NAMES[0]]).encode()},
    "missing no list": lambda m: m | {"missing.json": b"7"},
    "missing no names": lambda m: m | {"missing.json": b"[[1]]"},
    "a row that climbs": lambda m: (
        {n: c for n, c in m.items() if n != FIRST}
        | {
            "tables/attachments.jsonl": m["tables/attachments.jsonl"].replace(
                NAMES[0].encode(), b"../../../../tmp/evil"
            ),
            "files/../../../../tmp/evil": m[FIRST],
        }
    ),
}


@pytest.mark.parametrize("kind", SPOILT)
async def test_archive_with_other_files_is_refused_as_a_whole(
    archive: Path, sqlite: Database, folder: Path, kind: str
) -> None:
    rows, on_disk = await sqlite.read(contents), read_back(folder)
    spoilt = archive.with_name("spoilt.zip")
    spoilt.write_bytes(_zipped(SPOILT[kind](_members(archive))))

    with pytest.raises(BadArchive):
        await sqlite.write(backup.load, spoilt, folder, silent, replace=True)
    assert await sqlite.read(contents) == rows
    assert read_back(folder) == on_disk
    assert not Path("/tmp/evil").exists()
    assert not [p for p in folder.iterdir() if len(p.name) != 2]

    await sqlite.write(backup.load, archive, folder, silent, replace=True)


async def test_file_that_would_unfold_without_end_is_stopped(
    archive: Path, sqlite: Database, folder: Path
) -> None:
    bomb = archive.with_name("bomb.zip")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as written:
        for name, inside in (_members(archive) | {FIRST: bytes(300_000_000)}).items():
            written.writestr(name, inside)
    assert bomb.stat().st_size < 10_000_000

    with pytest.raises(BadArchive):
        await sqlite.write(backup.load, bomb, folder, silent, replace=True)


async def test_restored_file_replaces_a_damaged_one_of_its_name(
    archive: Path, sqlite: Database, folder: Path
) -> None:
    (folder / NAMES[0][:2] / NAMES[0]).write_bytes(b"damaged")
    await sqlite.write(backup.load, archive, folder, silent, replace=True)
    assert read_back(folder)[NAMES[0]] == content(NAMES[0])


async def test_disk_that_fills_up_changes_nothing(
    archive: Path, make_database: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, there = await make_database("sqlite"), tmp_path / "there"
    before = await target.read(contents)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.backup.os.fsync", full)
    with pytest.raises((BadArchive, OSError), match="No space"):
        await target.write(backup.load, archive, there, silent, replace=False)
    assert await target.read(contents) == before
    assert read_back(there) == {}
