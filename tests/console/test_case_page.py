"""A case's page: what it shows, and what officials do with it there."""

import io
import os
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.files import Shelf
from handlers import case_filing
from handlers.case_codes import spoken
from handlers.case_life import Action, Kind, Status
from handlers.officials import Role
from storage import cases, channel_files, erasure, files, messages, offices, tables
from storage.cases import Case
from storage.db import Tx
from storage.offices import Office
from tests import samples
from tests.conftest import NOW
from tests.console.casework import answer, keep_file, last_text, make_case, read_case
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA, Answer, Browser, token_in, words_of
from tests.handlers.casework import make_address, told


def _fields(page: str) -> dict[str, Any]:
    """Return the hidden fields that every form of the page carries."""
    return {name: int(re.findall(rf'name="{name}" value="(\d+)"', page)[0]) for name in ("version", "seen")}


async def act(browser: Browser, case: Case, action: str, **fields: Any) -> Answer:
    """Fill in a form of the case's page and send it."""
    page = await browser.get(f"/cases/{case.id}")
    return await browser.post(
        f"/cases/{case.id}/{action}", page=f"/cases/{case.id}", **(_fields(page.text) | fields)
    )


async def test_the_page_says_what_was_told_and_by_when(console: Console) -> None:
    case = await make_case(console, text="Hai tháng chưa có\ntrợ cấp", phone="0912345678", name="Bà Tám")
    browser = await console.sign_in(Role.OFFICER)

    said = words_of((await browser.get(f"/cases/{case.id}")).text)

    for words in (
        spoken(case.code),
        "Hai tháng chưa có",
        "Mới",
        "còn 10 ngày làm việc",
        "Trợ cấp chậm",
        "Bà Tám",
        "0912345678",
        "chưa giao ai",
    ):
        assert words in said


@pytest.mark.parametrize("role", [Role.LEADER, Role.ADMIN])
async def test_who_only_reads_sees_no_name_no_phone_and_no_button(console: Console, role: Role) -> None:
    case = await make_case(console, phone="0912345678", name="Bà Tám")
    browser = await console.sign_in(role)

    page = await browser.get(f"/cases/{case.id}")

    assert page.status == 200
    assert "Bà Tám" not in page.text
    assert "0912345678" not in page.text
    assert "/answer" not in page.text


async def test_nobody_sees_who_is_behind_an_anonymous_case(console: Console) -> None:
    case = await make_case(console, anonymous=True, name="Bà Tám", phone="0912345678")
    for role in (Role.OFFICER, Role.LEADER, Role.ADMIN):
        browser = await console.sign_in(role)

        page = await browser.get(f"/cases/{case.id}")

        assert "Ẩn danh" in page.text
        assert "Bà Tám" not in page.text
        assert "0912345678" not in page.text


@pytest.mark.parametrize("anonymous", [True, False])
async def test_what_came_with_it_is_shown_an_anonymous_one_without_its_name(
    console: Console, anonymous: bool, tmp_path: Path
) -> None:
    console.files = tmp_path
    case = await make_case(console, anonymous=anonymous)
    number = await keep_file(console, case.id)
    browser = await console.sign_in(Role.OFFICER)

    page = await browser.get(f"/cases/{case.id}")

    assert f'<img src="/console/files/{number}"' in page.text
    assert ("nhà bà Tư" in page.text) != anonymous


# What is done -------------------------------------------------------------------------------------------------------


async def test_taking_a_case_on_tells_the_resident_once_and_puts_a_name_to_it(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    assert browser.official is not None

    done = await act(browser, case, "receive")

    after = await read_case(console, case.id)
    assert done.status == 303
    assert (after.status, after.assignee_id) == (Status.IN_PROGRESS, browser.official.id)
    assert len(await console.database.read(told)) == 1
    assert browser.official.name in (await browser.follow(done)).text


async def test_an_answer_reaches_the_resident_and_its_way_is_shown(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    done = await act(browser, case, "answer", answer="Đã chi trả sáng nay.")
    page = words_of((await browser.follow(done)).text)

    (message,) = await console.database.read(told)
    assert "Đã chi trả sáng nay." in message
    assert "Đã gửi trả lời." in page
    assert "Đang gửi." in page


@pytest.mark.parametrize(
    ("action", "fields", "status"),
    [
        ("note", {"note": "gọi lại chiều nay"}, Status.NEW),
        ("forward", {"forward": "Bảo hiểm xã hội thành phố"}, Status.FORWARDED),
        ("refuse", {"refuse": "đã trả lời ngày 01/11"}, Status.REFUSED),
        ("sort", {"kind": "question", "category": "health"}, Status.NEW),
        ("assign", {"assignee": ""}, Status.NEW),
    ],
)
async def test_each_action_changes_the_case_and_leads_back(
    console: Console, action: str, fields: dict[str, str], status: Status
) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    done = await act(browser, case, action, **fields)

    after = await read_case(console, case.id)
    assert done.status == 303
    assert done.location == f"/console/cases/{case.id}"
    assert (after.status, after.version) == (status, case.version + 1)


async def test_a_case_is_closed_and_opened_again(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    await act(browser, case, "answer", answer="Đã chi trả.")

    await act(browser, case, "close")
    closed = await read_case(console, case.id)
    await act(browser, case, "reopen", reopen="dân báo chưa nhận")
    again = await read_case(console, case.id)

    assert (closed.status, again.status) == (Status.CLOSED, Status.IN_PROGRESS)
    assert "mở lại" in (await browser.get(f"/cases/{case.id}")).text


async def test_only_a_colleague_of_the_commune_is_given_a_case(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    colleague, stranger = await console.add(Role.OFFICER), await console.add(Role.OFFICER, OTHER_AREA)

    page = (await browser.get(f"/cases/{case.id}")).text
    refused = [(await act(browser, case, "assign", assignee=who)).status for who in (stranger.id, 99999, "x")]
    done = await act(browser, case, "assign", assignee=colleague.id)

    assert colleague.name in page
    assert stranger.name not in page
    assert refused == [422, 422, 422]
    assert done.status == 303
    assert (await read_case(console, case.id)).assignee_id == colleague.id


async def test_moved_elsewhere_it_is_seen_here_no_more(console: Console) -> None:
    case = await make_case(console)
    browser, there = await console.sign_in(Role.OFFICER), await console.sign_in(Role.OFFICER, OTHER_AREA)

    done = await act(browser, case, "move", area_code=OTHER_AREA)

    assert done.location == "/console/cases"
    assert (await browser.get(f"/cases/{case.id}")).status == 404
    assert (await there.get(f"/cases/{case.id}")).status == 200


async def test_a_leader_gives_a_case_without_a_commune_to_one(console: Console) -> None:
    case = await make_case(console, area_code=None)
    browser = await console.sign_in(Role.LEADER)

    wrong = await act(browser, case, "move", area_code="99999")
    done = await act(browser, case, "move", area_code=AREA)

    assert (wrong.status, done.status) == (422, 303)
    assert (await read_case(console, case.id)).area_code == AREA


async def test_duplicates_are_offered_side_by_side_and_merged(console: Console) -> None:
    text = "Hai tháng nay tôi chưa nhận được tiền trợ cấp xã hội"
    first, second = await make_case(console, text=text), await make_case(console, text=f"{text} gì cả")
    browser = await console.sign_in(Role.OFFICER)

    offered = await browser.get(f"/cases/{second.id}")
    nothing = await act(browser, second, "merge")
    done = await act(browser, second, "merge", target=first.id)
    page = words_of((await browser.get(f"/cases/{second.id}")).text)

    assert f'value="{first.id}"' in offered.text
    assert (nothing.status, done.status) == (422, 303)
    assert f"đã gộp vào {spoken(first.code)}" in page
    assert spoken(second.code) in (await browser.get(f"/cases/{first.id}")).text
    assert f"/cases/{second.id}/answer" not in page


async def test_no_case_is_merged_into_one_of_another_commune(console: Console) -> None:
    here, there = await make_case(console), await make_case(console, area_code=OTHER_AREA)
    browser = await console.sign_in(Role.OFFICER)

    refused = await act(browser, here, "merge", target=there.id)

    assert refused.status == 404
    assert (await read_case(console, here.id)).merged_into is None


# Answers that are not ready -----------------------------------------------------------------------------------------


async def test_an_answer_with_a_hole_is_refused_and_the_hole_named(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    refused = await act(browser, case, "answer", answer="Mời bà con tới ngày {ngày hẹn}.")

    assert refused.status == 422
    assert "{ngày hẹn}" in words_of(refused.text).partition("Còn chỗ chưa điền:")[2][:20]
    assert "Mời bà con tới ngày {ngày hẹn}." in refused.text
    assert await console.database.read(told) == []


async def test_a_preview_shows_what_the_resident_will_read_and_sends_nothing(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    shown = await act(browser, case, "preview", do="preview", answer="Đã chi trả <b>sáng</b> nay.")

    assert shown.status == 200
    assert f"Cán bộ trả lời phản ánh mã {spoken(case.code)}" in shown.text
    assert shown.text.count("Đã chi trả &lt;b&gt;sáng&lt;/b&gt; nay.") == 2
    assert await console.database.read(told) == []
    assert (await read_case(console, case.id)).version == case.version


# Two people on one case ---------------------------------------------------------------------------------------------


async def test_the_second_of_two_is_told_who_did_what_and_keeps_what_was_typed(console: Console) -> None:
    case = await make_case(console)
    browser, colleague = await console.sign_in(Role.OFFICER), await console.add(Role.OFFICER)
    page = await browser.get(f"/cases/{case.id}")
    await answer(console, colleague, case)

    late = await browser.post(
        f"/cases/{case.id}/answer", page=f"/cases/{case.id}", answer="Tôi cũng trả lời", **_fields(page.text)
    )

    assert late.status == 409
    assert f"{colleague.name}: Trả lời" in words_of(late.text)
    assert "Tôi cũng trả lời" in late.text
    assert len(await console.database.read(told)) == 1
    again = await browser.post(
        f"/cases/{case.id}/answer", page=f"/cases/{case.id}", answer="Tôi cũng trả lời", **_fields(late.text)
    )
    assert again.status == 303
    assert len(await console.database.read(told)) == 2


async def test_what_can_no_longer_be_done_gives_back_what_was_typed(console: Console) -> None:
    """Merged away while an answer was being written: there is no form for it any more, but the words are there."""
    first, second = await make_case(console), await make_case(console)
    browser, colleague = await console.sign_in(Role.OFFICER), await console.add(Role.OFFICER)
    page = await browser.get(f"/cases/{second.id}")

    def merge(tx: Tx) -> None:
        case_filing.merge(tx, colleague, second.id, first.id, second.version, NOW)

    await console.database.write(merge)

    late = await browser.post(
        f"/cases/{second.id}/answer", page="/account", answer="Một câu trả lời dài", **_fields(page.text)
    )

    assert late.status == 409
    assert "Một câu trả lời dài" in late.text
    assert "Gộp" in late.text


async def test_moved_away_meanwhile_the_words_come_back_and_nothing_of_the_case(console: Console) -> None:
    case = await make_case(console, text="chuyện riêng")
    browser, colleague = await console.sign_in(Role.OFFICER), await console.add(Role.OFFICER)
    await console.database.write(case_filing.move, colleague, case.id, OTHER_AREA, case.version, NOW)

    for number in (case.id, 99999):
        late = await browser.post(f"/cases/{number}/answer", answer="Một câu trả lời dài", version=1, seen=1)

        assert late.status == 404
        assert "Một câu trả lời dài" in late.text
        assert "chuyện riêng" not in late.text


async def test_a_form_without_a_version_changes_nothing(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    for version in ("", "x", "-1", "9" * 40):
        answer = await browser.post(f"/cases/{case.id}/answer", answer="Xong", version=version, seen=version)

        assert answer.status == 409
    assert await console.database.read(told) == []


async def test_closing_what_is_closed_says_so(console: Console) -> None:
    case = await make_case(console, kind=Kind.THANKS)
    browser = await console.sign_in(Role.OFFICER)
    await act(browser, case, "close")

    again = await act(browser, case, "close")

    assert again.status == 409
    assert "Đã xong" in words_of(again.text).partition("Không làm được việc này")[2]


# The slip -----------------------------------------------------------------------------------------------------------


async def test_the_slip_has_the_code_and_the_words_only_when_asked_for(console: Console) -> None:
    case = await make_case(console, text="chuyện riêng", name="Bà Tám", phone="0912345678")
    browser = await console.sign_in(Role.OFFICER)

    bare = await browser.get(f"/cases/{case.id}/slip")
    full = await browser.get(f"/cases/{case.id}/slip", words=1)

    assert spoken(case.code) in bare.text
    assert f"http://127.0.0.1:8080/case/{case.code}" in bare.text
    assert "chuyện riêng" not in bare.text
    assert "chuyện riêng" in full.text
    assert "Bà Tám" not in full.text
    assert "0912345678" not in full.text


async def test_a_note_is_for_officials_and_marked_so(console: Console) -> None:
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    done = await act(browser, case, "note", note="nhà này khó khăn thật")

    page = words_of((await browser.follow(done)).text)
    assert "nội bộ" in page.partition("nhà này khó khăn thật")[0]
    assert await last_text(console, case.id, Action.NOTE) == "nhà này khó khăn thật"
    assert await console.database.read(told) == []


async def test_the_slip_says_where_the_commune_receives_people(console: Console) -> None:
    case = await make_case(console)
    office = Office(AREA, "Thôn Đông, cạnh chợ", "0220 3111 222", "Thứ Hai đến thứ Sáu", NOW, 1)
    browser = await console.sign_in(Role.OFFICER)

    before = await browser.get(f"/cases/{case.id}/slip")
    await console.database.write(offices.save, office)
    after = await browser.get(f"/cases/{case.id}/slip")

    assert "cạnh chợ" not in before.text
    assert "Thôn Đông, cạnh chợ · 0220 3111 222 · Thứ Hai đến thứ Sáu" in after.text


# -- documents


async def send_document(
    browser: Browser,
    case: Case,
    content: bytes,
    name: str = "Quyết định.pdf",
    *,
    to: str = "answer",
    **more: str,
) -> Answer:
    """Answer with a document, as a browser sends it."""
    page = (await browser.get(f"/cases/{case.id}")).text
    form = aiohttp.FormData(
        {
            "csrf": token_in(page),
            "answer": "Đã chi trả.",
            **{k: str(v) for k, v in _fields(page).items()},
            **more,
        },
        default_to_multipart=True,
        quote_fields=False,
    )
    if content:
        form.add_field("document", io.BytesIO(content), filename=name, content_type="text/html")
    return await browser.post_form(f"/cases/{case.id}/{to}", form)


async def test_a_document_goes_with_the_answer_and_only_the_resident_gets_it(
    console: Console, tmp_path: Path
) -> None:
    console.files = tmp_path
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    assert (await send_document(browser, case, samples.PDF, "../Quyết\u202eđịnh.exe")).status == 303

    def look(tx: Tx) -> Any:
        (sent,) = files.list_of_case(tx, case.id)
        address_id = cases.open_reply_address(tx, case.id)
        assert address_id is not None
        (answered,) = [
            m
            for m in files.with_attachments(tx, messages.list_history(tx, address_id, 0, 50))
            if "Đã chi trả." in m.text
        ]
        other = make_address(tx)
        return (
            sent,
            answered,
            files.find_of_address(tx, sent.id, address_id),
            files.find_of_address(tx, sent.id, other),
        )

    sent, answered, own, others = await console.database.write(look)
    assert sent.name == "Quyếtđịnh.exe.pdf"
    assert "Tệp của cán bộ gửi kèm" in answered.text
    assert [(a.id, a.kind, a.name) for a in answered.attachments] == [(sent.id, "file", sent.name)]
    assert own == sent
    assert others is None
    page = await browser.get(f"/cases/{case.id}")
    assert sent.name in page.text
    assert (tmp_path / sent.file[:2] / sent.file).read_bytes() == samples.PDF


@pytest.mark.parametrize(
    "content",
    [b"MZ program", samples.XLSX, samples.PDF + bytes(5_000_001)],
    ids=["program", "xlsx", "large"],
)
async def test_what_is_no_document_sends_nothing_and_keeps_the_words(
    console: Console, tmp_path: Path, content: bytes
) -> None:
    console.files = tmp_path
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    page = await send_document(browser, case, content)

    assert page.status == 422
    assert "Đã chi trả." in page.text
    assert (await read_case(console, case.id)).version == case.version


@pytest.mark.parametrize("made_up", [{"kept_document": "12"}, {"document_name": "a.pdf"}])
async def test_a_made_up_document_is_no_document_in_any_form_of_the_page(
    console: Console, tmp_path: Path, made_up: dict[str, str]
) -> None:
    """A form that knows no documents shows the page again with what it was sent."""
    console.files = tmp_path
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    page = await send_document(browser, case, b"", to="reopen", **made_up)

    assert page.status == 422
    assert "Đã có:" not in page.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 torn", "Tệp bị hỏng, không mở được."),
        (samples.XLSX, "Chỉ gửi kèm được tệp PDF hoặc Word"),
        (samples.PDF + samples.zipped(), "Chỉ gửi kèm được tệp PDF hoặc Word"),
    ],
    ids=["broken", "xlsx", "pdf and zip"],
)
async def test_an_official_is_told_in_the_offices_words_why_a_document_is_not_taken(
    console: Console, tmp_path: Path, content: bytes, sentence: str
) -> None:
    """What the shelf says to residents ("bà con … gửi giúp tôi nhé") is not said to officials."""
    console.files = tmp_path
    case = await make_case(console)
    page = await send_document(await console.sign_in(Role.OFFICER), case, content)

    (said,) = re.findall(r'id="e-document">([^<]+)<', page.text)
    assert said.startswith(sentence)
    assert "Bà con" not in said


async def test_a_document_survives_an_error_and_only_its_uploader_can_send_it(
    console: Console, tmp_path: Path
) -> None:
    console.files = tmp_path
    case = await make_case(console)
    browser, colleague = await console.sign_in(Role.OFFICER), await console.sign_in(Role.OFFICER)
    page = await send_document(browser, case, samples.PDF, to="preview")
    assert "Tệp của cán bộ gửi kèm" in words_of(page.text)
    (carried,) = re.findall(r'name="kept_document" value="([^"]+)"', page.text)

    await send_document(colleague, case, b"", kept_document=carried)
    assert await console.database.read(files.list_of_case, case.id) == []
    case = await read_case(console, case.id)
    await send_document(browser, case, b"", kept_document=carried)
    (sent,) = await console.database.read(files.list_of_case, case.id)
    assert sent.name == "Quyết định.pdf"


async def test_a_document_that_is_carried_along_is_kept_from_the_sweep(
    console: Console, tmp_path: Path
) -> None:
    """What nobody names goes after an hour: whoever still writes must not lose it."""
    console.files = tmp_path
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    page = await send_document(browser, case, samples.PDF, to="preview")
    (carried,) = re.findall(r'name="kept_document" value="([^"]+)"', page.text)
    (kept,) = [one for one in tmp_path.glob("??/*") if one.is_file()]
    os.utime(kept, (1, 1))

    await send_document(browser, case, b"", to="preview", kept_document=carried)

    async def none_known(_: list[str]) -> set[str]:
        return set()

    shelf = Shelf(tmp_path)
    assert await shelf.sweep(none_known) == 0
    shelf.close()


@pytest.mark.parametrize("to", ["preview", "answer"])
async def test_a_document_that_is_gone_is_asked_for_again_and_nothing_is_sent(
    console: Console, tmp_path: Path, to: str
) -> None:
    """An answer that says "tệp gửi kèm" without one would be refused by every channel, with all its words."""
    console.files = tmp_path
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    page = await send_document(browser, case, samples.PDF, to="preview")
    (carried,) = re.findall(r'name="kept_document" value="([^"]+)"', page.text)
    (kept,) = [one for one in tmp_path.glob("??/*") if one.is_file()]
    kept.unlink()

    page = await send_document(browser, case, b"", to=to, kept_document=carried)

    assert "Tệp đã quá hạn, hãy chọn lại." in page.text
    assert "Đã chi trả." in page.text
    assert "kept_document" not in page.text
    assert await console.database.read(files.list_of_case, case.id) == []
    assert (await read_case(console, case.id)).version == case.version


@pytest.mark.parametrize("stays", [True, False])
async def test_erasing_takes_the_document_away(console: Console, tmp_path: Path, stays: bool) -> None:
    console.files = tmp_path
    case = await make_case(console)
    browser = await console.sign_in(Role.OFFICER)
    await send_document(browser, case, samples.PDF)

    def erase(tx: Tx) -> Any:
        (sent,) = files.list_of_case(tx, case.id)
        assert sent.file is not None
        channel_files.put(tx, "zalo", sent.file, "token", NOW)
        resident_id = tx.execute(sa.select(tables.addresses.c.resident_id)).scalars().one()
        erasure.erase(tx, resident_id, [case.id] if stays else [], "…", NOW)
        return (
            files.list_of_case(tx, case.id),
            tx.execute(sa.select(tables.message_files)).all(),
            channel_files.find(tx, "zalo", sent.file),
            files.known(tx, [sent.file]),
        )

    assert await console.database.write(erase) == ([], [], None, set())
