"""`hai-chieu leaflet`: a sheet to hand out in a commune, with the QR that opens the bot with it chosen."""

import argparse
import asyncio
import secrets
from pathlib import Path

from bot import config, log
from bot.cli.base import CommandError
from bot.cli.database import ready_database
from bot.clock import clock
from bot.config import Settings
from bot.leaflet import draw
from handlers import areas, leaflets
from handlers.area_codes import read_code
from handlers.areas import Area


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "leaflet",
        help="write a leaflet to print (A5 PDF) for a commune",
        description="Writes a printable A5 leaflet. Its QR leads to PUBLIC_URL/q/CODE, which counts how often it is "
        "followed and opens the bot with the commune chosen. Printed again, it has the same QR.",
    )
    parser.add_argument("--area", required=True, metavar="CODE", help="a commune of today; example: 11020")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE.pdf", help="where to write it")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the file; prints where the QR leads."""
    settings = config.load()
    log.set_up("WARNING", settings.log_format, settings.secrets)
    area = read_code(areas.load(settings.areas_dir or areas.SHIPPED), options.area)
    if area.level != "commune" or not area.current:
        raise CommandError(f"{options.area}: {area.name} is no commune of today; example: 11020")
    code = asyncio.run(_code(settings, area))
    address = f"{settings.public_url}/q/{code}"
    try:
        options.out.write_bytes(draw(area.spoken, address))
    except ValueError as exc:
        raise CommandError(f"PUBLIC_URL is too long for the sheet: {address}") from exc
    except OSError as exc:
        raise CommandError(f"{options.out}: cannot be written: {exc.strerror}") from exc
    print(f"{options.out}: {area.name}, {address}")
    return 0


async def _code(settings: Settings, area: Area) -> str:
    now = clock(settings.clock_start)()
    async with ready_database(settings) as database:
        return await database.write(leaflets.code_for, area.code, secrets.choice, now)
