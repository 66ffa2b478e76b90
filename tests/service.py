"""The whole service inside the test's own process, on a port of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot import config
from bot.wiring import Service
from handlers.turn import Guide
from tests.databases import SECRET, put_migrated_sqlite, sqlite_url

DAY = "2026-11-23T10:00:00+07:00"
"""When the service believes that it started, unless a test says otherwise: the day the facts were closed."""


@asynccontextmanager
async def running(folder: Path, guide: Guide, **settings: str) -> AsyncIterator[Service]:
    """Run the service for the length of a block; further settings by their names in the environment.

    Its database is migrated already, unless the settings name one or another key.
    """
    there = Path(sqlite_url(folder).partition("///")[2]).exists()
    if not there and not {"DATABASE_URL", "SECRET_KEY"} & settings.keys():
        put_migrated_sqlite(folder)
    values = {
        "SECRET_KEY": SECRET,
        "DATABASE_URL": sqlite_url(folder),
        "HTTP_PORT": "0",
        "CLOCK_START": DAY,
        "TELEGRAM_RATE": "1000",
    }
    service = Service(config.load(values | settings), guide=guide)
    try:
        await service.start()
        yield service
    finally:
        await service.stop()
