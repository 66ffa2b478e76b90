"""What somebody told in several messages: kept as the messages' ids, read together when it is needed. Bounded.

A dialogue keeps ids and never words: the state stays small, and what is erased from the messages is gone.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handlers.messages import MAX_TEXT_CHARS
from handlers.turn import Turn
from storage import files, messages
from storage.files import Attached

MAX_MESSAGES: Final = 30
TOLD, CAME, PLACE = "told", "came", "place"
"""Where the ids are: of messages with words, of messages that brought files. And the place that was sent."""


@dataclass(frozen=True, slots=True)
class Story:
    """The words of several messages, what came along with them, and what help they seemed to need."""

    words: str
    attachment_ids: tuple[int, ...]
    counts: Mapping[str, int]
    urgent: str | None
    place: tuple[float, float] | None

    @property
    def empty(self) -> bool:
        """Say whether nothing was told and nothing came along."""
        return not self.words and not self.attachment_ids


def read(turn: Turn, data: Mapping[str, object]) -> Story:
    """Read what a dialogue's data point to."""
    said = messages.list_said(turn.tx, turn.person.address_id, _ids(data, TOLD))
    came = _had(turn, _ids(data, CAME))
    place = _place(data)
    return Story(
        "\n".join(each.text for each in said if each.text),
        tuple(file.id for file in came),
        Counter([file.kind for file in came] + ["place"] * (place is not None)),
        next((each.urgent for each in said if each.urgent), None),
        place,
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
    if turn.message_id not in came and _had(turn, [turn.message_id]):
        data[CAME] = [*came, turn.message_id]
    if turn.inbound.place is not None:
        data[PLACE] = list(turn.inbound.place)
    return True


def recall(turn: Turn, data: Mapping[str, object], message_id: int) -> dict[str, object] | None:
    """Return data that hold also an earlier message of the person, and the files that came by themselves since.

    None when nobody here sent such a message. The pictures of an album come as messages of their own.
    """
    said = messages.list_said(turn.tx, turn.person.address_id, [message_id])
    if not said:
        return None
    told, came = _ids(data, TOLD), _ids(data, CAME)
    if said[0].text:
        told = sorted({*told, message_id})
    since = messages.list_history(turn.tx, turn.person.address_id, message_id, MAX_MESSAGES)
    alone = [m.id for m in since if m.direction == "in" and not m.text and m.payload is None]
    withs = [each for each in (message_id, *alone) if _had(turn, [each])]
    both = {**data, TOLD: told, CAME: sorted({*came, *withs})}
    return None if read(turn, both).empty else both


def brings(turn: Turn) -> bool:
    """Say whether something came with this message that can be kept."""
    return turn.inbound.place is not None or bool(_had(turn, [turn.message_id]))


def _had(turn: Turn, ids: list[int]) -> list[Attached]:
    """Return the files of these messages that can be had, and belong to no case yet."""
    rows = files.list_of_messages(turn.tx, ids)
    return [row for row in rows if row.case_id is None and row.status in ("stored", "wanted")]


def _place(data: Mapping[str, object]) -> tuple[float, float] | None:
    match data.get(PLACE):
        case [float() as latitude, float() as longitude]:
            return latitude, longitude
    return None


def _ids(data: Mapping[str, object], name: str) -> list[int]:
    kept = data.get(name)
    return [each for each in kept if type(each) is int] if isinstance(kept, list) else []
