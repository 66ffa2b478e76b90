"""`hai-chieu check` on Zalo: each thing that is missing is one line that says what to do."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.cli import main
from bot.cli.base import Line
from bot.cli.check_zalo import GET_OA, WHAT_TO_DO, look
from bot.config import Settings
from storage import people, zalo_tokens
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.zalo_tokens import Kept, Pair
from tests.conftest import NOW
from tests.databases import SECRET, put_migrated_sqlite
from tests.fakes.zalo_oauth import APP_ID

ON = {
    "SECRET_KEY": SECRET,
    "PUBLIC_URL": "https://haichieu.example.vn",
    "ZALO_APP_ID": APP_ID,
    "ZALO_APP_SECRET": "app-secret",
    "ZALO_OA_SECRET": "oa-secret",
}
CONSOLE = "https://haichieu.example.vn/console/zalo"


def settings(**given: str) -> Settings:
    return config.load(ON | given)


def asked(answer: Mapping[str, object] | Exception) -> Any:
    """Return an `Ask` that gets this answer."""

    async def ask(path: str) -> Mapping[str, object]:
        assert path == GET_OA
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


async def lines(given: Settings, kept: Kept | None, **more: Any) -> dict[str, Line]:
    found = await look(given, kept, NOW, more.pop("ask", None), **more)
    assert all("\n" not in line.note for line in found)
    return {line.name: line for line in found}


@pytest.fixture
async def kept(sqlite: Database) -> Kept:
    """Tokens that are good."""
    return await _kept(sqlite)


async def _kept(database: Database, days: int = 90) -> Kept:
    pair = Pair("access", "refresh", NOW + timedelta(hours=25), NOW + timedelta(days=days))
    await database.write(zalo_tokens.save, APP_ID, None, pair, NOW)
    found = await database.read(zalo_tokens.find, APP_ID)
    assert found is not None
    return found


async def test_off_is_one_line() -> None:
    found = await look(config.load({"SECRET_KEY": SECRET}), None, NOW, None)

    assert [(line.name, line.ok) for line in found] == [("zalo", True)]


async def test_all_is_well(kept: Kept) -> None:
    answer = {"error": 0, "data": {"name": "UBND xã", "package_name": "Growth"}}

    found = await lines(settings(), kept, ask=asked(answer), heard=NOW)

    assert list(found) == ["zalo", "zalo address", "zalo token", "zalo oa", "zalo webhook"]
    assert all(line.ok for line in found.values())
    assert found["zalo oa"].note == "UBND xã, package Growth"


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ("https://haichieu.example.vn", True),
        ("http://127.0.0.1:8080", True),
        ("http://haichieu.example.vn", False),
        ("https://haichieu.example.vn:8443", False),
        ("https://203.0.113.7", False),
    ],
)
async def test_the_address_is_one_that_zalo_can_call(url: str, ok: bool) -> None:
    line = (await lines(settings(PUBLIC_URL=url), None))["zalo address"]

    assert line.ok == ok
    assert ok or "PUBLIC_URL" in line.note


async def test_without_consent_it_says_where() -> None:
    line = (await lines(settings(), None))["zalo token"]

    assert not line.ok
    assert CONSOLE in line.note


async def test_a_seed_that_was_not_used_yet_is_well() -> None:
    assert (await lines(settings(ZALO_REFRESH_TOKEN="seed"), None))["zalo token"].ok


async def test_a_refused_renewal_names_the_reason_and_the_way(sqlite: Database, kept: Kept) -> None:
    await sqlite.write(zalo_tokens.refuse, APP_ID, "refresh", "-14014 Invalid refresh token")
    line = (await lines(settings(), await sqlite.read(zalo_tokens.find, APP_ID)))["zalo token"]

    assert not line.ok
    assert "-14014" in line.note
    assert CONSOLE in line.note


async def test_a_consent_that_ends_soon_is_a_warning(sqlite: Database) -> None:
    line = (await lines(settings(), await _kept(sqlite, days=10)))["zalo token"]

    assert line.ok
    assert "warning: the consent ends on 2026-12-03" in line.note


@pytest.mark.parametrize("error", [-224, "-224", 224, -223, -221, -212, -216, -242, -99999])
async def test_an_error_of_the_oa_says_what_to_do(kept: Kept, error: object) -> None:
    line = (await lines(settings(), kept, ask=asked({"error": error, "message": "x"})))["zalo oa"]

    known = WHAT_TO_DO.get(abs(int(str(error))), "look the number up")
    assert not line.ok
    assert known.split("{")[0] in line.note
    assert str(error) in line.note


@pytest.mark.parametrize("answer", [{}, {"error": 0}, {"error": None, "data": None}])
async def test_an_answer_that_says_nothing_is_not_well(kept: Kept, answer: Mapping[str, object]) -> None:
    assert not (await lines(settings(), kept, ask=asked(answer)))["zalo oa"].ok


async def test_an_api_that_does_not_answer_is_said(kept: Kept) -> None:
    line = (await lines(settings(), kept, ask=asked(TimeoutError())))["zalo oa"]

    assert not line.ok
    assert "openapi.zalo.me" in line.note


async def test_a_webhook_that_was_never_called_says_where_to_switch_it_on(kept: Kept) -> None:
    line = (await lines(settings(), kept, heard=None))["zalo webhook"]

    assert not line.ok
    assert "https://haichieu.example.vn/webhooks/zalo" in line.note


async def test_templates_cost_money_and_it_says_so() -> None:
    assert "-320" in (await lines(settings(ZALO_TEMPLATE_ID="1"), None))["zalo template"].note


async def test_the_command_reads_the_tokens_and_shows_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = put_migrated_sqlite(tmp_path)
    async with opened(url, Vault(SECRET)) as database:
        await _kept(database)
    monkeypatch.chdir(tmp_path)
    for name, value in (ON | {"DATABASE_URL": url, "CLOCK_START": "", "PUBLIC_URL": ""}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLOCK_START", NOW.isoformat())

    await asyncio.to_thread(main, ["check"])

    out = capsys.readouterr().out
    assert "ok   zalo token: good until 2026-11-24 04:00 UTC" in out
    assert "access" not in out.replace("access token", "")


async def test_an_account_without_money_is_said(kept: Kept) -> None:
    line = (await lines(settings(), kept, unpaid_until=NOW))["zalo money"]

    assert not line.ok
    assert "-321" in line.note


@pytest.mark.parametrize("heard", [False, True])
async def test_the_command_says_when_somebody_was_last_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], heard: bool
) -> None:
    url = put_migrated_sqlite(tmp_path)

    def hear(tx: Tx) -> None:
        people.meet(tx, "zalo", "somebody", NOW)
        people.hear(tx, "zalo", "somebody", NOW - timedelta(hours=3))

    async with opened(url, Vault(SECRET)) as database:
        await _kept(database)
        if heard:
            await database.write(hear)
    monkeypatch.chdir(tmp_path)
    for name, value in (
        ON | {"DATABASE_URL": url, "PUBLIC_URL": "", "ZALO_API_URL": "http://127.0.0.1:1"}
    ).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLOCK_START", NOW.isoformat())

    await asyncio.to_thread(main, ["check"])

    out = capsys.readouterr().out
    expected = (
        "ok   zalo webhook: last heard 2026-11-23 00:00 UTC" if heard else "FAIL zalo webhook: never heard"
    )
    assert expected in out
