"""What people want besides an answer, as long as it has no dialogue of its own: a true sentence, and it is kept.

Kept for officials as a question whose verdict is the wish's name.
"""

from handlers import wish_texts
from handlers.messages import Button, Outbound
from handlers.turn import Press, Replies, Turn, button
from storage import questions

FLOW = "wish"


def events(turn: Turn) -> Replies:
    """Say who knows the dates."""
    _keep(turn)
    return [Outbound(wish_texts.EVENTS, _topics(turn))]


def press(_turn: Turn, _press: Press) -> Replies | None:
    """Nothing here has a button any more."""
    return None


def _keep(turn: Turn) -> int:
    return questions.add(
        turn.tx,
        turn.person.address_id,
        turn.message_id,
        turn.inbound.text,
        verdict=turn.reading.intent.value,
        score=turn.reading.match.score,
        topic_id=None,
        offered=turn.reading.offered,
        for_official=False,
        now=turn.now,
    )


def _topics(turn: Turn) -> tuple[Button, ...]:
    """Offer what may be read of the matter meanwhile."""
    found = (turn.guide.library.current(topic_id, turn.reading.day) for topic_id in turn.reading.offered)
    return tuple(button(current[0].title, "ask", "topic", current[0].id) for current in found if current)
