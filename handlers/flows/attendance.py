"""Being counted in the room: the code that is shown there, typed; and with how many."""

import re
from typing import Final
from zoneinfo import ZoneInfo

from handlers import attendance, dialogue_messages
from handlers.announcement_codes import parse_code
from handlers.errors import Invalid, TooLate
from handlers.event_messages import Voice
from handlers.messages import Outbound
from handlers.turn import Press, Replies, Step, Turn
from storage import events, published
from storage.attendance import find_by_code
from storage.events import Announced

FLOW = dialogue_messages.ATTENDING
_BEFORE: Final = re.compile(
    r"^\s*(?:(?:điểm danh|diem danh|check[ -]?in)\s*)?(?:m[aã](?: s[oố])?\s*)?(?:điểm danh\s*|diem danh\s*)?[:.]?\s*",
    re.IGNORECASE,
)


def overhear(turn: Turn) -> Replies | None:
    """Take a check-in code, wherever a dialogue stands; None for everything else.

    A code of the same signs that an announcement has is the announcement's: whether a message is ours must always be
    answered, and whoever cannot check in is noted by an official.
    """
    code = parse_code(_BEFORE.sub("", turn.inbound.text, count=1))
    if code is None or published.find(turn.tx, code) is not None:
        return None
    announced = find_by_code(turn.tx, code)
    if announced is None:
        return None
    turn.step = Step()
    return _check_in(turn, announced, None)


def press(turn: Turn, press: Press) -> Replies | None:
    """Take how many came; None for a button that is not ours."""
    event_id, people = press.number(0), press.number(1)
    announced = events.find_public(turn.tx, event_id) if event_id is not None else None
    if press.action != "came" or announced is None or people is None:
        return None
    # Only who typed the code was in the room: the button alone counts nobody.
    if not attendance.is_noted(turn.tx, announced.event.id, turn.person.resident_id):
        return None
    return _check_in(turn, announced, people)


def _check_in(turn: Turn, announced: Announced, people: int | None) -> Replies:
    zone = _zone(turn)
    try:
        noted = attendance.check_in(turn.tx, turn.person, announced.event.id, people, zone, turn.now)
    except TooLate:
        over = turn.now > announced.event.starts_at
        voice = Voice(turn.guide.rules, turn.guide.public_url)
        return [dialogue_messages.not_its_day(announced, voice, over=over)]
    except Invalid as exc:
        return [Outbound(exc.sentence)]
    before = noted.before and people is None
    return [dialogue_messages.checked_in(announced, noted.people, before=before)]


def _zone(turn: Turn) -> ZoneInfo:
    return turn.guide.deadlines.calendar.zone
