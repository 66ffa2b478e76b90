"""The topics that commands work with: as they stand, or as they ship; to a file and from one."""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot import config
from bot.cli.base import CommandError
from bot.clock import clock
from bot.config import Settings
from bot.database import open_database
from faq import Topic, parse
from faq.document import dump, read_all
from handlers import accounts, topic_editing, topics
from handlers.errors import Invalid, NotAllowed
from handlers.officials import Official
from handlers.topic_editing import Checked, Faulty
from storage import officials
from storage import topics as topic_rows
from storage.db import Database, Tx
from storage.errors import Conflict
from storage.topics import Revision

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
T = TypeVar("T")


def standing(options: argparse.Namespace) -> list[Topic]:
    """Return the topics as editors left them; with `--shipped`, or without a database, as they ship.

    Neither makes nor migrates a database.
    """
    shipped = topics.shipped()
    if options.shipped:
        return shipped
    settings = config.load()
    overlaid = topic_editing.overlay(shipped, _with_database(settings, _edits) or ())
    for why in overlaid.damaged.values():
        print(f"hai-chieu: left out, not readable: {why}", file=sys.stderr)
    return overlaid.topics


def _edits(tx: Tx) -> list[Revision]:
    return topic_rows.list_edits(tx) if topic_rows.is_there(tx) else []


def _with_database(settings: Settings, work: Callable[[Tx], T]) -> T | None:
    """Read from the database, if there is one."""
    database = open_database(settings)
    if database.file is not None and not database.file.exists():
        return None

    async def read() -> T:
        try:
            return await database.read(work)
        finally:
            await database.close()

    return asyncio.run(read())


def export(options: argparse.Namespace) -> int:
    """Write all topics to one file."""
    file: Path = options.file
    written = {"topics": [dump(topic) for topic in standing(options)]}
    if _is_json(file):
        text = json.dumps(written, ensure_ascii=False, indent=1) + "\n"
    else:
        text = yaml.dump(written, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=110)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise CommandError(f"{file}: cannot be written: {exc.strerror or exc}") from exc
    print(f"{file}: {len(written['topics'])} topics")
    return 0


def _is_json(file: Path) -> bool:
    if file.suffix.lower() in (".json", ".yaml", ".yml"):
        return file.suffix.lower() == ".json"
    raise CommandError(f"{file}: neither .yaml nor .json; example: topics.yaml")


def take(options: argparse.Namespace) -> int:
    """Put the topics of a file in place of those that stand; all of them, or none when one is wrong."""
    text, given = _read(options.file)
    settings = config.load()
    now = clock(settings.clock_start)()
    database = open_database(settings)
    if database.file is not None and not database.file.exists():
        raise CommandError(f"there is no database at {database.file} yet; `hai-chieu run` makes it")

    async def work() -> list[str]:
        try:
            return await _take(database, options.by, text, given, options.file, settings, now)
        finally:
            await database.close()

    for line in asyncio.run(work()):
        print(line)
    return 0


def _read(file: Path) -> tuple[str, list[Topic]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{file}: cannot be read: {getattr(exc, 'strerror', None) or exc}") from exc
    if _is_json(file):
        try:
            given = read_all(json.loads(text), file.name)
        except json.JSONDecodeError as exc:
            raise CommandError(f"{file}: line {exc.lineno}: is not JSON: {exc.msg}") from exc
    else:
        given = parse(text, file.name)
    seen: set[str] = set()
    for topic in given:
        if topic.id in seen:
            raise CommandError(f"{file}: topic {topic.id} stands there twice; nothing was changed")
        seen.add(topic.id)
    return text, given


async def _take(
    database: Database,
    username: str,
    text: str,
    given: Sequence[Topic],
    file: Path,
    settings: Settings,
    now: datetime,
) -> list[str]:
    official, newest, edits = await database.read(_state, username, [topic.id for topic in given])
    shipped = {topic.id: topic for topic in topics.shipped()}
    before = {topic.id: topic for topic in topic_editing.overlay(shipped.values(), edits).topics}
    changed = [topic for topic in given if before.get(topic.id) != topic]
    checked = _checked(before, changed, text, file, now.astimezone(settings.timezone).date())
    try:
        await database.write(_save, official, checked, shipped, newest, file.name, now)
    except NotAllowed as exc:
        raise CommandError(f"--by: {username} may not change topics; editors may") from exc
    except Invalid as exc:
        raise CommandError(f"{file}: {exc.sentence}") from exc
    except Conflict as exc:
        raise CommandError(f"{file}: {exc}; nothing was changed, try again") from exc
    lines = [f"{'changed' if topic.id in before else 'new'}: {topic.id}" for topic in changed]
    return [
        *lines,
        f"{len(given)} topics read, {len(changed)} saved, {len(given) - len(changed)} stood so already",
    ]


def _state(tx: Tx, username: str, ids: Sequence[str]) -> tuple[Official, dict[str, int], list[Revision]]:
    if not topic_rows.is_there(tx):
        raise CommandError("the database is of an older version; `hai-chieu db upgrade` brings it up to date")
    account = officials.find_by_username(tx, accounts.fold_username(username))
    if account is None or account.disabled_at is not None:
        raise CommandError(f"--by: there is no official {username!r} who may sign in")
    found = {topic_id: topic_rows.find_newest(tx, topic_id) for topic_id in ids}
    newest = {topic_id: revision.id for topic_id, revision in found.items() if revision is not None}
    return accounts.as_official(account), newest, topic_rows.list_edits(tx)


def _checked(
    before: Mapping[str, Topic], changed: Sequence[Topic], text: str, file: Path, today: date
) -> list[Checked]:
    if not changed:
        return []
    try:
        return topic_editing.check(before.values(), changed, today)
    except Faulty as exc:
        for finding in exc.findings:
            place = f"line {line}: " if (line := _line_of(finding.topic_id, text)) else ""
            print(f"{file}: {place}topic {finding.topic_id}: {finding.message}", file=sys.stderr)
        raise CommandError(f"{file}: {len(exc.findings)} errors; nothing was changed") from exc


def _line_of(topic_id: str, text: str) -> int | None:
    """Return the line on which a topic's id stands."""
    found = re.search(
        rf"""["']?\bid["']?\s*:\s*["']?{re.escape(topic_id)}["']?\s*(?:[,}}]|$)""", text, re.MULTILINE
    )
    return text.count("\n", 0, found.start()) + 1 if found else None


def _save(
    tx: Tx,
    official: Official,
    checked: Sequence[Checked],
    shipped: Mapping[str, Topic],
    newest: Mapping[str, int],
    name: str,
    now: datetime,
) -> None:
    for one in checked:
        topic_editing.save(
            tx, official, one, shipped, f"Nhập từ tệp {name}"[:300], newest.get(one.topic.id), now
        )
