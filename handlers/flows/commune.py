"""Choosing a commune: offered, never required. By its name, new or former, or by buttons."""

from faq import Verdict
from faq.text import fold
from handlers import consents, places, texts
from handlers.areas import Area
from handlers.messages import Outbound
from handlers.places import Asked, Chosen
from handlers.turn import Guide, Press, Replies, Step, Turn, button
from storage import people, questions

FLOW = "commune"
LONGEST_NAME_WORDS = (
    6  # of a name nobody knows; what is longer is rather a question, and so is what has these words
)
_ASKING = frozenset("gi sao nao bao may duoc dc co khong ko tien hoi muon xin ngheo tro vay".split())  # noqa: SIM905


def begins(text: str, guide: Guide) -> bool:
    """Say whether a text is the name of a place and nothing else: no question is (the tests try all phrasings)."""
    found = places.look_up(text, guide)
    return bool(found.sure or found.district)


def ask(turn: Turn) -> Replies:
    """Ask for the name, and offer the way by buttons."""
    turn.step = Step(FLOW, places.NAME)
    asked = places.ask(FLOW).reply
    chosen = turn.guide.areas.find(turn.person.commune_code) if turn.person.commune_code else None
    if chosen is None:
        return [asked]
    text = f"{texts.COMMUNE_NOW.format(name=chosen.spoken)}\n{texts.COMMUNE_ASK}"
    return [Outbound(text, (*asked.buttons, button(texts.BUTTON_FORGET, FLOW, "forget")))]


def hear(turn: Turn) -> Replies | None:
    """Take what was typed as a commune's name; None when it is rather a question."""
    asked_for, verdict = turn.step.flow == FLOW, turn.reading.match.verdict
    typed = fold(turn.inbound.text)
    if asked_for and (way := places.read_way(typed)) is not None:
        return press(turn, Press(FLOW, way, ()))
    words = len(typed.split())
    found = places.look_up(turn.inbound.told, turn.guide)
    if (heard := places.hear(FLOW, found, turn.guide)) is not None:
        return _go_on(turn, heard)
    if not asked_for or not typed or verdict is Verdict.ANSWER or turn.reading.is_plain_wish:
        return None
    if found.near:
        return _go_on(turn, places.near(FLOW, found))
    # What belongs to a neighbouring office is a question, however short.
    nothing = verdict is Verdict.UNKNOWN and turn.reading.match.referral is None
    like_a_name = words <= LONGEST_NAME_WORDS and _ASKING.isdisjoint(typed.split())
    return _not_found(turn) if nothing and like_a_name else None


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
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
        case "back":
            return back(turn) or ask(turn)
    heard = places.press(FLOW, press, turn.step.name, turn.guide)
    return _go_on(turn, heard) if heard is not None else None


def back(turn: Turn) -> Replies | None:
    """Go one step back; None when the dialogue ends there."""
    if turn.step.name == places.DISTRICTS:
        return ask(turn)
    asked = places.back(FLOW, turn.step.name, turn.guide)
    return _go_on(turn, asked) if asked is not None else None


def _go_on(turn: Turn, heard: Asked | Chosen) -> Replies:
    if isinstance(heard, Asked):
        turn.step = Step(FLOW, heard.step)
        return [heard.reply]
    chosen = _choose(turn, heard.area, heard.former)
    if heard.district is None:
        return [consents.with_offer(turn, chosen)]
    # A district and a commune may have one name; who lives elsewhere in that district finds the way.
    text = f"{chosen.text}\n{places.or_district(heard.district)}"
    return [Outbound(text, (places.other_place(FLOW, heard.district), *chosen.buttons))]


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
    return [Outbound(texts.COMMUNE_UNKNOWN, (*places.ways_out(FLOW), is_question))]


def _choose(turn: Turn, area: Area, former: str | None = None) -> Outbound:
    people.choose_commune(turn.tx, turn.person.resident_id, area.code)
    turn.step = Step()
    lines = [texts.COMMUNE_CHOSEN.format(name=area.spoken)]
    if former and former != area.name:
        lines.insert(0, texts.COMMUNE_WAS.format(former=former, name=area.spoken))
    return Outbound("\n".join(lines), (button(texts.BUTTON_COMMUNE_CHANGE, FLOW, "ask"),))
