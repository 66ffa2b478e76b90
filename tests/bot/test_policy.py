"""What follows from a failed attempt: a table."""

from dataclasses import replace

import pytest

from bot.channels.base import Failure, SendFailed
from bot.delivery.policy import LONGEST_WAIT_S, MAX_ATTEMPTS, Again, End, counts, next_step
from storage.documents import NOT_ENCLOSED
from storage.outbox import Delivery, Lane

R, N, B = Lane.REPLY, Lane.NOTICE, Lane.BULK


def delivery(lane: Lane = R, attempts: int = 1, *, repeated: bool = False) -> Delivery:
    """Make a delivery after this many attempts."""
    return Delivery(1, 1, 1, "42", lane, "…", (), repeated, attempts)


def failed(kind: Failure, retry_after_s: float | None = None, *, everybody: bool = False) -> SendFailed:
    """Make a failure."""
    return SendFailed(kind, "why", retry_after_s, everybody=everybody)


@pytest.mark.parametrize(
    ("failure", "of", "then"),
    [
        (failed(Failure.THROTTLED, 17), delivery(B, 50), Again(17, "why")),
        (failed(Failure.THROTTLED), delivery(), Again(1.0, "why")),
        (failed(Failure.BLOCKED), delivery(), End("blocked", "why")),
        (failed(Failure.CLOSED), delivery(), End("waiting", "closed")),
        (failed(Failure.REFUSED), delivery(), End("failed", "why")),
        (failed(Failure.INCOMPLETE), delivery(R), End("sent", NOT_ENCLOSED)),
        (failed(Failure.INCOMPLETE), delivery(N), End("sent", NOT_ENCLOSED)),
        (failed(Failure.UNKNOWN), delivery(R), Again(0.0, "why", repeated=True)),
        (failed(Failure.UNKNOWN), delivery(N), Again(60.0, "why", repeated=True)),
        (failed(Failure.UNKNOWN), delivery(B), End("unknown", "why")),
        (failed(Failure.UNKNOWN), replace(delivery(N), announcement_id=7), End("unknown", "why")),
        (failed(Failure.UNKNOWN), delivery(R, repeated=True), End("unknown", "why")),
        (failed(Failure.UNKNOWN), delivery(N, repeated=True), End("unknown", "why")),
        (failed(Failure.RETRY), delivery(attempts=1), Again(5.0, "why")),
        (failed(Failure.RETRY), delivery(attempts=4), Again(40.0, "why")),
        (failed(Failure.RETRY, 3), delivery(attempts=4), Again(3, "why")),
        (failed(Failure.RETRY, everybody=True), delivery(attempts=40), Again(LONGEST_WAIT_S, "why")),
    ],
)
def test_next_step(failure: SendFailed, of: Delivery, then: Again | End) -> None:
    assert next_step(failure, of) == then


def test_a_message_that_keeps_failing_alone_is_given_up() -> None:
    step = next_step(failed(Failure.RETRY), delivery(attempts=MAX_ATTEMPTS))

    assert isinstance(step, End)
    assert step.status == "failed"


@pytest.mark.parametrize(
    ("failure", "counted"),
    [
        (failed(Failure.THROTTLED, 5), False),
        (failed(Failure.RETRY, everybody=True), False),
        (failed(Failure.RETRY), True),
        (failed(Failure.UNKNOWN), True),
    ],
)
def test_waiting_that_the_channel_asks_for_is_no_attempt_against_a_resident(
    failure: SendFailed, counted: bool
) -> None:
    assert counts(failure) is counted
