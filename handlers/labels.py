"""Where buttons do not show, people type their words: which button of those shown lately is meant."""

from faq.text import fold
from handlers import (
    announcement_texts,
    consent_texts,
    dialogue_texts,
    event_texts,
    feedback_texts,
    human_texts,
    link_texts,
    my_data_texts,
    official_texts,
    texts,
    track_texts,
)
from handlers.turn import Press, Turn, parse_press
from storage import messages

LOOK_BACK = 8  # messages of both sides in which a typed button is looked for
_TYPED = {
    **{
        fold(label): label
        for label in (
            texts.BUTTON_MORE,
            texts.BUTTON_HELPED,
            texts.BUTTON_NOT_HELPED,
            texts.BUTTON_NONE_OF_THESE,
            texts.BUTTON_TO_OFFICIAL,
            *consent_texts.LABELS,
            *my_data_texts.LABELS,
            *link_texts.LABELS,
            feedback_texts.BUTTON_START,
            feedback_texts.BUTTON_SEND,
            feedback_texts.BUTTON_SEND_ANONYMOUS,
            feedback_texts.BUTTON_EDIT,
            feedback_texts.BUTTON_OTHER_KIND,
            feedback_texts.BUTTON_GO_ON,
            feedback_texts.BUTTON_USE,
            feedback_texts.BUTTON_AS_COMPLAINT,
            feedback_texts.BUTTON_AS_DENUNCIATION,
            feedback_texts.BUTTON_AS_REFLECTION,
            feedback_texts.BUTTON_READ_LAW,
            texts.BUTTON_MY_CASES,
            track_texts.BUTTON_ADD,
            track_texts.BUTTON_WITHDRAW,
            track_texts.BUTTON_WITHDRAW_SURE,
            track_texts.BUTTON_KEEP,
            track_texts.BUTTON_SOLVED,
            track_texts.BUTTON_NOT_SOLVED,
            human_texts.BUTTON_START,
            official_texts.BUTTON_TAKE,
            official_texts.BUTTON_REPLY,
            official_texts.BUTTON_SEND,
            official_texts.BUTTON_DROP,
            human_texts.BUTTON_NO_PHONE,
            human_texts.BUTTON_LEAVE,
            announcement_texts.BUTTON_GOING,
            event_texts.BUTTON_STILL_GOING,
            announcement_texts.BUTTON_NOT_GOING,
            announcement_texts.BUTTON_WITH,
            event_texts.BUTTON_NUMBER,
            event_texts.BUTTON_SUBSCRIBE,
            dialogue_texts.BUTTON_ASK,
            dialogue_texts.BUTTON_ANOTHER,
            dialogue_texts.BUTTON_OWN,
            dialogue_texts.BUTTON_LEAVE,
            dialogue_texts.BUTTON_USEFUL,
            dialogue_texts.BUTTON_FAIR,
            dialogue_texts.BUTTON_NOT_USEFUL,
            dialogue_texts.BUTTON_NOTHING,
        )
    },
    "khong phai": texts.BUTTON_NONE_OF_THESE,
}


def find(turn: Turn) -> Press | None:
    """Return the press that the typed words mean; None if they are no button's, or it was not shown lately."""
    label = _TYPED.get(fold(turn.inbound.text))
    if label is None:
        return None
    shown = messages.list_history(turn.tx, turn.person.address_id, 0, LOOK_BACK)
    for each in (b for message in reversed(shown) for b in message.buttons):
        if each.label == label and each.payload is not None:
            return parse_press(each.payload)
    return None
