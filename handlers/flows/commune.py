"""Choosing a commune: offered, never required. By its name, new or former, or by buttons."""

from collections.abc import Sequence

from faq import Verdict
from faq.text import fold
from handlers import texts
from handlers.areas import Area, Found
from handlers.messages import Button, Outbound
from handlers.turn import Guide, Press, Replies, Step, Turn, button
from storage import people, questions

FLOW = "commune"
PAGE = 8  # buttons of a list at once; a phone shows about so many without scrolling
LONGEST_PLACE_WORDS = 16  # "tôi ở thôn 3, xã Hồng Phong, huyện Ninh Giang, tỉnh Hải Dương cũ ạ"
LONGEST_NAME_WORDS = (
    6  # of a name nobody knows; what is longer is rather a question, and so is what has these words
)
_ASKING = frozenset("gi sao nao bao may duoc dc co khong ko tien hoi muon xin ngheo tro vay".split())  # noqa: SIM905


def begins(text: str, guide: Guide) -> bool:
    """Say whether a text is the name of a place and nothing else: no question is (the tests try all phrasings)."""
    found = _look_up(text, guide)
    return bool(found.sure or found.district)


def ask(turn: Turn) -> Replies:
    """Ask for the name, and offer the way by buttons."""
    turn.step = Step(FLOW, "name")
    chosen = turn.guide.areas.find(turn.person.commune_code) if turn.person.commune_code else None
    if chosen is None:
        return [Outbound(texts.COMMUNE_ASK, _ways_out())]
    text = f"{texts.COMMUNE_NOW.format(name=chosen.spoken)}\n{texts.COMMUNE_ASK}"
    return [Outbound(text, (*_ways_out(), button(texts.BUTTON_FORGET, FLOW, "forget")))]


def hear(turn: Turn) -> Replies | None:
    """Take what was typed as a commune's name; None when it is rather a question."""
    asked_for, verdict = turn.step.flow == FLOW, turn.reading.match.verdict
    typed = fold(turn.inbound.text)
    if asked_for and typed in _TYPED:
        return press(turn, Press(FLOW, _TYPED[typed], ()))
    words = len(typed.split())
    found = _look_up(turn.inbound.told, turn.guide)
    if found.sure or found.district:
        return _found(turn, found)
    if not asked_for or not typed or verdict is Verdict.ANSWER or turn.reading.is_plain_wish:
        return None
    if found.near:
        return [Outbound(texts.COMMUNE_NEAR, (*_list(found.near), *_ways_out()))]
    # What belongs to a neighbouring office is a question, however short.
    nothing = verdict is Verdict.UNKNOWN and turn.reading.match.referral is None
    like_a_name = words <= LONGEST_NAME_WORDS and _ASKING.isdisjoint(typed.split())
    return _not_found(turn) if nothing and like_a_name else None


def _look_up(text: str, guide: Guide) -> Found:
    return guide.areas.look_up(text) if len(fold(text).split()) <= LONGEST_PLACE_WORDS else Found()


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    areas = turn.guide.areas
    match press.action:
        case "ask":
            return ask(turn)
        case "skip":
            turn.step = Step()
            return [Outbound(texts.COMMUNE_SKIPPED)]
        case "forget":
            turn.step = Step()
            people.choose_commune(turn.tx, turn.person.resident_id, None)
            return [Outbound(texts.COMMUNE_FORGOTTEN, (button(texts.BUTTON_COMMUNE, FLOW, "ask"),))]
        case "set":
            area = areas.find(press.arguments[0]) if press.arguments else None
            return _choose(turn, area) if area is not None and area.level == "commune" else None
        case "back":
            return back(turn) or ask(turn)
        case "districts":
            return _districts(turn, press.number(0) or 0)
        case "district":
            code, page = (press.arguments[0] if press.arguments else ""), press.number(1) or 0
            return _district(turn, code, page)
    return None


def back(turn: Turn) -> Replies | None:
    """Go one step back; None when the dialogue ends there."""
    match turn.step.name:
        case "district":
            return _districts(turn, 0)
        case "districts":
            return ask(turn)
    return None


def _found(turn: Turn, found: Found) -> Replies:
    if not found.sure and found.district is not None:
        return _district(turn, found.district.code, 0) or []
    # A district and a commune may have one name; who lives elsewhere in that district finds the way.
    line, other = "", list[Button]()
    if found.district is not None:
        line = "\n" + texts.COMMUNE_OR_DISTRICT.format(district=found.district.spoken)
        other = [button(texts.BUTTON_OTHER_PLACE, FLOW, "district", found.district.code, 0)]
    if len(found.sure) == 1:
        chosen = _choose(turn, found.sure[0], found.former)[0]
        return [Outbound(chosen.text + line, (*other, *chosen.buttons))]
    turn.step = Step(FLOW, "name")
    return [Outbound(texts.COMMUNE_WHICH + line, (*_list(found.sure[:PAGE]), *other, *_ways_out()))]


def _not_found(turn: Turn) -> Replies:
    """Say so; what looks like no commune may have been a question, and is kept as one."""
    question_id = questions.add(
        turn.tx,
        turn.person.address_id,
        turn.message_id,
        turn.inbound.text,
        verdict="unknown",
        score=turn.reading.match.score,
        topic_id=None,
        offered=(),
        for_official=False,
        now=turn.now,
    )
    is_question = button(texts.BUTTON_IS_QUESTION, "ask", "none", question_id)
    return [Outbound(texts.COMMUNE_UNKNOWN, (*_ways_out(), is_question))]


def _choose(turn: Turn, area: Area, former: str | None = None) -> Replies:
    people.choose_commune(turn.tx, turn.person.resident_id, area.code)
    turn.step = Step()
    lines = [texts.COMMUNE_CHOSEN.format(name=area.spoken)]
    if former and former != area.name:
        lines.insert(0, texts.COMMUNE_WAS.format(former=former, name=area.spoken))
    return [Outbound("\n".join(lines), (button(texts.BUTTON_COMMUNE_CHANGE, FLOW, "ask"),))]


def _districts(turn: Turn, page: int) -> Replies:
    turn.step = Step(FLOW, "districts")
    buttons = [button(d.name, FLOW, "district", d.code, 0) for d in turn.guide.areas.districts]
    return [Outbound(texts.COMMUNE_DISTRICT, _page(buttons, page, "districts"))]


def _district(turn: Turn, code: str, page: int) -> Replies | None:
    district = next((d for d in turn.guide.areas.districts if d.code == code), None)
    if district is None:
        return None
    turn.step = Step(FLOW, "district")
    buttons = _list(turn.guide.areas.communes_of(code))
    text = texts.COMMUNE_OF.format(district=district.spoken)
    return [Outbound(text, _page(buttons, page, "district", code))]


def _page(buttons: Sequence[Button], page: int, action: str, *arguments: str) -> tuple[Button, ...]:
    """Show one page; "next" goes round to the first again."""
    pages = max(1, -(-len(buttons) // PAGE))
    shown = buttons[(page % pages) * PAGE :][:PAGE]
    more = [button(texts.BUTTON_NEXT, FLOW, action, *arguments, (page + 1) % pages)] if pages > 1 else []
    return (*shown, *more, button(texts.BUTTON_BACK, FLOW, "back"))


def _list(areas: Sequence[Area]) -> list[Button]:
    return [button(area.name, FLOW, "set", area.code) for area in areas]


def _ways_out() -> tuple[Button, ...]:
    return (
        button(texts.BUTTON_BY_DISTRICT, FLOW, "districts", 0),
        button(texts.BUTTON_SKIP, FLOW, "skip"),
    )


# The same ways for who types a button's words, as people do where buttons do not show.
_TYPED = {
    fold(texts.BUTTON_SKIP): "skip",
    **dict.fromkeys(("khong", "khong chon", "khong can", "khong nho", "khong biet"), "skip"),
    fold(texts.BUTTON_BY_DISTRICT): "districts",
}
