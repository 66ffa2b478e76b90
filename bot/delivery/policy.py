"""Decide what happens to a delivery after a failed attempt. Pure: no clock, no database, no network."""

from dataclasses import dataclass

from bot.channels.base import Failure, SendFailed
from storage.documents import NOT_ENCLOSED
from storage.outbox import NOTICE_REPEAT_AFTER, Delivery, Lane
from storage.waiting import CLOSED

MAX_ATTEMPTS = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 3600.0
THROTTLED_WAIT_S = 1.0  # when the channel asks us to wait and does not say how long


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after this wait. `repeated`: the first try may have arrived."""

    after_s: float
    reason: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The delivery ends: sent in part, failed, blocked, waiting or unknown."""

    status: str
    reason: str


def next_step(failure: SendFailed, delivery: Delivery) -> Again | End:
    """Say when to try again, or how it ends.

    The channel's own wish to wait wins over ours and never counts as an attempt; nor does a channel that is
    down for everybody. `delivery.attempts` is the number of attempts that count, this one included.
    """
    wish = failure.retry_after_s
    match failure.kind:
        case Failure.THROTTLED:
            return Again(wish if wish is not None else THROTTLED_WAIT_S, failure.reason)
        case Failure.BLOCKED:
            return End("blocked", failure.reason)
        case Failure.CLOSED:
            return End("waiting", CLOSED)
        case Failure.REFUSED:
            return End("failed", failure.reason)
        case Failure.INCOMPLETE:
            # Sent again, here or elsewhere, the text would be read twice; the official sees what is missing.
            return End("sent", NOT_ENCLOSED)
        case Failure.UNKNOWN:
            return _unknown(failure, delivery)
        case Failure.RETRY:
            if delivery.attempts >= MAX_ATTEMPTS and not failure.everybody:
                return End("failed", f"{failure.reason}; given up after {delivery.attempts} attempts")
            wait = min(FIRST_WAIT_S * 2 ** (delivery.attempts - 1), LONGEST_WAIT_S)
            return Again(wish if wish is not None else wait, failure.reason)


def _unknown(failure: SendFailed, delivery: Delivery) -> Again | End:
    """A reply is sent once more at once, a notice a minute later; an announcement is never sent twice by itself."""
    announced = delivery.lane is Lane.BULK or delivery.announcement_id is not None
    if delivery.repeated or announced:
        return End("unknown", failure.reason)
    wait = 0.0 if delivery.lane is Lane.REPLY else NOTICE_REPEAT_AFTER.total_seconds()
    return Again(wait, failure.reason, repeated=True)


def counts(failure: SendFailed) -> bool:
    """Say whether an attempt that failed so counts against the delivery."""
    return failure.kind is not Failure.THROTTLED and not failure.everybody
