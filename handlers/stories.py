"""What somebody told in several messages: kept as the messages' ids, read together when it is needed. Bounded.

A dialogue keeps ids and never words: the state stays small, and what is erased from the messages is gone.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handlers.messages import MAX_TEXT_CHARS
from handlers.turn import Turn
from storage import cases, messages

MAX_MESSAGES: Final = 30
TOLD, CAME = "told", "came"
"""Where the ids are: of messages with words, of messages that brought something besides."""


@dataclass(frozen=True, slots=True)
class Story:
    """The words of several messages, what came along with them, and what help they seemed to need."""

    words: str
    attachment_ids: tuple[int, ...]
    counts: Mapping[str, int]
    urgent: str | None

    @property
    def empty(self) -> bool:
        """Say whether nothing was told and nothing came along."""
        return not self.words and not self.attachment_ids


def read(turn: Turn, data: Mapping[str, object]) -> Story:
    """Read what a dialogue's data point to."""
    said = messages.list_said(turn.tx, turn.person.address_id, _ids(data, TOLD))
    files = cases.list_enclosed(turn.tx, _ids(data, CAME))
    return Story(
        "\n".join(each.text for each in said if each.text),
        tuple(file.id for file in files),
        Counter(file.kind for file in files),
        next((each.urgent for each in said if each.urgent), None),
    )


def take(turn: Turn, data: dict[str, object]) -> bool:
    """Add the message that just came, words and all; False when it would be too much for one case."""
    told, came = _ids(data, TOLD), _ids(data, CAME)
    if len(told) + len(came) >= MAX_MESSAGES:
        return False
    if turn.inbound.text and turn.message_id not in told:
        longer = {TOLD: [*told, turn.message_id]}
        if len(read(turn, longer).words) > MAX_TEXT_CHARS:
            return False
        data |= longer
    if turn.message_id not in came and cases.list_enclosed(turn.tx, [turn.message_id]):
        data[CAME] = [*came, turn.message_id]
    return True


def brings_files(turn: Turn) -> bool:
    """Say whether something came with this message that can be kept."""
    return bool(cases.list_enclosed(turn.tx, [turn.message_id]))


def _ids(data: Mapping[str, object], name: str) -> list[int]:
    kept = data.get(name)
    return [each for each in kept if type(each) is int] if isinstance(kept, list) else []
