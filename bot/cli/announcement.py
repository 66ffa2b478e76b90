"""`hai-chieu announcement`: what became of announcements, and the second person's part."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from bot import config
from bot.cli.base import CommandError
from bot.cli.database import ready_database
from bot.cli.officials import official_by
from bot.clock import clock
from bot.config import Settings
from handlers import announcement_life, announcements
from handlers.announcement_codes import spoken
from handlers.announcements import Shown
from handlers.errors import NotAllowed
from handlers.officials import Official
from storage import announcements as rows
from storage.announcements import Announcement
from storage.db import Database, Tx

T = TypeVar("T")
Change = Callable[[Tx, Official, int, datetime], Announcement]
LISTED = 50


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = commands.add_parser(
        "announcement", help="announcements: list, show, approve, pause, resume, cancel"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    listed = verbs.add_parser("list", help=f"the newest {LISTED}, or those before one of them")
    listed.add_argument("--before", type=int, metavar="ID", help="older ones than this")
    listed.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    listed.set_defaults(run=list_newest)

    shown = verbs.add_parser("show", help="one of them: its status, and how many got it")
    shown.add_argument("id", type=int, metavar="ID")
    shown.add_argument("--json", action="store_true", help="status and counts as one JSON document")
    shown.set_defaults(run=show)

    for verb, does, change in (
        ("approve", "let it go out, as the second person", _approve),
        ("pause", "let nothing more of it leave", announcement_life.pause),
        ("resume", "go on with what was paused", announcement_life.resume),
        ("cancel", "end it for good; what is queued is withdrawn", _cancel),
    ):
        one = verbs.add_parser(verb, help=does)
        one.add_argument("id", type=int, metavar="ID")
        one.add_argument("--by", required=True, metavar="USER", help="the official who decides so")
        one.set_defaults(run=_change, change=change)


def list_newest(options: argparse.Namespace) -> int:
    """List announcements, newest first."""
    found = _run(
        config.load(),
        lambda database: database.read(rows.list_page, before_id=options.before, limit=LISTED),
    )
    if options.json:
        print(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
        return 0
    for one in found:
        print(f"{one.id}\t{spoken(one.code)}\t{one.status}\t{one.kind}\t{one.title}")
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one."""
    settings = config.load()
    shown = _run(settings, lambda database: database.read(announcements.show, options.id))
    if options.json:
        print(json.dumps({"status": shown.announcement.status, "counts": dict(shown.counts)}))
        return 0
    print(_as_lines(shown, settings))
    return 0


def _change(options: argparse.Namespace) -> int:
    settings = config.load()
    now = clock(settings.clock_start)()
    change: Change = options.change

    async def work(database: Database) -> Announcement:
        by = await official_by(database, options.by)
        try:
            return await database.write(change, by, options.id, now)
        except NotAllowed as exc:
            raise CommandError(f"--by {options.by}: {exc}") from exc

    changed = _run(settings, work)
    print(f"announcement {changed.id} ({spoken(changed.code)}): {changed.status}")
    return 0


def _approve(tx: Tx, by: Official, announcement_id: int, now: datetime) -> Announcement:
    return announcement_life.approve(tx, by, announcement_id, None, now)


def _cancel(tx: Tx, by: Official, announcement_id: int, now: datetime) -> Announcement:
    return announcement_life.cancel(tx, by, announcement_id, "", now)


def _as_json(one: Announcement) -> dict[str, object]:
    return {"id": one.id, "code": one.code, "status": one.status, "kind": one.kind, "title": one.title}


def _as_lines(shown: Shown, settings: Settings) -> str:
    one, event = shown.announcement, shown.event
    lines = [f"announcement {one.id} ({spoken(one.code)}): {one.status}", f"{one.kind}: {one.title}"]
    for name, at in (
        ("starts", event.starts_at if event else None),
        ("to be sent", one.send_at),
        ("approved", one.approved_at),
        ("began", one.started_at),
        ("ended", one.finished_at),
    ):
        if at is not None:
            lines.append(f"{name}: {at.astimezone(settings.timezone):%Y-%m-%d %H:%M}")
    if one.reason:
        lines.append(f"reason: {one.reason}")
    lines += [f"  {status}: {number}" for status, number in shown.counts.items() if number]
    return "\n".join(lines)


def _run(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with ready_database(settings) as database:
            return await work(database)

    return asyncio.run(opened())
