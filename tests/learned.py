"""What is learned from the content that ships: once a process, for the tests in it and the services they start."""

import atexit
import functools
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bot.learned import Learned, keep
from faq import Matcher
from faq.text import Readings
from handlers import signals, topics
from tests.databases import SECRET

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam, the day the facts were closed


@functools.cache
def shipped() -> Learned:
    """Return the matcher and the signals; nobody may change them."""
    content, readings = topics.shipped(), Readings()
    learned = Learned(Matcher(content, readings), signals.shipped(content, readings))
    learned.matcher.prepare(NOW.date())
    learned.signals.learn()
    return learned


def put_learned(folder: Path) -> None:
    """Spare a service that starts in this folder, with `SECRET` as its key, the learning: seconds of the processor."""
    place = folder / "data" / "learned"
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        os.link(_file(), place)


@functools.cache
def _file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hai-chieu-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    keep(SECRET, shipped(), folder / "learned")
    return folder / "learned"
