"""The commands of the README, run as they stand there: an example that cannot be run is a picture of one."""

import asyncio
import io
import re
import shlex
from pathlib import Path

import pytest

from bot.cli import main
from storage import officials
from storage.crypto import Vault
from storage.db import Tx, opened
from tests.conftest import NOW
from tests.databases import SECRET, sqlite_url
from tests.handlers.audiences import make_resident

README = Path(__file__).parent.parent.parent / "README.md"
COMMANDS = [
    command.strip()
    for command in re.findall(r"^\.venv/bin/hai-chieu ([^#\n]+)", README.read_text(), re.MULTILINE)
]


def run(command: str) -> int:
    """Run a command; returns its exit status."""
    try:
        return main(shlex.split(command))
    except SystemExit as exc:
        return int(exc.code or 0)


def prepare_announcing(folder: Path, command: str) -> None:
    """Do what stands above a command of the section on announcements: officials, somebody who agreed, the file."""

    def make(tx: Tx) -> None:
        for username, role in (("hanh.tuky", "editor"), ("lam.tuky", "leader")):
            officials.add(tx, username, "Phạm Thị Hạnh", role, None, None, NOW)
        make_resident(tx, "telegram", category="poor", commune="11020")

    async def write() -> None:
        async with opened(sqlite_url(folder), Vault(SECRET)) as database:
            await database.write(make)

    (folder / "tap-huan.yaml").write_text(README.read_text().split("```yaml\n")[1].split("```")[0])
    assert run("db upgrade") == 0
    asyncio.run(write())
    if command.startswith("announcement"):
        assert run("announce tap-huan.yaml --by hanh.tuky") == 0
    if command.split()[1] in ("pause", "resume", "cancel"):
        assert run("announcement approve 1 --by lam.tuky") == 0


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) > 10


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_does_what_it_says(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each on a database of its own; a restore finds the backup that the line above it made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path))
    monkeypatch.setenv("CLOCK_START", "2026-11-23T10:00:00+07:00")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"mot hai ba bon nam\n")))
    monkeypatch.setattr("bot.demo.asking.QUESTIONS", 20)
    monkeypatch.setattr("bot.demo.telling.CASES", 20)
    if command.startswith("db"):
        assert run("db upgrade") == 0
    monkeypatch.setenv("APPROVAL_ABOVE", "0")
    if command.startswith("announce"):
        prepare_announcing(tmp_path, command)
    if command.startswith("db restore"):
        assert run(command.replace("restore", "backup")) == 0
        (tmp_path / "other").mkdir()
        monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path / "other"))

    assert run(command) == 0, capsys.readouterr().err
