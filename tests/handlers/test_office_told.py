"""Whoever chose a commune reads, under an answer, where that commune receives people; nobody else does."""

import pytest

from handlers import offices
from handlers.offices import Draft
from storage.db import Tx
from tests.handlers.casework import make_official
from tests.handlers.resident import Resident

TAN_KY = "11113"


@pytest.fixture
async def written_down(resident: Resident) -> None:
    """The office of xã Tân Kỳ is known."""

    def write(tx: Tx) -> None:
        draft = Draft("Thôn Đông", "0220 3123 456", "7 giờ 30 – 17 giờ", None)
        offices.save(tx, make_official(tx, TAN_KY), TAN_KY, draft, resident.guide.areas, resident.now)

    await resident.database.write(write)


@pytest.mark.usefixtures("written_down")
async def test_office_of_the_chosen_commune_is_told(resident: Resident) -> None:
    assert "0220 3123 456" not in await resident.say("thẻ")
    await resident.say("Tân Kỳ")

    told = await resident.say("thẻ")
    assert "Thôn Đông" in told
    assert "0220 3123 456" in told
    assert told.index("Nơi đến:") < told.index("Thôn Đông") < told.index("Mang theo:")


@pytest.mark.usefixtures("written_down")
async def test_office_of_another_commune_is_not(resident: Resident) -> None:
    await resident.say("Kim Thành")

    assert "0220 3123 456" not in await resident.say("thẻ")
