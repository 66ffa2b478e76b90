""" "Dữ liệu của tôi" shows everything that is held of a person in their own chat; "xoá dữ liệu" erases it.

Erasing asks of each open case whether it is withdrawn or goes on without a name, then once more; nothing is changed
before that last tap.
"""

from datetime import tzinfo
from typing import Final

from faq.text import fold
from handlers import consent_texts, consents, erasure, link_texts, links, my_data_texts, notify, texts
from handlers.case_codes import spoken
from handlers.messages import Button, Outbound
from handlers.turn import Press, Replies, Step, Turn, button
from storage import consents as rows
from storage import holdings, identities, people, rsvps
from storage.cases import Case

FLOW = "data"
CASES, SURE = "cases", "sure"
_ERASES: Final = frozenset(("xoa", "xoas", "huy", "bo", "delete"))


def hear(turn: Turn) -> Replies:
    """Take a sentence that is about one's own data: to have it erased, or to see it."""
    return erase(turn) if _ERASES & set(fold(turn.inbound.text).split()) else show(turn)


def show(turn: Turn) -> Replies:
    """Show what is held, in short, with a button for each part."""
    held = holdings.look(turn.tx, turn.person.resident_id)
    told = erasure.list_cases(turn.tx, turn.person.resident_id)
    text = my_data_texts.overview(
        held,
        len(told),
        bool(consents.given(turn.tx, turn.person.resident_id)),
        _commune(turn),
        _day(turn),
        links.name_others(turn.tx, turn.person.address_id, _zone(turn)),
    )
    parts = (
        button(my_data_texts.BUTTON_WHO, FLOW, "who"),
        button(my_data_texts.BUTTON_AGREED, FLOW, "agreed"),
        button(my_data_texts.BUTTON_SAID, FLOW, "said"),
        *([button(my_data_texts.BUTTON_CASES, FLOW, "told")] if told else []),
        *([button(my_data_texts.BUTTON_MEETINGS, FLOW, "meetings")] if held.sign_ups else []),
        button(link_texts.BUTTON_LINK, "link", "offer"),
        button(my_data_texts.BUTTON_ERASE, FLOW, "erase"),
    )
    return [Outbound(text, parts)]


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    match press.action:
        case "show":
            return show(turn)
        case "who":
            return _who(turn)
        case "forget":
            identities.set_identity(turn.tx, turn.person.resident_id, identities.Identity(None, None))
            return [Outbound(my_data_texts.NAME_FORGOTTEN)]
        case "agreed":
            return _agreed(turn)
        case "said":
            held = holdings.look(turn.tx, turn.person.resident_id)
            return [Outbound(my_data_texts.said(held, turn.guide.keep_days, _day(turn)), (_erase_button(),))]
        case "told":
            return _told(turn)
        case "meetings":
            held = holdings.look(turn.tx, turn.person.resident_id)
            return [Outbound(my_data_texts.meetings(held))]
        case "erase":
            return erase(turn)
        case "keep":
            turn.step = Step() if turn.step.flow == FLOW else turn.step
            return [Outbound(my_data_texts.NOT_ERASED)]
        case "withdraw" | "unname":
            return _decided(turn, press.number(0), stays=press.action == "unname")
        case "erased":
            return _erased(turn, press.number(0))
    return None


def erase(turn: Turn) -> Replies:
    """Begin to erase: ask of the first open case, or whether they are sure."""
    turn.step = Step(FLOW, CASES, {"kept": [], "gone": []})
    return _next(turn)


# -- what is held


def _who(turn: Turn) -> Replies:
    tx, resident_id = turn.tx, turn.person.resident_id
    identity = identities.get_identity(tx, resident_id)
    household = consents.CATEGORIES.get(identity.category or "")
    text = my_data_texts.who(identity.name, identity.phone, _commune(turn), household)
    label = texts.BUTTON_COMMUNE_CHANGE if turn.person.commune_code else texts.BUTTON_COMMUNE
    known = identity.name or identity.phone
    return [
        Outbound(
            text,
            (
                *([button(my_data_texts.BUTTON_FORGET, FLOW, "forget")] if known else []),
                button(label, "commune", "ask"),
                button(consent_texts.BUTTON_CATEGORY, consents.FLOW, "household"),
            ),
        )
    ]


def _agreed(turn: Turn) -> Replies:
    history = rows.list_history(turn.tx, turn.person.resident_id)
    stopped = rows.find_stopped(turn.tx, turn.person.resident_id)
    text = my_data_texts.agreed(
        history, people.list_channels(turn.tx, turn.person.resident_id), stopped, _day(turn)
    )
    return [Outbound(text, (button(consent_texts.BUTTON_SUBSCRIBE, consents.FLOW, "show"),))]


def _told(turn: Turn) -> Replies:
    told = erasure.list_cases(turn.tx, turn.person.resident_id)
    return [Outbound(my_data_texts.told(told, _day(turn)), (button(texts.BUTTON_MY_CASES, "case", "list"),))]


def _commune(turn: Turn) -> str | None:
    code = turn.person.commune_code
    area = turn.guide.areas.find(code) if code is not None else None
    return area.spoken if area else None


def _zone(turn: Turn) -> tzinfo:
    return turn.guide.deadlines.calendar.zone


def _day(turn: Turn) -> my_data_texts.Day:
    zone = _zone(turn)
    return lambda at: texts.day(at.astimezone(zone).date())


# -- erasing


def _erase_button() -> Button:
    return button(my_data_texts.BUTTON_ERASE, FLOW, "erase")


def _decided(turn: Turn, case_id: int | None, *, stays: bool) -> Replies | None:
    if turn.step.flow != FLOW or turn.step.name != CASES or case_id is None:
        return None
    if case_id not in {case.id for case in erasure.list_open(turn.tx, turn.person.resident_id)}:
        return _next(turn)
    for name in ("kept", "gone"):
        turn.step.data[name] = [one for one in _ids(turn, name) if one != case_id]
    name = "kept" if stays else "gone"
    turn.step.data[name] = [*_ids(turn, name), case_id]
    return _next(turn)


def _next(turn: Turn) -> Replies:
    """Ask of the next open case; when none is left, whether they are sure."""
    leave = button(my_data_texts.BUTTON_KEEP_ALL, FLOW, "keep")
    case = _undecided(turn)
    if case is not None:
        day = _day(turn)(case.opened_at)
        text = my_data_texts.OPEN_CASE.format(code=spoken(case.code), day=day)
        withdraw = button(my_data_texts.BUTTON_WITHDRAW, FLOW, "withdraw", case.id)
        unname = button(my_data_texts.BUTTON_UNNAME, FLOW, "unname", case.id)
        return [Outbound(text, (withdraw, unname, leave))]
    turn.step.name = SURE
    turn.step.data["shown"] = turn.message_id
    sure = button(my_data_texts.BUTTON_ERASE_SURE, FLOW, "erased", turn.message_id)
    sign_ups = len(rsvps.list_coming_of(turn.tx, turn.person.resident_id, turn.now))
    text = my_data_texts.sure(len(_ids(turn, "kept")), len(_ids(turn, "gone")), sign_ups)
    if not (others := links.name_others(turn.tx, turn.person.address_id, _zone(turn))):
        return [Outbound(text, (sure, leave))]
    apart = button(link_texts.BUTTON_LEAVE, "link", "leave")
    return [Outbound(f"{link_texts.erases_too(others)}\n{text}", (sure, apart, leave))]


def _undecided(turn: Turn) -> Case | None:
    decided = {*_ids(turn, "kept"), *_ids(turn, "gone")}
    left = erasure.list_open(turn.tx, turn.person.resident_id)
    return next((case for case in left if case.id not in decided), None)


def _erased(turn: Turn, shown: int | None) -> Replies | None:
    if turn.step.flow != FLOW or turn.step.name != SURE or shown != turn.step.data.get("shown"):
        return None
    if _undecided(turn) is not None:  # told meanwhile, from another channel
        turn.step.name = CASES
        return _next(turn)
    kept = set(_ids(turn, "kept"))
    still = [c for c in erasure.list_open(turn.tx, turn.person.resident_id) if c.id in kept]
    delivered = not notify.FETCHED.issuperset(people.list_channels(turn.tx, turn.person.resident_id))
    turn.person = erasure.erase(
        turn.tx,
        turn.person,
        turn.inbound.address,
        {c.id for c in still},
        turn.guide.library.likeness,
        turn.now,
    )
    turn.step, turn.kept = Step(), {}
    return [Outbound(my_data_texts.erased([spoken(case.code) for case in still], delivered=delivered))]


def _ids(turn: Turn, name: str) -> list[int]:
    kept = turn.step.data.get(name)
    return [one for one in kept if type(one) is int] if isinstance(kept, list) else []
