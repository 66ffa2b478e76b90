"""The examples that ship with the program, and what is learned from them: urgent messages and intents."""

from collections.abc import Iterable, Sequence
from importlib import resources

from faq import Topic
from faq.signals import CALM, Intent, Signals, Urgency, parse
from faq.text import Readings

# Topics whose phrasings are often cries for help themselves: they teach nothing about calm questions.
URGENT_TOPICS = frozenset(
    (
        "khan-cap-tu-hai-bao-luc",
        "tre-em-bi-xam-hai-111",
        "lua-dao-gia-danh-can-bo",
        "tro-giup-khan-cap-doi-gao",
    )
)


def shipped(topics: Sequence[Topic] = (), readings: Readings | None = None) -> Signals:
    """Read the examples that ship; they are learned from, with these topics, later. Raises ContentError.

    Args: readings: what a matcher read of the same topics.
    """
    folder = resources.files("faq.signals")
    urgent = parse(
        folder.joinpath("urgent.yaml").read_text(encoding="utf-8"), "urgent.yaml", [*Urgency, CALM]
    )
    intents = parse(folder.joinpath("intents.yaml").read_text(encoding="utf-8"), "intents.yaml", list(Intent))
    return Signals(urgent, intents, list(questions(topics)), readings)


def questions(topics: Iterable[Topic]) -> Iterable[str]:
    """How people ask about policy, and calmly."""
    for topic in topics:
        if topic.id not in URGENT_TOPICS:
            yield from topic.phrasings
