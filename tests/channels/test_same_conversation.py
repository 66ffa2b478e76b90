"""One scripted conversation means the same through every channel: web chat, Telegram by polling and by webhook."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery import budget
from bot.wiring import Service
from faq.signals import Intent
from handlers import consent_texts, my_data_texts, texts, urgent_texts
from handlers.turn import Guide
from storage.db import Tx
from storage.tables import messages, questions, residents
from tests.channels.residents import Resident, Seen, TelegramResident, WebResident
from tests.fakes.telegram_server import FakeTelegram
from tests.process import free_port
from tests.service import running

# What the person does (">" presses a button), and how many messages come back.
SCRIPT: tuple[tuple[str, int], ...] = (
    ("xin chào", 1),
    ("thu nhập bao nhiêu thì được coi là hộ nghèo", 1),
    (f">{texts.BUTTON_HELPED}", 1),
    ("ho can ngheo co duoc cap the bao hiem y te khong", 1),
    (f">{texts.BUTTON_NOT_HELPED}", 1),
    (f">{texts.BUTTON_TO_OFFICIAL}", 1),
    ("menu", 1),
    (f">{texts.BUTTON_COMMUNE}", 1),
    ("bố tôi 76 tuổi không có lương hưu thì được bao nhiêu tiền một tháng", 1),
    ("xã Hồng Phong, Ninh Giang", 1),
    (f">{texts.BUTTON_COMMUNE_CHANGE}", 1),
    (f">{texts.BUTTON_BY_DISTRICT}", 1),
    (">Huyện Cẩm Giàng", 1),
    ("quay lại", 1),
    ("quay lai", 1),
    ("cuu toi voi nha dang chay", 1),
    ("Tứ Kì", 1),
    ("xoá hết tin nhắn của tôi đi", 1),
    (f">{my_data_texts.BUTTON_KEEP_ALL}", 1),
    ("đừng nhắn cho tôi nữa nhé, tôi không cần nhận tin", 1),
    (f">{consent_texts.BUTTON_STOP}", 1),
    ("trợ giúp", 1),
    (f">{texts.BUTTON_MENU}", 1),
    (">Nộp đơn xin xét hộ nghèo ở đâu, giấy tờ gì", 1),
    ("giá vàng hôm nay bao nhiêu", 1),
    ("mặt trăng cách trái đất bao nhiêu cây số", 1),
    ("<b>đậm</b> & \"ngoặc\" 'nháy'", 1),
    ("🙂🙂🙂", 1),
    ("dung", 1),
    ("cảm ơn", 1),
    ("mat giay chung nhan ho ngheo thi xin lai o dau", 1),
    ("Dừng lại giúp em với ạ", 1),
    ("menu", 1),
)


async def play(resident: Resident) -> list[list[Seen]]:
    """Play the script; returns what was seen after each step."""
    seen = []
    for step, expect in SCRIPT:
        act = resident.press(step[1:], expect) if step.startswith(">") else resident.say(step, expect)
        seen.append(await act)
    return seen


async def stored(service: Service) -> list[object]:
    """Return what the database holds of the conversation, ids and times left out."""

    def read(tx: Tx) -> list[object]:
        said = sa.select(
            messages.c.direction, messages.c.text, messages.c.intent, messages.c.urgent
        ).order_by(messages.c.id)
        asked = sa.select(
            questions.c.text,
            questions.c.verdict,
            questions.c.topic_id,
            questions.c.helped,
            questions.c.for_official,
        ).order_by(questions.c.id)
        communes = sa.select(residents.c.commune_code)
        return [tuple(row) for query in (said, asked, communes) for row in tx.execute(query)]

    return await service.database.read(read)


async def over_web(folder: Path, guide: Guide) -> tuple[list[list[Seen]], list[object]]:
    async with running(folder, guide) as service, WebResident(f"http://127.0.0.1:{service.port}") as resident:
        return await play(resident), await stored(service)


async def over_telegram(folder: Path, guide: Guide, mode: str) -> tuple[list[list[Seen]], list[object]]:
    port = str(free_port())
    async with FakeTelegram() as server:
        settings = {
            "HTTP_PORT": port,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TELEGRAM_BOT_TOKEN": server.token,
            "TELEGRAM_API_URL": server.url,
            "TELEGRAM_MODE": mode,
        }
        async with running(folder, guide, **settings) as service:
            return await play(TelegramResident(server, 4711)), await stored(service)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_the_same_conversation_through_telegram_and_the_web(
    tmp_path: Path, guide: Guide, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody types this fast: the pause between two messages to one person is another test's.
    monkeypatch.setattr(budget, "PERSON_INTERVAL_S", 0.001)
    for name in ("web", "telegram"):
        (tmp_path / name).mkdir()
    web_seen, web_stored = await over_web(tmp_path / "web", guide)
    telegram_seen, telegram_stored = await over_telegram(tmp_path / "telegram", guide, mode)

    for (step, _), on_web, on_telegram in zip(SCRIPT, web_seen, telegram_seen, strict=True):
        assert on_telegram == on_web, step
    assert telegram_stored == web_stored
    assert len(SCRIPT) >= 25


async def test_the_script_reaches_what_it_is_meant_to_reach(tmp_path: Path, guide: Guide) -> None:
    """Equal everywhere would also be equally wrong: the outcome of the main steps is stated here."""
    seen, rows = await over_web(tmp_path, guide)
    text = {step: "\n".join(s.text for s in replies) for (step, _), replies in zip(SCRIPT, seen, strict=True)}

    assert "máy trả lời tự động" in text["xin chào"]
    assert "1.500.000 đồng" in text["thu nhập bao nhiêu thì được coi là hộ nghèo"]
    assert "07/2021/NĐ-CP" in text["thu nhập bao nhiêu thì được coi là hộ nghèo"]
    assert "100%" in text["ho can ngheo co duoc cap the bao hiem y te khong"]
    assert "700.000 đồng" in text["bố tôi 76 tuổi không có lương hưu thì được bao nhiêu tiền một tháng"]
    assert text["cuu toi voi nha dang chay"] == urgent_texts.DISASTER
    # What else a cry for help is taken for matters to nobody.
    assert {("in", "cuu toi voi nha dang chay", intent.value, "disaster") for intent in Intent} & set(rows)
    assert "xã Tứ Kỳ" in text["Tứ Kì"]  # asked for before the cry for help
    assert text["xoá hết tin nhắn của tôi đi"] == my_data_texts.sure(0, 0)
    assert text[f">{my_data_texts.BUTTON_KEEP_ALL}"] == my_data_texts.NOT_ERASED
    assert text[f">{consent_texts.BUTTON_STOP}"] == texts.STOPPED
    assert "chưa có câu trả lời chắc chắn" in text["mặt trăng cách trái đất bao nhiêu cây số"]
    assert rows[-1] == ("11074",)
