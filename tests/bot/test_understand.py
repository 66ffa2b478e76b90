"""`hai-chieu understand`: line by line what the conversation would do with a first message, and really does."""

import io
import json
from pathlib import Path
from typing import TypedDict

import pytest

from faq.signals import Intent, Urgency
from handlers import texts, topics, urgent_texts
from handlers.turn import Guide
from storage import tables
from storage.db import Database
from tests.bot.test_cli import run
from tests.databases import SECRET, sqlite_url
from tests.handlers.resident import Resident
from tests.learned import put_learned


class Taken(TypedDict):
    """One line of what the command writes."""

    id: int
    intent: str
    urgent: str | None
    answered: list[str]
    offered: list[str]


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put_learned(tmp_path)
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path))


MESSAGES = [
    "ho can ngheo co duoc cap the bao hiem y te khong",
    "hộ cận nghèo có được thẻ bảo hiểm y tế không? hộ cận nghèo có được hỗ trợ tiền điện không?",
    "hỗ trợ",
    "giá vàng hôm nay bao nhiêu",
    "xóa dữ liệu đi",
    "đừng nhắn cho tôi nữa",
    "cho tôi gặp cán bộ",
    "xin phản ánh: đường làng hỏng cả tháng nay không ai sửa",
    "cứu tôi với, nhà đang cháy",
    "chong danh toi, toi so qua, goi so nao",
    "menu",
    "cảm ơn",
    "Tứ Kỳ",
    "tính thử",
    "không",
    "???",
    "",
    "cccd 030199001234",
    "tôi tên Lan, cccd 030199001234, hộ cận nghèo có được thẻ bảo hiểm y tế không",
    "luong huu cua toi bao nhieu",
]


def understand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> list[Taken]:
    lines = "\n".join(json.dumps({"id": n, "text": text}) for n, text in enumerate(said))
    monkeypatch.setattr("sys.stdin", io.StringIO(lines + "\n"))
    status, out, err = run(capsys, "understand", "--on", "2026-11-23")
    assert (status, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def test_one_line_out_for_each_line_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = understand(capsys, monkeypatch, MESSAGES)

    assert [line["id"] for line in lines] == list(range(len(MESSAGES)))
    for line in lines:
        assert list(line) == ["id", "intent", "urgent", "answered", "offered"]
        assert line["intent"] in list(Intent)
        assert line["urgent"] in (None, *Urgency)
    by_text = dict(zip(MESSAGES, lines, strict=True))
    first = by_text[MESSAGES[0]]
    assert (first["intent"], first["urgent"], first["answered"]) == ("question", None, ["bhyt-ho-can-ngheo"])
    assert by_text[MESSAGES[1]]["answered"] == ["bhyt-ho-can-ngheo", "tien-dien-ho-can-ngheo"]
    assert by_text["cứu tôi với, nhà đang cháy"]["urgent"] == "disaster"
    assert by_text["xóa dữ liệu đi"]["intent"] == "erase"
    assert by_text["menu"]["intent"] == "menu"
    assert by_text["tôi tên Lan, cccd 030199001234, hộ cận nghèo có được thẻ bảo hiểm y tế không"][
        "answered"
    ] == ["bhyt-ho-can-ngheo"]


async def test_it_is_what_the_conversation_does(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    sqlite: Database,
    guide: Guide,
) -> None:
    """Each message is said by somebody who never wrote before; what they read and what is kept says the same."""
    for text, line in zip(MESSAGES, understand(capsys, monkeypatch, MESSAGES), strict=True):
        resident = Resident(sqlite, guide)
        before = len(await resident.questions())
        await resident.say(text)
        asked = (await resident.questions())[before:]
        came = [m for m in await resident.rows(tables.messages) if m.direction == "in"][-1]

        assert [q.topic_id for q in asked if q.verdict == "answer"] == line["answered"], text
        titles = [guide.library.topics[topic_id].title for topic_id in line["offered"]]
        assert [label for label in resident.labels if label in titles] == titles, text
        assert came.urgent == line["urgent"], text
        assert came.intent in (line["intent"], None), text
        if line["urgent"]:
            assert resident.replies[0].text == urgent_texts.CALL[Urgency(line["urgent"])]
        if not line["answered"] and not line["offered"]:
            assert texts.ASK_BACK not in resident.reply


def test_referral_is_in_no_list(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    referrals = [topic for topic in topics.shipped() if topic.referral]
    lines = understand(capsys, monkeypatch, [topic.phrasings[0] for topic in referrals])

    ids = {topic.id for topic in referrals}
    assert referrals
    for line in lines:
        assert ids.isdisjoint([*line["answered"], *line["offered"]])


def test_on_a_day_without_data_nothing_is_answered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 1, "text": "thu nhập bao nhiêu là hộ nghèo"}\n'))
    status, out, _ = run(capsys, "understand", "--on", "2019-01-01")

    assert status == 0
    assert (json.loads(out)["answered"], json.loads(out)["offered"]) == ([], [])


@pytest.mark.parametrize("line", ["not json", "[]", '{"id": 1}', '{"id": 1, "text": 7}', '{"text": "x"}'])
def test_bad_line_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 0, "text": "chào"}\n' + line + "\n"))
    status, out, err = run(capsys, "understand")

    assert status == 1
    assert "stdin line 2" in err
    assert len(out.splitlines()) == 1
