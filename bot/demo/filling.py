"""Fill an empty database, in the order in which it would have happened. The same seed and moment give the same year."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml

from bot.cli.base import Show
from bot.demo import cast
from bot.demo.announcing import Announcing
from bot.demo.asking import Asking
from bot.demo.telling import Telling
from bot.demo.timeline import Timeline
from handlers import deadlines, worktime
from handlers.areas import AreaBook
from handlers.officials import Official
from handlers.sending_rules import SendingRules
from handlers.topics import Library
from storage import tables
from storage.db import Database, Tx

_AT_ONCE = 400
_HELD = (tables.officials, tables.residents, tables.cases, tables.messages)
_STAYS_WAITING = timedelta(days=1)  # how old a message is that no browser has fetched yet


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made. Every account has the password that was given."""

    officials: tuple[Official, ...]
    counts: Mapping[str, int]


def is_empty(tx: Tx) -> bool:
    """Say whether nobody has used this database yet."""
    return all(tx.execute(sa.select(table.c.id).limit(1)).first() is None for table in _HELD)


async def fill(
    database: Database,
    areas: AreaBook,
    library: Library,
    zone: ZoneInfo,
    password_hash: str,
    seed: int,
    now: datetime,
    show: Show,
) -> Filled:
    """Fill a database that is empty and stays the caller's alone meanwhile.

    Nothing of what is said here leaves: every delivery ends as made, and no chat has the addresses of these people.
    """
    made_up = yaml.safe_load(resources.files("bot.demo").joinpath("made_up.yaml").read_text(encoding="utf-8"))
    chance = random.Random(seed)  # noqa: S311  # a made-up year, no secret
    line = Timeline(now)
    rules = deadlines.load(worktime.load(zone))
    communes = cast.choose_communes(areas)
    residents = cast.make_residents(chance, made_up, communes, now)
    began = now - timedelta(days=366)
    staff = await database.write(cast.hire, made_up, communes, password_hash, areas, began)
    await database.write(_furnish, made_up, areas, staff, now - timedelta(days=300))
    for resident in residents:
        line.at(resident.since, resident.come)
    asking = Asking(chance, made_up, residents, library, zone)
    asking.put_on(line)
    asking.put_urgent_on(line, staff)
    Telling(chance, made_up, residents, staff, rules).put_on(line)
    # With a chance of its own: what it draws changes nothing of the rest of the year.
    drawn = random.Random(seed + 1)  # noqa: S311  # a made-up year, no secret
    Announcing(drawn, made_up, residents, staff, areas, SendingRules(zone)).put_on(line)
    more = True
    while more:
        more = await database.write(_play, line)
        show("made up", line.played, line.total)
    await database.write(_settle, now)
    return Filled(tuple(staff.everybody), await database.read(_count))


def _play(tx: Tx, line: Timeline) -> bool:
    more = line.play(tx, _AT_ONCE)
    # In the same transaction, so that no sender ever sees them queued, even one that starts after a kill.
    waiting = tables.outbox.c.status == "queued"
    tx.execute(
        sa.update(tables.outbox)
        .where(waiting)
        .values(status="sent", attempts=1, finished_at=tables.outbox.c.created_at)
    )
    return more


def _settle(tx: Tx, now: datetime) -> None:
    """Let browsers have fetched all but the last messages; note who was heard of when, and where who asked lives."""
    waiting = (tables.outbox.c.status == "waiting", tables.outbox.c.created_at < now - _STAYS_WAITING)
    fetched = {"status": "sent", "finished_at": tables.outbox.c.created_at}
    tx.execute(sa.update(tables.outbox).where(*waiting).values(fetched))
    home = (
        sa.select(tables.residents.c.commune_code)
        .join(tables.addresses, tables.addresses.c.resident_id == tables.residents.c.id)
        .where(tables.addresses.c.id == tables.questions.c.address_id)
        .scalar_subquery()
    )
    tx.execute(sa.update(tables.questions).values(area_code=home))
    talks, said = tables.conversations, tables.messages
    last = (
        sa.select(sa.func.max(said.c.at))
        .where(said.c.address_id == talks.c.address_id, said.c.direction == "in")
        .scalar_subquery()
    )
    tx.execute(sa.update(talks).values(updated_at=sa.func.coalesce(last, talks.c.updated_at)))


def _furnish(tx: Tx, made_up: Mapping[str, Any], areas: AreaBook, staff: cast.Staff, at: datetime) -> None:
    office = made_up["office"]
    for number, (code, officers) in enumerate(staff.officers.items(), 1):
        area = areas.find(code)
        row = {
            "area_code": code,
            "address": office["address"].format(number=number, area=area.spoken if area else code),
            "phone": office["phone"].format(number=number),
            "hours": office["hours"],
            "changed_at": at,
            "changed_by": officers[0].id,
        }
        tx.execute(sa.insert(tables.offices), row)
    for reply in made_up["canned"]:
        row = {
            "title": reply["title"],
            "text": reply["text"],
            "area_code": None,
            "category": reply.get("category"),
            "changed_at": at,
            "changed_by": staff.admin.id,
        }
        tx.execute(sa.insert(tables.canned_replies), row)


def _count(tx: Tx) -> dict[str, int]:
    shown = (tables.residents, tables.questions, tables.cases, tables.announcements)
    return {t.name: int(tx.execute(sa.select(sa.func.count()).select_from(t)).scalar_one()) for t in shown}
