"""Builders for the tests of cases: officials, residents, cases, the shipped calendar."""

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from handlers import cases, deadlines, worktime
from handlers.case_life import Category, Kind, Status
from handlers.cases import Draft
from handlers.officials import Official, Role
from storage import officials, people
from storage.cases import Case
from storage.cases import get as get_case
from storage.db import Tx
from storage.tables import cases as rows
from storage.tables import messages, outbox
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = worktime.load(ZONE)
DEADLINES = deadlines.load(CALENDAR)
HERE, ELSEWHERE = "10525", "11389"
TEXT = "Hai tháng nay tôi chưa nhận được tiền trợ cấp xã hội"
_numbers = itertools.count(1)


def new_code() -> str:
    """Return a code that was not given before."""
    number, code = next(_numbers), ""
    for _ in range(8):
        number, rest = divmod(number, 23)
        code = "23456789ACDEFHKMNPRTVXY"[rest] + code
    return ("A" + code) if not code.isalpha() else ("2" + code)


def make_official(
    tx: Tx, area_code: str | None = HERE, role: Role = Role.OFFICER, name: str = "Nguyễn Văn Bình"
) -> Official:
    """Make an account and return it at work."""
    username = f"official-{next(_numbers)}"
    official_id = officials.add(tx, username, name, role, area_code, "$argon2id$…", NOW)
    return Official(official_id, username, name, role, area_code)


def make_address(tx: Tx, channel: str = "telegram", value: str | None = None) -> int:
    """Meet somebody new; returns the address."""
    return people.meet(tx, channel, value or f"chat-{next(_numbers)}", NOW).address_id


def make_case(
    tx: Tx,
    /,
    *,
    kind: Kind = Kind.REFLECTION,
    area_code: str | None = HERE,
    text: str = TEXT,
    address_id: int | None = None,
    channel: str = "telegram",
    now: datetime = NOW,
    **given: Any,
) -> Case:
    """Open a case as a resident does."""
    address_id = address_id or make_address(tx, channel)
    draft = Draft(kind, Category.ALLOWANCE, text, area_code, channel, address_id, **given)
    return get_case(tx, cases.open_case(tx, draft, new_code, DEADLINES, now).case_id)


def make_case_at(tx: Tx, status: Status, kind: Kind = Kind.REFLECTION) -> Case:
    """Return a case that stands there; its history does not tell how it came there."""
    case = make_case(tx, kind=kind)
    is_open = status in (Status.NEW, Status.RECEIVED, Status.IN_PROGRESS)
    tx.execute(sa.update(rows).where(rows.c.id == case.id).values(status=status, is_open=is_open))
    return get_case(tx, case.id)


def told(tx: Tx, address_id: int | None = None) -> list[str]:
    """Return what was said to an address (or to everybody) by itself, oldest first."""
    query = sa.select(messages.c.text).where(messages.c.direction == "out").order_by(messages.c.id)
    if address_id is not None:
        query = query.where(messages.c.address_id == address_id)
    return list(tx.execute(query).scalars())


def deliveries(tx: Tx) -> list[Any]:
    """Return the outbox."""
    return list(tx.execute(sa.select(outbox).order_by(outbox.c.id)))
