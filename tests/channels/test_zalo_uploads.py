"""Pictures to Zalo: at most a megabyte, uploaded once, renewed when their ids expire, nothing sent twice."""

import asyncio
import io
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.base import Failure, SendFailed
from bot.channels.zalo.api import Api
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.errors import Answered
from handlers.messages import Button, Document, Outbound
from tests import samples
from tests.channels.wall import Wall
from tests.channels.zalo_out import PERSON, Tokens, channel_to, settings
from tests.fakes.zalo_server import FakeZalo, Fault

CS, UPLOAD = "v3.0/oa/message/cs", "v2.0/oa/upload/image"
LINK = Button("Xem thêm", None, "https://example.org/a/TB-1")


def jpeg(side: int, *, noisy: bool = False) -> bytes:
    image = Image.new("RGB", (side, side), "navy")
    if noisy:
        image.frombytes(random.Random(5).randbytes(side * side * 3))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as zalo:
        zalo.person(PERSON).say("Xin chào")
        yield zalo


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    wall = Wall(tmp_path)
    for number, name in enumerate("abc"):
        wall.put(name, jpeg(8 + number))
    return wall


@pytest.fixture
async def channel(zalo: FakeZalo, wall: Wall) -> AsyncIterator[ZaloChannel]:
    channel = channel_to(zalo, wall=wall)
    yield channel
    await channel.close()


async def send(channel: ZaloChannel, message: Outbound) -> Failure | None:
    try:
        await channel.send(PERSON, message)
    except SendFailed as failed:
        return failed.kind
    return None


async def test_one_picture_carries_its_text(zalo: FakeZalo, channel: ZaloChannel) -> None:
    message_id = await channel.send(PERSON, Outbound("Mời bà con dự lớp.", (), ("a",)))

    (seen,) = zalo.person(PERSON).received
    assert zalo.paths() == [UPLOAD, CS]
    assert (seen.kind, seen.text, seen.file, seen.message_id) == (
        "image",
        "Mời bà con dự lớp.",
        jpeg(8),
        message_id,
    )


async def test_several_pictures_come_one_by_one(zalo: FakeZalo, channel: ZaloChannel) -> None:
    message_id = await channel.send(PERSON, Outbound("Mời bà con.", (), ("a", "b", "c")))

    received = zalo.person(PERSON).received
    assert [(m.kind, m.text) for m in received] == [("image", "Mời bà con."), ("image", ""), ("image", "")]
    assert [m.file for m in received] == [jpeg(8), jpeg(9), jpeg(10)]
    assert received[0].message_id == message_id


async def test_a_text_with_buttons_follows_its_pictures(zalo: FakeZalo, channel: ZaloChannel) -> None:
    """A picture has no buttons on Zalo."""
    message_id = await channel.send(PERSON, Outbound("Mời bà con.", (LINK,), ("a", "b")))

    received = zalo.person(PERSON).received
    assert [(m.kind, m.text, m.labels) for m in received] == [
        ("image", "", []),
        ("image", "", []),
        ("text", "Mời bà con.", ["Xem thêm"]),
    ]
    assert received[-1].message_id == message_id


async def test_a_long_text_follows_its_picture(zalo: FakeZalo, channel: ZaloChannel) -> None:
    await channel.send(PERSON, Outbound("Mời bà con dự lớp. " * 150, (), ("a",)))

    assert [m.kind for m in zalo.person(PERSON).received] == ["image", "text", "text"]


async def test_a_picture_is_uploaded_once_however_many_get_it_at_once(
    zalo: FakeZalo, channel: ZaloChannel, wall: Wall
) -> None:
    people = [str(n) for n in range(1, 21)]
    for person in people:
        zalo.person(person).interact()
    await asyncio.gather(*(channel.send(p, Outbound("Mời bà con.", (), ("a",))) for p in people))

    assert zalo.uploads == 1
    assert set(wall.refs) == {"a"}
    assert len(zalo.delivered) == 20


async def test_an_expired_id_is_uploaded_again_and_the_message_sent_once(
    zalo: FakeZalo, channel: ZaloChannel
) -> None:
    await channel.send(PERSON, Outbound("Lần một.", (), ("a",)))
    zalo.now += timedelta(days=7, seconds=1)
    zalo.person(PERSON).interact()
    await channel.send(PERSON, Outbound("Lần hai.", (), ("a",)))

    assert zalo.refused == [(CS, -100)]
    assert zalo.uploads == 2
    assert [m.text for m in zalo.delivered] == ["Lần một.", "Lần hai."]


async def test_many_who_find_an_id_expired_upload_it_once(zalo: FakeZalo, channel: ZaloChannel) -> None:
    await channel.send(PERSON, Outbound("Lần một.", (), ("a",)))
    zalo.now += timedelta(days=8)
    people = [str(n) for n in range(1, 11)]
    for person in people:
        zalo.person(person).interact()
    await asyncio.gather(*(channel.send(p, Outbound("Lần hai.", (), ("a",))) for p in people))

    assert zalo.uploads == 2
    assert len(zalo.delivered) == 11


async def test_an_id_that_expires_at_once_is_not_chased(zalo: FakeZalo, channel: ZaloChannel) -> None:
    zalo.fault(CS, Fault(code=-100, times=-1))

    assert Failure.RETRY is await send(channel, Outbound("Mời bà con.", (), ("a",)))
    assert zalo.paths() == [UPLOAD, CS, UPLOAD, CS]


async def test_a_picture_over_a_megabyte_is_shrunk(zalo: FakeZalo, channel: ZaloChannel, wall: Wall) -> None:
    """Noise is the worst that a camera can bring."""
    wall.put("a", jpeg(2048, noisy=True))
    assert wall.path("a").stat().st_size > 3_000_000

    await channel.send(PERSON, Outbound("Mời bà con.", (), ("a",)))

    content = zalo.delivered[0].file
    assert content is not None
    assert len(content) <= 1_000_000
    assert min(Image.open(io.BytesIO(content)).size) >= 1000


async def test_without_its_picture_the_text_still_goes(
    zalo: FakeZalo, channel: ZaloChannel, wall: Wall
) -> None:
    wall.path("a").unlink()

    await channel.send(PERSON, Outbound("Mời bà con.", (LINK,), ("a",)))

    assert [(m.kind, m.text) for m in zalo.delivered] == [("text", "Mời bà con.")]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(code=-32), Failure.THROTTLED),
        (Fault(code=-210), Failure.REFUSED),
        (Fault(code=-224), Failure.RETRY),
        (Fault(body='{"error":0,"data":{}}'), Failure.RETRY),
        (Fault(status=502), Failure.RETRY),
        (Fault(drop=True), Failure.RETRY),
    ],
)
async def test_an_upload_that_fails_leaves_nothing_in_doubt(
    zalo: FakeZalo, channel: ZaloChannel, fault: Fault, kind: Failure
) -> None:
    """No message was sent; the next one tries again."""
    zalo.fault(UPLOAD, fault)

    assert kind is await send(channel, Outbound("Mời bà con.", (), ("a",)))
    assert zalo.delivered == []
    assert await send(channel, Outbound("Mời bà con.", (), ("a",))) is None


async def test_an_upload_renews_a_token_too(zalo: FakeZalo, wall: Wall) -> None:
    channel = channel_to(zalo, Tokens("old", *zalo.good_tokens), wall=wall)
    await channel.send(PERSON, Outbound("Mời bà con.", (), ("a",)))
    await channel.close()

    assert zalo.delivered[0].file == jpeg(8)


# -- documents

PAPER = Document("p", "Quyết định.pdf", "application/pdf")


async def test_an_expired_document_is_uploaded_again_and_the_text_said_once(
    zalo: FakeZalo, channel: ZaloChannel, wall: Wall
) -> None:
    """A week later the id is dead (-100); the answer is not repeated for it."""
    wall.put(PAPER.file, samples.PDF)
    await channel.send(PERSON, Outbound("Lần một.", files=(PAPER,)))
    zalo.now += timedelta(days=7, minutes=1)
    zalo.person(PERSON).interact()
    await channel.send(PERSON, Outbound("Lần hai.", files=(PAPER,)))

    received = zalo.person(PERSON).received
    assert [(m.kind, m.text) for m in received] == [
        ("text", "Lần một."),
        ("file", ""),
        ("text", "Lần hai."),
        ("file", ""),
    ]
    assert zalo.uploads == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(code=-210), Failure.REFUSED),
        (Fault(drop=True), Failure.RETRY),
        (Fault(code=-212), Failure.RETRY),
    ],
)
async def test_what_cannot_be_uploaded_leaves_nothing_half_said(
    zalo: FakeZalo, channel: ZaloChannel, wall: Wall, fault: Fault, kind: Failure
) -> None:
    wall.put(PAPER.file, samples.PDF)
    zalo.fault("v2.0/oa/upload/file", fault)

    assert await send(channel, Outbound("Trả lời.", files=(PAPER,))) is kind
    assert zalo.person(PERSON).received == []


@pytest.mark.parametrize("code", [-201, -204, -213, -230, -321])
async def test_a_document_that_fails_behind_its_text_leaves_the_text_said(
    zalo: FakeZalo, channel: ZaloChannel, wall: Wall, code: int
) -> None:
    """Whatever the refusal means for a message as a whole: from the beginning, or elsewhere, it would be said twice."""
    wall.put(PAPER.file, samples.PDF)
    zalo.fault(CS, Fault(accept=True, body='{"error": 0, "data": {"message_id": "m1"}}'), Fault(code=code))

    with pytest.raises(SendFailed) as failed:
        await channel.send(PERSON, Outbound("Trả lời.", files=(PAPER,)))

    assert (failed.value.kind, failed.value.message_id) == (Failure.INCOMPLETE, "m1")
    assert (failed.value.unpaid, failed.value.everybody) == (code == -321, False)
    assert [m.kind for m in zalo.person(PERSON).received] == ["text"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("a.zip", b"PK", -201), ("a.pdf", b"MZ", -201), ("a.pdf", b"%PDF" + bytes(5 << 20), -210)],
    ids=["kind", "content", "size"],
)
async def test_the_fake_takes_documents_alone(zalo: FakeZalo, name: str, content: bytes, code: int) -> None:
    api = Api(settings(zalo.url), Tokens())
    with pytest.raises(Answered) as caught:
        await api.upload("v2.0/oa/upload/file", name, content)
    await api.close()
    assert caught.value.code == code
