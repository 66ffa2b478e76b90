"""The public pages say what was sent to everybody, nothing of anybody, and nothing of what was not sent."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.announcement_pages import MAX_BODY_BYTES, AnnouncementPages
from bot.channels.webchat.pace import PER_IP_MINUTE
from bot.files import Shelf
from handlers import areas
from handlers.announcement_texts import chat
from handlers.genuine import Verdict
from handlers.genuine_texts import VERDICTS, WARNING
from storage import agenda, leaflets, people, tables
from storage.announcements import Announcement
from storage.db import Database, Tx
from storage.events import Event
from tests.conftest import NOW
from tests.handlers.announcing import PUBLIC_URL, ZONE, announcement, event, store
from tests.samples import picture, pieces

OURS, NOT_OURS, CANNOT_TELL = (VERDICTS[verdict] for verdict in Verdict)
TOLD = announcement(
    kind="event",
    title="Tập huấn <nuôi gà>",
    text="Mời bà con.\nMỗi hộ được hỗ trợ 500.000 đồng, gọi chị Lan theo số 0912 345 678 để biết thêm.\n\n<b>Đến sớm</b>",
    link="https://khuyennong.example.vn/ga?a=1&b=2",
    started_at=NOW - timedelta(days=1),
    audience={"categories": ["poor"]},
    named_consent="Bà Hạnh đồng ý ngày 01/11",
)
HELD = event(map_link="https://maps.example.vn/1")
Client = TestClient[web.Request, web.Application]


def write_calendar(told: Announcement, held: Event, public_url: str, now: datetime) -> bytes:
    """Write what a test can know again."""
    return f"{told.code} {held.id} {public_url} {now:%Y}".encode()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """The folder of pictures."""
    return Shelf(tmp_path / "files")


@pytest.fixture
async def client(sqlite: Database, shelf: Shelf) -> AsyncIterator[Client]:
    """A browser; one event was announced."""
    await sqlite.write(store, TOLD, HELD)
    pages = AnnouncementPages(
        sqlite, shelf, areas.load(), lambda: NOW, ZONE, PUBLIC_URL, lambda: "hai_chieu_bot", write_calendar
    )
    app = web.Application()
    app.add_routes(pages.routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def read(client: Client, path: str) -> tuple[int, str]:
    """Return status and page."""
    response = await client.get(path)
    return response.status, await response.text()


async def check(client: Client, text: str) -> str:
    """Return what the form answers."""
    response = await client.post("/verify", data={"text": text})
    assert response.status == 200
    return await response.text()


async def test_page_says_what_was_announced(client: Client) -> None:
    status, page = await read(client, "/a/K7M4XP")
    assert status == 200
    for said in (
        "<h1>Tập huấn &lt;nuôi gà&gt;</h1>",
        "<p>&lt;b&gt;Đến sớm&lt;/b&gt;</p>",
        "từ 8 giờ sáng đến 11 giờ trưa thứ Bảy, ngày 12/12/2026",
        "Nhà văn hóa thôn Đông",
        'href="https://khuyennong.example.vn/ga?a=1&amp;b=2"',
        "Mã tin: K7M-4XP.",
        'name="payload" value="1:rsvp:show:7"',
        'href="https://t.me/hai_chieu_bot?start=e_7"',
        'href="/a/K7M4XP.ics"',
        'href="https://maps.example.vn/1"',
        WARNING,
    ):
        assert said in page


async def test_only_for_a_session_to_come_is_there_a_way_to_sign_up(client: Client, sqlite: Database) -> None:
    begun = event(id=9, announcement_id=3, starts_at=NOW)
    await sqlite.write(store, announcement(id=3, code="R4T9VD", kind="event"), begun)
    await sqlite.write(store, announcement(id=2, code="R4T9VC"))
    for code in ("R4T9VC", "R4T9VD"):
        _, page = await read(client, f"/a/{code}")
        assert "rsvp" not in page
        assert 'href="https://t.me/hai_chieu_bot"' in page


async def test_the_sheet_for_the_wall_is_offered_while_it_invites_to_something(
    client: Client, sqlite: Database
) -> None:
    begun = event(id=9, announcement_id=3, starts_at=NOW)
    await sqlite.write(store, announcement(id=3, code="R4T9VD", kind="event"), begun)
    await sqlite.write(store, announcement(id=2, code="R4T9VC"))

    offered = [
        code for code in ("K7M4XP", "R4T9VC", "R4T9VD") if "/poster" in (await read(client, f"/a/{code}"))[1]
    ]

    assert offered == ["K7M4XP", "R4T9VC"]


async def test_page_says_nothing_of_who_got_it(client: Client) -> None:
    _, page = await read(client, "/a/K7M4XP")
    assert "poor" not in page
    assert "Hạnh" not in page
    assert "<script" not in page


@pytest.mark.parametrize("code", ["k7m4xp", "K7M-4XP", "k7m-4xp"])
async def test_code_may_be_written_as_people_do(client: Client, code: str) -> None:
    assert (await read(client, f"/a/{code}"))[0] == 200


@pytest.mark.parametrize("status", ["draft", "submitted", "approved", "scheduled", "cancelled"])
@pytest.mark.parametrize("after", ["", "/poster", ".ics", "/pictures/1"])
async def test_what_never_began_to_be_sent_is_as_unknown_as_what_is_none(
    client: Client, sqlite: Database, status: str, after: str
) -> None:
    unsent = announcement(
        id=2, code="R4T9VC", status=status, started_at=None, kind="event", pictures=["ab" * 16]
    )
    await sqlite.write(store, unsent, event(id=8, announcement_id=2))
    assert await read(client, f"/a/R4T9VC{after}") == await read(client, f"/a/R4T9VX{after}")
    assert (await read(client, f"/a/R4T9VC{after}"))[0] == 404


@pytest.mark.parametrize("status", ["sending", "sent", "paused"])
async def test_what_is_being_sent_is_public(client: Client, sqlite: Database, status: str) -> None:
    await sqlite.write(store, announcement(id=2, code="R4T9VC", status=status))
    assert (await read(client, "/a/R4T9VC"))[0] == 200


async def test_what_was_called_off_says_so(client: Client, sqlite: Database) -> None:
    await sqlite.write(store, announcement(id=2, code="R4T9VC", status="cancelled"))
    assert "đã huỷ" in (await read(client, "/a/R4T9VC"))[1]


async def test_a_session_whose_message_was_taken_back_stands(client: Client, sqlite: Database) -> None:
    """Nobody is told not to come; it can still be put into a calendar."""
    taken_back = announcement(id=2, code="R4T9VC", status="cancelled", kind="event")
    await sqlite.write(store, taken_back, event(id=8, announcement_id=2))
    for path in ("/a/R4T9VC", "/a/R4T9VC/poster"):
        assert "huỷ" not in (await read(client, path))[1]
    assert 'href="/a/R4T9VC.ics"' in (await read(client, "/a/R4T9VC"))[1]


async def test_event_is_given_as_a_calendar_file_and_a_notice_is_not(
    client: Client, sqlite: Database
) -> None:
    response = await client.get("/a/K7M4XP.ics")
    assert response.content_type == "text/calendar"
    assert await response.text() == f"K7M4XP 7 {PUBLIC_URL} 2026"
    await sqlite.write(store, announcement(id=2, code="R4T9VC"))
    assert (await read(client, "/a/R4T9VC.ics"))[0] == 404


async def test_minutes_are_there_once_they_are_closed(client: Client, sqlite: Database) -> None:
    def write(tx: Tx) -> None:
        item = agenda.add_item(tx, HELD.id, "Đường <thôn Đông>")
        agenda.change_item(tx, item, 1, {"outcome": "follow_up", "outcome_text": "Xong trong tháng 1"})
        agenda.add_question(
            tx, HELD.id, people.meet(tx, "web", "a", NOW).resident_id, 1, None, "Nhà bà Lan", NOW
        )
        minutes = {"minutes": "Đã bàn hai việc."}
        tx.execute(sa.update(tables.events).values(minutes))

    def close(tx: Tx) -> None:
        tx.execute(sa.update(tables.events).values(minutes_at=NOW, status="held"))

    await sqlite.write(write)
    assert "Đã bàn hai việc" not in (await read(client, "/a/K7M4XP"))[1]
    await sqlite.write(close)
    _, shown = await read(client, "/a/K7M4XP")
    assert "Đã bàn hai việc." in shown
    assert "Đường &lt;thôn Đông&gt;" in shown
    assert "Giải quyết tiếp" in shown
    assert "Nhà bà Lan" not in shown


async def test_pictures_are_served_and_nothing_else_is(
    client: Client, sqlite: Database, shelf: Shelf
) -> None:
    kept = (await shelf.keep(pieces(picture()), "gà.jpg")).kept
    assert kept is not None
    await sqlite.write(
        store, announcement(id=2, code="R4T9VC", pictures=[kept.file, "../../etc/passwd", "ab" * 16])
    )

    assert '<img src="/a/R4T9VC/pictures/1"' in (await read(client, "/a/R4T9VC"))[1]
    response = await client.get("/a/R4T9VC/pictures/1")
    assert (response.status, response.content_type) == (200, "image/jpeg")
    for number in (0, 2, 3, 4):
        assert (await client.get(f"/a/R4T9VC/pictures/{number}")).status == 404


async def test_poster_has_all_facts_and_a_qr(client: Client) -> None:
    status, page = await read(client, "/a/K7M4XP/poster")
    assert status == 200
    assert re.search("<svg [^>]*viewBox=", page)
    assert "haichieu.example.vn/a/K7M4XP" in page
    assert "ngày 12/12/2026" in page
    assert "500.000 đồng" in page


async def test_form_says_whether_it_is_ours(client: Client) -> None:
    text = chat(TOLD, HELD, ZONE, PUBLIC_URL).text
    assert OURS in await check(client, text)
    page = await check(client, text.replace("500.000", "900.000"))
    assert NOT_OURS in page
    assert "900.000" in page
    assert WARNING in page
    assert CANNOT_TELL in await check(
        client, "Cán bộ trả lời phản ánh của bà con: tiền đã về, mời bà con ra nhận"
    )


async def test_code_in_the_address_shows_what_it_stands_for(client: Client) -> None:
    status, page = await read(client, "/verify?code=k7m-4xp")
    assert status == 200
    assert "0912 345 678" in page
    assert NOT_OURS in (await read(client, "/verify?code=K7M4XR"))[1]


async def test_program_may_ask_too(client: Client) -> None:
    response = await client.post("/verify", json={"text": "K7M4XR"})
    assert (await response.json())["verdict"] == "not_ours"


async def test_what_is_typed_comes_back_harmless(client: Client) -> None:
    page = await check(client, '</textarea><script>alert("x")</script>')
    assert "<script" not in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"text": 5}', "application/json", 400),
        (b"text=", "application/x-www-form-urlencoded", 400),
        (b"text=%ff", "application/x-www-form-urlencoded", 200),
        (b"text=" + b"a" * 5000, "application/x-www-form-urlencoded", 413),
        (b"a" * (MAX_BODY_BYTES + 1), "application/x-www-form-urlencoded", 413),
        (b"hello", "text/plain", 415),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_sentence(
    client: Client, body: bytes, kind: str, status: int
) -> None:
    response = await client.post("/verify", data=body, headers={"Content-Type": kind})
    assert response.status == status
    assert "Dán nguyên tin" in await response.text()


async def test_too_many_checks_from_one_place_have_to_wait(client: Client) -> None:
    for _ in range(PER_IP_MINUTE):
        await check(client, "K7M4XP")
    response = await client.post("/verify", data={"text": "K7M4XP"})
    assert response.status == 429
    assert int(response.headers["Retry-After"]) > 0
    elsewhere = await client.get("/verify?code=K7M4XP", headers={"X-Forwarded-For": "203.0.113.9"})
    assert elsewhere.status == 200


async def test_leaflet_is_counted_and_offers_the_channels_with_its_commune(
    client: Client, sqlite: Database
) -> None:
    await sqlite.write(leaflets.add, "R4T9VC", "11020", NOW)
    for _ in range(2):
        status, page = await read(client, "/q/r4t9vc")
    await client.head("/q/R4T9VC")
    assert status == 200
    assert "xã Yết Kiêu" in page
    assert 'value="1:menu:start:11020"' in page
    assert 'href="https://t.me/hai_chieu_bot?start=a_11020"' in page
    assert await sqlite.read(leaflets.list_visits) == [("11020", 2)]


async def test_leaflet_that_nobody_knows_still_leads_to_us(client: Client) -> None:
    status, page = await read(client, "/q/R4T9VC")
    assert status == 404
    assert 'value="1:menu:start"' in page


@pytest.mark.parametrize("path", ["/a/K7M4XP", "/a/K7M4XP/poster", "/verify", "/q/R4T9VC", "/a/XXXXXX"])
async def test_pages_are_guarded_and_not_indexed(client: Client, path: str) -> None:
    response = await client.get(path)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert not re.search(r"\sstyle=|\son\w+=", await response.text())
