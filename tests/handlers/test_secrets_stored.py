"""A secret that is typed reaches neither file nor matcher; the person is told kindly, and answered."""

from dataclasses import replace

import pytest

from faq import Match
from handlers import conversation, pace, texts
from handlers.messages import clean
from handlers.secrets import Masked, Secret
from storage import tables
from storage.db import Database
from tests.handlers.resident import WEB, ZONE, Resident, unknown

SAID = [
    ("cccd tôi là 030199001234", ["030199001234"]),
    ("thẻ 4111 1111-1111 1111 nhé", ["4111 1111-1111 1111", "4111111111111111"]),
    ("stk ２３００２０５１２３４５６", ["２３００２０５１２３４５６", "2300205123456"]),
    ("mã xác nhận 48\u200b29\u200b13", ["48\u200b29\u200b13", "482913"]),
    ("mật khẩu là Conmeo@1990", ["Conmeo@1990"]),
    ("030199004321", ["030199004321"]),
    ("chọn xã", []),
    ("xã 030199007777", ["030199007777"]),
]


def _written(database: Database) -> bytes:
    assert database.file is not None
    return b"".join(f.read_bytes() for f in database.file.parent.iterdir() if f.is_file())


async def test_secret_never_reaches_the_files_of_the_database(newcomer: Resident) -> None:
    for text, _ in SAID:
        await newcomer.say(text)
    broken = newcomer.inbound(text=clean("otp 771199 của tôi"))
    await newcomer.database.write(conversation.apologise, Masked(broken), None, WEB, newcomer.now)

    written = _written(newcomer.database)
    assert "[đã ẩn số căn cước]".encode() in written
    for typed in ["771199", *(secret for _, secrets in SAID for secret in secrets)]:
        assert typed.encode() not in written, typed


async def test_secret_is_not_stored_when_answers_are_withheld(resident: Resident) -> None:
    for _ in range(pace.LIMIT - 1):
        await resident.say("thẻ")
    await resident.say("cccd 030199001234")

    assert resident.reply == texts.TOO_FAST
    assert b"030199001234" not in _written(resident.database)


async def test_matcher_never_sees_a_secret(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def match(text: str, on: object) -> Match:
        seen.append(text)
        return unknown()

    monkeypatch.setattr(resident.guide.library.matcher, "match", match)
    inbound = replace(resident.inbound(), text="stk 123456789 hỏi vay vốn")
    conversation.read(Masked(inbound), resident.guide, resident.now, ZONE)

    (text,) = seen
    assert "123456789" not in text
    assert "đã ẩn" not in text


async def test_person_is_told_kindly_and_answered(resident: Resident) -> None:
    await resident.say("thẻ 030199001234")

    assert resident.replies[0].text == texts.HIDDEN
    assert "Được mua thẻ rẻ hơn." in resident.reply
    await resident.say("thẻ")
    assert texts.HIDDEN not in resident.reply


async def test_nothing_but_a_secret_is_no_question(resident: Resident) -> None:
    """Otherwise officials would find a list of struck-out numbers to answer."""
    await resident.say("030199001234")

    assert resident.reply == texts.HIDDEN
    assert await resident.questions() == []
    (stored,) = [m.text for m in await resident.rows(tables.messages) if m.direction == "in"][1:]
    assert stored == Secret.ID


async def test_newcomer_is_greeted_and_told(newcomer: Resident) -> None:
    await newcomer.say("xin chào 030199001234")

    assert len(newcomer.replies) == 2
    assert newcomer.replies[1].text == texts.HIDDEN
