"""Which dialogues there are, and what opens each: one line a dialogue, in each table that concerns it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from faq.signals import Intent
from handlers import understanding
from handlers.commands import Command
from handlers.flows import (
    ask,
    attendance,
    benefits,
    commune,
    dialogue,
    feedback,
    human,
    link,
    menu,
    my_data,
    official,
    rsvp,
    selfcheck,
    stop,
    subscribe,
    survey,
    track,
    verify,
)
from handlers.turn import Replies, Turn

FLOWS: Final[Mapping[str, ModuleType]] = MappingProxyType(
    {
        flow.FLOW: flow
        for flow in (
            ask,
            attendance,
            benefits,
            commune,
            dialogue,
            feedback,
            human,
            link,
            menu,
            my_data,
            official,
            rsvp,
            selfcheck,
            stop,
            subscribe,
            survey,
            track,
            verify,
        )
    }
)
# Dialogues that hear what is typed; those that also take what comes without a word.
HEARING: Final = frozenset(
    (
        *(flow.FLOW for flow in understanding.OPENED),
        dialogue.FLOW,
        feedback.FLOW,
        human.FLOW,
        rsvp.FLOW,
        survey.FLOW,
        verify.FLOW,
    )
)
TAKING: Final = frozenset((feedback.FLOW, human.FLOW, track.FLOW))
# They ask again after a question in the middle.
RESUMED: Final = frozenset((selfcheck.FLOW, benefits.FLOW, feedback.FLOW, human.FLOW))
# Words of command that a dialogue takes for its own: "vâng" and "đúng rồi" are answers.
OWN_WORDS: Final[Mapping[tuple[str, Command], Callable[[Turn], Replies | None]]] = MappingProxyType(
    {
        (selfcheck.FLOW, Command.THANKS): selfcheck.hear,
        (feedback.FLOW, Command.THANKS): feedback.hear,
        **{(feedback.FLOW, word): feedback.leave for word in (Command.STOP, Command.LEAVE)},
        **{(human.FLOW, word): human.leave for word in (Command.STOP, Command.LEAVE)},
        (human.FLOW, Command.THANKS): human.hear,
        (dialogue.FLOW, Command.LEAVE): dialogue.leave,
        (survey.FLOW, Command.LEAVE): survey.leave,
    }
)
# What takes each intent over. A dialogue of its own takes the place of its line here.
INTENTS: Final[Mapping[Intent, Callable[[Turn], Replies]]] = MappingProxyType(
    {
        Intent.QUESTION: ask.hear,
        Intent.FEEDBACK: feedback.begin,
        Intent.TRACK: track.ask,
        Intent.STOP: stop.hear,
        Intent.SUBSCRIBE: subscribe.show,
        Intent.EVENTS: rsvp.coming,
        Intent.HUMAN: human.begin,
        Intent.ERASE: my_data.hear,
        Intent.MENU: menu.show,
        Intent.SMALLTALK: menu.chat,
    }
)
# Words of command that open a dialogue of their own.
WORDS: Final[Mapping[Command, Callable[[Turn], Replies]]] = MappingProxyType(
    {
        Command.COMMUNE: commune.ask,
        Command.SUBSCRIBE: subscribe.show,
        Command.MY_DATA: my_data.show,
        Command.ERASE: my_data.erase,
        Command.LINK: link.offer,
        Command.UNLINK: link.ask_leave,
    }
)
