"""Announcements and events as tests make them, without a database."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage import tables
from storage.announcements import Announcement
from storage.db import Tx
from storage.events import Event

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
NOW: Final = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
PUBLIC_URL: Final = "https://haichieu.example.vn"

_ANNOUNCEMENT: Final = Announcement(
    id=1,
    code="K7M4XP",
    kind="notice",
    title="Tập huấn chăn nuôi gà",
    text="Mời bà con đến dự lớp tập huấn chăn nuôi gà an toàn sinh học.",
    link=None,
    pictures=[],
    audience={},
    send_at=None,
    spread_hours=0,
    late_joiners=False,
    named_consent=None,
    status="sent",
    version=1,
    created_by=1,
    created_at=NOW,
    submitted_by=1,
    submitted_at=NOW,
    approved_by=2,
    approved_at=NOW,
    reason=None,
    started_at=NOW,
    cursor=0,
    expanded_at=NOW,
    late_cursor=0,
    finished_at=NOW,
)
_EVENT: Final = Event(
    id=7,
    announcement_id=1,
    type="training",
    starts_at=datetime(2026, 12, 12, 1, 0, tzinfo=UTC),
    ends_at=datetime(2026, 12, 12, 4, 0, tzinfo=UTC),
    place="Nhà văn hóa thôn Đông",
    map_link=None,
    area_code=None,
    seats=60,
    taken=0,
    status="planned",
    details_version=1,
    version=1,
    remind_before=[1440],
    check_in_code="234ABC",
    minutes=None,
    minutes_by=None,
    minutes_at=None,
)


def announcement(**values: Any) -> Announcement:
    """Return a notice that was sent, with the values given."""
    return replace(_ANNOUNCEMENT, **values)


def event(**values: Any) -> Event:
    """Return a session on Saturday, 12 December 2026, 8 to 11 in the morning, with the values given."""
    return replace(_EVENT, **values)


def store(tx: Tx, told: Announcement, held: Event | None = None) -> None:
    """Put them into the database as they are."""
    tx.execute(sa.insert(tables.announcements).values(**asdict(told)))
    if held is not None:
        tx.execute(sa.insert(tables.events).values(**asdict(held)))
