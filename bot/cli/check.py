"""`hai-chieu check`: is everything in place? A line each."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot import config, log
from bot.channels.base import State
from bot.channels.zalo.errors import Answered, ZaloProblem
from bot.cli import check_zalo
from bot.cli.base import Line
from bot.clock import clock
from bot.config import ConfigError, Settings
from bot.database import open_database
from bot.wiring import ask_telegram
from bot.zalo import api_with
from bot.zalo_renewal import usable
from faq import ContentError
from faq.lint import lint
from handlers import areas, paid_window, topics, worktime
from handlers.areas import AreaError
from handlers.reach import ZALO
from handlers.worktime import WorktimeError
from storage import facts, people, schema, zalo_tokens
from storage.db import Tx
from storage.errors import StorageError

_AHEAD = timedelta(days=92)
"""The longest deadline that is counted from today ends within."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "check", help="settings, database, migrations, channels' credentials, content: a line each"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look at everything; 1 if anything is wrong."""
    try:
        settings = config.load()
    except ConfigError as exc:
        lines = [Line("settings", False, str(exc))]
    else:
        log.set_up("ERROR", settings.log_format, settings.secrets)
        lines = [Line("settings", True, "read"), *asyncio.run(_look(settings))]
    if options.json:
        print(json.dumps([{"name": s.name, "ok": s.ok, "note": s.note} for s in lines], ensure_ascii=False))
    else:
        for line in lines:
            print(f"{'ok  ' if line.ok else 'FAIL'} {line.name}: {line.note}")
    return 0 if all(line.ok for line in lines) else 1


async def _look(settings: Settings) -> list[Line]:
    looks: list[Callable[[Settings], Awaitable[Line]]] = [_database, _areas, _content, _calendar, _telegram]
    return [*[await look(settings) for look in looks], *await _zalo(settings)]


async def _database(settings: Settings) -> Line:
    database = open_database(settings)
    if database.file is not None and not database.file.exists():
        return Line("database", True, "not made yet; `hai-chieu run` makes it")
    try:
        return Line("database", *await database.read(_describe))
    except StorageError as exc:
        return Line("database", False, str(exc))
    finally:
        await database.close()


def _describe(tx: Tx) -> tuple[bool, str]:
    revision = schema.revision(tx)
    if revision is None:
        return True, "empty; `hai-chieu run` migrates it"
    if revision != schema.newest():
        return False, f"at revision {revision}, this version needs {schema.newest()}: `hai-chieu db upgrade`"
    facts.check_key(tx)
    return True, f"{tx.dialect}, revision {revision}"


async def _areas(settings: Settings) -> Line:
    try:
        book = areas.load(settings.areas_dir or areas.SHIPPED)
    except AreaError as exc:
        return Line("areas", False, str(exc))
    return Line("areas", True, f"{len(book.communes)} communes of today")


async def _content(settings: Settings) -> Line:
    try:
        content = topics.shipped()
    except ContentError as exc:
        return Line("content", False, str(exc))
    today = clock(settings.clock_start)().astimezone(settings.timezone).date()
    findings = lint(content, today)
    errors = [f for f in findings if f.level == "error"]
    if errors:
        return Line("content", False, f"{len(errors)} errors; `hai-chieu faq lint` lists them")
    return Line("content", True, f"{len(content)} topics, {len(findings)} warnings")


async def _calendar(settings: Settings) -> Line:
    """Days off that are missing make deadlines a little too early, and stop nothing: well, with a warning."""
    try:
        calendar = worktime.load(settings.timezone)
    except WorktimeError as exc:
        return Line("days off", False, str(exc))
    today = clock(settings.clock_start)().astimezone(settings.timezone).date()
    found = calendar.warnings(today, today + _AHEAD)
    return Line("days off", True, "; ".join(f"warning: {sentence}" for sentence in found) or "known")


async def _telegram(settings: Settings) -> Line:
    if not settings.telegram_bot_token:
        return Line("telegram", True, "off (TELEGRAM_BOT_TOKEN is empty)")
    health = await ask_telegram(settings)
    return Line("telegram", health.state is State.OK, f"{health.state} {health.note}".strip())


async def _zalo(settings: Settings) -> list[Line]:
    now = clock(settings.clock_start)()
    known = await _zalo_known(settings, now)
    kept, heard, unpaid_until = known or (None, False, None)
    token = usable(kept, now) if kept else None
    if token is None:
        return await check_zalo.look(settings, kept, now, None, heard, unpaid_until)
    api = api_with(settings, token)

    async def ask(path: str) -> Mapping[str, object]:
        try:
            return {"data": await api.get(path, {})}
        except Answered as refused:
            return {"error": refused.code}
        except ZaloProblem as problem:
            raise OSError(str(problem)) from problem

    try:
        return await check_zalo.look(settings, kept, now, ask, heard, unpaid_until)
    finally:
        await api.close()


_Known = tuple[zalo_tokens.Kept | None, datetime | None, datetime | None]
"""The tokens, when somebody was last heard, and until when nothing leaves for money."""


async def _zalo_known(settings: Settings, now: datetime) -> _Known | None:
    """Return what the database tells; None where it is not there, or not migrated."""
    database = open_database(settings)
    if not settings.zalo_on or (database.file is not None and not database.file.exists()):
        return None

    def read(tx: Tx) -> _Known | None:
        if schema.revision(tx) != schema.newest():
            return None
        kept = zalo_tokens.find(tx, settings.zalo_app_id)
        return kept, people.last_heard(tx, ZALO), paid_window.off_until(tx, now)

    try:
        return await database.read(read)
    except StorageError:
        return None  # the line about the database says it
    finally:
        await database.close()
