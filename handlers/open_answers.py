"""An official's answer reaches everybody who asked: one message an address, in bounded batches, each its own transaction.

A batch stores messages, deliveries and the marks of the questions together: killed between two batches, or run by two
workers at once, nobody is told twice and nobody is left out.
"""

from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from handlers import notify, open_question_texts, texts
from handlers.areas import AreaBook
from handlers.messages import Outbound
from handlers.turn import Guide, button
from storage import question_answers
from storage.db import Tx
from storage.outbox import Lane
from storage.question_groups import Group, Member

AT_ONCE = 100  # people a batch: a turn waits no longer than for a few of its own kind


def tell_next(tx: Tx, guide: Guide, zone: ZoneInfo, now: datetime, limit: int = AT_ONCE) -> bool:
    """Tell the answer of one group to up to `limit` people who wait for it; False when nobody waits anywhere."""
    group = question_answers.claim_to_tell(tx)
    if group is None:
        return False
    waiting = question_answers.list_to_tell(tx, group.id, limit)
    people = [list(asked) for _, asked in groupby(waiting, key=lambda member: member.address_id)]
    for asked in people:
        message = write(group, asked[-1], guide.areas, guide.province, zone)
        notify.to_address(
            tx,
            asked[-1].address_id,
            message,
            Lane.NOTICE,
            now,
            asked_at=asked[-1].at,
            by_day_until=notify.ANY_DAY,
        )
    question_answers.mark_told(tx, [member.id for member in waiting], now)
    if len(people) < limit:
        question_answers.end_telling(tx, group.id, now)
    return True


def write(group: Group, asked: Member, areas: AreaBook, province: str, zone: ZoneInfo) -> Outbound:
    """Write an answered group's answer for whoever asked, in their own words."""
    assert group.answer is not None and group.answered_at is not None  # noqa: S101, PT018  # as its status says
    day = group.answered_at.astimezone(zone).date()
    return Outbound(
        open_question_texts.answered(asked.text, group.answer, office(group.area_code, areas, province), day),
        (
            button(texts.BUTTON_HELPED, "ask", "told", asked.id, "y"),
            button(texts.BUTTON_NOT_HELPED, "ask", "told", asked.id, "n"),
        ),
    )


def office(area_code: str | None, areas: AreaBook, province: str) -> str:
    """Name the office that answers for an area; None: all areas."""
    area = areas.find(area_code) if area_code else None
    return open_question_texts.office(area.spoken if area else None, province)
