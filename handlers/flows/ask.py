"""A question is asked: answered, or asked back once with at most three topics, or honestly not known."""

from faq.likeness import says_enough
from faq.text import fold
from handlers import consents, offices, open_question_texts, texts, topics
from handlers.messages import Button, Outbound
from handlers.turn import Press, Replies, Turn, button
from storage import questions
from storage.questions import Question

FLOW = "ask"
MAX_OFFERED = 3
CHECKED_TOPIC = "tu-kiem-tra-ho-ngheo"  # under its answer the self-check is offered
# Who asks these has mostly met with the matter: under the answer it can be told to the officials at once.
OF_WRONGS = frozenset(
    (
        "cham-chi-tra-tro-cap",
        "thoi-han-thu-tuc-tre-han",
        "le-phi-thi-va-khoan-thu-truong-hoc",
        "khai-gian-ho-ngheo",
        "kenh-hai-chieu-phan-anh",
    )
)
_NO_QUESTION = frozenset(("co", "khong", "phai", "khong phai", "the a", "vay a", "co a", "khong a"))


def says_nothing(text: str) -> bool:
    """Say whether a text outside any dialogue is nothing that could be answered: signs, or a bare yes or no."""
    typed = fold(text)
    return not typed or typed in _NO_QUESTION


def hear(turn: Turn) -> Replies:
    """Answer what was typed; stores the question with what was answered and how sure we were."""
    reading, match, text = turn.reading, turn.reading.match, turn.inbound.text
    if told := tell(turn):
        return told
    if match.referral is not None and (found := _current(turn, match.referral)) is not None:
        _store(turn, text, "referral", match.score, match.referral, ())
        return [Outbound(topics.tell(*found, reading.day), _menu())]
    if not turn.guide.library.covers(reading.day):
        _store(turn, text, "unknown", match.score, None, ())
        return [Outbound(texts.NOT_ON_DAY.format(day=texts.day(reading.day)), _menu())]
    nearest = [hit.topic_id for hit in match.hits[:MAX_OFFERED]]
    enough = says_enough(text)
    _store(turn, text, "unknown", match.score, None, nearest, for_official=enough)
    return [_unknown(enough)]


def tell(turn: Turn) -> Replies:
    """Answer what is surely asked, or ask back once; nothing where neither can be done."""
    reading, text = turn.reading, turn.inbound.text
    if reading.answered:
        return [told for hit in reading.answered for told in _answer(turn, hit.topic_id, text, hit.score)]
    if reading.offered:
        question_id = _store(turn, text, "ask", reading.match.score, None, reading.offered)
        choices = _choices(turn, question_id, reading.offered)
        wrong = reading.states or not OF_WRONGS.isdisjoint(reading.offered)
        return [Outbound(texts.ASK_BACK, (*_pass_on(turn.message_id, wrong), *choices))]
    return []


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more).

    A question is only found when it came from the same address: anybody can send any payload.
    """
    if press.action == "topic" and press.arguments:
        topic = turn.guide.library.find(press.arguments[0])
        if topic is None or topic.referral:
            return None
        return _answer(turn, topic.id, topic.title, 1.0)
    number = press.number(0)
    question = questions.find(turn.tx, number, turn.person.address_id) if number is not None else None
    if question is None:
        return None
    match press.action:
        case "pick":
            return _picked(turn, question, press.number(1))
        case "none":
            enough = says_enough(question.text)
            questions.update(turn.tx, question.id, for_official=enough)
            return [_unknown(enough)]
        case "more":
            return _more(turn, question)
        case "helped" if press.arguments[1:] == ("y",):
            questions.update(turn.tx, question.id, helped=True)
            return [consents.with_offer(turn, Outbound(texts.GLAD))]
        case "helped" if press.arguments[1:] == ("n",):
            return _not_helped(turn, question)
        case "official":
            questions.update(turn.tx, question.id, for_official=True)
            return [Outbound(texts.NOTED_FOR_OFFICIAL)]
        case "told" if question.answered_at is not None and press.arguments[1:] in (("y",), ("n",)):
            helped = press.arguments[1] == "y"
            questions.update(turn.tx, question.id, answer_helped=helped)
            return [Outbound(texts.GLAD if helped else open_question_texts.ANSWER_NOT_RIGHT)]
    return None


def _answer(turn: Turn, topic_id: str, text: str, score: float) -> Replies:
    found = _current(turn, topic_id)
    if found is None:
        _store(turn, text, "unknown", score, None, (topic_id,), for_official=True)
        return [Outbound(texts.NOT_ON_DAY.format(day=texts.day(turn.reading.day)), _menu())]
    others = [h.topic_id for h in turn.reading.match.hits if h.topic_id not in (topic_id, found[0].id)]
    question_id = _store(turn, text, "answer", score, found[0].id, others[:MAX_OFFERED])
    return [_told(turn, question_id, turn.message_id, *found)]


def _picked(turn: Turn, question: Question, place: int | None) -> Replies | None:
    if place is None or place >= len(question.offered):
        return None
    found = _current(turn, question.offered[place])
    if found is None:
        return [Outbound(texts.NOT_ON_DAY.format(day=texts.day(turn.reading.day)), _menu())]
    questions.update(turn.tx, question.id, topic_id=found[0].id)
    return [_told(turn, question.id, question.message_id, *found)]


def _pass_on(message_id: int, offered: bool) -> tuple[Button, ...]:
    """Offer to tell the officials what was written, as it is; the dialogue that does is `feedback`."""
    return (button(texts.BUTTON_TELL_OFFICIAL, "feedback", "use", message_id),) if offered else ()


def _told(
    turn: Turn, question_id: int, message_id: int, topic: topics.Topic, version: topics.Version
) -> Outbound:
    more = [button(texts.BUTTON_MORE, FLOW, "more", question_id)] if version.detail else []
    official = (
        [button(texts.BUTTON_TO_OFFICIAL, FLOW, "official", question_id)]
        if topics.is_holding(version)
        else []
    )
    check = [button(texts.BUTTON_CHECK_NOW, "check", "start")] if topic.id == CHECKED_TOPIC else []
    return Outbound(
        topics.tell(topic, version, turn.reading.day, _office(turn) if version.where else None),
        (
            *check,
            *_pass_on(message_id, turn.reading.states or topic.id in OF_WRONGS),
            *more,
            *official,
            button(texts.BUTTON_HELPED, FLOW, "helped", question_id, "y"),
            button(texts.BUTTON_NOT_HELPED, FLOW, "helped", question_id, "n"),
        ),
    )


def _office(turn: Turn) -> str | None:
    """Return where the person's commune receives people, if they chose one and its officer wrote it down."""
    code = turn.person.commune_code
    return offices.line(turn.tx, code, turn.guide.areas) if code is not None else None


def _more(turn: Turn, question: Question) -> Replies | None:
    found = _current(turn, question.topic_id) if question.topic_id else None
    if found is None or not found[1].detail:
        return None
    return [Outbound(f"{found[0].title}\n\n{found[1].detail.strip()}")]


def _not_helped(turn: Turn, question: Question) -> Replies:
    questions.update(turn.tx, question.id, helped=False)
    official = button(texts.BUTTON_TO_OFFICIAL, FLOW, "official", question.id)
    # One round of asking back only: not after buttons were offered before, and not a second time.
    if question.verdict == "answer" and question.helped is None:
        *choices, _none = _choices(turn, question.id, question.offered)
        if choices:
            return [Outbound(texts.SORRY_OTHERS, (*choices, official))]
    return [Outbound(texts.SORRY, (official,))]


def _choices(turn: Turn, question_id: int, offered: tuple[str, ...] | list[str]) -> tuple[Button, ...]:
    titles = [
        (place, found[0].title)
        for place, topic_id in enumerate(offered)
        if (found := _current(turn, topic_id)) is not None
    ]
    return (
        *(button(title, FLOW, "pick", question_id, place) for place, title in titles),
        button(texts.BUTTON_NONE_OF_THESE, FLOW, "none", question_id),
    )


def _unknown(enough: bool) -> Outbound:
    """Promise an official's answer where the question says enough for one to be given."""
    return Outbound(texts.UNKNOWN if enough else open_question_texts.TOO_SHORT, _menu())


def _menu() -> tuple[Button, ...]:
    return (button(texts.BUTTON_MENU, "menu", "show"),)


def _current(turn: Turn, topic_id: str) -> tuple[topics.Topic, topics.Version] | None:
    return turn.guide.library.current(topic_id, turn.reading.day)


def _store(
    turn: Turn,
    text: str,
    verdict: str,
    score: float,
    topic_id: str | None,
    offered: tuple[str, ...] | list[str],
    *,
    for_official: bool = False,
) -> int:
    return questions.add(
        turn.tx,
        turn.person.address_id,
        turn.message_id,
        text,
        verdict=verdict,
        score=score,
        topic_id=topic_id,
        offered=offered,
        for_official=for_official,
        area_code=turn.person.commune_code,
        now=turn.now,
    )
