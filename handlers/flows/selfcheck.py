"""The self-check: which standing a household may have, from a few questions, and always the way to apply.

What was said stays in the step and is gone with it: at the end, by "dừng", or when another dialogue begins.
"""

from dataclasses import asdict, dataclass, field, replace

from faq import Verdict
from faq.text import fold
from handlers import findings, selfcheck, spoken, texts
from handlers.income import MAX_PEOPLE, MAX_SUM, Doubt, Figures, read_figures
from handlers.messages import Button, Outbound
from handlers.selfcheck import Answer, Area, Indicator
from handlers.spoken import WARD
from handlers.turn import Guide, Press, Replies, Step, Turn, button

FLOW = "check"
_TOPIC = "tu-kiem-tra-ho-ngheo"  # its questions hold the very figures that we ask for
_APPLY_TOPIC = "nop-don-xin-xet-ho-ngheo"
_PEOPLE_BUTTONS = 8
_DOUBTS = {
    Doubt.SEVERAL: texts.CHECK_INCOME_SEVERAL,
    Doubt.UNIT: texts.CHECK_INCOME_UNIT,
    Doubt.PERIOD: texts.CHECK_INCOME_PERIOD,
}
_STARTS = frozenset(
    map(fold, (texts.BUTTON_CHECK, texts.BUTTON_CHECK_NOW, texts.BUTTON_CHECK_AGAIN, "tính thử"))
)


@dataclass(slots=True)
class _Told:
    """What a household has told so far; None where nothing yet. Amounts in đồng a month."""

    area: str | None = None
    people: int | None = None
    total: int | None = None
    income: int | None = None
    answers: dict[str, Answer] = field(default_factory=dict)


def begins(text: str, _guide: Guide) -> bool:
    """Say whether a text opens this dialogue: the words of a button of ours."""
    return fold(text) in _STARTS


def start(turn: Turn) -> Replies:
    """Begin; a commune chosen before says where."""
    if not selfcheck.standards(turn.reading.day):
        return [Outbound(texts.NOT_ON_DAY.format(day=texts.day(turn.reading.day)))]
    chosen = turn.guide.areas.find(turn.person.commune_code) if turn.person.commune_code else None
    if chosen is None:
        return _go_on(turn, _Told())
    (first,) = _go_on(turn, _Told(area=_kind(chosen.name)))
    return [replace(first, text=f"{texts.CHECK_WHERE.format(name=chosen.spoken)}\n{first.text}")]


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    if press.action == "start":
        return start(turn)
    if press.action not in ("area", "people", "unsure", "is", "back"):
        return None
    if turn.step.flow != FLOW:
        return [Outbound(texts.CHECK_OVER, (button(texts.BUTTON_CHECK_AGAIN, FLOW, "start"),))]
    told = _load(turn.step)
    match press.action, press.arguments:
        case "area", (area,) if area in (*Area, WARD):
            told.area = area
        case "people", (_,) if 1 <= (press.number(0) or 0) <= MAX_PEOPLE:
            _take(told, Figures(people=press.number(0)))
        case "unsure", ():
            return _finish(turn, findings.tell_without_income(turn.reading.day))
        case "is", (indicator, answer) if indicator in texts.CHECK_QUESTIONS and answer in tuple(Answer):
            # Also for a question further up: whoever presses there changes their mind.
            told.answers[indicator] = Answer(answer)
        case "back", ():
            return back(turn)
        case _:
            return None
    return _go_on(turn, told)


def hear(turn: Turn) -> Replies | None:
    """Take what was typed as an answer to what we asked; None when it is rather a question."""
    typed = fold(turn.inbound.text)
    if turn.step.flow != FLOW:
        return start(turn) if begins(turn.inbound.told, turn.guide) else None
    told = _load(turn.step)
    missing, asked = _missing(turn, told), _asked(turn, told)
    if asked is not None and (answer := spoken.read_answer(typed, asked)) is not None:
        told.answers[asked.id] = answer
        return _go_on(turn, told)
    if turn.reading.command is not None:  # "cảm ơn" is none of our answers
        return None
    if missing in ("people", "income"):
        return _hear_figures(turn, told, typed)
    unclear = texts.CHECK_YES_OR_NO
    if missing in ("area", "former"):
        area = (spoken.read_area if missing == "area" else spoken.read_former)(typed) or _place(turn)
        if area is not None:
            told.area = area
            return _go_on(turn, told)
        unclear = texts.CHECK_AREA_UNCLEAR
    return None if _is_question(turn) else _ask(turn, told, unclear)


def back(turn: Turn) -> Replies:
    """Take the last answer back and ask again; nothing where there is none, and the dialogue ends."""
    told = _load(turn.step)
    answered = [i.id for i in selfcheck.INDICATORS if i.id in told.answers]
    if answered:
        del told.answers[answered[-1]]
    elif told.income is not None or told.total is not None:
        told.income = told.total = None
    elif told.people is not None:
        told.people = None
    elif told.area is not None:
        told.area = None
    else:
        turn.step = Step()
        return []
    return _go_on(turn, told)


def resume(turn: Turn) -> Replies:
    """Ask again what is still to be answered, after something else was talked about."""
    return _go_on(turn, _load(turn.step))


def _hear_figures(turn: Turn, told: _Told, typed: str) -> Replies | None:
    figures, at_people = read_figures(turn.inbound.text), _missing(turn, told) == "people"
    if figures.strange and _is_question(turn):
        return None
    if not at_people and spoken.is_unsure(typed):
        return _finish(turn, findings.tell_without_income(turn.reading.day))
    if at_people and figures.bare is not None and 1 <= figures.bare <= MAX_PEOPLE:
        figures = Figures(people=figures.bare)
    _take(told, figures)
    if figures.people or figures.total is not None or figures.per_head is not None:
        replies = _go_on(turn, told)
        return _ask(turn, told, _DOUBTS[figures.doubt]) if figures.doubt and told.income is None else replies
    if figures.doubt and not at_people:
        return _ask(turn, told, _DOUBTS[figures.doubt])
    if figures.bare is None and not figures.doubt and _is_question(turn):
        return None
    return _ask(turn, told, texts.CHECK_PEOPLE_UNCLEAR if at_people else texts.CHECK_INCOME_UNCLEAR)


def _take(told: _Told, figures: Figures) -> None:
    """Keep of the figures what decides, and no more: the income a head."""
    if figures.people is not None:
        # The income a head was reckoned with another number of people.
        told.people, told.income = figures.people, None
    told.total = figures.total if figures.total is not None else told.total
    if figures.per_head is not None:
        told.income = figures.per_head
    elif told.total is not None and told.people:
        told.income = selfcheck.income_per_head(told.total, told.people)
    if told.income is not None:
        told.total = None


def _place(turn: Turn) -> str | None:
    """Read the name of a place, new or former; None if it is none, or does not tell village from town."""
    found = turn.guide.areas.look_up(turn.inbound.text)
    kinds = {_kind(area.name) for area in found.sure}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind == WARD and found.former:
        return Area.EITHER if found.former.startswith("Xã") else Area.URBAN
    return kind


def _kind(name: str) -> str:
    """Return what a commune of today is by its name."""
    return Area.RURAL if name.startswith("Xã") else WARD if name.startswith("Phường") else Area.EITHER


def _is_question(turn: Turn) -> bool:
    """Say whether what was typed asks about something else, rather than answering us unclearly."""
    match = turn.reading.match
    if match.verdict is Verdict.ANSWER:
        # Who tells of their household in the middle of the check is still telling us.
        return match.hits[0].topic_id != _TOPIC
    return turn.reading.is_plain_wish or not spoken.may_be_an_answer(turn.inbound.text)


def _missing(turn: Turn, told: _Told) -> str | None:
    """Return what to ask for next: in this order, whatever was told in which; None when it is decided."""
    if told.area is None or told.area == WARD:
        return "area" if told.area is None else "former"
    if told.income is None:
        return "people" if told.people is None else "income"
    return "home" if _asked(turn, told) is not None else None


def _asked(turn: Turn, told: _Told) -> Indicator | None:
    if told.area is None or told.area == WARD or told.income is None:
        return None
    return selfcheck.next_indicator(turn.reading.day, Area(told.area), told.income, told.answers)


def _go_on(turn: Turn, told: _Told) -> Replies:
    """Ask for what is missing, or say what may be said."""
    missing = _missing(turn, told)
    if missing is None and told.area is not None and told.income is not None:
        day = turn.reading.day
        found = selfcheck.assess(day, Area(told.area), told.income, told.answers)
        return _finish(turn, findings.tell(found, told.income, day))
    turn.step = Step(FLOW, missing, asdict(told))
    return _ask(turn, told)


def _ask(turn: Turn, told: _Told, unclear: str = "") -> Replies:
    """Put the question that comes next, or say what was unclear, with the same buttons."""
    match _missing(turn, told):
        case "area":
            text, buttons = texts.CHECK_AREA, _areas(_AREA_BUTTONS)
        case "former":
            text, buttons = texts.CHECK_WARD_BEFORE, _areas(_FORMER_BUTTONS)
        case "people":
            text = texts.CHECK_PEOPLE if told.total is None else texts.CHECK_PEOPLE_UNCLEAR
            buttons = [button(str(n), FLOW, "people", n) for n in range(1, _PEOPLE_BUTTONS + 1)]
        case "income":
            text, buttons = texts.CHECK_INCOME, [button(texts.BUTTON_INCOME_UNSURE, FLOW, "unsure")]
        case _:
            text, buttons = _home(turn, told, unclear)
            unclear = ""
    return [Outbound(unclear or text, (*buttons, button(texts.BUTTON_BACK, FLOW, "back")))]


_AREA_BUTTONS = (
    (texts.BUTTON_RURAL, Area.RURAL),
    (texts.BUTTON_URBAN, WARD),
    (texts.BUTTON_ISLAND, Area.EITHER),
    (texts.BUTTON_UNSURE_WHERE, Area.EITHER),
)
_FORMER_BUTTONS = (
    (texts.BUTTON_WAS_WARD, Area.URBAN),
    (texts.BUTTON_WAS_TOWN, Area.URBAN),
    (texts.BUTTON_WAS_COMMUNE, Area.EITHER),
    (texts.BUTTON_UNSURE_WHERE, Area.EITHER),
)


def _areas(choices: tuple[tuple[str, str], ...]) -> list[Button]:
    return [button(label, FLOW, "area", area) for label, area in choices]


def _home(turn: Turn, told: _Told, unclear: str) -> tuple[str, list[Button]]:
    asked = _asked(turn, told)
    if asked is None:
        return texts.CHECK_OVER, [button(texts.BUTTON_CHECK_AGAIN, FLOW, "start")]
    number = len(told.answers) + 1
    text = texts.CHECK_NUMBERED.format(number=number, question=texts.CHECK_QUESTIONS[asked.id])
    if unclear:
        # Whoever misunderstood a question reads it again.
        text = f"{unclear}\n{text}"
    elif number == 1:
        text = f"{texts.CHECK_PER_HEAD.format(amount=texts.amount(told.income or 0))}\n\n{text}"
    no_child = ((texts.BUTTON_NO_CHILD, Answer.NO_CHILD),) if asked.about_children else ()
    choices = (
        (texts.BUTTON_YES, Answer.YES),
        (texts.BUTTON_NO, Answer.NO),
        *no_child,
        (texts.BUTTON_DONT_KNOW, Answer.UNKNOWN),
    )
    return text, [button(label, FLOW, "is", asked.id, answer.value) for label, answer in choices]


def _finish(turn: Turn, text: str) -> Replies:
    """Say what may be said, and forget what was told."""
    turn.step = Step()
    apply = turn.guide.library.current(_APPLY_TOPIC, turn.reading.day)
    return [
        Outbound(
            text,
            (
                *([button(texts.BUTTON_APPLY, "ask", "topic", apply[0].id)] if apply else []),
                button(texts.BUTTON_BENEFITS, "benefits", "start"),
                button(texts.BUTTON_CHECK_AGAIN, FLOW, "start"),
            ),
        )
    ]


def _load(step: Step) -> _Told:
    """Read what was told out of a stored step; what another version left and nobody understands is not told."""
    kept = step.data.get("answers")
    answers = {
        name: Answer(answer)
        for name, answer in (kept.items() if isinstance(kept, dict) else ())
        if name in texts.CHECK_QUESTIONS and answer in tuple(Answer)
    }
    area = step.data.get("area")
    return _Told(
        area if isinstance(area, str) and area in (*Area, WARD) else None,
        _count(step.data.get("people")) or None,
        _count(step.data.get("total")),
        _count(step.data.get("income")),
        answers,
    )


def _count(kept: object) -> int | None:
    return kept if isinstance(kept, int) and 0 <= kept <= MAX_SUM else None
