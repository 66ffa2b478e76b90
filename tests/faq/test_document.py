"""Topics written down and read back: nothing is lost, and the same topic has the same digest."""

from __future__ import annotations

import json
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from faq import Confidence, ContentError, Source, Topic, Version, parse
from faq.document import digest, dump, read, read_all
from handlers.topics import shipped
from tests.faq.builders import make_topic, make_version

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).map(
    lambda text: text.strip() or "x"
)
MAYBE = st.none() | TEXT
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@st.composite
def versions(draw: st.DrawFn) -> Version:
    start = draw(DAYS)
    return Version(
        start,
        draw(st.none() | st.dates(start, date(2036, 1, 1))),
        draw(DAYS),
        draw(st.sampled_from(Confidence)),
        draw(TEXT),
        draw(MAYBE),
        draw(MAYBE),
        tuple(draw(st.lists(TEXT, max_size=3))),
        tuple(draw(st.lists(st.builds(Source, TEXT, MAYBE, MAYBE), max_size=2))),
    )


topics = st.builds(
    Topic,
    TEXT,
    TEXT,
    TEXT,
    st.lists(TEXT, max_size=4).map(tuple),
    st.lists(versions(), max_size=3).map(tuple),
    st.booleans(),
    MAYBE,
)


@pytest.mark.parametrize("topic", shipped(), ids=lambda topic: topic.id)
def test_every_shipped_topic_survives_json_and_yaml(topic: Topic) -> None:
    assert read(json.loads(json.dumps(dump(topic))), "edit") == topic
    assert read(yaml.safe_load(yaml.safe_dump(dump(topic), allow_unicode=True)), "edit") == topic


@given(topics)
def test_any_topic_is_read_back_as_it_was(topic: Topic) -> None:
    """Also the odd ones: no phrasings, no versions, texts that look like numbers or days."""
    assert read(dump(topic), "edit") == topic
    assert read(yaml.safe_load(yaml.safe_dump(dump(topic))), "edit") == topic


def test_the_digest_changes_with_every_change_and_only_then() -> None:
    topic = make_topic()

    assert digest(topic) == digest(make_topic())
    assert len(digest(topic)) == 64
    for change in (
        {"title": "Khác"},
        {"succeeded_by": "khac"},
        {"versions": (make_version(answer="Khác."),)},
    ):
        assert digest(make_topic(**change)) != digest(topic)


def test_a_file_may_hold_topics_of_several_themes() -> None:
    """An export holds all topics; each names its theme, and the file none."""
    one, two = make_topic("mot", theme="Một"), make_topic("hai", theme="Hai")

    assert read_all({"topics": [dump(one), dump(two)]}, "export.json") == [one, two]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"theme": None}, "edit: topic mot-viec: theme: missing"),
        ({"id": None}, "edit: topic without id: id: missing"),
        (
            {"versions": [{"valid_from": "2026-02-30"}]},
            "topic mot-viec: valid_from: there is no day 2026-02-30",
        ),
        ({"versions": [{"valid_from": "１０-０１-2026"}]}, "valid_from: a day was expected"),
        ({"extra": 1}, "extra: unknown key"),
    ],
)
def test_what_is_wrong_in_a_document_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(ContentError) as caught:
        read(dump(make_topic()) | change, "edit")

    assert said in str(caught.value)


def test_a_theme_of_its_own_wins_over_the_file() -> None:
    (topic,) = parse("theme: A\ntopics: [{id: x, theme: B, title: T, phrasings: [], versions: []}]", "x.yaml")

    assert topic.theme == "B"
