"""Agreeing to be told things: per purpose, in words with a version, changed at any time, offered once and never pressed."""

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers import consent_texts, consents, texts
from handlers.consents import OFFER_AGAIN, WORDING, Purpose
from handlers.turn import Guide
from storage import identities, people, tables
from storage.db import Database, Tx
from tests.handlers.resident import Resident

ALL = {"events", "news", "surveys"}


async def given(resident: Resident) -> set[str]:
    return {c.purpose for c in await resident.rows(tables.consents) if c.withdrawn_at is None}


@pytest.fixture
async def anybody(database: Database, small: Guide) -> Resident:
    """Somebody greeted, on each kind of database."""
    resident = Resident(database, small)
    await resident.say("xin chào")
    return resident


def test_other_words_are_another_version() -> None:
    """A consent is kept with the version of the words it was given to: new words need a new name for it."""
    words = "\n".join((consent_texts.ASK, *consent_texts.PURPOSES.values(), consent_texts.TERMS))

    assert (WORDING, hashlib.sha256(words.encode()).hexdigest()[:12]) == (
        "2026-11-27",
        "5a4c8baf3d30",
    )
    assert set(consent_texts.PURPOSES) == set(Purpose)


async def test_each_purpose_takes_one_tap_and_is_kept_with_words_time_and_channel(anybody: Resident) -> None:
    assert await anybody.say("đăng ký") == consent_texts.asked(())
    await anybody.press(consent_texts.BUTTON_EVENTS)

    (consent,) = await anybody.rows(tables.consents)
    assert (consent.purpose, consent.wording, consent.channel, consent.given_at, consent.withdrawn_at) == (
        "events",
        WORDING,
        "web",
        anybody.now,
        None,
    )
    await anybody.press(consent_texts.BUTTON_NEWS)
    assert await given(anybody) == {"events", "news"}


async def test_all_at_once_twice_is_once(anybody: Resident) -> None:
    await anybody.say("dang ky")
    await anybody.press(consent_texts.BUTTON_ALL)
    await anybody.press(consent_texts.BUTTON_ALL)

    assert await given(anybody) == ALL
    assert len(await anybody.rows(tables.consents)) == 3


async def test_what_was_given_is_taken_back_by_one_tap_and_may_be_given_again(anybody: Resident) -> None:
    await anybody.say("đăng ký")
    await anybody.press(consent_texts.BUTTON_ALL)
    anybody.wait(60)
    await anybody.say("đổi đăng ký")
    await anybody.press(consent_texts.BUTTON_NO_NEWS)
    assert await given(anybody) == ALL - {"news"}
    ended = [c for c in await anybody.rows(tables.consents) if c.withdrawn_at is not None]
    assert [(c.purpose, c.withdrawn_at, c.withdrawn_channel) for c in ended] == [("news", anybody.now, "web")]

    await anybody.press(consent_texts.BUTTON_NEWS)
    assert await given(anybody) == ALL
    assert len(await anybody.rows(tables.consents)) == 4
    assert await anybody.press(consent_texts.BUTTON_NONE) == consent_texts.NOTHING
    assert await given(anybody) == set()


async def test_consent_to_older_words_ends_when_given_to_the_new_ones(
    anybody: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consents, "WORDING", "2025-01-01")
    await anybody.say("đăng ký")
    await anybody.press(consent_texts.BUTTON_ALL)
    monkeypatch.undo()
    await anybody.send(payload="1:subscribe:give:events")

    held = [(c.purpose, c.wording) for c in await anybody.rows(tables.consents) if c.withdrawn_at is None]
    assert sorted(held) == [
        ("events", WORDING),
        ("news", "2025-01-01"),
        ("surveys", "2025-01-01"),
    ]


async def test_missing_commune_is_asked_for_once_and_not_needed(resident: Resident) -> None:
    await resident.say("đăng ký")
    assert consent_texts.ASK_COMMUNE in await resident.press(consent_texts.BUTTON_EVENTS)
    assert consent_texts.ASK_COMMUNE not in await resident.press(consent_texts.BUTTON_NEWS)
    await resident.press(texts.BUTTON_SKIP)
    assert await given(resident) == {"events", "news"}

    await resident.press(consent_texts.BUTTON_SURVEYS)
    assert "xã Tân Kỳ" in await resident.say("tan ki")
    assert consent_texts.OFFER not in resident.reply
    assert await resident.commune() == "11113"


async def test_household_is_optional_sealed_and_forgotten_on_wish(resident: Resident) -> None:
    async def category() -> str | None:
        (row,) = await resident.rows(tables.residents)
        return await resident.database.read(lambda tx: identities.open_category(tx, row.category_sealed))

    await resident.say("đăng ký")
    assert await resident.press(consent_texts.BUTTON_CATEGORY) == consent_texts.ASK_CATEGORY
    assert await resident.press(consent_texts.BUTTON_NEAR_POOR) == consent_texts.CATEGORY_KEPT
    assert await category() == "near_poor"
    (row,) = await resident.rows(tables.residents)
    assert b"near_poor" not in row.category_sealed

    await resident.press(consent_texts.BUTTON_NO_CATEGORY)
    assert await category() is None


async def test_whoever_has_two_channels_chooses_where(resident: Resident) -> None:
    await resident.say("đăng ký")
    assert consent_texts.BUTTON_CHANNEL not in resident.labels

    def second(tx: Tx) -> None:
        owner = tx.execute(sa.select(tables.residents.c.id)).scalar_one()
        other = people.meet(tx, "telegram", "4711", resident.now)
        tx.execute(
            sa.update(tables.addresses)
            .where(tables.addresses.c.id == other.address_id)
            .values(resident_id=owner)
        )
        tx.execute(sa.delete(tables.residents).where(tables.residents.c.id == other.resident_id))

    await resident.database.write(second)
    await resident.say("đăng ký")
    await resident.press(consent_texts.BUTTON_CHANNEL)
    await resident.press("Telegram")
    assert [r.preferred_channel for r in await resident.rows(tables.residents)] == ["telegram"]
    await resident.press(consent_texts.BUTTON_LAST_CHANNEL)
    assert [r.preferred_channel for r in await resident.rows(tables.residents)] == [None]


@pytest.mark.parametrize(
    "payload",
    [
        "1:subscribe:give",
        "1:subscribe:give:everything",
        "1:subscribe:category:rich",
        "1:subscribe:channel:zalo",
    ],
)
async def test_press_of_nobody_s_making_changes_nothing(resident: Resident, payload: str) -> None:
    assert texts.OLD_BUTTON in await resident.send(payload=payload)
    assert await given(resident) == set()


# -- offered


async def test_it_is_offered_after_an_answer_that_helped_once(resident: Resident) -> None:
    await resident.say("thẻ")
    assert consent_texts.OFFER in await resident.press(texts.BUTTON_HELPED)
    assert await resident.press(consent_texts.BUTTON_NOT_NOW) == consent_texts.OFFER_REFUSED
    await resident.say("thẻ")
    assert await resident.press(texts.BUTTON_HELPED) == texts.GLAD
    assert await given(resident) == set()

    resident.wait((OFFER_AGAIN + timedelta(days=1)).total_seconds())
    await resident.say("thẻ")
    assert consent_texts.OFFER in await resident.press(texts.BUTTON_HELPED)


async def test_it_is_offered_after_a_commune_was_chosen(resident: Resident) -> None:
    assert consent_texts.OFFER in await resident.say("tan ki")
    assert await resident.press(consent_texts.BUTTON_SUBSCRIBE) == consent_texts.asked(())
    assert consent_texts.OFFER not in await resident.say("tan ki")


async def test_whoever_decided_is_not_asked_again(resident: Resident) -> None:
    await resident.say("đăng ký")
    await resident.press(consent_texts.BUTTON_EVENTS)
    await resident.say("dừng nhận tin")
    await resident.say("thẻ")

    assert await resident.press(texts.BUTTON_HELPED) == texts.GLAD
