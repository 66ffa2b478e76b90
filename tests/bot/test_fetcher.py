"""Files that people send through Telegram: fetched off the turn's path, tried again, given up with a reason."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.fetcher import HOLD, Fetcher
from bot.files import Shelf
from handlers import file_texts
from handlers.files import MAX_FILE_BYTES
from handlers.turn import Guide
from storage import files, intake, messages, people
from storage.db import Database, Tx
from storage.tables import attachments, outbox
from storage.tables import messages as messages_table
from tests import samples
from tests.conftest import NOW
from tests.fakes.telegram_reception import RecordingReception
from tests.fakes.telegram_server import TOKEN, FakeTelegram, Fault
from tests.service import running


class Post:
    """A fetcher between a fake Telegram and a database."""

    def __init__(self, database: Database, telegram: FakeTelegram, folder: Path) -> None:
        self.database, self.telegram, self.time = database, telegram, NOW
        self.shelf = Shelf(folder)
        settings = TelegramSettings(
            token=TOKEN, mode="polling", api_url=telegram.url, webhook_url="", webhook_secret=""
        )
        self.channel = TelegramChannel(settings, RecordingReception(), self.now)
        self.fetcher = Fetcher(database, self.shelf, {"telegram": self.channel}, self.now)

    def now(self) -> datetime:
        return self.time

    async def send(self, content: bytes | None, name: str = "") -> int:
        """Store a message with a file as a turn does; None: Telegram does not know it (any more)."""
        ref = "unknown" if content is None else self.telegram.keep_file(content)

        def work(tx: Tx) -> int:
            taken = intake.take(tx, "telegram", f"1:{ref}", "done", self.time)
            assert taken is not None
            person = people.meet(tx, "telegram", "1001", self.time)
            said = messages.add_in(tx, person.address_id, taken, "", None, self.time)
            return files.add_wanted(tx, "telegram", said, "photo", ref, name, self.time)

        return await self.database.write(work)

    async def row(self, attachment_id: int) -> Any:
        query = sa.select(attachments).where(attachments.c.id == attachment_id)
        return await self.database.read(lambda tx: tx.execute(query).one())

    async def told(self) -> list[str]:
        """What is on its way to the person."""
        query = sa.select(messages_table.c.text).join_from(outbox, messages_table)
        return list(await self.database.read(lambda tx: tx.execute(query).scalars().all()))

    def on_disk(self) -> list[Path]:
        return [path for path in self.shelf.folder.rglob("*") if path.is_file()]


@pytest.fixture
async def post(sqlite: Database, tmp_path: Path) -> AsyncIterator[Post]:
    async with FakeTelegram() as telegram:
        post = Post(sqlite, telegram, tmp_path / "files")
        yield post
        await post.channel.close()


async def test_photo_is_fetched_and_drawn_anew(post: Post) -> None:
    wanted = await post.send(samples.photo_with_place(), "../mái nhà.png")
    await post.fetcher.fetch_some()

    row = await post.row(wanted)
    assert (row.status, row.kind, row.media_type, row.name) == (
        "stored",
        "photo",
        "image/jpeg",
        "mái nhà.jpg",
    )
    assert (row.width, row.height, row.ref_sealed) == (40, 80, None)
    assert post.on_disk() == [post.shelf.path(row.file)]
    assert row.bytes == post.on_disk()[0].stat().st_size


async def test_kind_is_what_the_content_is(post: Post) -> None:
    """Telegram said photo."""
    wanted = await post.send(samples.PDF)
    await post.fetcher.fetch_some()

    row = await post.row(wanted)
    assert (row.status, row.kind, row.name) == ("stored", "file", "tep.pdf")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"MZ" + bytes(100), file_texts.UNKNOWN_KIND),
        (samples.bomb(), file_texts.TOO_MANY_PIXELS),
        (samples.HEIC, file_texts.HEIC),
        (samples.PDF + bytes(MAX_FILE_BYTES), file_texts.TOO_LARGE),
    ],
)
async def test_what_is_refused_is_told_to_whoever_sent_it(post: Post, content: bytes, sentence: str) -> None:
    wanted = await post.send(content)
    await post.fetcher.fetch_some()
    await post.fetcher.fetch_some()

    row = await post.row(wanted)
    assert (row.status, row.reason, row.ref_sealed) == ("refused", sentence[:200], None)
    assert await post.told() == [sentence]
    assert post.on_disk() == []


@pytest.mark.parametrize(
    "fault", [Fault(code=502), Fault(code=429, retry_after=1), Fault(drop=True), Fault(code=401)]
)
@pytest.mark.parametrize("method", ["getFile", "download"])
async def test_fetching_that_fails_is_tried_again_and_leaves_nothing(
    post: Post, method: str, fault: Fault
) -> None:
    wanted = await post.send(samples.picture())
    post.telegram.script(method, fault)
    await post.fetcher.fetch_some()
    row = await post.row(wanted)
    assert (row.status, row.attempts) == ("wanted", 1)
    assert NOW < row.not_before < NOW + timedelta(minutes=1)
    assert post.on_disk() == []

    post.time = row.not_before
    await post.fetcher.fetch_some()
    assert (await post.row(wanted)).status == "stored"


async def test_five_failures_are_the_end(post: Post) -> None:
    wanted = await post.send(samples.picture())
    post.telegram.script("getFile", Fault(code=502, times=-1))
    for _ in range(5):
        await post.fetcher.fetch_some()
        post.time += timedelta(hours=2)
    row = await post.row(wanted)
    assert (row.status, row.attempts, row.ref_sealed) == ("lost", 5, None)
    assert row.reason.startswith("HTTP 502")
    await post.fetcher.fetch_some()
    assert len(post.telegram.called("getFile")) == 5


async def test_file_that_telegram_has_no_more_is_lost_at_once(post: Post) -> None:
    gone, large = await post.send(None), await post.send(bytes((20 << 20) + 1))
    await post.fetcher.fetch_some()
    assert [(await post.row(i)).status for i in (gone, large)] == ["lost", "lost"]


async def test_full_disk_loses_no_file(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = await post.send(samples.picture())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("bot.files.os.fsync", full)
        for _ in range(7):
            await post.fetcher.fetch_some()
            post.time += HOLD
    assert (await post.row(wanted)).status == "wanted"
    await post.fetcher.fetch_some()
    assert (await post.row(wanted)).status == "stored"


async def test_fetch_that_died_is_taken_up_when_its_time_is_over(post: Post) -> None:
    wanted = await post.send(samples.picture())
    await post.database.write(files.claim_wanted, ["telegram"], NOW + HOLD, NOW, 4)
    await post.fetcher.fetch_some()
    assert (await post.row(wanted)).status == "wanted"
    post.time += HOLD
    await post.fetcher.fetch_some()
    assert (await post.row(wanted)).status == "stored"


async def test_file_that_nobody_wants_any_more_is_not_kept(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person was forgotten while it was on its way."""
    await post.send(samples.picture())
    keep = post.shelf.keep

    async def forget_meanwhile(*args: Any) -> Any:
        kept = await keep(*args)
        await post.database.write(lambda tx: tx.execute(sa.delete(attachments)))
        return kept

    monkeypatch.setattr(post.shelf, "keep", forget_meanwhile)
    await post.fetcher.fetch_some()
    assert post.on_disk() == []


async def test_two_fetchers_fetch_each_file_once(post: Post) -> None:
    for _ in range(6):
        await post.send(samples.picture())
    second = Fetcher(post.database, post.shelf, {"telegram": post.channel}, post.now)
    while any(await asyncio.gather(post.fetcher.fetch_some(), second.fetch_some())):
        pass
    assert len(post.telegram.called("getFile")) == 6
    assert len(post.on_disk()) == 6


async def test_token_and_name_stay_out_of_logs(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await post.send(samples.picture(), "đơn của bà Tư.jpg")
    post.telegram.script("download", Fault(drop=True))
    await post.fetcher.fetch_some()
    assert "file fetched" in caplog.text
    for secret in (TOKEN, TOKEN.partition(":")[2], "bà Tư", "file-0"):
        assert secret not in caplog.text
        assert all(secret not in str(record.__dict__) for record in caplog.records)


async def test_photo_is_fetched_as_soon_as_its_message_is_answered(tmp_path: Path, guide: Guide) -> None:
    """The whole service: nobody waits for the next look, and the turn does not wait for the photo."""
    async with FakeTelegram() as telegram:
        settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url}
        async with running(tmp_path, guide, **settings) as service:
            person = telegram.user(1001)
            person.say("xin chào")
            await person.next_message()
            telegram.script("download", Fault(times=1, delay_s=0))
            ref = telegram.keep_file(samples.photo_with_place())
            person.send(photo=[{"file_id": ref, "width": 80, "height": 40}])
            assert (await person.next_message()).text == file_texts.KEPT
            await telegram.until(lambda: bool(telegram.called("download")))
            async with asyncio.timeout(10):
                while not await service.database.read(_stored):
                    await asyncio.sleep(0.01)


def _stored(tx: Tx) -> bool:
    return bool(tx.execute(sa.select(attachments).where(attachments.c.status == "stored")).first())
