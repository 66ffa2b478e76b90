"""Topics in the console: found, read as in chat, changed with a look first; nothing typed is lost."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from console import topic_form
from faq import Topic
from faq.document import dump
from handlers import case_kinds
from handlers.areas import AreaBook
from handlers.officials import Role
from handlers.topics import Library
from handlers.turn import Guide
from storage import audit, question_groups, topics
from storage.questions import list_recent_texts
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import Answer, Browser, words_of
from tests.console.questions import ask
from tests.faq.builders import library, make_version
from tests.handlers.casework import DEADLINES, new_code
from tests.handlers.resident import Resident, small_signals

SHIPPED = {t.id: t for t in library(tien_dien={"versions": (make_version(answer="Hỗ trợ theo quý."),)})}
POWER = SHIPPED["tien-dien"]


@pytest.fixture(scope="session")
def small(book: AreaBook) -> Guide:
    """A guide over topics that the lint finds nothing in."""
    return Guide(
        Library(list(SHIPPED.values())),
        book,
        small_signals(),
        "thành phố Hải Phòng",
        730,
        DEADLINES,
        case_kinds.load(),
        new_code,
    )


@pytest.fixture
async def editor(console: Console) -> Browser:
    """An editor's browser."""
    return await console.sign_in(Role.EDITOR)


def form_of(answer: Answer) -> dict[str, Any]:
    """Return what a browser would send of the form on a page, without its token."""
    text = answer.text
    fields = {
        n: html.unescape(v)
        for n, v in re.findall(
            r'<input type="(?:text|date|hidden)" name="([^"]+)"(?: id="[^"]*")? value="([^"]*)"', text
        )
    }
    fields |= {
        n: html.unescape(v)
        for n, v in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL)
    }
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = html.unescape(chosen[1]) if chosen else ""
    if found := re.search(r'name="theme" id="f-theme" list="themes" value="([^"]*)"', text):
        fields["theme"] = html.unescape(found[1])
    return {name: value for name, value in fields.items() if name != "csrf"}


async def edit(browser: Browser, topic: str = "tien-dien", do: str = "save", **changes: str) -> Answer:
    """Open the form of a topic, change fields (`v0_answer` for `v0.answer`), and press a button."""
    path = f"/topics/{topic}/edit"
    fields = form_of(await browser.get(path)) | {
        re.sub(r"^(v\d+)_", r"\1.", n): v for n, v in changes.items()
    }
    return await browser.post(path, page=path, do=do, **fields)


def test_a_topic_goes_through_its_form_unchanged() -> None:
    for topic in SHIPPED.values():
        form = topic_form.fill(topic)
        assert topic_form.Reading(form, topic.id).topic == topic
        assert form.errors == {}


@pytest.mark.parametrize("role", [Role.EDITOR, Role.LEADER, Role.ADMIN, Role.OFFICER])
async def test_who_may_read_sees_the_answer_as_in_chat(console: Console, role: Role) -> None:
    browser = await console.sign_in(role)

    listed, shown = await browser.get("/topics"), await browser.get("/topics/tien-dien")

    assert POWER.title in listed.text
    assert "Hỗ trợ theo quý." in shown.text
    assert "23/11/2026" in shown.text
    assert ("/topics/tien-dien/edit" in shown.text) is (role is Role.EDITOR)


async def test_topics_are_found_without_marks_and_by_state(console: Console, editor: Browser) -> None:
    await edit(editor, v0_answer="Đã sửa.")

    found = words_of((await editor.get("/topics", q="TIEN dien")).text)
    edited = words_of((await editor.get("/topics", state="edited")).text)
    nothing = words_of((await editor.get("/topics", q="khong co gi nhu vay")).text)

    assert POWER.title in found
    assert "1 trong" in edited
    assert "đã sửa" in edited
    assert "Không có chủ đề nào" in nothing


async def test_the_text_of_a_day_stands_in_the_address(editor: Browser) -> None:
    before = await editor.get("/topics/tien-dien", day="2020-01-01")
    wrong = await editor.get("/topics/tien-dien", day="hôm nay")

    assert "Ngày này không có câu trả lời" in before.text
    assert wrong.status == 200
    assert "Hãy chọn ngày" in wrong.text


async def test_a_save_goes_through_a_look_at_it(console: Console, editor: Browser) -> None:
    look = await edit(editor, do="preview", v0_answer="Bản mới của xã.", note="theo công văn")
    assert look.status == 200
    assert "Bản mới của xã." in look.text
    assert "Những câu hỏi sẽ được trả lời khác đi" in look.text
    assert await console.database.read(topics.list_edits) == []

    fields = form_of(look)
    saved = await editor.post("/topics/tien-dien/edit", page="/topics/tien-dien/edit", do="save", **fields)

    assert saved.status == 303
    shown = await editor.follow(saved)
    assert "Bản mới của xã." in shown.text
    assert "theo công văn" in shown.text
    (entry,) = await console.database.read(lambda tx: audit.list_entries(tx, subject_kind="topic"))
    assert entry.details["fields"] == ["2026-01-01.answer"]


async def test_the_way_back_from_the_look_keeps_what_was_typed(editor: Browser) -> None:
    look = await edit(editor, do="preview", v0_answer="Dở dang.")
    back = await editor.post(
        "/topics/tien-dien/edit", page="/topics/tien-dien/edit", do="edit", **form_of(look)
    )

    assert form_of(back)["v0.answer"].strip() == "Dở dang."


async def test_faults_stand_beside_their_fields_and_what_was_typed_stays(
    console: Console, editor: Browser
) -> None:
    answer = await edit(editor, title="t" * 60, v0_answer="Gọi 0912345678 nhé.", v0_valid_to="hôm kia")
    assert answer.status == 422
    assert "Hãy chọn ngày" in answer.text

    answer = await edit(editor, title="t" * 60, v0_answer="Gọi 0912345678 nhé.")

    assert answer.status == 422
    words = words_of(answer.text)
    assert "Tên dài 60 ký tự" in words
    assert "Không ghi số điện thoại “0912345678”" in words
    assert form_of(answer)["v0.answer"].strip() == "Gọi 0912345678 nhé."
    assert await console.database.read(topics.list_edits) == []


async def test_one_more_version_closes_the_former(console: Console, editor: Browser) -> None:
    wider = await edit(editor, do="add")
    fields = form_of(wider) | {"v1.valid_from": "2027-01-01", "v1.answer": "Mức năm 2027."}

    saved = await editor.post("/topics/tien-dien/edit", page="/topics/tien-dien/edit", do="save", **fields)

    assert saved.status == 303, words_of(saved.text)
    assert "Mức năm 2027." in (await editor.get("/topics/tien-dien", day="2027-01-01")).text
    old = (await editor.get("/topics/tien-dien", day="2026-12-31")).text
    assert "31/12/2026" in old


async def test_of_two_editors_the_second_is_told_and_loses_nothing(console: Console, editor: Browser) -> None:
    stale = form_of(await editor.get("/topics/tien-dien/edit"))
    await edit(await console.sign_in(Role.EDITOR), v0_answer="Của người khác.")

    refused = await editor.post(
        "/topics/tien-dien/edit",
        page="/topics/tien-dien/edit",
        do="save",
        **(stale | {"v0.answer": "Của tôi."}),
    )
    assert refused.status == 409
    assert "người khác đã lưu" in refused.text
    mine = form_of(refused)
    assert mine["v0.answer"].strip() == "Của tôi."

    again = await editor.post("/topics/tien-dien/edit", page="/topics/tien-dien/edit", do="save", **mine)
    assert again.status == 303
    assert len(await console.database.read(topics.list_history, "tien-dien", None, 9)) == 2


async def test_a_new_topic_begins_with_the_question_that_was_asked(console: Console, editor: Browser) -> None:
    form = form_of(await editor.get("/topics/new", text="đi xe buýt có <b>mất tiền</b> không"))
    assert form["phrasings"].strip() == "đi xe buýt có <b>mất tiền</b> không"
    fields = form | {
        "title": "Đi xe buýt", "theme": "Đi lại", "v0.confidence": "verified",
        "v0.answer": "Bà con hỏi bến xe.", "v0.sources": "Quyết định 1/2026 | Điều 2",
        "phrasings": "\n".join(f"đi xe buýt câu {n}" for n in range(8)),
    }  # fmt: skip

    saved = await editor.post("/topics/new", page="/topics/new", do="save", **fields)

    assert saved.status == 303, words_of(saved.text)
    assert (saved.location or "").endswith("/topics/di-xe-buyt")
    assert "Bà con hỏi bến xe." in (await editor.follow(saved)).text
    again = await editor.post("/topics/new", page="/topics/new", do="save", **fields)
    assert again.status == 422
    assert "Mã này đã có" in again.text


async def test_undoing_leads_back_to_what_ships(console: Console, editor: Browser) -> None:
    await edit(editor, v0_answer="Một.")
    await edit(editor, v0_answer="Hai.")

    for expected in ("Một.", "Hai."):
        history = await editor.get("/topics/tien-dien/history")
        assert "Một." in history.text
        answer = await editor.post(
            "/topics/tien-dien/undo", page="/topics/tien-dien/history", **form_of(history)
        )
        assert answer.status == 303
        assert expected in (await editor.follow(answer)).text

    await editor.post(
        "/topics/tien-dien/restore",
        page="/topics/tien-dien/history",
        **form_of(await editor.get("/topics/tien-dien/history")),
    )
    assert await console.database.read(topics.list_edits) == []


async def test_an_upgrade_is_shown_and_one_may_choose(console: Console, editor: Browser) -> None:
    older = replace(POWER, title="Của xã")
    await console.database.write(topics.save, POWER.id, dump(older), "0" * 64, "", None, NOW, None)

    page = await editor.get("/topics/tien-dien")
    assert "Bản gốc đã đổi" in page.text
    kept = await editor.post("/topics/tien-dien/keep", page="/topics/tien-dien", **form_of(page))

    assert kept.status == 303
    assert "Bản gốc đã đổi" not in (await editor.follow(kept)).text


async def test_markup_in_a_topic_is_shown_as_text(console: Console, editor: Browser) -> None:
    saved = await edit(editor, v0_answer="<script>alert(1)</script> xin chào.", note="<b>đậm</b>")
    assert saved.status == 303

    for path in ("/topics/tien-dien", "/topics/tien-dien/history", "/topics/tien-dien/edit"):
        text = (await editor.get(path)).text
        assert "<script>alert" not in text
        assert "<b>đậm" not in text


async def test_the_look_shows_which_logged_questions_change(console: Console, editor: Browser) -> None:
    resident = Resident(console.database, console.parts.guide)
    await resident.say("xe ôm chở bà con đi chợ huyện giá bao nhiêu")
    assert await console.database.read(list_recent_texts, 5)

    look = await edit(
        editor,
        do="preview",
        phrasings="\n".join((*POWER.phrasings, "xe ôm chở bà con đi chợ huyện giá bao nhiêu")),
    )

    assert "1 câu sẽ được trả lời khác đi" in words_of(look.text)
    assert "xe ôm chở bà con" in words_of(look.text)


def test_labels_name_version_and_field() -> None:
    assert topic_form.label("2026-01-01.answer") == "Bản từ 01/01/2026 · Câu trả lời"
    assert topic_form.label("title") == "Tên chủ đề"


def test_versions_are_limited() -> None:
    form = topic_form.blank("", NOW.date())
    topic = SHIPPED["tien-dien"]
    assert isinstance(topic, Topic)
    for _ in range(topic_form.MAX_VERSIONS - 1):
        topic_form.add_version(form, NOW.date())
    with pytest.raises(Exception, match="nhiều nhất"):
        topic_form.add_version(form, NOW.date())


def test_what_a_browser_does_to_line_ends_is_no_change() -> None:
    """Browsers send a line's end as two characters."""
    lines = replace(
        POWER, versions=(make_version(answer="Một.\nHai.", detail="- ba\n- bốn", bring=("a", "b")),)
    )
    form = topic_form.fill(lines)
    form.values = {name: value.replace("\n", "\r\n") for name, value in form.values.items()}

    assert topic_form.Reading(form, lines.id).topic == lines


async def test_a_topic_made_of_open_questions_answers_those_who_wait(
    console: Console, editor: Browser
) -> None:
    """The editor is led from the questions to a form that is filled in; the save tells every asker, once."""
    asked = "Mua xe máy điện có được nhà nước hỗ trợ không?"
    group = await ask(console, asked, times=2)
    page = await editor.get("/topics/new", group=str(group))
    fields = form_of(page)
    assert asked in fields["phrasings"]
    fields |= {
        "title": "Mua xe máy điện",
        "theme": POWER.theme,
        "phrasings": "\n".join(
            f"{asked} {n}" for n in ("", "a", "ạ", "em", "cô", "bác", "chú", "anh", "chị")
        ),
        "v0.answer": "Thành phố chưa có chính sách này.",
        "v0.confidence": "verified",
        "v0.sources": "Nghị định 07/2021/NĐ-CP | Điều 3 | từ 15/03/2021",
    }

    saved = await editor.post("/topics/new", page="/topics/new", do="save", **fields)

    assert saved.status == 303, words_of(saved.text)
    found = await console.database.read(question_groups.get, group)
    assert (found.topic_id, found.status) == ("mua-xe-may-dien", "answered")
    assert "Thành phố chưa có chính sách này." in (found.answer or "")


async def test_a_group_that_nobody_knows_is_not_found(editor: Browser) -> None:
    for group in ("999", "x", "9" * 30):
        assert (await editor.get("/topics/new", group=group)).status == 404
