"""Filing for somebody without a phone."""

import re

import pytest
import sqlalchemy as sa

from handlers.case_codes import spoken
from handlers.case_life import Kind, Status
from handlers.officials import Role
from storage import cases as rows
from storage import tables
from tests.console.casework import read_case
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA, Answer, Browser, words_of

TOLD = {
    "text": "Bà Tám nói hai tháng chưa có trợ cấp",
    "kind": "reflection",
    "category": "allowance",
    "name": "Nguyễn Thị Tám",
    "phone": "0912 345 678",
}


async def file(browser: Browser, **changes: str) -> Answer:
    """Fill in the form."""
    return await browser.post("/cases/new", page="/cases/new", **(TOLD | changes))


async def test_it_is_filed_for_the_commune_marked_so_and_leads_to_the_slip(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    assert browser.official is not None

    done = await file(browser, area_code=OTHER_AREA)
    slip = await browser.follow(done)

    case = await read_case(console, 1)
    assert done.location == "/console/cases/1/slip"
    assert spoken(case.code) in slip.text
    assert (case.area_code, case.channel, case.status) == (AREA, "office", Status.NEW)
    assert (case.assisted_by, case.kind, case.category) == (browser.official.id, Kind.REFLECTION, "allowance")
    identity = await console.database.read(rows.get_identity, 1)
    assert (identity.name, identity.phone) == ("Nguyễn Thị Tám", "0912345678")
    said = words_of((await browser.get("/cases/1")).text)
    assert "nhập hộ" in said
    assert "Nguyễn Thị Tám" in said


async def test_an_answer_to_it_says_that_nobody_can_be_told(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    await file(browser)

    done = await browser.post("/cases/1/answer", page="/cases/1", version=1, answer="Đã chi trả.")

    page = words_of((await browser.follow(done)).text)
    assert "Người dân không có địa chỉ nhắn tin" in page
    assert "Chưa tới người dân: không có kênh nhắn tin" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "  "),
        ("text", "x" * 3001),
        ("kind", "nothing"),
        ("category", "nothing"),
        ("phone", "12"),
        ("phone", "không có"),
        ("phone", "٠٩١٢٣٤٥٦٧٨"),
        ("name", "x" * 81),
    ],
)
async def test_what_cannot_be_taken_is_named_and_the_rest_kept(
    console: Console, field: str, value: str
) -> None:
    browser = await console.sign_in(Role.OFFICER)

    refused = await file(browser, **{field: value})

    assert refused.status == 422
    assert re.search(rf'id="e-{field}"', refused.text)
    kept = "phone" if field != "phone" else "name"
    assert TOLD[kept] in refused.text
    assert (await browser.get("/cases/1")).status == 404


async def test_words_that_call_for_help_make_it_urgent(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    cry = "cứu tôi với, nước dâng vào nhà"
    urgent = console.parts.guide.signals.urgency(cry)

    await file(browser, text=cry)

    assert urgent is not None
    assert (await read_case(console, 1)).urgent == urgent


async def test_a_card_number_that_is_read_out_is_not_kept(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)

    await file(browser, text="thẻ ATM của tôi số 4111 1111 1111 1111 bị khoá")

    assert "4111" not in (await read_case(console, 1)).text


async def test_who_may_not_assist_is_refused(console: Console) -> None:
    for role in Role:
        if role is Role.OFFICER:
            continue
        browser = await console.sign_in(role)

        assert (await browser.get("/cases/new")).status == 403


async def test_kind_and_category_are_guessed_and_nothing_is_filed_before_a_person_agrees(
    console: Console,
) -> None:
    browser = await console.sign_in(Role.OFFICER)

    offered = await file(browser, kind="", category="")

    assert offered.status == 422
    assert "Máy gợi ý loại và lĩnh vực ở dưới" in offered.text
    assert '<option value="reflection" selected>' in offered.text
    assert '<option value="allowance" selected>' in offered.text
    assert TOLD["text"] in offered.text
    assert (await browser.get("/cases/1")).status == 404


async def test_a_form_sent_twice_is_filed_once(console: Console) -> None:
    """A browser without scripts sends a second press, too; both lead to the one slip."""
    browser = await console.sign_in(Role.OFFICER)
    key = re.findall(r'name="form_key" value="([^"]+)"', (await browser.get("/cases/new")).text)[0]

    first = await file(browser, form_key=key)
    again = await file(browser, form_key=key)
    other = await file(browser, form_key="of another form")

    assert first.location == again.location == "/console/cases/1/slip"
    assert other.location == "/console/cases/2/slip"
    assert len(await console.database.read(lambda tx: tx.execute(sa.select(tables.cases.c.id)).all())) == 2


async def test_the_key_of_a_form_outlives_a_guess_and_an_error(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)

    guessed = await file(browser, kind="", category="", form_key="k-1")
    refused = await file(browser, phone="12", form_key="k-1")

    assert 'name="form_key" value="k-1"' in guessed.text
    assert 'name="form_key" value="k-1"' in refused.text
    assert (await file(browser, form_key="k-1")).location == "/console/cases/1/slip"
