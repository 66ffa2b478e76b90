"""Write one export to a file while the service goes on: a page read, a page written in a thread, and again."""

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from handlers import exports
from handlers.exports import Order, Words
from storage.db import Database


async def write_file(
    database: Database,
    words: Words,
    order: Order,
    format_name: str,
    target: Path,
    show: Callable[[int, int], None],
) -> int:
    """Write what an allowed order asks for; returns how many rows.

    The file is readable by its owner only, and appears under its name when it is whole.

    Args:
        format_name: csv, xlsx or jsonl; KeyError for any other.
        target: FileExistsError when there is one already.
        show: called with the rows written and how many there are in all.
    """
    of = await database.read(exports.total, order, words.zone)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        sheet = await asyncio.to_thread(exports.open_sheet, format_name, part, order.columns())
        done, after = 0, 0
        show(done, of)
        try:
            while True:
                rows, last = await database.read(exports.page, order, words, after)
                await asyncio.to_thread(sheet.add, rows)
                done += len(rows)
                show(done, max(of, done))
                if last is None:
                    break
                after = last
        finally:
            await asyncio.to_thread(sheet.close)
        # A link, unlike a rename, fails when somebody made the file meanwhile.
        os.link(part, target)
    finally:
        part.unlink(missing_ok=True)
    return done
