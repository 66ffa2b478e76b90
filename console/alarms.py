"""What stands on top of every page because it needs people now."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from console.parts import Alarm, AlarmSource
from handlers import urgent
from handlers.officials import Official
from storage.db import Tx

_HREF = "/console/urgent"


def urgent_alarms(zone: ZoneInfo) -> AlarmSource:
    """Return the source that tells of urgent messages and cases nobody has taken in hand."""

    def source(tx: Tx, official: Official, now: datetime) -> Sequence[Alarm]:
        waiting = urgent.count(tx, official, now)
        parts = [
            f"{_number(number)} {what}"
            for number, what in ((waiting.messages, "tin nhắn"), (waiting.cases, "hồ sơ"))
            if number
        ]
        if not parts or waiting.last_at is None:
            return []
        last = waiting.last_at.astimezone(zone)
        return [
            Alarm(f"Khẩn cấp: {' và '.join(parts)} chưa ai nhận, mới nhất lúc {last:%H:%M %d/%m}.", _HREF)
        ]

    return source


def _number(number: int) -> str:
    return str(number) if number < urgent.MOST else f"từ {urgent.MOST}"
