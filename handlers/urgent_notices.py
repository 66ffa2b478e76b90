"""Telling officials, at any hour, that somebody needs help now. No word of it: what was written is read in the console."""

from datetime import datetime, timedelta
from typing import Final

from faq.signals import Urgency
from handlers import notify, official_texts, pace
from handlers.messages import Outbound
from handlers.officials import Role
from handlers.turn import Turn
from storage import case_notices, urgent
from storage.outbox import Lane

PINGS: Final = (
    3  # in a while, from one conversation: what comes after them stands in the console all the same
)
WHILE: Final = timedelta(minutes=10)
_PINGED: Final = "pings"


def tell(turn: Turn, kind: Urgency) -> int:
    """Tell the commune's linked officers, or where there is none the leaders and admins; returns how many messages."""
    kept, count = pace.count(turn.kept.get(_PINGED), turn.now, WHILE)
    if count > PINGS:
        return 0
    turn.kept[_PINGED] = kept
    code = urgent.find_area(turn.tx, turn.person.address_id)
    area = turn.guide.areas.find(code) if code is not None else None
    notice = Outbound(_text(kind, area.spoken if area else None, _local(turn)))
    readers = case_notices.list_readers(turn.tx, code, (Role.OFFICER,)) or case_notices.list_readers(
        turn.tx, code, (Role.LEADER, Role.ADMIN)
    )
    for reader in readers:
        notify.to_address(turn.tx, reader.address_id, notice, Lane.NOTICE, turn.now, asked_at=turn.now)
    return len(readers)


def _local(turn: Turn) -> datetime:
    return turn.now.astimezone(turn.guide.deadlines.calendar.zone)


def _text(kind: Urgency, place: str | None, at: datetime) -> str:
    return official_texts.URGENT.format(
        what=official_texts.URGENT_NAMES[kind], place=place or "chưa rõ nơi", at=f"{at:%H:%M ngày %d/%m}"
    )
