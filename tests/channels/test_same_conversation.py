"""One scripted conversation means the same through every channel: web chat, Telegram (polling, webhook), Zalo, and one
that is made up here.
"""

import asyncio
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import wiring
from bot.channels.zalo import message as zalo_message
from bot.delivery import budget
from faq.signals import Intent
from handlers import consent_texts, human_texts, my_data_texts, texts, urgent_texts
from handlers.delivery_texts import CHANNEL_NAMES
from handlers.turn import Guide
from storage import tables
from storage.cases import get_identity
from storage.db import Tx
from tests.channels.paper import PaperChannel
from tests.channels.played import (
    Passing,
    Played,
    always_alike,
    on_zalo,
    over_paper,
    over_telegram,
    over_web,
    over_zalo,
    zalo_service,
)
from tests.channels.residents import Seen, is_label
from tests.channels.script import SCRIPT, STORY

# -- what channels differ in

# How a channel is called: one that nobody here knows, by the name that its adapter has.
_CALLED = [*(name for channel, name in CHANNEL_NAMES.items() if channel != "office"), PaperChannel.name]
_NAMES = re.compile("|".join(map(re.escape, _CALLED)))
# A page shows what the database holds; where messages were delivered, they stay on the phone when all is erased.
_ON_PHONES = "Tin đã gửi vẫn còn trên máy của bà con; bà con tự xoá ở đó."
_NUMBER_SAID = re.compile(r"(Tin nhắn: |Tôi giữ )\d+")


def means(seen: list[Seen]) -> str:
    """Return what was said: without the spaces at which it may be cut, the channel's name, and what says that more
    buttons follow; a channel that carries a message in several counts more of them.
    """
    text = "\n".join(s.text for s in seen if s.text != zalo_message.MORE).replace(_ON_PHONES, "")
    return "".join(_NUMBER_SAID.sub(r"\1…", _NAMES.sub("…", text)).split())


def buttons(seen: list[Seen]) -> list[str]:
    """Return all buttons, on whichever message they stand."""
    return [label for s in seen for label in s.labels]


def assert_same(one: Played, other: Played) -> None:
    """Compare a conversation with the one on the web page."""
    for step, here, there in zip(SCRIPT, one.seen, other.seen, strict=True):
        assert means(here) == means(there), step
        shown, labels = buttons(here), buttons(there)
        assert len(shown) == len(labels), step
        assert all(map(is_label, shown, labels)), (step, shown, labels)
    assert one.stored == other.stored
    assert one.left == other.left


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    # The engine's pause between two messages to one person goes by the loop's clock, and is another test's.
    monkeypatch.setattr(wiring, "clock", Passing)
    monkeypatch.setattr(budget, "PERSON_INTERVAL_S", 0.001)


@pytest.fixture(scope="module")
def on_web(tmp_path_factory: pytest.TempPathFactory, guide: Guide) -> Played:
    """The conversation on the web page, against which the others are held."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wiring, "clock", Passing)
        return asyncio.run(over_web(tmp_path_factory.mktemp("web"), always_alike(guide)))


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_telegram_means_the_same_as_the_web(
    tmp_path: Path, guide: Guide, mode: str, on_web: Played
) -> None:
    on_telegram = await over_telegram(tmp_path, always_alike(guide), mode)

    assert_same(on_telegram, on_web)
    for step, here, there in zip(SCRIPT, on_telegram.seen, on_web.seen, strict=True):
        assert [s.labels for s in here] == [s.labels for s in there], step


async def test_zalo_means_the_same_as_the_web(tmp_path: Path, guide: Guide, on_web: Played) -> None:
    on_zalo = await over_zalo(tmp_path, always_alike(guide))

    assert_same(on_zalo, on_web)
    assert any(len(here) > len(there) for here, there in zip(on_zalo.seen, on_web.seen, strict=True))


@pytest.mark.parametrize("older", [False, True])
async def test_zalos_form_tells_what_typing_tells_and_the_name(
    tmp_path: Path, guide: Guide, older: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Where our pages are given over https; the form is a message of its own, delivered like any other."""
    name, number = "Nguyễn Thị Tư", "84912345678"
    site = "https://127.0.0.1:8080"

    def look(tx: Tx) -> list[object]:
        (case,) = tx.execute(sa.select(tables.cases)).all()
        forms = tx.execute(
            sa.select(tables.outbox.c.status)
            .join_from(tables.outbox, tables.messages)
            .where(tables.messages.c.contact_request.is_not(None))
        ).scalars()
        everything = [
            tuple(row) for table in tables.metadata.sorted_tables for row in tx.execute(sa.select(table))
        ]
        identity = get_identity(tx, case.id)
        return [case.kind, identity.name, identity.phone, list(forms), str(everything)]

    async with zalo_service(tmp_path, always_alike(guide), site) as (service, zalo):
        person = on_zalo(service, zalo)
        await person.say("cho tôi gặp người thật", 1)
        await person.say("xã Tứ Kỳ", 1)
        (asked,) = await person.say("sổ hộ nghèo của tôi ghi sai tên", 1)
        assert (asked.text, asked.labels) == (
            human_texts.ASK_PHONE,
            (human_texts.BUTTON_FORM, human_texts.BUTTON_NO_PHONE),
        )
        await person.press(human_texts.BUTTON_FORM, 1)
        (opened,) = await person.fill_form(name, number, 1, older=older)
        kind, said_name, said_number, forms, everything = await service.database.read(look)
        again = await person.say("menu", 1)

    assert opened.text.startswith("Tôi đã báo cán bộ. Mã: ")
    assert (kind, said_name, said_number, forms) == ("human", name, "0912345678", ["sent"])
    assert again[0].text == texts.MENU
    written = str(everything) + caplog.text
    for secret in (name, "912345678", "01/01/1990", "thôn Đông"):
        assert secret not in written


async def test_a_channel_that_is_only_its_adapter_means_the_same(
    tmp_path: Path, guide: Guide, on_web: Played
) -> None:
    assert_same(await over_paper(tmp_path, always_alike(guide)), on_web)


async def test_the_script_reaches_what_it_is_meant_to_reach(on_web: Played) -> None:
    """Equal everywhere would also be equally wrong: the outcome of the main steps is stated here."""
    text = {
        step.words: "\n".join(s.text for s in replies)
        for step, replies in zip(SCRIPT, on_web.seen, strict=True)
    }
    rows = on_web.stored

    assert len(SCRIPT) >= 60
    assert "máy trả lời tự động" in text["xin chào"]
    assert "1.500.000 đồng" in text["thu nhập bao nhiêu thì được coi là hộ nghèo"]
    assert "07/2021/NĐ-CP" in text["thu nhập bao nhiêu thì được coi là hộ nghèo"]
    assert "100%" in text["ho can ngheo co duoc cap the bao hiem y te khong"]
    assert "700.000 đồng" in text["bố tôi 76 tuổi không có lương hưu thì được bao nhiêu tiền một tháng"]
    assert text["cuu toi voi nha dang chay"] == urgent_texts.DISASTER
    # What else a cry for help is taken for matters to nobody.
    assert {("cuu toi voi nha dang chay", intent.value, "disaster") for intent in Intent} & set(rows)
    assert "xã Tứ Kỳ" in text["Tứ Kì"]  # asked for before the cry for help
    assert text["xoá hết tin nhắn của tôi đi"] == my_data_texts.sure(0, 0)
    assert text[my_data_texts.BUTTON_KEEP_ALL] == my_data_texts.NOT_ERASED
    assert text[consent_texts.BUTTON_STOP] == texts.STOPPED
    assert "chưa có câu trả lời chắc chắn" in text["mặt trăng cách trái đất bao nhiêu cây số"]
    assert (STORY, "reflection", "allowance", "11074", False) in rows
    assert ("going", 1) in rows
    assert "11074" in [row[0] for row in rows if isinstance(row, tuple) and len(row) == 1]
    assert text["{announced}"].startswith("CÓ MÃ NÀY")
    # The case goes on without a name, as was chosen; whoever writes again is somebody new.
    assert (STORY, "reflection", "allowance", "11074", False) in on_web.left
    assert ("going", 1) not in on_web.left
    assert ("menu", "menu", None) in on_web.left
