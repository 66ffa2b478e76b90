"""What a change of a topic would do to what people were really asking. Pure, and slow: seconds; run it in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from faq import Match, Topic, Verdict
from handlers.topics import Library

MOST_ASKED = 500


@dataclass(frozen=True, slots=True)
class Told:
    """How a question is taken: `verdict` is answer, ask, unknown or referral; titles of the topics, best first."""

    verdict: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One question that would be taken in another way."""

    question: str
    before: Told
    after: Told


@dataclass(frozen=True, slots=True)
class Changes:
    """`asked`: different questions that were tried; `answered`: how many of them this topic would answer."""

    asked: int
    answered: int
    changed: tuple[Changed, ...]


def would_change(library: Library, topic: Topic, questions: Sequence[str], day: date) -> Changes:
    """Ask the questions once by the topics as they stand and once with this one in its place."""
    after = Library(list((dict(library.topics) | {topic.id: topic}).values()))
    asked = list(dict.fromkeys(questions))
    changed, answered = [], 0
    for question in asked:
        old, new = library.matcher.match(question, day), after.matcher.match(question, day)
        answered += new.verdict is Verdict.ANSWER and new.hits[0].topic_id == topic.id
        if _meaning(old) != _meaning(new):
            changed.append(Changed(question, _told(old, library), _told(new, after)))
    return Changes(len(asked), answered, tuple(changed))


def _meaning(match: Match) -> tuple[str, frozenset[str]]:
    """The order of buttons is no other answer."""
    verdict, ids = _outcome(match)
    return verdict, frozenset(ids)


def _outcome(match: Match) -> tuple[str, tuple[str, ...]]:
    if match.verdict is Verdict.ANSWER:
        return "answer", (match.hits[0].topic_id,)
    if match.verdict is Verdict.ASK:
        return "ask", match.offered
    return ("referral", (match.referral,)) if match.referral else ("unknown", ())


def _told(match: Match, library: Library) -> Told:
    verdict, ids = _outcome(match)
    return Told(verdict, tuple(library.topics[topic_id].title for topic_id in ids))
