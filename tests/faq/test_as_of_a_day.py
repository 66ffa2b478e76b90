"""The law is dated: on each day the text of that day, on both sides of every change that ships."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.cli import main
from faq import Verdict
from handlers import texts
from handlers.topics import Library, Topic, Version, shipped, tell

FIRST = date(2025, 7, 1)
DAY = timedelta(days=1)
TOPICS = [topic for topic in shipped() if topic.versions]
CHANGES = [
    (topic, one, two)
    for topic in TOPICS
    for one, two in zip(topic.versions, topic.versions[1:], strict=False)
]
ENDS = [(topic, topic.versions[-1].valid_to) for topic in TOPICS if topic.versions[-1].valid_to is not None]


def names(changes: list[tuple[Topic, Version, Version]]) -> list[str]:
    return [f"{topic.id} {two.valid_from}" for topic, _, two in changes]


@pytest.mark.parametrize(("topic", "one", "two"), CHANGES, ids=names(CHANGES))
def test_the_day_before_and_the_day_of_a_change_have_their_own_text(
    library: Library, topic: Topic, one: Version, two: Version
) -> None:
    last = one.valid_to
    assert last is not None

    assert library.current(topic.id, last) == (topic, one)
    assert library.current(topic.id, two.valid_from) == (topic, two)
    before, after = tell(topic, one, last), tell(topic, two, two.valid_from)
    # The line with the day of the question always differs; the rest must differ too.
    assert without_the_day(before, last) != without_the_day(after, two.valid_from)


def without_the_day(text: str, day: date) -> str:
    return text.replace(texts.RIGHT_ON.format(day=texts.day(day)), "")


def test_there_are_changes_to_walk() -> None:
    assert len(CHANGES) > 30
    assert ENDS


def test_before_its_first_day_a_topic_says_nothing(library: Library) -> None:
    assert TOPICS
    wrong = [
        topic.id
        for topic in TOPICS
        for first in (topic.versions[0].valid_from,)
        if library.current(topic.id, first - DAY) is not None
        or library.current(topic.id, first) != (topic, topic.versions[0])
    ]

    assert wrong == []


@pytest.mark.parametrize(("topic", "last"), ENDS, ids=[f"{topic.id} {last}" for topic, last in ENDS])
def test_after_its_last_day_a_topic_gives_way(library: Library, topic: Topic, last: date) -> None:
    """To its successor where one is named, else to nothing; never is the old text told as current."""
    told = library.current(topic.id, last + DAY)

    assert told is None or told[0].id == topic.succeeded_by
    assert (told is not None) == (topic.succeeded_by is not None)


@pytest.mark.parametrize("day", sorted({two.valid_from for _, _, two in CHANGES}))
def test_a_title_asked_around_a_change_finds_the_text_of_the_day(library: Library, day: date) -> None:
    """Asked as a resident would, the day before and the day of it."""
    for topic, one, two in CHANGES:
        if two.valid_from != day or topic.referral:
            continue
        for asked_on, version in ((day - DAY, one), (day, two)):
            match = library.matcher.match(topic.title, asked_on)
            if not version.covers(asked_on):
                continue
            assert match.verdict is Verdict.ANSWER, (topic.id, asked_on)
            assert library.current(match.hits[0].topic_id, asked_on) == (topic, version)


@pytest.mark.parametrize("day", [date(2025, 6, 30), date(2021, 1, 1)])
def test_before_the_first_day_there_is_nothing_and_it_is_said(
    library: Library, capsys: pytest.CaptureFixture[str], day: date
) -> None:
    assert not library.covers(day)
    assert library.covers(FIRST)
    assert main(["faq", "ask", "hộ nghèo vay được bao nhiêu", "--on", str(day)]) == 0
    assert capsys.readouterr().out.strip() == texts.NOT_ON_DAY.format(day=texts.day(day))


@pytest.mark.parametrize(
    ("on", "told", "not_told"),
    [
        ("2025-12-31", "500.000 đồng", "700.000 đồng"),
        ("2026-01-01", "700.000 đồng", "540.000 đồng"),
        ("2026-06-30", "500.000 đồng", "540.000 đồng"),
        ("2026-07-01", "Mức chung cả nước là 540.000 đồng", "Mức chung cả nước là 500.000 đồng"),
    ],
)
def test_ask_tells_the_amount_of_the_day_it_is_asked_on(
    capsys: pytest.CaptureFixture[str], on: str, told: str, not_told: str
) -> None:
    assert main(["faq", "ask", "Mức chuẩn trợ giúp xã hội ở Hải Phòng", "--on", on]) == 0

    out = capsys.readouterr().out
    assert told in out
    assert not_told not in out
    assert texts.day(date.fromisoformat(on)) in out
