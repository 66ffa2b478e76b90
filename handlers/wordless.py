"""What is answered to a message without a word: pictures, voices, a place, a sticker."""

from datetime import timedelta

from handlers import file_texts, texts
from handlers.messages import Outbound
from handlers.turn import Replies, Turn, button
from storage import files, messages

FEEDBACK = "feedback"
ASKED_LATELY = timedelta(minutes=2)


def answer(turn: Turn, *, may_tell: bool) -> Replies:
    """Say what became of it, and ask what it is about. `may_tell`: there is a dialogue for feedback, and it is offered."""
    if turn.inbound.files:
        return _ask_about_files(turn, may_tell)
    if turn.inbound.place is not None:
        return [Outbound(file_texts.PLACE)]
    return [Outbound(file_texts.OTHER if turn.inbound.other else texts.EMPTY)]


def _ask_about_files(turn: Turn, may_tell: bool) -> Replies:
    rows = files.list_of_messages(turn.tx, [turn.message_id])
    if not any(row.status in ("stored", "wanted") for row in rows):
        return []  # why none is taken was said
    sentence = file_texts.KEPT_OFFER if may_tell else file_texts.KEPT
    # The pictures of an album come as messages of their own: it is asked once what they are about.
    last = [m for m in messages.list_history(turn.tx, turn.person.address_id, 0, 3) if m.direction == "out"]
    if last and last[-1].text == sentence and turn.now - last[-1].at < ASKED_LATELY:
        return []
    return [Outbound(sentence, (button(file_texts.BUTTON_TELL, FEEDBACK, "start"),) if may_tell else ())]
