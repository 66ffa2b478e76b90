"""What is answered to a message without a word: pictures, voices, a place, a sticker, a form that nobody asked for."""

from datetime import timedelta

from handlers import feedback_texts, file_texts, human_texts, texts
from handlers.messages import Outbound
from handlers.turn import Replies, Turn, button
from storage import files, messages

FEEDBACK = "feedback"
ASKED_LATELY = timedelta(minutes=2)


def answer(turn: Turn) -> Replies:
    """Say what became of it, and offer to tell the officials what it is about."""
    if turn.inbound.contact is not None:
        return [Outbound(human_texts.CONTACT_NOT_ASKED)]
    if turn.inbound.files:
        return _ask_about_files(turn)
    if turn.inbound.place is not None:
        return [Outbound(file_texts.PLACE)]
    return [Outbound(file_texts.OTHER if turn.inbound.other else texts.EMPTY)]


def _ask_about_files(turn: Turn) -> Replies:
    rows = files.list_of_messages(turn.tx, [turn.message_id])
    if not any(row.status in ("stored", "wanted") for row in rows):
        return []  # why none is taken was said
    # The pictures of an album come as messages of their own: it is asked once what they are about.
    last = [m for m in messages.list_history(turn.tx, turn.person.address_id, 0, 3) if m.direction == "out"]
    if last and last[-1].text == file_texts.KEPT and turn.now - last[-1].at < ASKED_LATELY:
        return []
    use = button(feedback_texts.BUTTON_START, FEEDBACK, "use", turn.message_id)
    return [Outbound(file_texts.KEPT, (use,))]
