"""A commune with the whole service before it: a process of its own, officials made by command, files exported by it."""

import csv
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.browser.conftest import Open
from tests.databases import sqlite_url
from tests.process import Process

AREA, COMMUNE = "11074", "Xã Tứ Kỳ"
PASSWORD = "cau tre lac leo"
MORNING = "2026-11-23T09:00:00+07:00"
"""A Monday, while offices are open."""
SCREENSHOTS = "SCREENSHOTS"
"""Name of a folder in the environment: where pictures of the screens go, for people to look at."""
CODE = re.compile(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}-[2-9A-Z]{3}\b")


async def picture(page: Page, name: str) -> None:
    """Take a picture for whoever asked for them."""
    if folder := os.environ.get(SCREENSHOTS):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def code_in(text: str) -> str:
    """Return the code of a case in what was said."""
    found = CODE.search(text)
    assert found is not None, text
    return found[0]


class Town:
    """The service, and what people do to it from outside."""

    def __init__(self, folder: Path, visit: Open, **settings: str) -> None:
        self._folder = folder
        self._visit = visit
        self.process = Process(folder, sqlite_url(folder), CLOCK_START=MORNING, **settings)

    @property
    def url(self) -> str:
        return self.process.url

    async def hire(self, username: str, name: str, role: str = "officer", area: str | None = AREA) -> None:
        """Make an account."""
        where = ("--area", area) if area else ()
        await self.process.command(
            "official", "add", "--username", username, "--name", name, "--role", role, *where,
            "--password-stdin", said=f"{PASSWORD}\n",
        )  # fmt: skip

    async def resident(self) -> Page:
        """Open the web chat on a phone."""
        return (await self._visit(f"{self.url}/", width=360)).page

    async def official(self, username: str, path: str = "/") -> Page:
        """Sign in to the console on a laptop, and go to a page of it."""
        page = (await self._visit(f"{self.url}/console{path}", width=1366, height=768)).page
        await self.sign_in(page, username)
        return page

    async def sign_in(self, page: Page, username: str) -> None:
        """Fill in the sign-in that is shown; it leads to the page that was wanted."""
        await page.fill("[name=username]", username)
        await page.fill("[name=password]", PASSWORD)
        await page.click("main button")
        await page.wait_for_url(lambda url: "/login" not in url)

    async def export(self, kind: str, form: str) -> Path:
        """Have a file of everything written."""
        file = self._folder / f"{kind}.{form}"
        await self.process.command("export", kind, "--format", form, "--out", str(file))
        return file

    async def exported(self, kind: str) -> list[Mapping[str, str]]:
        """Return the rows of an export, by their headings."""
        text = (await self.export(kind, "csv")).read_text(encoding="utf-8-sig")
        return list(csv.DictReader(text.splitlines()))

    async def move_clock(self, to: str) -> None:
        """Stop the service and start it at another time; open pages stay open."""
        assert await self.process.stop() == 0
        await self.process.start(CLOCK_START=to)


@asynccontextmanager
async def town(folder: Path, visit: Open, **settings: Any) -> AsyncIterator[Town]:
    """Run the service for the length of a block."""
    made = Town(folder, visit, **settings)
    try:
        await made.process.start()
        yield made
    finally:
        await made.process.clean_up()
