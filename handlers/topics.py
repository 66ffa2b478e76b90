"""The topics at hand, and how one is told to a person."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources

from faq import Confidence, Hit, Matcher, Topic, Verdict, Version, parse
from faq.likeness import Likeness
from faq.parts import parts
from handlers import texts

# Themes in which no commune confirms an amount or a result: this channel itself, and whom to call in danger.
_NOT_FOR_THE_COMMUNE = frozenset({"Dùng kênh này và an toàn"})


MOST_ANSWERS = 2  # to one message: more is not read on a phone


@dataclass(frozen=True, slots=True)
class _Held:
    topics: Mapping[str, Topic]
    matcher: Matcher


class Library:
    """All topics, and the matcher over them. What it holds can be replaced while others read it."""

    def __init__(
        self,
        topics: Sequence[Topic],
        shipped: Sequence[Topic] | None = None,
        matcher: Matcher | None = None,
    ) -> None:
        """Args:
        topics: as they ship, or as editors left them; ids are unique.
        shipped: as they ship; None: `topics` are.
        matcher: over these topics, where there is one already.
        """
        self.shipped: Mapping[str, Topic] = {t.id: t for t in (topics if shipped is None else shipped)}
        self._held = _Held({topic.id: topic for topic in topics}, matcher or Matcher(topics))

    @property
    def topics(self) -> Mapping[str, Topic]:
        """Return the topics by id, in their order."""
        return self._held.topics

    @property
    def matcher(self) -> Matcher:
        """Return the matcher over the topics."""
        return self._held.matcher

    @property
    def likeness(self) -> Likeness:
        """Return what compares questions that no topic answers."""
        return self.matcher.likeness

    def swap(self, other: "Library") -> None:
        """Hold from now on what another library holds: the topics and their matcher, both at once."""
        self._held = other._held

    def pinned(self) -> "Library":
        """Return a library that goes on holding what this one holds now, whatever is swapped in meanwhile."""
        return copy.copy(self)

    def find(self, topic_id: str) -> Topic | None:
        """Return a topic, or None for an id nobody knows (any more)."""
        return self.topics.get(topic_id)

    def warm_up(self, day: date) -> None:
        """Build now what the first question of that day would otherwise wait for (about a second)."""
        for topic in self.topics.values():
            self.matcher.match(topic.title, day)
            break

    def several(self, text: str, day: date) -> tuple[Hit, ...]:
        """Return the topics that surely answer the questions of a message, when it asks two; else nothing."""
        pieces = parts(text)
        if len(pieces) < 2:
            return ()
        matches = [self.matcher.match(piece, day) for piece in pieces]
        sure = {m.hits[0].topic_id: m.hits[0] for m in matches if m.verdict is Verdict.ANSWER}
        return tuple(sure.values())[:MOST_ANSWERS] if len(sure) > 1 else ()

    def covers(self, day: date) -> bool:
        """Say whether there is any answer for that day."""
        return any(topic.on(day) for topic in self.topics.values() if not topic.referral)

    def current(self, topic_id: str, day: date) -> tuple[Topic, Version] | None:
        """Return the topic with the text that is right on that day.

        A topic past its end gives way to the one that succeeds it; None when no text covers the day.
        """
        seen: set[str] = set()
        topic = self.topics.get(topic_id)
        while topic is not None and topic.id not in seen:
            seen.add(topic.id)
            if (version := topic.on(day)) is not None:
                return topic, version
            started = any(v.valid_from <= day for v in topic.versions)
            topic = self.topics.get(topic.succeeded_by) if topic.succeeded_by and started else None
        return None


def shipped() -> list[Topic]:
    """Read the topics that come with the program; raises ContentError."""
    return [topic for file in sorted(_files(), key=lambda item: item[0]) for topic in parse(file[1], file[0])]


def _files() -> Iterable[tuple[str, str]]:
    for entry in resources.files("faq").joinpath("content").iterdir():
        if entry.name.endswith(".yaml"):
            yield entry.name, entry.read_text(encoding="utf-8")


def tell(topic: Topic, version: Version, day: date, office: str | None = None) -> str:
    """Write an answer as a resident reads it: the title, the answer, where to go, the sources, the dates.

    Args: office: a line on where their own commune receives people; said where there is somewhere to go.
    """
    if topic.referral:
        return version.answer
    lines = [topic.title, "", version.answer.strip(), ""]
    if version.where:
        lines.append(texts.WHERE.format(where=_sentence(version.where)))
        if office:
            lines.append(office)
    if version.bring:
        lines.append(texts.BRING.format(things="; ".join(version.bring)))
    if not is_holding(version) and topic.theme not in _NOT_FOR_THE_COMMUNE:
        lines.append(texts.CONFIRMED_BY)
    if version.sources:
        frame = texts.SETTLED_BY if is_holding(version) else texts.SOURCES
        lines.append(frame.format(sources=sources(version)))
    lines.append(texts.RIGHT_ON.format(day=texts.day(day)))
    return "\n".join(lines)


def is_holding(version: Version) -> bool:
    """Say whether the answer is that the matter is not settled yet."""
    return version.confidence is Confidence.UNCERTAIN


def sources(version: Version) -> str:
    """Write the sources in one line: document, article, dates."""
    return "; ".join(
        source.document
        + (f", {source.article}" if source.article else "")
        + (f" ({source.dates})" if source.dates else "")
        for source in version.sources
    )


def _sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else text.rstrip() + "."


__all__ = ["Library", "Topic", "Version", "is_holding", "shipped", "sources", "tell"]
