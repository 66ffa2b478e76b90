"""One archive with everything in it, made while the service runs, and its way back.

The archive is a zip: `manifest.json`, then `tables/NAME.jsonl`, one row a line. It is the same for SQLite and
PostgreSQL, so it is also the way from one to the other. It never holds the key; sealed columns stay sealed.
"""

import base64
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage import audit, schema
from storage.db import Tx
from storage.errors import Conflict, StorageError, WrongKey
from storage.tables import Utc, metadata, officials, residents

FORMAT = 1
_BATCH = 1000

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
"""Called with a table's name and how many of its rows are done."""


class BadArchive(StorageError):
    """The file is not a backup that can be read."""


def dump(tx: Tx, target: Path, now: datetime, progress: Progress) -> dict[str, int]:
    """Write the archive, readable by its owner only; returns rows per table.

    Works on the snapshot of `tx`, beside writers. The file appears under its name only when it is whole.
    Raises FileExistsError rather than overwrite.
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
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails when somebody made the file meanwhile.
        os.link(part, target)
        _flush_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return counts


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


def load(tx: Tx, source: Path, progress: Progress, *, replace: bool) -> dict[str, int]:
    """Fill the database from an archive, all or nothing; returns rows per table.

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
    except sa.exc.DBAPIError as exc:
        if isinstance(exc, (sa.exc.IntegrityError, sa.exc.DataError)):
            raise BadArchive(f"{source} is not a whole backup of this service: {exc.orig}") from exc
        raise  # the database's trouble, not the archive's
    except (*_SPOILT, sa.exc.StatementError) as exc:
        raise BadArchive(
            f"{source} is not a whole backup of this service: {type(exc).__name__}: {exc}"
        ) from exc
    return counts


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
