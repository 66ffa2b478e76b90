"""The page of residents: counts for who may, nobody's name; one person only by the exact number, audited."""

from datetime import timedelta

import pytest

from handlers.officials import Role
from handlers.people import fold_phone
from storage import audit, cases, identities, people
from storage.db import Tx
from storage.identities import Identity
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA, words_of
from tests.handlers.casework import make_case

NAME, PHONE = "Phạm Thị <b>Ví Dụ</b>", "0000000001"


def live(tx: Tx) -> None:
    """Let somebody tell one case under the own name and one without it; and somebody else write long ago."""
    person = people.meet(tx, "web", "one", NOW)
    identities.set_identity(tx, person.resident_id, Identity(NAME, PHONE))
    people.choose_commune(tx, person.resident_id, AREA)
    make_case(tx, address_id=person.address_id, channel="web")
    make_case(tx, address_id=person.address_id, channel="web", anonymous=True)
    people.meet(tx, "telegram", "two", NOW - timedelta(days=60))


async def test_counts_without_names(console: Console) -> None:
    await console.database.write(live)
    leader = await console.sign_in(Role.LEADER)

    page = await leader.get("/people")

    words = words_of(page.text)
    for counted in (
        "Đã nhắn cho kênh 2",
        "Nhắn trong 30 ngày 1",
        "Nhắn trong 90 ngày 2",
        "Cho biết họ tên 1",
    ):
        assert counted in words
    assert "Ví Dụ" not in page.text
    assert "Tìm một người" not in page.text


async def test_a_leader_of_one_commune_counts_it_alone(console: Console) -> None:
    await console.database.write(live)

    assert "Đã nhắn cho kênh 1" in words_of(
        (await (await console.sign_in(Role.LEADER, AREA)).get("/people")).text
    )
    there = await (await console.sign_in(Role.LEADER, OTHER_AREA)).get("/people")
    assert "Đã nhắn cho kênh 0" in words_of(there.text)


async def test_one_person_by_the_exact_number_and_never_an_anonymous_case(console: Console) -> None:
    await console.database.write(live)
    admin = await console.sign_in(Role.ADMIN)

    found = await admin.post("/people", page="/people", phone="0000 000.001")

    words = words_of(found.text)
    assert NAME in words
    assert NAME not in found.text, "what residents type is text, not markup"
    codes = await console.database.read(_codes)
    assert [code in words.replace("-", "") for code in codes] == [True, False]
    (entry,) = await console.database.read(
        lambda tx: audit.list_entries(tx, action="person.look_up", limit=5)
    )
    assert PHONE not in str(entry)


def _codes(tx: Tx) -> list[str]:
    return [cases.get(tx, number).code for number in (1, 2)]


async def test_a_search_that_finds_nobody_is_audited_too(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)

    assert "Không có ai cho số này." in (await admin.post("/people", page="/people", phone="0999999999")).text
    assert (await admin.post("/people", page="/people", phone="09")).status == 422
    entries = await console.database.read(lambda tx: audit.list_entries(tx, action="person.look_up", limit=5))
    assert [entry.subject_id for entry in entries] == ["-"]


@pytest.mark.parametrize("role", [Role.LEADER, Role.OFFICER])
async def test_who_may_not_have_personal_data_looks_nobody_up(console: Console, role: Role) -> None:
    browser = await console.sign_in(role)

    assert (await browser.post("/people", phone=PHONE)).status == 403


@pytest.mark.parametrize("typed", ["+84 912 345 678", "0912.345.678", "0912-345-678", "(0912) 345678"])
def test_a_number_is_found_however_it_is_written(typed: str) -> None:
    assert fold_phone(typed) == "0912345678"
