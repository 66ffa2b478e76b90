"""Is this message really ours: looked up among what was sent. Reads; changes nothing."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers import announcement_texts, event_messages, genuine
from handlers.event_messages import MAX_COMPANIONS, Voice
from handlers.genuine import Judgement, Sent
from handlers.sending_rules import SendingRules
from handlers.stated import seen
from storage import published
from storage.announcements import Announcement
from storage.db import Tx
from storage.events import Announced, Event

LOOK_BACK: Final = timedelta(days=180)
"""How old an announcement may be that is known by its words; by its code it always is."""
_PEOPLE: Final = re.compile(r"tất cả (\d{1,2}) người")


def check(tx: Tx, text: str, zone: ZoneInfo, public_url: str, now: datetime) -> Judgement:
    """Judge a text that somebody asks about: a code, or a message with or without one."""
    known = _known(tx, text, zone, public_url, now)
    return genuine.judge(text, [_with_before(tx, known)] if known is not None else [])


def recognise(tx: Tx, text: str, zone: ZoneInfo, public_url: str, now: datetime) -> Judgement | None:
    """Judge what somebody typed without asking about it; None for what has nothing to do with an announcement.

    It has where a code of ours stands in it, or one is named that nobody has, or where it is long and its words are
    ours.
    """
    known = _known(tx, text, zone, public_url, now)
    if known is None:
        alone = genuine.names_code(text) and len(text.split()) <= genuine.LONG_WORDS
        return genuine.judge(text, []) if alone else None
    return genuine.judge(text, [_with_before(tx, known)])


def _known(
    tx: Tx, text: str, zone: ZoneInfo, public_url: str, now: datetime
) -> tuple[Announcement, Event | None, Sent] | None:
    found = [each for code in genuine.codes(text)[:3] if (each := published.find(tx, code)) is not None]
    if not found and genuine.is_long(text):
        # On the way of every long message: all are looked at by their words alone, and only what is near is read.
        near = genuine.nearest(text, published.list_words(tx, now - LOOK_BACK))
        found = published.list_by_ids(tx, near)
    known = [(*each, _sent(*each, text, zone, public_url)) for each in found]
    chosen = genuine.meant(text, [sent for _, _, sent in known])
    return next((each for each in known if each[2] is chosen), None)


def _sent(
    announcement: Announcement, event: Event | None, text: str, zone: ZoneInfo, public_url: str
) -> Sent:
    message = announcement_texts.chat(announcement, event, zone, public_url)
    return Sent(
        announcement.code,
        message.text,
        links=tuple(b.url for b in message.buttons if b.url),
        place=event.place if event else None,
        cancelled=announcement.status == "cancelled" or (event is not None and event.status == "cancelled"),
        notices=_notices(announcement, event, text, zone) if event else (),
    )


def _notices(announcement: Announcement, event: Event, text: str, zone: ZoneInfo) -> tuple[str, ...]:
    """Return what people were told of a session besides; for how many, only they and the text itself know."""
    said = _PEOPLE.search(seen(text))
    people = min(int(said[1]), MAX_COMPANIONS + 1) if said else 1
    voice = Voice(SendingRules(zone, quiet=None), "")
    return tuple(event_messages.notices(Announced(event, announcement), people, voice))


def _with_before(tx: Tx, known: tuple[Announcement, Event | None, Sent]) -> Sent:
    announcement, _, sent = known
    before = published.find_text(tx, announcement.id)
    return replace(sent, before=before) if before not in (None, sent.text) else sent
