"""One archive with everything in it, made while the service runs, and its way back.

The archive is a zip: `manifest.json`, then `tables/NAME.jsonl`, one row a line, then `files/NAME`, what people sent.
It is the same for SQLite and PostgreSQL, so it is also the way from one to the other. It never holds the key; sealed
columns stay sealed. Files that were not to be found on the disk are named in `missing.json`.
"""

import base64
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage import audit, schema
from storage.db import Tx
from storage.errors import Conflict, StorageError, WrongKey
from storage.tables import Utc, attachments, metadata, officials, residents

FORMAT = 1
MISSING = "the file was not on the disk when the backup was made"
_BATCH = 1000
_PIECE_BYTES = 1 << 20
_FILE = re.compile(r"[0-9a-f]{32}")

# What reading a spoilt archive raises, in one of its many ways.
_SPOILT = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,  # places in the file that are none
    KeyError,
    ValueError,  # with it JSON, UTF-8, base64 and times that are none
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,  # a way of packing that Python does not know
    RuntimeError,  # an archive with a password
)

Progress = Callable[[str, int], None]
"""Called with a table's name, or "files", and how many of them are done."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: rows per table, how many files, and the names of those that were missing."""

    rows: dict[str, int]
    files: int
    missing: tuple[str, ...]


class BadArchive(StorageError):
    """The file is not a backup that can be read."""


def dump(tx: Tx, target: Path, folder: Path, now: datetime, progress: Progress) -> Contents:
    """Write the archive, readable by its owner only.

    Works on the snapshot of `tx`, beside writers. The file appears under its name only when it is whole.
    Raises FileExistsError rather than overwrite. A file that is missing does not stop it: it is counted, and named.

    Args: folder: where people's files lie, each below the first two letters of its name.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already; name a new file")
    counts: dict[str, int] = {}
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)  # left by a backup that was killed, with whatever rights
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                manifest = {
                    "format": FORMAT,
                    "made_at": now.isoformat(),
                    "key_fingerprint": tx.vault.fingerprint,
                    "schema": schema.revision(tx),
                    "next_ids": _next_ids(tx),
                }
                archive.writestr("manifest.json", json.dumps(manifest, indent=1))
                for table in metadata.sorted_tables:
                    counts[table.name] = _dump_table(tx, table, archive, progress)
                done, missing = _dump_files(tx, folder, archive, progress)
                if missing:
                    archive.writestr("missing.json", json.dumps(missing))
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails when somebody made the file meanwhile.
        os.link(part, target)
        _flush_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return Contents(counts, done, tuple(missing))


def _dump_files(tx: Tx, folder: Path, archive: zipfile.ZipFile, progress: Progress) -> tuple[int, list[str]]:
    """Copy every file that a row names; returns how many, and the names of those that are not there whole."""
    done, missing = 0, list[str]()
    for name, size in _named_files(tx):
        try:
            with _path(folder, name).open("rb") as file:
                if os.fstat(file.fileno()).st_size != size:
                    missing.append(name)
                    continue
                # Pictures and papers are packed already.
                entry = zipfile.ZipInfo(f"files/{name}")
                with archive.open(entry, "w") as out:
                    shutil.copyfileobj(file, out, _PIECE_BYTES)
        except FileNotFoundError:
            missing.append(name)
            continue
        done += 1
        progress("files", done)
    return done, missing


def _named_files(tx: Tx) -> list[tuple[str, int | None]]:
    named = sa.select(attachments.c.file, attachments.c.bytes).where(attachments.c.status == "stored")
    return [(row.file, row.bytes) for row in tx.execute(named.order_by(attachments.c.id))]


def _path(folder: Path, name: str) -> Path:
    if not isinstance(name, str) or not _FILE.fullmatch(name):
        raise ValueError("no name of a file")
    return folder / name[:2] / name


def _flush_folder(folder: Path) -> None:
    """Make the file's name survive a power cut as its contents do."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dump_table(tx: Tx, table: sa.Table, archive: zipfile.ZipFile, progress: Progress) -> int:
    done = 0
    progress(table.name, done)
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:
        rows = tx.connection.execution_options(yield_per=_BATCH).execute(
            sa.select(table).order_by(*table.primary_key.columns)
        )
        for batch in rows.partitions():
            for row in batch:
                line = {c.name: _plain(c, row._mapping[c]) for c in table.columns}
                out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            done += len(batch)
            progress(table.name, done)
    return done


def _plain(column: sa.Column[Any], value: Any) -> Any:
    """Return what JSON can hold. What is what says the column, never the value: a state may look like anything."""
    if value is None:
        return None
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64encode(value).decode()
    if isinstance(column.type, Utc):
        return value.astimezone(UTC).isoformat()
    return value


def load(tx: Tx, source: Path, folder: Path, progress: Progress, *, replace: bool) -> Contents:
    """Fill database and folder from an archive, all or nothing. Files of rows that are replaced are swept up later.

    Raises BadArchive for a file that is none, WrongKey if it was sealed with another key, Conflict if the
    database has residents or officials and `replace` is not set.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            _check(tx, manifest, source, replace=replace)
            with audit.unguarded(tx):
                for table in reversed(metadata.sorted_tables):
                    tx.execute(sa.delete(table))
            counts = {
                table.name: _load_table(tx, table, archive, progress) for table in metadata.sorted_tables
            }
            _set_next_ids(tx, manifest["next_ids"])
            done, missing = _load_files(tx, folder, archive, progress)
    except sa.exc.DBAPIError as exc:
        if isinstance(exc, (sa.exc.IntegrityError, sa.exc.DataError)):
            raise BadArchive(f"{source} is not a whole backup of this service: {exc.orig}") from exc
        raise  # the database's trouble, not the archive's
    except (*_SPOILT, sa.exc.StatementError) as exc:
        raise BadArchive(
            f"{source} is not a whole backup of this service: {type(exc).__name__}: {exc}"
        ) from exc
    return Contents(counts, done, tuple(missing))


def _load_files(tx: Tx, folder: Path, archive: zipfile.ZipFile, progress: Progress) -> tuple[int, list[str]]:
    """Put the files back that the rows name. What the archive holds besides makes it none of ours: ValueError."""
    members = set(archive.namelist())
    missing = json.loads(archive.read("missing.json")) if "missing.json" in members else []
    named = dict(_named_files(tx))
    _check_members(members, set(named), set(missing))
    for name in missing:
        gone = {"status": "lost", "reason": MISSING, "file": None}
        tx.execute(sa.update(attachments).where(attachments.c.file == name).values(gone))
    here = sorted(set(named) - set(missing))
    if not here:
        return 0, missing
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Beside their place until all are whole; a folder that is left here by a kill is swept up as files are.
    with tempfile.TemporaryDirectory(dir=folder, prefix="restored-") as beside:
        for done, name in enumerate(here, 1):
            _unpack(archive, name, named[name], Path(beside))
            progress("files", done)
        for name in here:
            place = _path(folder, name)
            place.parent.mkdir(exist_ok=True, mode=0o700)
            (Path(beside) / name).replace(place)
        for parent in {_path(folder, name).parent for name in here}:
            _flush_folder(parent)
    return len(here), missing


def _check_members(members: set[str], named: set[str], missing: set[str]) -> None:
    expected = {"manifest.json"} | {f"tables/{table.name}.jsonl" for table in metadata.sorted_tables}
    expected |= {"missing.json"} if missing else set()
    expected |= {f"files/{name}" for name in named - missing}
    if not missing <= named:
        raise ValueError("files are missing that no row names")
    if members != expected:
        raise ValueError(f"{len(members ^ expected)} files too many or too few")


def _unpack(archive: zipfile.ZipFile, name: str, size: int | None, folder: Path) -> None:
    _path(folder, name)  # a name of ours
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with archive.open(f"files/{name}") as packed, os.fdopen(descriptor, "wb") as out:
        left = size or 0
        # No further than the row says, whatever the archive would unfold to; to the end, where its sum is checked.
        while piece := packed.read(_PIECE_BYTES):
            left -= len(piece)
            if left < 0:
                break
            out.write(piece)
        if left:
            raise ValueError("a file has another size than its row says")
        out.flush()
        os.fsync(out.fileno())


def _check(tx: Tx, manifest: dict[str, Any], source: Path, *, replace: bool) -> None:
    if manifest.get("format") != FORMAT:
        raise BadArchive(f"{source} has format {manifest.get('format')!r}; this version reads {FORMAT}")
    if manifest["key_fingerprint"] != tx.vault.fingerprint:
        raise WrongKey(
            f"the backup was sealed with the key {manifest['key_fingerprint']}, "
            f"SECRET_KEY here is {tx.vault.fingerprint}"
        )
    if manifest["schema"] != schema.revision(tx):
        raise BadArchive(
            f"{source} was made by schema {manifest['schema']}, this version has {schema.revision(tx)}; "
            "restore it with the version that made it, then upgrade"
        )
    if not replace and any(tx.execute(sa.select(t.c.id).limit(1)).first() for t in (residents, officials)):
        raise Conflict("the database is not empty; --replace puts the backup in place of what is there")


def _load_table(tx: Tx, table: sa.Table, archive: zipfile.ZipFile, progress: Progress) -> int:
    done = 0
    progress(table.name, done)
    for batch in _batches(archive, table):
        tx.execute(sa.insert(table), batch)
        done += len(batch)
        progress(table.name, done)
    return done


def _batches(archive: zipfile.ZipFile, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with archive.open(f"tables/{table.name}.jsonl") as lines:
        for line in lines:
            batch.append({name: _rich(table.c[name], value) for name, value in json.loads(line).items()})
            if len(batch) == _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _rich(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(column.type, Utc):
        return datetime.fromisoformat(value)
    return value


def _next_ids(tx: Tx) -> dict[str, int]:
    """Return the next id of each table that counts: ids of rows that were deleted are never given again."""
    tables = [t.name for t in metadata.sorted_tables if "id" in t.c]
    if tx.dialect == "sqlite":
        counted = dict.fromkeys(tables, 1)
        rows = tx.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
        return counted | {row.name: row.seq + 1 for row in rows if row.name in counted}
    return {
        name: tx.execute(
            sa.text(f"SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM {name}_id_seq")  # noqa: S608  # our own names
        ).scalar_one()
        for name in tables
    }


def _set_next_ids(tx: Tx, next_ids: dict[str, int]) -> None:
    for name, next_id in next_ids.items():
        if name not in metadata.tables or not isinstance(next_id, int) or next_id < 1:
            raise ValueError(f"no next id: {name} {next_id}")
        if tx.dialect == "sqlite":
            tx.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
            row = {"name": name, "seq": next_id - 1}
            tx.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), row)
        else:
            tx.execute(sa.select(sa.func.setval(f"{name}_id_seq", next_id, False)))
