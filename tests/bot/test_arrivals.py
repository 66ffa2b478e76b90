"""Stored before it is answered for: one commit first, one turn afterwards, whatever dies in between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import arrivals as arrivals_module
from bot.channels.base import NotNow
from bot.clock import clock
from bot.inbound import Desk, Way
from bot.metrics import Metrics
from handlers import arrivals as kept
from handlers import consent_texts, conversation, texts
from handlers.messages import Address, FileKind, Inbound, IncomingFile
from handlers.secrets import Masked
from handlers.turn import Guide, button
from storage import arrivals as rows
from storage import consents, erasure, intake, people
from storage import messages as said
from storage.crypto import Vault
from storage.db import Database, Tx
from storage.errors import Conflict, Unavailable
from storage.outbox import Delivery
from storage.tables import arrivals, inbound, messages, outbox, residents
from tests.conftest import NOW, SECRET

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Front:
    """A desk with one channel, and what it handed over."""

    def __init__(self, database: Database, guide: Guide, owner: str = "this-process") -> None:
        self.database = database
        self.handed: list[Delivery] = []
        self.desk = Desk(database, guide, ZONE, owner, clock(NOW), Metrics())
        self.desk.connect("zalo", Way(lambda m: [m], self._hand_over))

    def _hand_over(self, deliveries: Sequence[Delivery]) -> None:
        self.handed += deliveries

    async def say(self, text: str, number: int = 1, person: str = "p", after_s: float = 0) -> bool:
        """Bring one message; returns whether it is new."""
        at = NOW + timedelta(seconds=after_s)
        return await self.desk.keep(Inbound(Address("zalo", person), f"oa:{person}:{number}", at, text))

    async def outcomes(self) -> list[str]:
        query = sa.select(inbound.c.outcome).order_by(inbound.c.id)
        return await self.database.read(lambda tx: list(tx.execute(query).scalars()))

    async def count(self, table: sa.Table) -> int:
        query = sa.select(sa.func.count()).select_from(table)
        number: int = await self.database.read(lambda tx: tx.execute(query).scalar_one())
        return number

    async def texts(self) -> list[str]:
        query = sa.select(messages.c.text).where(messages.c.direction == "in").order_by(messages.c.id)
        return await self.database.read(lambda tx: list(tx.execute(query).scalars()))


@pytest.fixture
async def front(database: Database, guide: Guide) -> AsyncIterator[Front]:
    front = Front(database, guide)
    yield front
    await front.desk.drain()


def slow(front: Front, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let each transaction take so long before it commits."""
    good: Callable[..., Any] = front.database.write

    async def write(work: Callable[..., Any], *arguments: Any) -> Any:
        done = await good(work, *arguments)
        await asyncio.sleep(seconds)
        return done

    monkeypatch.setattr(front.database, "write", write)


async def test_what_is_kept_is_stored_and_its_turn_follows(front: Front) -> None:
    assert await front.say("xin chào")
    await front.desk.drain()

    assert await front.outcomes() == ["done"]
    assert await front.count(arrivals) == 0
    assert await front.count(messages) > 1
    assert front.handed


async def test_a_repeat_is_known_before_and_after_the_turn(front: Front) -> None:
    assert [await front.say("xin chào"), await front.say("xin chào")] == [True, False]
    await front.desk.drain()
    handed = len(front.handed)
    assert not await front.say("xin chào")
    await front.desk.drain()

    assert len(front.handed) == handed
    assert await front.texts() == ["xin chào"]


async def test_ten_repeats_at_once_are_one(front: Front) -> None:
    assert sum(await asyncio.gather(*(front.say("xin chào") for _ in range(10)))) == 1
    await front.desk.drain()

    assert await front.texts() == ["xin chào"]


async def test_many_at_once_share_commits_and_each_has_its_turn(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a commit of a second, two hundred at once wait for two of them and not for two hundred."""
    slow(front, monkeypatch, 0.2)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert all(await asyncio.gather(*(front.say("dừng", 1, f"p{n}") for n in range(60))))
    assert loop.time() - begun < 1.2
    monkeypatch.undo()
    await front.desk.drain()

    assert await front.count(arrivals) == 0
    assert await front.outcomes() == ["done"] * 60


async def test_who_comes_a_moment_later_shares_the_same_commit(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite it would else wait for two commits, which of a second each is longer than Zalo waits."""
    monkeypatch.setattr(arrivals_module, "GATHER_S", 0.5)
    good, batches = kept.keep, list[int]()

    def keep(tx: Tx, several: Sequence[Masked], now: datetime) -> list[int | None]:
        batches.append(len(several))
        return good(tx, several, now)

    monkeypatch.setattr(kept, "keep", keep)
    first = asyncio.create_task(front.say("xin chào", 1, "a"))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert await front.say("xin chào", 1, "b")
    assert await first
    assert batches == [2]


async def test_one_person_s_messages_have_their_turns_in_the_order_they_were_written(front: Front) -> None:
    """They come in any order; those that are here together are sorted."""
    await asyncio.gather(*(front.say(f"tin {n}", n, after_s=n) for n in (3, 1, 2, 0)))
    await front.desk.drain()

    assert await front.texts() == ["tin 0", "tin 1", "tin 2", "tin 3"]


async def test_a_slow_turn_of_one_person_holds_up_nobody_s_storing(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()
    turn = front.desk._arrivals._turn

    async def held(message: Masked, arrival: int) -> None:
        if message.address.value == "slow":
            await release.wait()
        await turn(message, arrival)

    monkeypatch.setattr(front.desk._arrivals, "_turn", held)
    assert await front.say("xin chào", 1, "slow")
    assert await front.say("xin chào", 2, "slow")
    assert await front.say("xin chào", 1, "other")
    release.set()
    await front.desk.drain()

    assert await front.outcomes() == ["done"] * 3


async def test_a_commit_that_comes_too_late_asks_for_the_repeat_and_counts_all_the_same(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals_module, "KEEP_WITHIN_S", 0.05)
    slow(front, monkeypatch, 0.3)
    with pytest.raises(NotNow):
        await front.say("xin chào")
    monkeypatch.undo()
    await front.desk.drain()

    assert not await front.say("xin chào")
    assert await front.outcomes() == ["done"]


async def test_a_database_that_cannot_be_used_asks_for_the_repeat_and_nothing_is_lost(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> object:
        raise Unavailable("database or disk is full")

    monkeypatch.setattr(front.database, "write", full)
    results = await asyncio.gather(
        *(front.say("xin chào", 1, f"p{n}") for n in range(3)), return_exceptions=True
    )
    assert [type(r) for r in results] == [NotNow] * 3
    monkeypatch.undo()

    assert await front.say("xin chào", 1, "p0")
    assert await front.say("xin chào", 1, "p1")
    await front.desk.drain()
    assert await front.outcomes() == ["done", "done"]


async def test_a_turn_that_raises_is_apologised_for_once_and_never_tried_again(
    front: Front, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(conversation, "receive", fails)
    assert await front.say("câu này làm hỏng")
    await front.desk.drain()
    monkeypatch.undo()
    await front.desk.take_up(left_since=None)
    await front.desk.drain()

    assert [d.text for d in front.handed] == [texts.TROUBLE]
    assert await front.outcomes() == ["failed"]
    assert await front.count(arrivals) == 0
    assert "câu này" not in caplog.text


@pytest.mark.parametrize("trouble", [Unavailable, Conflict])
async def test_trouble_of_the_database_is_waited_out_and_trouble_of_the_turn_is_not(
    front: Front, monkeypatch: pytest.MonkeyPatch, trouble: type[Exception]
) -> None:
    def fails(*_: object) -> object:
        raise trouble("now")

    monkeypatch.setattr(conversation, "receive", fails)
    assert await front.say("xin chào")
    await front.desk.drain()
    monkeypatch.undo()
    waits = trouble is Unavailable
    assert await front.count(arrivals) == int(waits)
    await front.desk.take_up(left_since=None)
    await front.desk.drain()

    assert await front.outcomes() == ["done" if waits else "failed"]
    assert await front.count(arrivals) == 0


# -- whoever died


async def test_what_a_dead_process_left_is_taken_up_by_the_next(front: Front, guide: Guide) -> None:
    front.desk.leave()
    await front.say("xin chào", 1)
    await front.say("dừng", 2, after_s=1)
    await front.desk.drain()
    assert await front.outcomes() == ["stored", "stored"]
    assert await front.texts() == []

    heir = Front(front.database, guide, "heir")
    await heir.desk.take_up()
    await heir.desk.drain()
    assert await heir.texts() == []  # not a minute old: whoever stored it may be at work on it

    await heir.desk.take_up(left_since=None)
    await heir.desk.drain()
    assert await heir.outcomes() == ["done", "done"]
    assert await heir.texts() == ["xin chào", "dừng"]
    assert heir.handed
    assert not await heir.say("xin chào", 1)


async def test_of_three_who_take_it_up_at_once_one_runs_the_turn(
    front: Front, guide: Guide, database_url: str
) -> None:
    front.desk.leave()
    for n in range(10):
        await front.say("xin chào", n, f"p{n % 3}")
    await front.desk.drain()

    async with _others(database_url, 2) as databases:
        heirs = [Front(front.database, guide, "a"), *(Front(d, guide, "b") for d in databases)]
        await asyncio.gather(*(h.desk.take_up(left_since=None) for h in heirs))
        await asyncio.gather(*(h.desk.drain() for h in heirs))

    assert await front.outcomes() == ["done"] * 10
    assert len(await front.texts()) == 10
    replies = await front.count(outbox)
    assert sum(len(h.handed) for h in heirs) == replies


async def test_one_that_is_at_work_here_is_not_taken_up_beside_it(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, begun = asyncio.Event(), []
    turn = front.desk._arrivals._turn

    async def held(message: Masked, arrival: int) -> None:
        begun.append(arrival)
        await release.wait()
        await turn(message, arrival)

    monkeypatch.setattr(front.desk._arrivals, "_turn", held)
    await front.say("xin chào")
    await front.desk.take_up(left_since=None)
    release.set()
    await front.desk.drain()

    assert len(begun) == 1


@asynccontextmanager
async def _others(url: str, number: int) -> AsyncIterator[list[Database]]:
    databases = [Database(url, Vault(SECRET)) for _ in range(number)]
    try:
        yield databases
    finally:
        for database in databases:
            await database.close()


# -- what is stored


async def test_secrets_are_struck_out_before_anything_is_stored_and_the_rest_is_sealed(front: Front) -> None:
    front.desk.leave()
    await front.say("mật khẩu: hoa_sen_99 nhé", person="246845883529197922")
    row = await front.database.read(lambda tx: tx.execute(sa.select(arrivals)).one())

    everything = repr(tuple(row))
    assert "246845883529197922" not in everything
    assert "nhé" not in everything
    body = await front.database.read(lambda tx: rows.list_waiting(tx, ["zalo"], None, 0, 9)[0].body)
    assert "hoa_sen_99" not in body


def test_a_message_comes_back_as_it_was_kept() -> None:
    message = Masked(
        Inbound(
            Address("zalo", "7"),
            "oa:1",
            NOW,
            "mã otp là 123456, xin cảm ơn",
            button("Menu", "menu", "show").payload,
            (IncomingFile(FileKind.PHOTO, "ảnh.jpg", 7, "https://f.example/1"),),
            (20.9, 106.3),
            True,
            "q",
        )
    )

    assert kept.load(rows.Arrival(1, "zalo", kept.dump(message))) == message


async def test_erasing_leaves_nothing_that_was_sent_before_and_keeps_what_came_after(front: Front) -> None:
    """What was sent before the word that erased, and not read, goes; what came after is a stranger's."""

    def erase(tx: Tx) -> None:
        before = kept.keep(tx, [message(1), message(3, "other")], NOW)
        asking = intake.take(tx, "zalo", "oa:p:2", "done", NOW)
        person = people.meet(tx, "zalo", "p", NOW)
        assert asking is not None
        said.add_in(tx, person.address_id, asking, "xóa", None, NOW)
        after = kept.keep(tx, [message(4)], NOW)
        erasure.erase(tx, person.resident_id, (), "", NOW)
        assert None not in (*before, *after)

    def message(number: int, person: str = "p") -> Masked:
        return Masked(Inbound(Address("zalo", person), f"oa:{person}:{number}", NOW, f"tin {number}"))

    await front.database.write(erase)
    await front.desk.take_up(left_since=None)
    await front.desk.drain()

    assert sorted(await front.texts()) == ["tin 3", "tin 4"]
    assert not await front.say("tin 1", 1)


async def test_retention_leaves_no_unread_message_and_keys_of_unread_ones_stay_until_then(
    front: Front,
) -> None:
    front.desk.leave()
    await front.say("xin chào")

    later = NOW + timedelta(days=8)
    assert await front.database.write(intake.drop, later) == 0
    assert await front.database.write(rows.drop_old, NOW - timedelta(days=1)) == 0
    assert await front.database.write(rows.drop_old, later) == 1
    assert await front.database.write(intake.drop, later) == 1


# -- receipts, and an official elsewhere


async def test_receipts_mark_what_was_delivered_and_seen_once(front: Front) -> None:
    await front.say("xin chào")
    await front.desk.drain()
    await front.database.write(
        lambda tx: tx.execute(sa.update(outbox).where(outbox.c.id == 1).values(platform_id="m1"))
    )

    await front.desk.receipt("zalo", ["m1", "unknown"], seen=False, at=NOW)
    await front.desk.receipt("zalo", ["m1"], seen=True, at=NOW + timedelta(seconds=5))
    await front.desk.receipt("zalo", ["m1"], seen=True, at=NOW + timedelta(seconds=9))
    await front.desk.note_receipts()

    row = await front.database.read(lambda tx: tx.execute(sa.select(outbox).where(outbox.c.id == 1)).one())
    assert (row.delivered_at, row.seen_at) == (NOW, NOW + timedelta(seconds=5))


async def _helped(front: Front) -> list[Any]:
    query = sa.select(residents.c.helped_until).order_by(residents.c.id)
    return await front.database.read(lambda tx: list(tx.execute(query).scalars()))


async def test_while_an_official_writes_elsewhere_the_machine_says_so_once_and_is_quiet(front: Front) -> None:
    for n, text in enumerate(["xin chào", "cảm ơn"]):
        await front.say(text, n)
    await front.desk.drain()
    front.handed.clear()

    await front.desk.human_wrote(Address("zalo", "p"), NOW, "typed-1")
    for n, text in enumerate(["tôi muốn hỏi thẻ bảo hiểm y tế", "vâng ạ", "mai tôi lên"]):
        await front.say(text, 10 + n, after_s=n)
    await front.desk.drain()
    assert len(front.handed) == 1
    assert "máy tạm im" in front.handed[0].text
    assert len(await front.texts()) == 5

    front.handed.clear()
    await front.say("menu", 20)
    await front.desk.drain()
    assert front.handed
    assert await _helped(front) == [None]


async def test_a_press_has_the_machine_back(front: Front) -> None:
    await front.desk.human_wrote(Address("zalo", "p"), NOW, None)
    press = Inbound(Address("zalo", "p"), "oa:p:1", NOW, payload=button("Menu", "menu", "start").payload)
    await front.desk.keep(press)
    await front.desk.drain()

    assert front.handed
    assert await _helped(front) == [None]


async def test_a_cry_for_help_is_answered_though_an_official_writes(front: Front) -> None:
    await front.desk.human_wrote(Address("zalo", "p"), NOW, None)
    await front.say("cứu tôi với, chồng tôi đang đánh tôi")
    await front.desk.drain()

    assert any("111" in d.text or "113" in d.text for d in front.handed)


async def test_our_own_message_and_an_old_one_pause_nothing(front: Front) -> None:
    await front.say("xin chào")
    await front.desk.drain()
    await front.database.write(
        lambda tx: tx.execute(sa.update(outbox).where(outbox.c.id == 1).values(platform_id="ours"))
    )
    await front.desk.human_wrote(Address("zalo", "p"), NOW, "ours")
    await front.desk.human_wrote(Address("zalo", "p"), NOW - timedelta(hours=5), "typed")

    assert await _helped(front) == [None]


async def test_a_pause_ends_by_itself(front: Front) -> None:
    await front.desk.human_wrote(
        Address("zalo", "p"), NOW - timedelta(hours=3, minutes=59, seconds=59.9), None
    )
    await asyncio.sleep(0.15)
    await front.say("xin chào")
    await front.desk.drain()

    assert not any("máy tạm im" in d.text for d in front.handed)
    assert await _helped(front) == [None]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("dừng", consent_texts.STOPPED_NEWS),
        ("dừng tất cả", consent_texts.STOPPED_ALL),
        ("thôi đừng gửi tin cho tôi nữa nhé, phiền quá", consent_texts.STOP_ASK),
        ("tôi muốn xoá hết dữ liệu của tôi trên này", "xoá"),
    ],
)
async def test_who_wants_out_is_heard_though_an_official_writes(
    front: Front, said: str, answered: str
) -> None:
    """The official has it before them as well, but cannot stop or erase anything from there."""
    await front.say("xin chào")
    await front.desk.drain()

    def agree(tx: Tx) -> None:
        known = people.lock_known(tx, "zalo", "p")
        assert known is not None
        consents.give(tx, known.resident_id, known.address_id, "news", "1", "zalo", NOW)

    await front.database.write(agree)
    await front.desk.human_wrote(Address("zalo", "p"), NOW, None)
    front.handed.clear()
    await front.say(said, 2, after_s=1)
    await front.desk.drain()

    assert any(answered in delivery.text for delivery in front.handed)
