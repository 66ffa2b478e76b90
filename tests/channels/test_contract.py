"""What every channel promises (bot.channels.base.Channel), whichever it is: one set of rules over all adapters."""

import asyncio
import logging
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.channels.base import Failure, SendFailed, State
from handlers.messages import Button, Document, Outbound
from tests import samples
from tests.channels.contract import PERSON, Book, Platform, letters
from tests.channels.platforms import OPEN

TEXT = "mẹ tôi ốm hai tháng nay"
PAYLOAD = "1:menu:show"
BUTTONS = tuple(Button(f"Nút số {n}", f"1:ask:topic:t{n}", None) for n in range(13))
HOW = [Failure.BLOCKED, Failure.THROTTLED, Failure.REFUSED, Failure.UNKNOWN, Failure.RETRY]


@pytest.fixture
async def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


@asynccontextmanager
async def started(name: str, book: Book, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Platform]:
    """A started channel with its platform. Whatever the test does with it, nobody is named in the log."""
    caplog.set_level(logging.DEBUG)
    async with OPEN[name](book) as platform:
        platform.wall = book.wall
        await platform.channel.start()
        yield platform
        await platform.channel.stop()
        await platform.channel.close()
        await platform.channel.close()
    written = [r.getMessage() + str(r.__dict__) for r in caplog.records if r.name.startswith("bot.")]
    for secret in filter(None, (PERSON, TEXT, platform.token)):
        assert not [line for line in written if secret in line]


@pytest.fixture(params=OPEN)
async def platform(
    request: pytest.FixtureRequest, book: Book, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Platform]:
    """Each channel in turn."""
    async with started(request.param, book, caplog) as platform:
        yield platform


@pytest.fixture(params=[name for name in OPEN if name != "web"])
async def pushing(
    request: pytest.FixtureRequest, book: Book, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Platform]:
    """Each channel that sends; browsers fetch from the web chat."""
    async with started(request.param, book, caplog) as platform:
        yield platform


@pytest.fixture
async def fetched(book: Book, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Platform]:
    """The web chat."""
    async with started("web", book, caplog) as platform:
        yield platform


# -- in


async def test_what_is_brought_twice_is_taken_once(platform: Platform, book: Book) -> None:
    platform.bring(TEXT)
    await platform.settled()
    platform.bring_again()
    await platform.settled()

    assert [i.text for i in book.taken] == [TEXT]


async def test_two_messages_alike_are_two(platform: Platform, book: Book) -> None:
    platform.bring(TEXT)
    platform.bring(TEXT)
    await platform.settled()

    assert [i.text for i in book.taken] == [TEXT, TEXT]


async def test_nothing_is_acknowledged_before_it_is_committed(platform: Platform, book: Book) -> None:
    book.open.clear()
    platform.bring(TEXT)
    async with asyncio.timeout(5):
        while not book.tries:
            await asyncio.sleep(0.002)
    assert platform.pending() == 1

    book.open.set()
    await platform.settled()
    assert len(book.taken) == 1


async def test_what_could_not_be_stored_is_brought_again(platform: Platform, book: Book) -> None:
    book.refusals = 2
    platform.bring(TEXT)
    await platform.settled()

    assert [i.text for i in book.taken] == [TEXT]
    assert book.tries == 3


async def test_messages_of_a_person_keep_their_order(platform: Platform, book: Book) -> None:
    book.refusals = 1
    said = [f"câu thứ {n}" for n in range(8)]
    for text in said:
        platform.bring(text)
    await platform.settled()

    assert [i.text for i in book.taken] == said
    assert len({i.address for i in book.taken}) == 1


async def test_a_press_is_its_payload_and_typing_it_is_worth_no_more(platform: Platform, book: Book) -> None:
    platform.press(PAYLOAD)
    await platform.settled()  # a webhook brings several at once, in no order
    platform.bring(PAYLOAD)
    platform.bring(f"#{PAYLOAD}")
    await platform.settled()

    pressed, *typed = book.taken
    assert (pressed.text, pressed.payload) == ("", PAYLOAD)
    for one in typed:
        assert one.address == pressed.address
        assert (one.text, one.payload) in {("", PAYLOAD), (PAYLOAD, None), (f"#{PAYLOAD}", None)}


async def test_a_stopped_channel_takes_nothing_more_in(platform: Platform, book: Book) -> None:
    await platform.channel.stop()
    platform.bring(TEXT)
    await asyncio.sleep(0.05)

    assert book.taken == []
    assert platform.pending() == 1


# -- out


@pytest.mark.parametrize(
    "text",
    ["Chào bà con.", "dài " * 3000, "khôngcáchnào" * 900, "🙂" * 5000, "Xã Tứ Kỳ\n\n" * 700, "<b>&amp;</b>"],
    ids=["short", "long", "no space", "pictures", "lines", "marks"],
)
@pytest.mark.parametrize("number", [0, 13])
async def test_shaping_loses_nothing_and_the_platform_takes_every_part(
    platform: Platform, text: str, number: int
) -> None:
    parts = platform.channel.shape(Outbound(text, BUTTONS[:number]))

    said = [p.text for p in parts if p.text != platform.more]
    assert letters("".join(said)) == letters(text)
    assert [b for p in parts for b in p.buttons] == list(BUTTONS[:number])
    assert platform.channel.shape(parts[0]) == [parts[0]]
    if platform.pushes:
        for part in parts:
            assert await platform.channel.send(platform.address, part)
        got = platform.received()
        assert letters("".join(t for t, _ in got if t != platform.more)) == letters(text)
        assert [label for _, labels in got for label in labels] == [b.label for b in BUTTONS[:number]]


@pytest.mark.parametrize("how", HOW, ids=str)
async def test_what_does_not_go_out_says_what_follows(pushing: Platform, how: Failure) -> None:
    await pushing.break_(how)
    with pytest.raises(SendFailed) as caught:
        await pushing.channel.send(pushing.address, Outbound(TEXT))

    assert caught.value.kind is how
    assert not [secret for secret in (PERSON, TEXT, pushing.token) if secret and secret in str(caught.value)]
    assert len(pushing.received()) == (how is Failure.UNKNOWN)


@pytest.mark.parametrize("text", [TEXT, "Cán bộ trả lời. " * 200], ids=["short", "long"])
async def test_documents_come_with_their_message_under_a_name_that_is_read(
    pushing: Platform, text: str
) -> None:
    """Sent to two people it is the same; nobody is named in it (as in the log)."""
    document = Document("d" * 32, "Quyết định số 12.pdf", "application/pdf")
    paper = samples.PDF + bytes(2_000_000)  # what is large is carried in another way
    pushing.wall.put(document.file, paper)
    parts = pushing.channel.shape(Outbound(text, files=(document,)))
    assert [one for part in parts for one in part.files] == [document]
    for _ in range(2):
        for part in parts:
            assert await pushing.channel.send(pushing.address, part)

    assert letters("".join(said for said, _ in pushing.received())) == letters(text * 2)
    got = pushing.documents()
    assert [content == paper for _, content in got] == [True, True]
    assert {plain(name) for name, _ in got} == {"quyet dinh so 12.pdf"}


async def test_a_document_that_is_gone_is_not_spoken_of(pushing: Platform) -> None:
    """Not even half is said: officials see that the answer failed."""
    if pushing.channel.name == "paper":
        return  # its pigeons take what the post office has
    gone = Document("e" * 32, "a.pdf", "application/pdf")
    with pytest.raises(SendFailed) as caught:
        await pushing.channel.send(pushing.address, Outbound(TEXT, files=(gone,)))

    assert caught.value.kind is Failure.REFUSED
    assert pushing.received() == []


def plain(name: str) -> str:
    """Return a name without its marks, which not every platform is trusted with."""
    bare = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return "".join(c for c in bare if not unicodedata.combining(c))


async def test_a_channel_whose_messages_are_fetched_refuses_to_send(fetched: Platform) -> None:
    with pytest.raises(SendFailed) as caught:
        await fetched.channel.send(fetched.address, Outbound(TEXT))
    assert caught.value.kind is Failure.REFUSED


async def test_a_platform_that_does_not_answer_is_named(pushing: Platform) -> None:
    await pushing.channel.send(pushing.address, Outbound(TEXT))
    await pushing.break_(Failure.RETRY)
    with pytest.raises(SendFailed):
        await pushing.channel.send(pushing.address, Outbound(TEXT))

    assert pushing.channel.health().state is State.UNREACHABLE


async def test_sending_goes_on_between_stop_and_close(pushing: Platform) -> None:
    await pushing.channel.stop()

    assert await pushing.channel.send(pushing.address, Outbound(TEXT))
    assert pushing.received() == [(TEXT, [])]
