"""Telling officials of a case in their own chats. Of a denunciation no word is shown there: it may be about a reader."""

from datetime import datetime

from handlers import case_texts, notify, official_texts
from handlers.case_life import Kind
from handlers.messages import Outbound
from handlers.officials import Role
from handlers.turn import button
from storage import case_notices
from storage.cases import Case
from storage.db import Tx
from storage.outbox import Lane

FLOW = "official"
"""The dialogue that the buttons under a notice come back to."""
SHOWN_CHARS = 600  # of what was told; the rest is in the console


def tell(
    tx: Tx,
    case: Case,
    headline: str,
    now: datetime,
    *,
    not_before: datetime | None = None,
    leaders: bool = False,
) -> int:
    """Tell the linked officers who see the case, and with `leaders` the leaders; returns how many messages.

    Each is noted with its case, so that a reply to it can be taken as the answer.
    """
    roles = (Role.OFFICER, Role.LEADER) if leaders else (Role.OFFICER,)
    hidden = case.kind == Kind.DENUNCIATION
    text = case_texts.notice(
        headline, Kind(case.kind), case.code, "" if hidden else _cut(case.text), can_reply=not hidden
    )
    take = button(official_texts.BUTTON_TAKE, FLOW, "take", case.id)
    reply = button(official_texts.BUTTON_REPLY, FLOW, "reply", case.id)
    notice = Outbound(text, (take,) if hidden else (take, reply))
    told = 0
    for reader in case_notices.list_readers(tx, case.area_code, roles):
        # An official's duty, not theirs to stop: asked for at this very moment.
        message_id = notify.to_address(
            tx, reader.address_id, notice, Lane.NOTICE, now, not_before, asked_at=now
        )
        if message_id is not None:
            case_notices.add(tx, message_id, case.id, reader.official_id)
            told += 1
    return told


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS].rstrip() + "…"
