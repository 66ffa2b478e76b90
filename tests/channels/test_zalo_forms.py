"""Zalo's form for name and phone number: shown where its picture can be fetched, and never in the way of the talk."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import Failure
from bot.channels.zalo.form_image import IMAGE_PATH, image_url
from handlers.messages import Outbound
from handlers.turn import button
from tests.channels.zalo_out import IMAGE_URL, PERSON, channel_to, refusal_of
from tests.fakes.zalo_server import FakeZalo, Fault
from tests.fakes.zalo_shapes import ZaloError, read_message

CS = "v3.0/oa/message/cs"
ASKING = Outbound("Bà con cho biết họ tên, số điện thoại.", contact_request="Để cán bộ gọi lại")


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as zalo:
        zalo.person(PERSON).say("Xin chào")
        yield zalo


async def test_a_form_is_sent_as_one(zalo: FakeZalo) -> None:
    channel = channel_to(zalo)
    message_id = await channel.send(PERSON, ASKING)
    await channel.close()

    (seen,) = zalo.person(PERSON).received
    assert (seen.kind, seen.message_id) == ("request_user_info", message_id)
    assert seen.elements == (
        {"title": ASKING.contact_request, "subtitle": ASKING.text, "image_url": IMAGE_URL},
    )


async def test_without_a_picture_it_is_neither_offered_nor_sent(zalo: FakeZalo) -> None:
    """Also one that was queued while there still was a picture."""
    channel = channel_to(zalo, image_url="")
    offering = Outbound("Số điện thoại?", form_button=button("Gửi bằng biểu mẫu", "human", "form"))
    assert channel.shape(offering) == [Outbound("Số điện thoại?")]
    await channel.send(PERSON, ASKING)
    await channel.close()

    assert [(m.kind, m.text) for m in zalo.person(PERSON).received] == [("text", ASKING.text)]


@pytest.mark.parametrize("code", [-201, -210, -233])
async def test_a_form_that_is_refused_becomes_its_text(zalo: FakeZalo, code: int) -> None:
    channel = channel_to(zalo)
    zalo.fault(CS, Fault(code=code))
    await channel.send(PERSON, ASKING)
    await channel.close()

    assert [(m.kind, m.text) for m in zalo.person(PERSON).received] == [("text", ASKING.text)]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(code=-244), Failure.BLOCKED),
        (Fault(code=-230), Failure.CLOSED),
        (Fault(accept=True, drop=True), Failure.UNKNOWN),
    ],
)
async def test_what_is_not_about_the_form_is_not_sent_in_another_way(
    zalo: FakeZalo, fault: Fault, kind: Failure
) -> None:
    channel = channel_to(zalo)
    zalo.fault(CS, fault)
    failed = await refusal_of(channel, ASKING)
    await channel.close()

    assert failed.kind is kind
    assert [m.kind for m in zalo.person(PERSON).received] == ["request_user_info"] * fault.accept


def test_the_picture_has_to_be_where_zalo_can_fetch_it() -> None:
    assert image_url("https://haichieu.example.vn") == f"https://haichieu.example.vn{IMAGE_PATH}"
    assert image_url("http://127.0.0.1:8080") == ""


async def test_the_picture_is_given_out(zalo: FakeZalo) -> None:
    app = web.Application()
    app.add_routes(channel_to(zalo).routes())
    async with TestClient(TestServer(app)) as client, client.get(IMAGE_PATH) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert (await answer.read()).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ({"title": "A", "subtitle": "B"}, -201),
        ({"title": "A", "subtitle": "B", "image_url": "http://example.org/a.png"}, -201),
        ({"title": "", "subtitle": "B", "image_url": IMAGE_URL}, -201),
        ({"title": "A" * 101, "subtitle": "B", "image_url": IMAGE_URL}, -210),
        ({"title": "A", "subtitle": "B" * 501, "image_url": IMAGE_URL}, -210),
        (None, -201),
    ],
)
def test_the_fake_refuses_what_the_platform_would(element: dict[str, str] | None, code: int) -> None:
    elements = [element] if element else []
    payload = {"template_type": "request_user_info", "elements": elements}
    with pytest.raises(ZaloError) as caught:
        read_message({"attachment": {"type": "template", "payload": payload}})
    assert caught.value.code == code
