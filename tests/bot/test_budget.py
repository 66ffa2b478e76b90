"""How fast a channel may be used. Time is a number the test gives."""

import random

from bot.delivery.budget import PERSON_BURST, Budget
from bot.wiring import IN_FLIGHT


def test_no_window_of_a_second_ever_sees_more_than_the_rate() -> None:
    """Whatever the latency: the platform counts somewhere between begin and end of a call."""
    chance = random.Random(7)
    budget = Budget(30, in_flight=64)
    running: list[tuple[float, float]] = []  # (ends at, counted by the platform at)
    counted: list[float] = []
    now = 0.0
    for address in range(2000):
        while budget.room(now) == 0:
            ends = [end for end, _ in running]
            wake = [t for t in (budget.next_room_at(bulk=False), *ends) if t is not None and t > now]
            now = min(wake)
            for end, at in sorted(running):
                if end <= now:
                    budget.end(end)
                    running.remove((end, at))
        latency = chance.uniform(0.02, 0.14)
        budget.begin(address, now)
        at = now + chance.uniform(0, latency)
        running.append((now + latency, at))
        counted.append(at)

    counted.sort()
    assert all(later - first > 1.0 for first, later in zip(counted, counted[30:], strict=False))
    assert len(counted) / (counted[-1] - counted[0]) > 26  # and it is not much slower than it may be


def test_a_rate_below_one_or_broken_is_kept_too() -> None:
    budget = Budget(1.5, in_flight=8)
    now = 0.0
    sent: list[float] = []
    while len(sent) < 30:
        if budget.room(now):
            budget.begin(len(sent), now)
            budget.end(now)
            sent.append(now)
        now += 0.01

    assert 1.3 < len(sent) / (sent[-1] - sent[0]) < 1.6


def test_one_person_gets_a_short_burst_then_one_a_second() -> None:
    budget = Budget(1000, in_flight=64)
    now, times = 100.0, []
    for _ in range(PERSON_BURST + 3):
        now = max(now, budget.person_ready_at(1))
        budget.begin(1, now)
        budget.end(now)
        times.append(now - 100.0)

    assert times == [0, 0, 0, 1, 2, 3]
    assert budget.person_ready_at(2) < 100.0


def test_calls_in_flight_are_bounded_even_where_the_rate_is_not() -> None:
    budget = Budget(10_000, in_flight=5)
    for address in range(5):
        budget.begin(address, 0.0)

    assert budget.room(0.0) == 0
    budget.end(0.1)
    assert budget.room(0.1) == 1


def sent_within(budget: Budget, seconds: float) -> list[float]:
    """Return when messages leave, each call lasting no time."""
    sent: list[float] = []
    for step in range(int(seconds * 100)):
        now = step / 100
        if budget.room(now):
            budget.begin(len(sent), now)
            budget.end(now)
            sent.append(now)
    return sent


def test_at_a_small_rate_a_few_leave_together_and_the_rate_is_kept() -> None:
    """An answer in three parts does not take two seconds."""
    sent = sent_within(Budget(1.5, in_flight=8, burst=3), 60)

    assert [t < 0.1 for t in sent[:4]] == [True, True, True, False]
    assert 85 <= len(sent) <= 93


def test_what_the_channel_grants_counts_from_one_moment_to_the_next() -> None:
    granted = [1.0]
    budget = Budget(10, in_flight=64, factor=lambda: granted[0])
    whole = len(sent_within(budget, 20))
    granted[0] = 0.5
    halved = len(sent_within(Budget(10, in_flight=64, factor=lambda: granted[0]), 20))

    assert 195 <= whole <= 211
    assert 95 <= halved <= 111


def test_after_a_kill_no_more_than_128_announcements_of_a_worker_are_unknown() -> None:
    """However fast a channel may be used; calls that are kept for replies are left."""
    budget = Budget(1_000_000, IN_FLIGHT)
    begun = 0
    while budget.bulk_room(float(begun)):
        budget.begin(begun, float(begun), bulk=True)
        begun += 1

    assert begun == 128
    assert budget.room(float(begun)) == IN_FLIGHT - 128
