"""How fast messages may come."""

from bot.channels.webchat.channel import WebSettings
from tests.channels.webchat.served import MESSAGES, Chat, Serve


async def test_sixty_first_message_in_a_minute_is_429_until_the_window_moves(chat: Chat) -> None:
    for n in range(60):
        await chat.say("a", client_id=str(n))
        chat.clock.pass_s(0.5)
    answer = await chat.client.post(MESSAGES, json={"text": "a", "client_id": "60"})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert len(chat.memory.received) == 60
    chat.clock.pass_s(30)
    assert await chat.status(json={"text": "a", "client_id": "60"}) == 200
    assert await chat.status(json={"text": "a", "client_id": "61"}) == 429


async def test_repeats_do_not_count(chat: Chat) -> None:
    await chat.say("a", client_id="same")
    for _ in range(100):
        await chat.say("a", client_id="same")
    assert await chat.status(json={"text": "b"}) == 200


async def test_clock_that_steps_back_shuts_nobody_out(chat: Chat) -> None:
    for _ in range(60):
        await chat.say("a")
    chat.clock.pass_s(-3600)
    assert await chat.status(json={"text": "a"}) == 200


async def test_one_ip_has_600_a_minute_whatever_sessions_it_uses(serve: Serve) -> None:
    chat = await serve(per_ip_minute=5)
    for _ in range(5):
        chat.client.session.cookie_jar.clear()
        await chat.say("a")
    answer = await chat.client.post(MESSAGES, json={"text": "a"})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
    assert WebSettings(b"", (), "", "").per_ip_minute == 600


async def test_behind_a_proxy_on_this_machine_the_phone_counts_not_the_proxy(serve: Serve) -> None:
    chat = await serve(per_ip_minute=1)
    for forwarded in ("203.0.113.5", "198.51.100.1, 203.0.113.6", "2001:db8:1::1", "2001:db8:2::1"):
        assert await chat.status(json={"text": "a"}, headers={"X-Forwarded-For": forwarded}) == 200
    for forwarded in ("1.1.1.1, 203.0.113.5", "2001:db8:1::2"):
        assert await chat.status(json={"text": "a"}, headers={"X-Forwarded-For": forwarded}) == 429
