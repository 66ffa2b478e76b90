"""`hai-chieu announce`: file and submit an announcement from a file."""

import argparse
import asyncio
import json
import os
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from bot import config
from bot.channels.base import NotNow
from bot.cli import announcement_yaml
from bot.cli.announcement_yaml import BadFile
from bot.cli.base import CommandError, Show, progress
from bot.cli.database import ready_database
from bot.cli.officials import official_by
from bot.clock import clock
from bot.config import Settings
from bot.files import Shelf, folder_beside
from handlers import announcement_file, announcement_life, announcements, areas, audience, paid_window
from handlers.announcement_codes import spoken
from handlers.announcement_file import Draft
from handlers.areas import AreaBook
from handlers.audience import Audience, Tally
from handlers.errors import Invalid, NotAllowed, RuleError
from handlers.files import RefusedFile
from handlers.messages import FileKind, Kept
from handlers.officials import Official
from handlers.reach import PAID_COST_VND, ZALO, Window
from storage.announcements import Announcement
from storage.db import Tx

_PIECE_BYTES: Final = 256 * 1024
NO_AREA: Final = "no commune chosen"
_REASONS: Final = {
    audience.NO_ADDRESS: "no chat on these channels",
    audience.BLOCKED: "they blocked the channel",
    audience.CEILING: "they had as many this week as WEEKLY_CEILING allows",
    audience.CLOSED: "Zalo lets nobody write to them now: it waits, and goes out when they write",
}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "announce",
        help="file and submit an announcement or event",
        description="Files and submits an announcement. To few people it is approved at once (APPROVAL_ABOVE); else a "
        "second person approves it: `hai-chieu announcement approve ID --by USER`.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE.yaml", help="the announcement; its keys are in the README"
    )
    parser.add_argument("--by", required=True, metavar="USER", help="the editor who files it")
    parser.add_argument(
        "--dry-run", action="store_true", help="say who would get it and who not; store nothing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """File and submit, or only count."""
    settings = config.load()
    book = areas.load(settings.areas_dir or areas.SHIPPED)
    now = clock(settings.clock_start)()
    file: Path = options.file
    try:
        source = announcement_yaml.load(file)
    except BadFile as exc:
        raise CommandError(f"{file}: {exc}") from exc
    try:
        draft = announcement_file.read(source.content, book, now)
        announcements.check(draft, settings.timezone, now)
        _check_pictures(draft, file.parent)
    except Invalid as exc:
        raise CommandError(f"{file}: {source.placed(exc.field, str(exc))}") from exc
    asyncio.run(_announce(options, settings, book, draft, now))
    return 0


async def _announce(
    options: argparse.Namespace, settings: Settings, book: AreaBook, draft: Draft, now: datetime
) -> None:
    async with ready_database(settings) as database:
        by = await official_by(database, options.by)
        try:
            draft = announcements.narrow(by, draft)
        except (NotAllowed, Invalid) as exc:
            raise CommandError(f"--by {options.by}: {exc}") from exc
        wanted, rules = Audience.parse(draft.audience, book), settings.sending_rules
        tally = await database.read(paid_window.count, wanted, draft.kind, rules, now)
        if options.dry_run:
            print(json.dumps(_as_json(tally), ensure_ascii=False) if options.json else _as_lines(tally, book))
            return
        shelf = Shelf(folder_beside(database))
        try:
            with progress() as show:
                kept = await _keep(shelf, draft, options.file.parent, show)
            draft = replace(draft, pictures=[one.file for one in kept])
            filed = await database.write(_file, by, draft, kept, settings, tally.recipients, now)
        except RuleError as exc:
            raise CommandError(f"{options.file}: {exc}") from exc
        finally:
            shelf.close()
        _tell(filed, tally, options)


def _file(
    tx: Tx,
    by: Official,
    draft: Draft,
    kept: Sequence[Kept],
    settings: Settings,
    recipients: int,
    now: datetime,
) -> Announcement:
    """File and submit in one: what cannot be submitted leaves no draft behind."""
    filed = announcements.file(tx, by, draft, kept, secrets.choice, settings.timezone, now)
    rules = settings.sending_rules
    return announcement_life.submit(tx, by, filed.id, filed.version, recipients, rules, now)


def _tell(filed: Announcement, tally: Tally, options: argparse.Namespace) -> None:
    if options.json:
        told = {"id": filed.id, "code": filed.code, "status": filed.status} | _as_json(tally)
        print(json.dumps(told, ensure_ascii=False))
        return
    print(f"announcement {filed.id} ({spoken(filed.code)}): {filed.status}")
    print(f"{tally.reached} of {tally.people} people will get it")
    if tally.recipients > tally.reached:
        print(f"{tally.recipients - tally.reached} more when they write: Zalo lets nobody write to them now")
    if filed.status == "submitted":
        print(f"a second person has to approve it: hai-chieu announcement approve {filed.id} --by USER")


# -- the pictures


def _check_pictures(draft: Draft, folder: Path) -> None:
    for name in draft.pictures:
        if not os.access(folder / name, os.R_OK) or not (folder / name).is_file():
            raise Invalid("pictures", f"Không có ảnh “{name}” trong thư mục {folder}; ví dụ: [lop-hoc.jpg]")


async def _keep(shelf: Shelf, draft: Draft, folder: Path, show: Show) -> list[Kept]:
    """Put the pictures on our disk, drawn anew: smaller, and without the place where they were taken."""
    kept: list[Kept] = []
    for number, name in enumerate(draft.pictures, 1):
        try:
            one = await shelf.keep(_pieces(folder / name), name)
        except RefusedFile as exc:
            raise Invalid("pictures", f"{name}: {exc.sentence}") from exc
        except NotNow as exc:
            raise CommandError(f"{name}: {exc}") from exc
        if one.kind is not FileKind.PHOTO or one.kept is None:
            shelf.discard([one])
            raise Invalid("pictures", f"{name}: không phải ảnh; ví dụ: [lop-hoc.jpg]")
        kept.append(one.kept)
        show("pictures", number, len(draft.pictures))
    return kept


async def _pieces(file: Path) -> AsyncGenerator[bytes, None]:
    with await asyncio.to_thread(file.open, "rb") as opened:
        while piece := await asyncio.to_thread(opened.read, _PIECE_BYTES):
            yield piece


# -- who would get it


def _as_json(tally: Tally) -> dict[str, object]:
    return {
        "people": tally.people,
        "reached": tally.reached,
        "channels": dict(sorted(tally.by_channel.items())),
        **_by_window(tally),
        "areas": {code or "": number for code, number in _by_code(tally)},
        "not_reached": dict(sorted(tally.reasons.items())),
        **({"unpaid": True} if tally.unpaid else {}),
    }


def _by_window(tally: Tally) -> dict[str, object]:
    """Return how those on a channel that sets windows can be written to; nothing where there is nobody."""
    found = {w.value: tally.by_window[ZALO, w] for w in (Window.FREE, Window.PAID, Window.TEMPLATE)}
    return {"windows": {ZALO: found}} if any(found.values()) else {}


def _as_lines(tally: Tally, book: AreaBook) -> str:
    lines = [f"{tally.people} people are meant; {tally.reached} would get it"]
    lines += [f"  on {channel}: {number}" for channel, number in sorted(tally.by_channel.items())]
    if tally.paid:
        cost = tally.paid * PAID_COST_VND
        lines.append(f"  of them for money: {tally.paid}, about {PAID_COST_VND} VND each, {cost} VND in all")
    if tally.unpaid:
        lines.append(
            "  nothing goes out for money just now: the ZCA account is not linked (-320) or empty (-321)"
        )
    if tally.by_template:
        lines.append(
            f"  of them by template: {tally.by_template}, each at the price of the approved template; Zalo tells neither "
            "price nor quota beforehand, see the ZBS account"
        )
    for code, number in _by_code(tally):
        area = book.find(code) if code else None
        lines.append(f"  in {f'{code} {area.name}' if area else code or NO_AREA}: {number}")
    lines.append(f"{tally.reasons.total()} cannot be reached")
    lines += [
        f"  {reason}: {number} ({_REASONS.get(reason, reason)})"
        for reason, number in sorted(tally.reasons.items())
    ]
    return "\n".join(lines)


def _by_code(tally: Tally) -> list[tuple[str | None, int]]:
    return sorted(tally.by_area.items(), key=lambda one: one[0] or "")
