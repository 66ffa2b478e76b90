"""The console over a migrated SQLite database, and officials signed in to it.

`console` is what tests of a screen begin with:

    async def test_officer_sees_own_area(console: Console) -> None:
        officer = await console.sign_in(Role.OFFICER)            # of tests.console.officials.AREA
        other = await console.sign_in(Role.OFFICER, OTHER_AREA)  # another one, elsewhere
        answer = await officer.get("/cases", q="muối")           # Answer(status, text, headers, path, location)
        answer = await officer.post("/cases/1/answer", page="/cases/1", text="…", version=1)  # with that page's token
        rows = await console.database.read(…)
        console.now = later(hours=3)                             # the clock stands until it is set
"""

import hashlib
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from bot.files import Shelf
from console import app
from console.alarms import urgent_alarms
from console.parts import AlarmSource, Parts
from handlers import accounts, file_texts
from handlers.accounts import Draft
from handlers.files import RefusedFile, Why
from handlers.messages import FileKind, IncomingFile, Kept
from handlers.officials import Official, Role
from handlers.turn import Guide
from storage.crypto import derive
from storage.db import Database
from tests.conftest import NOW
from tests.console.officials import AREA, PASSWORD, Browser
from tests.databases import SECRET
from tests.handlers.casework import ZONE
from tests.handlers.conftest import book, small, sqlite

__all__ = ["book", "small", "sqlite"]

# A hash says itself how slow it is to check: this one is not.
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Console:
    """A running console, and a way to be somebody in it."""

    def __init__(self, database: Database, guide: Guide, public_url: str = "http://127.0.0.1:8080") -> None:
        self.database = database
        self.now: datetime = NOW
        self.alarms: list[AlarmSource] = [urgent_alarms(ZONE)]
        self.files = Path("no-such-folder")
        self.parts = Parts(
            database,
            guide,
            lambda: self.now,
            ZoneInfo("Asia/Ho_Chi_Minh"),
            derive(SECRET, "console"),
            public_url,
            self.file_path,
            self.keep_file,
            self.keep_document,
            self.alarms,
        )
        self.app = app.build(self.parts)
        outer = web.Application()
        outer.add_subapp(app.PREFIX, self.app)
        self.server = TestServer(outer)
        self._browsers: list[Browser] = []
        self._numbers = itertools.count(1)

    def file_path(self, file: str) -> Path:
        """Return where a file lies, as the service has it."""
        return self.files / file[:2] / file

    def put(self, file: str, content: bytes) -> None:
        """Lay a file where `file_path` finds it."""
        self.file_path(file).parent.mkdir(exist_ok=True)
        self.file_path(file).write_bytes(content)

    async def keep_file(self, pieces: AsyncGenerator[bytes, None], name: str) -> IncomingFile:
        """Keep a file under a name by its content; one that begins like a PDF is none that can be shown."""
        content = b"".join([piece async for piece in pieces])
        file = hashlib.sha256(content).hexdigest()[:32]
        if content.startswith(b"%PDF"):
            return IncomingFile(FileKind.FILE, name, kept=Kept(file, "application/pdf", len(content)))
        if not content.startswith(b"\xff\xd8"):
            raise RefusedFile(Why.KIND, file_texts.UNKNOWN_KIND)
        self.put(file, content)
        return IncomingFile(FileKind.PHOTO, name, kept=Kept(file, "image/jpeg", len(content), 4, 3))

    async def keep_document(self, pieces: AsyncGenerator[bytes, None], name: str) -> IncomingFile:
        """Keep a document as the service does."""
        shelf = Shelf(self.files)
        try:
            return await shelf.keep_document(pieces, name)
        finally:
            shelf.close()

    async def add(self, role: Role, area_code: str | None = None, username: str | None = None) -> Official:
        """Make an account with `PASSWORD`; an officer is of `AREA` unless told."""
        if role is Role.OFFICER:
            area_code = area_code or AREA
        username = username or f"{role}-{next(self._numbers)}"
        draft = Draft(username, f"Cán bộ {username}", role, area_code or "")
        new_id = await self.database.write(accounts.add, None, draft, HASH, self.parts.guide.areas, self.now)
        return Official(new_id, username, draft.name, role, area_code)

    async def sign_in(self, role: Role | Official, area_code: str | None = None) -> Browser:
        """Return the browser of an official of this role, signed in; or of one who was added before."""
        official = role if isinstance(role, Official) else await self.add(role, area_code)
        browser = self.browser(official)
        answer = await browser.post("/login", page="/login", username=official.username, password=PASSWORD)
        assert answer.status == 303, answer.text
        return browser

    def browser(self, official: Official | None = None) -> Browser:
        """Return a browser nobody has signed in with."""
        self._browsers.append(Browser(self.server, official))
        return self._browsers[-1]

    async def close(self) -> None:
        """End it."""
        for browser in self._browsers:
            await browser.close()
        await self.server.close()


def later(**units: float) -> datetime:
    """Return a moment after the tests' now."""
    return NOW + timedelta(**units)


@pytest.fixture
async def console(sqlite: Database, small: Guide) -> AsyncIterator[Console]:
    """A running console."""
    console = Console(sqlite, small)
    await console.server.start_server()
    yield console
    await console.close()
