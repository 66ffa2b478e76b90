"""A served web chat, and a browser in front of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.webchat.channel import WebChat, WebSettings
from bot.files import Shelf
from tests.browser.memory import Memory
from tests.channels.webchat.served import KEY, Chat, Clock, Serve


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Serve a web chat with these settings."""
    clients: list[TestClient[Any, Any]] = []

    async def serve_with(**settings: Any) -> Chat:
        memory, clock = Memory(), Clock()
        memory.shelf = Shelf(tmp_path / "files")
        given = {"embed_origins": (), "public_url": "http://127.0.0.1:8080", "greeting": "Chào & mời <hỏi>"}
        web_chat = WebChat(
            WebSettings(session_key=KEY, **(given | settings)), memory, memory, memory.shelf, clock
        )
        app = web.Application()
        app.add_routes(web_chat.routes())
        # The cookie must come back although it is Secure and this is not https.
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin="http://127.0.0.1")
        client = TestClient(TestServer(app), cookie_jar=jar)
        await client.start_server()
        clients.append(client)
        return Chat(memory, clock, web_chat, client)

    yield serve_with
    for client in clients:
        await client.close()


@pytest.fixture
async def chat(serve: Serve) -> Chat:
    return await serve()
