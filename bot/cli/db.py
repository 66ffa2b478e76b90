"""`hai-chieu db`: migrate, back up, restore."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bot import config, log
from bot.cli.base import CommandError, alone, progress
from bot.database import open_database
from bot.files import folder_beside
from storage import backup, facts, schema
from storage.db import Database, Tx


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = commands.add_parser("db", help="migrate, back up, restore the database")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("upgrade", help="bring the tables to the shape this version needs").set_defaults(
        run=upgrade
    )
    save = verbs.add_parser(
        "backup",
        help="write everything to one archive, while the service runs",
        description="Writes database and attachments to one archive. The key (SECRET_KEY or data/secret-key) is "
        "never in it: keep it elsewhere, for without it names and addresses in the archive cannot be opened.",
    )
    save.add_argument(
        "file", type=Path, metavar="FILE", help="a file that does not exist yet, such as backup.zip"
    )
    save.set_defaults(run=save_backup)
    restore = verbs.add_parser("restore", help="fill an empty database from an archive")
    restore.add_argument("file", type=Path, metavar="FILE", help="an archive made by `db backup`")
    restore.add_argument("--replace", action="store_true", help="put it in place of what the database holds")
    restore.set_defaults(run=restore_backup)


def upgrade(_options: argparse.Namespace) -> int:
    """Migrate."""

    async def work(database: Database) -> None:
        with alone(database.file):
            changed = await database.write(_upgraded)
        print("upgraded" if changed else "up to date already")

    return _with_database(work)


def _upgraded(tx: Tx) -> bool:
    changed = schema.upgrade(tx)
    facts.claim_key(tx)
    return changed


def save_backup(options: argparse.Namespace) -> int:
    """Write an archive; says what it holds, and what it does not."""

    async def work(database: Database) -> None:
        if database.file is not None and not database.file.exists():
            raise CommandError(f"there is no database at {database.file} yet; `hai-chieu run` makes it")
        try:
            with progress() as show:
                folder = folder_beside(database)
                made = await database.read(backup.dump, options.file, folder, datetime.now(UTC), show)
        except OSError as exc:
            raise CommandError(f"{options.file}: cannot be written: {exc.strerror or exc}") from exc
        print(
            f"{options.file}: {sum(made.rows.values())} rows, {made.files} files, "
            f"{options.file.stat().st_size} bytes"
        )
        _show_missing(made.missing)
        print(
            f"The key is not in it (fingerprint {database.vault.fingerprint}). "
            "Keep the key apart from the backup: without it names and addresses cannot be opened."
        )

    return _with_database(work)


def restore_backup(options: argparse.Namespace) -> int:
    """Fill the database; refuses under another key or over a database that is not empty."""

    async def work(database: Database) -> None:
        if not options.file.is_file():
            raise CommandError(f"{options.file}: no such file; name an archive made by `hai-chieu db backup`")
        with alone(database.file), progress() as show:
            made = await database.write(
                _restored, options.file, folder_beside(database), show, options.replace
            )
        print(f"restored {sum(made.rows.values())} rows, {made.files} files")
        _show_missing(made.missing)

    return _with_database(work)


def _restored(tx: Tx, file: Path, folder: Path, show: backup.Progress, replace: bool) -> backup.Contents:
    schema.upgrade(tx)
    return backup.load(tx, file, folder, show, replace=replace)


def _show_missing(missing: tuple[str, ...]) -> None:
    if missing:
        print(
            f"{len(missing)} files that people sent are not on the disk and not in the backup: "
            + " ".join(missing[:20])
            + (" …" if len(missing) > 20 else ""),
            file=sys.stderr,
        )


def _with_database(work: Callable[[Database], Awaitable[None]]) -> int:
    settings = config.load()
    log.set_up("WARNING", settings.log_format, settings.secrets)

    async def opened() -> None:
        database = open_database(settings)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(opened())
    return 0
