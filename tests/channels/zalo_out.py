"""A Zalo channel that sends to the fake openapi host, with tokens, a clock and a gallery that the test decides."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pytest

from bot.channels.base import SendFailed
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.errors import NoToken
from bot.channels.zalo.settings import ZaloSettings
from handlers.messages import Address, Button, Inbound, Outbound
from tests.channels.wall import Wall
from tests.fakes.telegram_reception import RecordingReception
from tests.fakes.zalo_server import TOKEN, FakeZalo

APP_SECRET, OA_SECRET = "app-secret-of-no-app", "oa-secret-of-no-oa"
PERSON = "2468458835296117922"


class Tokens:
    """Gives tokens; `next` are those that a refresh brings. Without any left it has none to give."""

    def __init__(self, first: str = TOKEN, *following: str) -> None:
        self.current = first
        self.next = list(following)
        self.renewals: list[str] = []
        self.missing: NoToken | None = None

    async def token(self) -> str:
        if self.missing is not None:
            raise self.missing
        return self.current

    async def renew(self, refused: str) -> str:
        self.renewals.append(refused)
        if refused == self.current:
            if not self.next:
                raise NoToken("the refresh token was refused", needs_consent=True)
            self.current = self.next.pop(0)
        return self.current


class Nobody(RecordingReception):
    """A reception that nothing is brought to."""

    async def keep(self, inbound: Inbound) -> bool:
        raise AssertionError(inbound.external_id)

    async def receipt(self, channel: str, platform_ids: Sequence[str], *, seen: bool, at: datetime) -> None:
        raise AssertionError(channel)

    async def human_wrote(self, address: Address, at: datetime, message_id: str | None = None) -> None:
        raise AssertionError(message_id)

    async def heard(self, address: Address, at: datetime) -> None:
        raise AssertionError(at)


class Naps:
    """Waits that take no time, and are noted."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


IMAGE_URL = "https://haichieu.example.vn/static/contact.png"


def settings(
    url: str, *, proof: bool = False, template_id: str = "", image_url: str = IMAGE_URL
) -> ZaloSettings:
    return ZaloSettings(
        "360846524940903967",
        APP_SECRET,
        OA_SECRET,
        url,
        url,
        appsecret_proof=proof,
        template_id=template_id,
        form_image_url=image_url,
    )


def channel_to(
    zalo: FakeZalo | str,
    tokens: Tokens | None = None,
    *,
    wall: Wall | None = None,
    proof: bool = False,
    now: Callable[[], datetime] | None = None,
    naps: Naps | None = None,
    template_id: str = "",
    image_url: str = IMAGE_URL,
) -> ZaloChannel:
    """Return a channel to the fake, by the fake's clock."""
    url = zalo if isinstance(zalo, str) else zalo.url
    if now is None:
        assert isinstance(zalo, FakeZalo)
        now = _clock_of(zalo)
    return ZaloChannel(
        settings(url, proof=proof, template_id=template_id, image_url=image_url),
        Nobody(),
        tokens or Tokens(),
        now,
        gallery=wall,
        sleep=naps or Naps(),
    )


def _clock_of(zalo: FakeZalo) -> Callable[[], datetime]:
    return lambda: zalo.now


async def refusal(
    channel: ZaloChannel, address: str = PERSON, text: str = "Chào bà", *buttons: Button
) -> SendFailed:
    """Send what fails; returns how."""
    return await refusal_of(channel, Outbound(text, buttons), address)


async def refusal_of(channel: ZaloChannel, message: Outbound, address: str = PERSON) -> SendFailed:
    """Send a message that fails; returns how."""
    with pytest.raises(SendFailed) as caught:
        await channel.send(address, message)
    return caught.value
