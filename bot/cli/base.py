"""What the commands share: errors, days, lines of JSON, progress."""

import argparse
import fcntl
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from bot import config
from bot.clock import clock


class CommandError(Exception):
    """A command cannot do what it was asked; one line, shown as it is."""


@dataclass(frozen=True, slots=True)
class Line:
    """One finding of `check`: what was looked at, whether it is well, and what was seen."""

    name: str
    ok: bool
    note: str


def day(text: str) -> date:
    """Parse an option's day; argparse shows the error as wrong usage."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; example: 2026-11-23") from None


def add_day_to(parser: argparse.ArgumentParser) -> None:
    """Add the option that says on which day something is asked."""
    parser.add_argument(
        "--on", type=day, metavar="YYYY-MM-DD", help="the day of the question; today by default"
    )


def day_of(options: argparse.Namespace) -> date:
    """Return the day that was given, or today where the service is."""
    if options.on is not None:
        chosen: date = options.on
        return chosen
    settings = config.load()
    return clock(settings.clock_start)().astimezone(settings.timezone).date()


def json_lines(source: Iterable[str], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and object of each line that is not blank; CommandError names the first that is no object."""
    for number, text in enumerate(source, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except json.JSONDecodeError as exc:
            raise CommandError(f"{name} line {number}: is not JSON: {exc.msg}") from exc
        if not isinstance(line, dict):
            raise CommandError(f"{name} line {number}: is not a JSON object")
        yield number, line


@contextmanager
def alone(database_file: Path | None) -> Iterator[None]:
    """Hold the database's lock file for the length of a block; CommandError if another process holds it.

    Only SQLite has one: there, one process may write. The lock goes with the process, however it ends.
    """
    if database_file is None:
        yield
        return
    database_file.parent.mkdir(parents=True, exist_ok=True)
    with database_file.with_name(database_file.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"another hai-chieu is running on {database_file}; stop it first (one process per SQLite database)"
            ) from None
        yield


class Show(Protocol):
    """Says how far something is: its name, how many are done, and of how many, where that is known."""

    def __call__(self, name: str, done: int, of: int | None = None) -> None: ...


@contextmanager
def progress() -> Iterator[Show]:
    """Show what is being done: a moving line for each thing on a terminal, a plain one at its end elsewhere."""
    # Loaded by the commands that show something, not by the one that serves.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if console.is_terminal:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}: {task.completed}"),
            BarColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as bar:
            tasks = {}

            def show(name: str, done: int, of: int | None = None) -> None:
                if name not in tasks:
                    tasks[name] = bar.add_task(name, total=of)
                bar.update(tasks[name], completed=done, total=of)

            yield show
        return
    last: dict[str, int] = {}

    def note(name: str, done: int, of: int | None = None) -> None:
        last[name] = done

    yield note
    for name, done in last.items():
        console.print(f"{name}: {done}", highlight=False)
