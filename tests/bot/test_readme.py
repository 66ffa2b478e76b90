"""The commands of the README, run as they stand there: an example that cannot be run is a picture of one."""

import io
import re
import shlex
from pathlib import Path

import pytest

from bot.cli import main
from tests.databases import SECRET, sqlite_url

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
    if command.startswith("db restore"):
        assert run(command.replace("restore", "backup")) == 0
        (tmp_path / "other").mkdir()
        monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path / "other"))

    assert run(command) == 0, capsys.readouterr().err
