"""What became of an announcement: told live to open pages, listed with reasons, sent once more where nobody knows."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import sqlalchemy as sa

from console.progress import WATCHING
from handlers.officials import Role
from storage import announcements as rows
from storage import audit, sessions, tables
from storage.db import Tx
from tests.conftest import NOW
from tests.console.announcing import begin, end, file, make_audience, read
from tests.console.conftest import Console, later
from tests.console.officials import OTHER_AREA, Browser, words_of
from tests.handlers.filing import EVENT

SOON_S = 5.0  # a stream that should have told something by then never will


@pytest.fixture(autouse=True)
def quick(console: Console) -> None:
    """Look again at once."""
    console.app[WATCHING].every_s = 0.001


class Stream:
    """An open stream, an event at a time."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> tuple[str, dict[str, object]] | None:
        """Return the next event's name and what it says; None: the stream has ended."""
        name = ""
        async with asyncio.timeout(SOON_S):
            async for line in self.answer.content:
                text = line.decode().rstrip()
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                elif text.startswith("data: "):
                    return name, json.loads(text.removeprefix("data: "))
        return None


@asynccontextmanager
async def watching(browser: Browser, number: int) -> AsyncIterator[Stream]:
    """Open the stream of an announcement."""
    path = f"/console/announcements/{number}/progress"
    async with browser._client.get(path, allow_redirects=False) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield Stream(answer)


async def test_one_reason_is_one_line_however_the_platform_put_it(console: Console) -> None:
    await make_audience(console, 3)
    one = await file(console)
    await begin(console, one.id)
    words = iter(("HTTP 403 Forbidden: blocked", "blocked", "HTTP 403 Forbidden: deactivated"))

    def block(tx: Tx) -> None:
        for number in tx.execute(sa.select(tables.outbox.c.id)).scalars().all():
            change = sa.update(tables.outbox).where(tables.outbox.c.id == number)
            tx.execute(change.values(status="blocked", reason=next(words)))

    await console.database.write(block)
    page = (await (await console.sign_in(Role.EDITOR)).get(f"/announcements/{one.id}")).text
    assert page.count("Đã chặn kênh này") == 1
    assert '<td data-label="Người" class="number">3</td>' in page


async def test_page_hears_how_far_it_is_until_it_is_over(console: Console) -> None:
    await make_audience(console, 3)
    one = await file(console)
    await begin(console, one.id)
    editor = await console.sign_in(Role.EDITOR)

    async with watching(editor, one.id) as stream:
        first = await stream.next()
        await end(console, one.id, "sent")
        second = await stream.next()
        await console.database.write(
            lambda tx: rows.change(tx, rows.get(tx, one.id), {"status": "sent", "finished_at": NOW})
        )
        third, fourth, fifth = [await stream.next() for _ in range(3)]

    assert first is not None and second is not None and third is not None  # noqa: PT018
    assert [(e[1]["status"], e[1]["done"], e[1]["total"]) for e in (first, second, third)] == [
        ("sending", 0, 3),
        ("sending", 3, 3),
        ("sent", 3, 3),
    ]
    assert (fourth, fifth) == (("end", {}), None)


@pytest.mark.parametrize("status", ["draft", "sent", "cancelled"])
async def test_where_nothing_is_to_be_waited_for_the_stream_ends_at_once(
    console: Console, status: str
) -> None:
    one = await file(console)
    await console.database.write(lambda tx: rows.change(tx, rows.get(tx, one.id), {"status": status}))
    editor = await console.sign_in(Role.EDITOR)

    async with watching(editor, one.id) as stream:
        told = [await stream.next() for _ in range(3)]

    assert told[0] is not None
    assert told[0][1]["status"] == status
    assert told[1:] == [("end", {}), None]


async def test_who_signs_out_hears_nothing_more(console: Console) -> None:
    await make_audience(console, 1)
    one = await file(console)
    await begin(console, one.id)
    official = await console.add(Role.EDITOR)
    editor = await console.sign_in(official)

    async with watching(editor, one.id) as stream:
        assert await stream.next() is not None
        await console.database.write(sessions.end, official.id, NOW)
        await end(console, one.id, "sent")
        rest = [await stream.next() for _ in range(2)]

    # A look that had begun may still be told.
    assert rest[-1] is None
    assert ("end", {}) not in rest


async def test_stream_ends_with_the_service_and_is_no_sign_of_work(console: Console) -> None:
    await make_audience(console, 1)
    one = await file(console)
    await begin(console, one.id)
    official = await console.add(Role.EDITOR)
    editor = await console.sign_in(official)
    console.now = later(minutes=20)

    async with watching(editor, one.id) as stream:
        assert await stream.next() is not None
        console.app[WATCHING].stop()
        assert await stream.next() is None

    (session,) = await console.database.read(sessions.list_living, official.id, console.now, later(days=-1))
    assert session.last_seen_at == NOW


async def test_stream_of_another_commune_is_not_there(console: Console) -> None:
    one = await file(console, audience={"areas": [OTHER_AREA]})
    bound = await console.sign_in(Role.EDITOR, "11020")

    answer = await bound.get(f"/announcements/{one.id}/progress")

    assert answer.status == 404
    assert "Không có trang này" in answer.text


async def test_results_say_why_and_what_to_do(console: Console) -> None:
    await make_audience(console, 3)
    one = await file(console)
    await begin(console, one.id, "sent")
    await end(console, one.id, "failed", "Bad Request: <b>chat</b> not found")
    editor = await console.sign_in(Role.EDITOR)

    page = await editor.get(f"/announcements/{one.id}")
    listed = await editor.get(f"/announcements/{one.id}/not-reached", status="failed")
    sheet = await editor.get(f"/announcements/{one.id}/not-reached.csv")

    for text in (words_of(page.text), words_of(listed.text)):
        assert "Kênh không nhận tin" in text
        assert "Báo bằng loa" in text
        assert "chat not found" not in text
    lines = list(csv.reader(sheet.text.removeprefix("\ufeff").splitlines()))
    assert lines[0][:4] == ["Mã xã", "Xã, phường", "Kênh", "Kết quả"]
    assert [line[0] for line in lines[1:]] == ["11020"] * 3
    assert sheet.headers["Content-Disposition"].startswith("attachment")


async def test_list_of_those_missed_goes_on(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.views.announcement_results.PER_PAGE", 2)
    monkeypatch.setattr("console.views.announcement_results.AT_ONCE", 2)
    await make_audience(console, 3)
    one = await file(console)
    await begin(console, one.id, "sent")
    await end(console, one.id, "unknown")
    editor = await console.sign_in(Role.EDITOR)

    first = await editor.get(f"/announcements/{one.id}/not-reached")
    sheet = await editor.get(f"/announcements/{one.id}/not-reached.csv")

    assert first.text.count("Đã gửi nhưng không rõ") == 2
    after = first.text.partition("?after=")[2].partition('"')[0]
    second = await editor.get(f"/announcements/{one.id}/not-reached", after=after)
    assert second.text.count("Đã gửi nhưng không rõ") == 1
    assert len(sheet.text.splitlines()) == 4


async def test_unknown_ones_are_sent_once_more_and_only_once(console: Console) -> None:
    people = await make_audience(console, 3)
    one = await file(console)
    await begin(console, one.id, "sent")
    await end(console, one.id, "unknown")
    # Since then: one wants nothing any more.
    stopped = sa.update(tables.consents).where(tables.consents.c.resident_id == people[0].resident_id)
    await console.database.write(lambda tx: tx.execute(stopped.values(withdrawn_at=NOW)))
    editor = await console.sign_in(Role.EDITOR)

    page = await editor.get(f"/announcements/{one.id}")
    assert "Gửi lại cho những người chưa rõ" in page.text
    for _ in range(2):
        assert (await editor.post(f"/announcements/{one.id}/again")).status == 303
    assert (await read(console, one.id)).status == "sending"
    assert await _statuses(console) == ["unknown", "queued", "queued"]
    await end(console, one.id, "unknown")
    await editor.post(f"/announcements/{one.id}/again")

    assert await _statuses(console) == ["unknown"] * 3
    logged = await console.database.read(audit.list_entries, action="announcement.again")
    assert [entry.details for entry in logged] == [{"people": 2}]


def _put(tx: Tx, number: int, status: str) -> None:
    rows.change(tx, rows.get(tx, number), {"status": status})


async def _statuses(console: Console) -> list[str]:
    def work(tx: Tx) -> list[str]:
        query = sa.select(tables.outbox.c.status).where(tables.outbox.c.announcement_id.is_not(None))
        return list(tx.execute(query.order_by(tables.outbox.c.id)).scalars())

    return await console.database.read(work)


async def test_nothing_is_sent_again_of_what_is_over(console: Console) -> None:
    await make_audience(console, 1, purpose="events")
    one = await file(console, None, EVENT)
    await begin(console, one.id, "sent")
    await end(console, one.id, "unknown")
    for now, status in ((later(days=90), "sent"), (NOW, "cancelled")):
        await console.database.write(_put, one.id, status)
        console.now = now
        leader = await console.sign_in(Role.LEADER)

        answer = await leader.post(f"/announcements/{one.id}/again")

        assert answer.status == 409, status
    assert await _statuses(console) == ["unknown"]


async def test_what_the_channel_told_of_arrivals_is_shown_and_nothing_where_it_tells_nothing(
    console: Console,
) -> None:
    """What was seen has arrived, though its other receipt was lost."""
    await make_audience(console, 3)
    one = await file(console)
    await begin(console, one.id, "sent")
    await end(console, one.id, "sent")
    editor = await console.sign_in(Role.EDITOR)
    before = words_of((await editor.get(f"/announcements/{one.id}")).text)

    def arrive(tx: Tx) -> None:
        ids = list(tx.execute(sa.select(tables.outbox.c.id).order_by(tables.outbox.c.id)).scalars())
        for number, told in enumerate([{"delivered_at": NOW}, {"seen_at": NOW}]):
            tx.execute(sa.update(tables.outbox).where(tables.outbox.c.id == ids[number]).values(told))
        tx.execute(sa.update(tables.outbox).values(channel="zalo"))

    await console.database.write(arrive)
    after = words_of((await editor.get(f"/announcements/{one.id}")).text)

    assert "báo lại" not in before
    assert "Zalo báo lại: 2 tin đã tới máy, 1 tin đã được xem" in after


async def test_what_was_sent_can_be_cancelled_as_long_as_somebody_may_still_get_it(console: Console) -> None:
    await make_audience(console, 2)
    one = await file(console)
    await begin(console, one.id, "sent")
    await end(console, one.id, "sent")
    leader = await console.sign_in(Role.LEADER)
    offers = "Hủy tin này"
    assert offers not in words_of((await leader.get(f"/announcements/{one.id}")).text)

    def wait(tx: Tx) -> None:
        first = sa.select(sa.func.min(tables.outbox.c.id)).scalar_subquery()
        held = sa.update(tables.outbox).where(tables.outbox.c.id == first)
        tx.execute(held.values(status="waiting", reason="closed"))

    await console.database.write(wait)
    assert offers in words_of((await leader.get(f"/announcements/{one.id}")).text)
    await leader.post(f"/announcements/{one.id}/cancel", why="sai giờ")

    assert (await read(console, one.id)).status == "cancelled"
