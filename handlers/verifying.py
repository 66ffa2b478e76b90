"""Is this message really ours: looked up among what was sent. Reads; changes nothing."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers import announcement_texts, dialogue_messages, dialogues, event_messages, genuine
from handlers.event_messages import MAX_COMPANIONS, Voice
from handlers.genuine import Judgement, Reason, Sent, Verdict
from handlers.sending_rules import SendingRules
from handlers.stated import seen
from storage import event_details, events, messages, published
from storage.announcements import Announcement
from storage.db import Tx
from storage.events import Announced, Event

LOOK_BACK: Final = timedelta(days=180)
"""How old an announcement may be that is known by its words; by its code it always is."""
CHANGES: Final = 20
"""How many changes of a session are looked back on."""
OWN_MESSAGES: Final = 50
OWN_WORDS: Final = 6
_PEOPLE: Final = re.compile(r"tất cả (\d{1,2}) người")


def check(
    tx: Tx, text: str, zone: ZoneInfo, public_url: str, now: datetime, address_id: int | None = None
) -> Judgement:
    """Judge a text that somebody asks about: a code, or a message with or without one.

    Args: address_id: of who asks; what came to them alone is known to be ours there. None: nobody knows who asks.
    """
    known = _known(tx, text, zone, public_url, now)
    judged = genuine.judge(text, [_whole(tx, known, text, zone)] if known is not None else [])
    return _or_own(tx, judged, text, address_id)


def _or_own(tx: Tx, judged: Judgement, text: str, address_id: int | None) -> Judgement:
    if judged.verdict is Verdict.OURS or address_id is None or not _is_own(tx, text, address_id):
        return judged
    return Judgement(Verdict.OURS, Reason.OWN)


def _is_own(tx: Tx, text: str, address_id: int) -> bool:
    wanted = _plain(text.strip().removeprefix(genuine.REPEATED))
    return len(wanted.split()) >= OWN_WORDS and any(
        wanted == _plain(said) for said in messages.list_unasked(tx, address_id, OWN_MESSAGES)
    )


def _plain(text: str) -> str:
    return " ".join(seen(text).split())


def recognise(
    tx: Tx, text: str, zone: ZoneInfo, public_url: str, now: datetime, address_id: int | None = None
) -> Judgement | None:
    """Judge what somebody typed without asking about it; None for what has nothing to do with an announcement.

    It has where a code of ours stands in it, or one is named that nobody has, or where it is long and its words are
    ours.
    """
    known = _known(tx, text, zone, public_url, now)
    if known is None:
        alone = genuine.names_code(text) and len(text.split()) <= genuine.LONG_WORDS
        return genuine.judge(text, []) if alone else None
    return _or_own(tx, genuine.judge(text, [_whole(tx, known, text, zone)]), text, address_id)


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
        cancelled=events.is_off(announcement, event),
        notices=_notices(announcement, event, text, zone) if event else (),
    )


def _notices(announcement: Announcement, event: Event, text: str, zone: ZoneInfo) -> tuple[str, ...]:
    """Return what people were told of a session besides; for how many, only they and the text itself know."""
    said = _PEOPLE.search(seen(text))
    people = min(int(said[1]), MAX_COMPANIONS + 1) if said else 1
    announced = Announced(event, announcement)
    return (
        *event_messages.notices(announced, people, _voice(zone)),
        *dialogue_messages.afterwards(announced),
    )


def _voice(zone: ZoneInfo) -> Voice:
    return Voice(SendingRules(zone, quiet=None), "")


def _whole(tx: Tx, known: tuple[Announcement, Event | None, Sent], text: str, zone: ZoneInfo) -> Sent:
    """Return what was sent with all that was said of it before it was changed, and to those who asked."""
    announcement, event, sent = known
    earlier = []
    # One of the copies, as it left: a version of ours that wrote it otherwise may have sent it.
    if (kept := published.find_text(tx, announcement.id)) is not None:
        earlier.append(kept)
    if event is None:
        return replace(sent, earlier=tuple(each for each in earlier if each != sent.text))
    for former in event_details.list_former(tx, event, CHANGES):
        earlier.append(announcement_texts.chat(announcement, former, zone, "").text)
        earlier += _notices(announcement, former, text, zone)
    told = dialogues.told_askers(tx, Announced(event, announcement), text, _voice(zone))
    now = {sent.text, *sent.notices, *told}
    return replace(
        sent,
        notices=(*sent.notices, *told),
        earlier=tuple(each for each in dict.fromkeys(earlier) if each not in now),
    )
