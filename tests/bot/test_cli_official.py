"""`hai-chieu official` and `hai-chieu audit`: accounts and the log from the command line."""

import asyncio
import io
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.cli.base import alone
from storage import audit
from storage.crypto import Vault
from storage.db import Tx, opened
from tests.bot.test_cli import _settings, run
from tests.databases import SECRET, sqlite_url

__all__ = ["_settings"]

PASSWORD = "cau tre lac leo"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))


def add(
    capsys: pytest.CaptureFixture[str], *more: str, username: str = "Hanh", role: str = "officer"
) -> tuple[int, str, str]:
    """Make an account."""
    return run(
        capsys, "official", "add", "--username", username, "--name", "Phạm Thị Hạnh", "--role", role,
        "--password-stdin", *more,
    )  # fmt: skip


def test_an_account_is_made_listed_and_audited(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = add(capsys, "--area", "11074")

    assert (status, out) == (0, "added hanh\n")
    _, listed, _ = run(capsys, "official", "list", "--json")
    assert json.loads(listed) == [
        {"username": "hanh", "name": "Phạm Thị Hạnh", "role": "officer", "area": "11074", "disabled": False}
    ]
    _, verified, _ = run(capsys, "audit", "verify", "--json")
    assert json.loads(verified)["entries"] == 1


def test_disable_and_enable(capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys, role="admin")

    assert run(capsys, "official", "disable", "HANH")[0] == 0
    assert "disabled" in run(capsys, "official", "list")[1]
    assert run(capsys, "official", "enable", "hanh")[0] == 0
    assert "active" in run(capsys, "official", "list")[1]


def test_another_password(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    add(capsys, role="admin")
    monkeypatch.setattr("sys.stdin", io.StringIO("mot hai ba bon\n"))

    assert run(capsys, "official", "password", "hanh", "--password-stdin")[0] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--area", "11075"), "11074 Xã Tứ Kỳ"),
        ((), "area_code: Cán bộ xã, phường phải thuộc một xã, phường."),
    ],
)
def test_what_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    status, _, err = add(capsys, *words)

    assert status == 1
    assert told in err
    assert err.count("\n") == 1


def test_a_weak_password_is_refused_and_never_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("bimat\n"))

    status, _, err = add(capsys, role="admin")

    assert status == 1
    assert "ít nhất 10 ký tự" in err
    assert "bimat" not in err


def test_nobody_and_wrong_roles(capsys: pytest.CaptureFixture[str]) -> None:
    assert add(capsys, role="king")[0] == 2
    status, _, err = run(capsys, "official", "disable", "nobody")
    assert status == 1
    assert "no official has this username" in err


def test_accounts_are_made_beside_a_running_service(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(capsys, "db", "upgrade")

    with alone(tmp_path / "hai-chieu.db"):
        assert add(capsys, role="admin")[0] == 0


def test_a_changed_log_is_status_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    add(capsys, role="admin")

    def tamper(tx: Tx) -> None:
        with audit.unguarded(tx):
            tx.execute(sa.text("UPDATE audit SET action = 'nothing'"))

    async def work() -> None:
        async with opened(sqlite_url(tmp_path), Vault(SECRET)) as database:
            await database.write(tamper)

    asyncio.run(work())
    status, _, err = run(capsys, "audit", "verify")

    assert status == 1
    assert "audit entry 1 was changed" in err
