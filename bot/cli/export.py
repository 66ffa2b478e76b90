"""`hai-chieu export`: rows for spreadsheets."""

import argparse
import asyncio
from pathlib import Path

from bot import config
from bot.cli.base import CommandError, area, day, official, progress
from bot.clock import clock
from bot.config import Settings
from bot.wiring import open_database
from console.exporting import write_file
from handlers import areas, exports, topics
from handlers.errors import RuleError
from handlers.exports import FORMATS, Kind, Order
from handlers.topics import Library
from handlers.turn import Guide


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("export", help="write feedback, questions, deliveries … as a spreadsheet")
    parser.add_argument("kind", choices=[str(kind) for kind in Kind], metavar="|".join(Kind))
    parser.add_argument("--format", choices=sorted(FORMATS), required=True)
    parser.add_argument("--from", dest="start", type=day, metavar="YYYY-MM-DD", help="first day, included")
    parser.add_argument("--to", dest="end", type=day, metavar="YYYY-MM-DD", help="last day, included")
    parser.add_argument("--area", metavar="CODE", help="one commune; a code of before: CODE@YYYY-MM-DD")
    parser.add_argument(
        "--personal-data", action="store_true", help="with names and phone numbers; needs --by, and is audited"
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
    guide = Guide(
        Library(topics.shipped()),
        areas.load(settings.areas_dir or areas.SHIPPED),
        settings.province_name,
        settings.retention_days,
    )
    order = Order(
        Kind(options.kind),
        options.start,
        options.end,
        area(guide.areas, options.area).code if options.area else None,
        options.personal_data,
    )
    rows = asyncio.run(_export(settings, guide, order, options))
    print(f"{options.out}: {rows} rows")
    return 0


async def _export(settings: Settings, guide: Guide, order: Order, options: argparse.Namespace) -> int:
    now = clock(settings.clock_start)()
    database = open_database(settings)
    try:
        by = await official(database, options.by) if options.by else None
        try:
            order = await database.write(exports.allow, by, order, now)
        except RuleError as exc:
            raise CommandError(f"--by {options.by}: {exc}") from exc
        with progress() as show:
            return await write_file(
                database,
                guide,
                settings.timezone,
                order,
                options.format,
                options.out,
                lambda done, of: show(str(order.kind), done, of),
            )
    except OSError as exc:
        raise CommandError(f"--out: {options.out} cannot be written: {exc.strerror or exc}") from exc
    finally:
        await database.close()
