"""`hai-chieu demo`: a made-up commune's year."""

import argparse
import asyncio
import secrets

from bot import config, log
from bot.cli.base import CommandError, alone, progress
from bot.cli.database import ready_database
from bot.clock import clock
from bot.config import Settings
from bot.demo import Filled, fill, is_empty
from handlers import areas, topics
from handlers.case_codes import make_code, spoken
from handlers.topics import Library
from storage import password_hash

SEED = 2026


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "demo",
        help="fill an empty database with a made-up commune",
        description="Fills an empty database with made-up residents, questions, cases and officials, so that every "
        "screen has something on it. Prints the officials and their one password, once.",
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help=f"another number, another year; {SEED} by default"
    )
    parser.add_argument(
        "--if-empty", action="store_true", help="leave a database that holds something, without an error"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Fill the database of the settings; refuses one that holds anything."""
    settings = config.load()
    log.set_up("WARNING", settings.log_format, settings.secrets)
    # By chance, whatever the seed: a password that everybody can work out would be none.
    password = spoken(make_code(secrets.choice))
    filled = asyncio.run(_fill(settings, password, options.seed))
    if filled is None:
        if options.if_empty:
            print("the database holds something already; it was left as it is")
            return 0
        raise CommandError(
            "the database is not empty, and made-up people must not stand beside real ones; "
            "example: DATABASE_URL=sqlite+aiosqlite:///data/demo.db hai-chieu demo"
        )
    print(", ".join(f"{number} {name}" for name, number in filled.counts.items()))
    for official in filled.officials:
        print(f"{official.username}\t{official.role}\t{official.area_code or '-'}")
    print(f"password of all of them, shown this once: {password}")
    return 0


async def _fill(settings: Settings, password: str, seed: int) -> Filled | None:
    async with ready_database(settings) as database:
        with alone(database.file):
            if not await database.read(is_empty):
                return None
            with progress() as show:
                return await fill(
                    database,
                    areas.load(settings.areas_dir or areas.SHIPPED),
                    Library(topics.shipped()),
                    settings.timezone,
                    password_hash.make(password),
                    seed,
                    clock(settings.clock_start)(),
                    show,
                )
