"""`hai-chieu export`: rows for spreadsheets."""

import argparse
import asyncio
from pathlib import Path

from bot import config
from bot.cli.base import CommandError, day, progress
from bot.cli.database import ready_database
from bot.cli.officials import official_by
from bot.clock import clock
from bot.config import Settings
from console.exporting import write_file
from handlers import areas, exports, topics
from handlers.area_codes import read_code
from handlers.areas import Area, AreaBook
from handlers.errors import RuleError
from handlers.exports import FORMATS, Kind, Order, Words


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("export", help="write feedback, questions, deliveries … as a spreadsheet")
    parser.add_argument("kind", choices=[str(kind) for kind in Kind], metavar="|".join(Kind))
    parser.add_argument("--format", choices=sorted(FORMATS), required=True)
    parser.add_argument("--from", dest="start", type=day, metavar="YYYY-MM-DD", help="first day, included")
    parser.add_argument("--to", dest="end", type=day, metavar="YYYY-MM-DD", help="last day, included")
    parser.add_argument("--area", metavar="CODE", help="one commune; a code of before: CODE@YYYY-MM-DD")
    parser.add_argument(
        "--personal-data",
        action="store_true",
        help="with names and phone numbers; needs --by, and is audited",
    )
    parser.add_argument("--by", metavar="USER", help="the official who asks")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write one file; it appears under its name only when it is whole."""
    settings = config.load()
    if options.personal_data and not options.by:
        raise CommandError("--personal-data: say who asks with --by USER; it is written into the audit log")
    if options.out.exists():
        raise CommandError(f"--out: {options.out} exists already; name a new file")
    book = areas.load(settings.areas_dir or areas.SHIPPED)
    words = Words(book, {topic.id: topic.title for topic in topics.shipped()}, settings.timezone)
    order = Order(
        Kind(options.kind),
        options.start,
        options.end,
        communes(book, read_code(book, options.area)) if options.area else None,
        options.personal_data,
    )
    rows = asyncio.run(_export(settings, words, order, options))
    print(f"{options.out}: {rows} rows")
    return 0


def communes(book: AreaBook, area: Area) -> tuple[str, ...] | None:
    """Return the codes of the communes of today that an area stands for; None for a whole province."""
    if area.level == "province":
        return None
    if area.level == "district":
        return tuple(commune.code for commune in book.communes_of(area.code))
    return (area.code,) if area.current else tuple(heir.code for heir in book.successors_of(area))


async def _export(settings: Settings, words: Words, order: Order, options: argparse.Namespace) -> int:
    async with ready_database(settings) as database:
        by = await official_by(database, options.by) if options.by else None
        try:
            order = await database.write(exports.allow, by, order, clock(settings.clock_start)())
        except RuleError as exc:
            raise CommandError(f"--by {options.by}: {exc}" if by else str(exc)) from exc
        with progress() as show:
            try:
                return await write_file(
                    database,
                    words,
                    order,
                    options.format,
                    options.out,
                    lambda done, of: show(str(order.kind), done, of),
                )
            except OSError as exc:
                raise CommandError(f"--out: {options.out} cannot be written: {exc.strerror or exc}") from exc
