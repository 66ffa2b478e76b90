"""A real browser, and a web chat for it to open."""

import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from bot.channels.webchat.channel import WebChat, WebSettings
from bot.files import Shelf
from tests.browser.memory import Memory

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
# What the library adds when it starts a browser itself: windows that nobody looks at run at full speed, and going
# back loads a page anew.
STEERED = (
    "--headless",
    "--hide-scrollbars",
    "--mute-audio",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-back-forward-cache",
    "--disable-ipc-flooding-protection",
    "--force-color-profile=srgb",
)
PATIENCE_MS = 20_000  # a wall clock on a busy machine
expect.set_options(timeout=PATIENCE_MS)
GREETING = "Chào bà con! Tôi là Hai Chiều, máy trả lời tự động.\nBà con cứ gõ câu hỏi, có dấu hay không dấu đều được."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def chromium_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the installed Chromium listens for who steers it; skips by name where there is none."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    profile = tmp_path_factory.mktemp("chromium")
    steered = (*STEERED, "--remote-debugging-port=0", f"--user-data-dir={profile}")
    with (
        (profile / "log").open("wb") as log,
        subprocess.Popen([program, *FLAGS, *steered, "about:blank"], stdout=log, stderr=log) as process,
    ):
        try:
            yield _listening(profile)
        finally:
            process.kill()


def _listening(profile: Path) -> str:
    """Wait for what Chromium writes down when it listens: its port, and a path, a line each."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        try:
            port, path = (profile / "DevToolsActivePort").read_text().splitlines()
        except (FileNotFoundError, ValueError):
            time.sleep(0.02)
        else:
            return f"ws://127.0.0.1:{port}{path}"
    raise AssertionError((profile / "log").read_text())


@pytest.fixture
async def chromium(chromium_url: str) -> AsyncIterator[Browser]:
    """The browser; its windows know nothing of one another."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium_url)
        yield browser
        await browser.close()


class Site:
    """Serves a web chat; can be ended in the middle of anything and started again at the same address."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.memory = Memory()
        self.settings: dict[str, Any] = {
            "embed_origins": (),
            "greeting": GREETING,
            "heartbeat_s": 0.2,
        } | settings
        self.shelf = self.memory.shelf = Shelf(folder / "files")
        self._port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        chat = WebChat(
            WebSettings(session_key=b"k" * 32, public_url=self.url, **self.settings),
            self.memory,
            self.memory,
            self.shelf,
            lambda: datetime.now(UTC),
        )
        app = web.Application()
        app.add_routes(chat.routes())
        self._runner, self._port = await _serve(app, self._port)

    async def kill(self) -> None:
        """End without answering what is in hand."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


async def _serve(app: web.Application, port: int = 0) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    await site.start()
    return runner, runner.addresses[0][1]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A web chat with an empty memory."""
    site = Site(tmp_path)
    await site.start()
    yield site
    await site.kill()


@pytest.fixture
async def host_page() -> AsyncIterator[tuple[str, Callable[[str], None]]]:
    """Another site: its address, and how to say whose `embed.js` it shows."""
    shown = [""]

    async def page(request: web.Request) -> web.Response:
        body = f'<!doctype html><html lang="vi"><title>Xã</title><p>Trang của xã</p>{shown[0]}</html>'
        # A strict policy, as a careful site has it.
        policy = "default-src 'none'; script-src http:; frame-src http:; style-src 'none'; img-src data:"
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", page)
    runner, port = await _serve(app)

    def show(chat_url: str) -> None:
        shown[0] = f'<script src="{chat_url}/embed.js" defer></script>'

    yield f"http://127.0.0.1:{port}", show
    await runner.cleanup()


class Visit:
    """A browser window, and what went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.problems: list[str] = []
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        # What cannot be loaded is what some tests are about.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.problems.append(message.text)


Open = Callable[..., Awaitable[Visit]]


@pytest.fixture
async def visit(chromium: Browser) -> AsyncIterator[Open]:
    """Open a window; at the end no script may have failed, and nothing may have broken the security policy."""
    visits: list[Visit] = []

    async def visit(url: str, width: int = 360, height: int = 640, **context: Any) -> Visit:
        window = await chromium.new_context(
            viewport={"width": width, "height": height}, locale="vi-VN", **context
        )
        window.set_default_timeout(PATIENCE_MS)
        visits.append(Visit(await window.new_page()))
        await visits[-1].page.goto(url)
        return visits[-1]

    yield visit
    for opened in visits:
        await opened.page.context.close()
        assert opened.problems == []
