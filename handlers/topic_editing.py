"""Topics that editors change: what stands, what may be saved, what an upgrade changed underneath."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from faq import ContentError, Topic
from faq.document import read
from storage.topics import Revision


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Topics as they stand. `damaged`: edits that cannot be read, with why; what ships stands there instead."""

    topics: list[Topic]
    damaged: Mapping[str, str]


def overlay(shipped: Iterable[Topic], edits: Iterable[Revision]) -> Overlaid:
    """Put what editors saved in place of what ships; topics of their own come after, by id."""
    standing = {topic.id: topic for topic in shipped}
    damaged: dict[str, str] = {}
    for edit in edits:
        try:
            topic = read(edit.document, f"revision {edit.id}")
        except ContentError as exc:
            damaged[edit.topic_id] = str(exc)
            continue
        if topic.id == edit.topic_id:
            standing[topic.id] = topic
        else:
            damaged[edit.topic_id] = f"revision {edit.id}: holds topic {topic.id}"
    return Overlaid(list(standing.values()), damaged)
