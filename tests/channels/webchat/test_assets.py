"""The files beside the page."""

from tests.channels.webchat.served import Chat


async def test_asset_is_cached_by_its_content_and_zipped(chat: Chat) -> None:
    plain = await chat.client.get("/static/chat.js", headers={"Accept-Encoding": "identity"})
    assert plain.headers["Cache-Control"] == "no-cache"
    assert "Content-Encoding" not in plain.headers
    zipped = await chat.client.get("/static/chat.js", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert await zipped.read() == await plain.read()
    again = await chat.client.get("/static/chat.js", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status == 304


async def test_embed_script_is_small_and_for_anyone(chat: Chat) -> None:
    answer = await chat.client.get("/embed.js", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert len(await answer.read()) < 6_000
