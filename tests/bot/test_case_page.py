"""The public page of a case says where it stands and nothing else, and gives nothing to whoever tries codes."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.case_page import PER_IP_MINUTE, UNKNOWN_A_MINUTE, CasePage
from handlers import cases, tracking
from handlers.case_codes import spoken
from storage.cases import Case
from storage.cases import get as get_case
from storage.db import Database, Tx
from tests.conftest import NOW
from tests.handlers.casework import DEADLINES, TEXT, ZONE, make_case, make_official

ANSWER = "Tiền về thứ Năm <b>này</b>."
Client = TestClient[web.Request, web.Application]


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """The page's clock."""
    return Clock()


@pytest.fixture
async def client(sqlite: Database, clock: Clock) -> AsyncIterator[Client]:
    """A browser; each request may say where it comes from, as behind a proxy."""
    app = web.Application()
    app.add_routes(CasePage(sqlite, clock, ZONE).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def case(sqlite: Database) -> Case:
    """An answered case."""

    def write(tx: Tx) -> Case:
        opened = make_case(tx)
        cases.answer(tx, make_official(tx), opened.id, ANSWER, opened.version, DEADLINES, NOW)
        return get_case(tx, opened.id)

    return await sqlite.write(write)


async def look(client: Client, path: str, place: str = "203.0.113.1") -> tuple[int, str]:
    """Return status and page."""
    response = await client.get(path, headers={"X-Forwarded-For": place}, allow_redirects=False)
    return response.status, await response.text()


async def test_page_says_where_it_stands_and_nothing_that_was_written(client: Client, case: Case) -> None:
    status, page = await look(client, f"/case/{case.code}")

    assert status == 200
    assert spoken(case.code) in page
    assert "Cán bộ đã trả lời." in page
    assert "23/11/2026" in page
    assert TEXT not in page
    assert "Tiền về" not in page


@pytest.mark.parametrize("write", [str.lower, spoken, lambda code: f"HC-{spoken(code)}"])
async def test_code_may_be_written_as_people_do(client: Client, case: Case, write: object) -> None:
    assert callable(write)
    assert (await look(client, f"/case/{write(case.code)}"))[0] == 200


async def test_page_is_neither_kept_nor_found_by_others(client: Client, case: Case) -> None:
    for path in (f"/case/{case.code}", "/case", "/case/K7M4XP9RT"):
        headers = (await client.get(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"


async def test_unknown_withdrawn_erased_and_nonsense_look_alike(client: Client, sqlite: Database) -> None:
    def withdraw(tx: Tx) -> Case:
        opened = make_case(tx)
        assert opened.address_id is not None
        tracking.withdraw(tx, opened.id, opened.address_id, NOW)
        return opened

    withdrawn = await sqlite.write(withdraw)
    pages = {
        await look(client, f"/case/{code}")
        for code in (withdrawn.code, "K7M4XP9RT", "nonsense", "%3Cscript%3E", "x" * 500, "..%2f..%2fetc")
    }

    assert len(pages) == 1
    assert pages.pop()[0] == 404


async def test_form_leads_to_the_page(client: Client, case: Case) -> None:
    response = await client.get("/case", params={"code": spoken(case.code).lower()}, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, f"/case/{case.code}")

    assert (await look(client, "/case"))[0] == 200
    assert (await look(client, "/case?code=<script>alert(1)</script>"))[0] == 404
    assert "<script>" not in (await look(client, "/case?code=<script>alert(1)</script>"))[1]


async def test_one_place_looks_so_often_a_minute(client: Client, case: Case, clock: Clock) -> None:
    for _ in range(PER_IP_MINUTE):
        assert (await look(client, f"/case/{case.code}"))[0] == 200
    assert (await look(client, f"/case/{case.code}"))[0] == 429
    assert (await look(client, f"/case/{case.code}", "203.0.113.2"))[0] == 200

    clock.at += timedelta(minutes=1)
    assert (await look(client, f"/case/{case.code}"))[0] == 200


async def test_many_places_together_try_only_so_many_codes(client: Client, case: Case, clock: Clock) -> None:
    for number in range(UNKNOWN_A_MINUTE):
        assert (await look(client, "/case/K7M4XP9RT", f"198.51.100.{number}"))[0] == 404
    # A right guess is not told either.
    assert (await look(client, f"/case/{case.code}", "192.0.2.1"))[0] == 429

    clock.at += timedelta(minutes=1)
    assert (await look(client, f"/case/{case.code}", "192.0.2.1"))[0] == 200
