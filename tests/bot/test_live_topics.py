"""What an editor changes is what residents read, in a service that goes on running."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import config
from bot.live_topics import LiveTopics
from bot.wiring import Service
from faq.document import dump
from handlers.topics import Library
from handlers.turn import Guide
from storage import schema, topics
from storage.db import Database, Tx, opened
from storage.tables import topic_revisions
from tests.channels.residents import WebResident
from tests.conftest import NOW
from tests.databases import SECRET, sqlite_url
from tests.faq.builders import library, make_topic, make_version
from tests.handlers.resident import ZONE
from tests.service import running

QUESTION = "hộ nghèo được hỗ trợ tiền điện bao nhiêu một tháng"
SHIPPED = library(tien_dien={"versions": (make_version(answer="Bản gốc."),)})
BY_ID = {topic.id: topic for topic in SHIPPED}


def small_guide(guide: Guide) -> Guide:
    """Return what the conversation knows, with few topics, in a library of the test's own."""
    return replace(guide, library=Library(SHIPPED))


def save(
    tx: Tx, document: Mapping[str, object] | None, expected: int | None = None, topic_id: str = "tien-dien"
) -> int:
    """Save as an editor would."""
    return topics.save(tx, topic_id, document, None, "", None, NOW, expected)


def electricity(answer: str) -> dict[str, object]:
    """Return the topic of electricity with another answer."""
    return dump(replace(BY_ID["tien-dien"], versions=(make_version(answer=answer),)))


async def test_the_same_question_is_answered_by_the_new_text_without_a_restart(
    tmp_path: Path, guide: Guide
) -> None:
    async with running(tmp_path, small_guide(guide)) as service:
        address = f"http://127.0.0.1:{service.port}"
        async with WebResident(address) as resident:
            before = await resident.say(QUESTION, 2)
            saved = await service.database.write(save, electricity("Bản mới."))
            await service.live_topics.refresh()
            after = await resident.say(QUESTION, 1)
            await service.database.write(save, None, saved)
            await service.live_topics.refresh()
            again = await resident.say(QUESTION, 1)

    assert "Bản gốc." in before[-1].text
    assert "Bản mới." in after[0].text
    assert "Bản gốc." in again[0].text


async def test_a_topic_of_the_editors_own_answers_and_can_be_taken_back(database: Database) -> None:
    held = Library(SHIPPED)
    live = LiveTopics(database, held, lambda: NOW, ZONE)
    own = make_topic("xe-buyt", phrasings=("đi xe buýt có mất tiền không",))

    saved = await database.write(save, dump(own), topic_id="xe-buyt")
    await live.refresh()
    match = held.matcher.match("đi xe buýt có mất tiền không", NOW.date())
    assert match.hits[0].topic_id == "xe-buyt"

    await database.write(save, None, saved, topic_id="xe-buyt")
    await live.refresh()
    assert held.find("xe-buyt") is None


async def test_a_turn_goes_by_what_it_began_with(database: Database) -> None:
    held = Library(SHIPPED)
    turn = held.pinned()
    await database.write(save, electricity("Bản mới."))

    await LiveTopics(database, held, lambda: NOW, ZONE).refresh()

    assert held.topics["tien-dien"].versions[0].answer == "Bản mới."
    assert turn.topics["tien-dien"].versions[0].answer == "Bản gốc."
    assert held.shipped["tien-dien"].versions[0].answer == "Bản gốc."


async def test_nothing_is_built_anew_while_nothing_changed(database: Database) -> None:
    held = Library(SHIPPED)
    live = LiveTopics(database, held, lambda: NOW, ZONE)
    await database.write(save, electricity("Bản mới."))
    await live.refresh()
    matcher = held.matcher

    await live.refresh()

    assert held.matcher is matcher


@pytest.mark.parametrize(
    "document",
    [{}, {"id": "tien-dien"}, {"id": ["tien-dien"]}, electricity("x") | {"id": "hoc-phi"},
     electricity("x") | {"versions": [{"valid_from": "hôm nay"}]}],
)  # fmt: skip
async def test_a_damaged_edit_is_logged_and_answered_as_it_ships(
    database: Database, document: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    held = Library(SHIPPED)
    await database.write(save, document)
    await database.write(save, dump(make_topic("khac")), topic_id="khac")

    await LiveTopics(database, held, lambda: NOW, ZONE).refresh()

    assert held.topics["tien-dien"] == BY_ID["tien-dien"]
    assert held.topics["hoc-phi"] == BY_ID["hoc-phi"]
    assert "khac" in held.topics
    assert "edited topic unreadable" in caplog.text


async def test_a_row_that_is_not_even_json_does_not_stop_the_start(
    tmp_path: Path, guide: Guide, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(
        sqlite_url(tmp_path), Service(config.load({"SECRET_KEY": SECRET})).database.vault
    ) as database:
        await database.write(schema.upgrade)
        await database.write(save, electricity("Bản mới."))
        broken = sa.update(topic_revisions).values(document=sa.text("'{'"))
        await database.write(lambda tx: tx.execute(broken).rowcount)

    async with running(tmp_path, small_guide(guide)) as service:
        assert service.guide.library.topics["tien-dien"] == BY_ID["tien-dien"]
    assert "edited topics not read" in caplog.text
