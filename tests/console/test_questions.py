"""The screens of questions nobody could answer: what is shown to whom, and that nothing typed is lost."""

import pytest

from handlers.officials import Role
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA, words_of
from tests.console.questions import ask

BIKES = "Mua xe máy điện có được nhà nước hỗ trợ không?"
SPACE = "Tiền đi tàu vũ trụ thì ai cho?"
SCRIPT = "<script>alert(1)</script> có được **hỗ trợ** không"
ANSWER = "Thành phố chưa có chính sách này."


async def test_the_list_counts_and_is_searched_without_marks(console: Console) -> None:
    await ask(console, BIKES, AREA, times=3)
    await ask(console, SPACE, OTHER_AREA)
    officer, leader = await console.sign_in(Role.OFFICER), await console.sign_in(Role.LEADER)

    own = words_of((await officer.get("/questions")).text)
    assert f"{BIKES} 3 3" in own
    assert SPACE not in own
    assert SPACE in words_of((await leader.get("/questions")).text)
    assert SPACE not in words_of((await leader.get("/questions", q="xe may dien")).text)
    assert SPACE not in words_of((await leader.get("/questions", area=AREA)).text)
    assert BIKES not in words_of((await officer.get("/questions", status="answered")).text)


@pytest.mark.parametrize(
    "before", ["x", "2026-11-23T03:00:00_1", "_", "2026-11-23T03:00:00+00:00_x", "2" * 300]
)
async def test_a_place_that_is_none_is_the_beginning(console: Console, before: str) -> None:
    await ask(console, BIKES, AREA)
    officer = await console.sign_in(Role.OFFICER)

    assert BIKES in (await officer.get("/questions", before=before)).text


async def test_the_next_page_goes_on(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.views.questions.PER_PAGE", 1)
    await ask(console, BIKES, AREA)
    await ask(console, SPACE, AREA)
    officer = await console.sign_in(Role.OFFICER)

    first = await officer.get("/questions")
    assert (SPACE in first.text, BIKES in first.text) == (True, False)
    address = first.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = await officer.get(address.replace("&amp;", "&"))

    assert (SPACE in second.text, BIKES in second.text) == (False, True)


async def test_what_residents_wrote_is_shown_as_text(console: Console) -> None:
    number = await ask(console, SCRIPT, AREA)
    officer = await console.sign_in(Role.OFFICER)

    for path in ("/questions", f"/questions/{number}"):
        answer = await officer.get(path)
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text


async def test_an_answer_is_looked_at_and_then_sent(console: Console) -> None:
    number = await ask(console, BIKES, AREA, times=2)
    officer = await console.sign_in(Role.OFFICER)
    path = f"/questions/{number}/answer"

    shown = await officer.post(path, do="preview", version=1, text=ANSWER)
    assert shown.status == 200
    assert f"Cán bộ trả lời: {ANSWER} Uỷ ban nhân dân xã Yết Kiêu trả lời ngày 23/11/2026." in words_of(
        shown.text
    )
    assert "2 người" in words_of(shown.text)
    assert f"\n{ANSWER}</textarea>" in shown.text

    sent = await officer.post(path, do="send", version=1, text=ANSWER)
    page = await officer.follow(sent)
    assert sent.status == 303
    assert "Câu trả lời đang được gửi tới 2 người" in words_of(page.text)
    assert "Đã trả lời" in page.text


@pytest.mark.parametrize("do", ["preview", "send"])
async def test_an_answer_that_is_too_long_is_refused_and_kept(console: Console, do: str) -> None:
    number = await ask(console, BIKES, AREA)
    officer = await console.sign_in(Role.OFFICER)
    typed = "dài " * 600 + "hết"

    answer = await officer.post(f"/questions/{number}/answer", do=do, version=1, text=typed)

    assert answer.status == 422
    assert typed in answer.text
    assert "nhiều nhất là 2000" in answer.text


async def test_the_second_of_two_officials_is_told_and_loses_nothing(console: Console) -> None:
    number = await ask(console, BIKES, AREA)
    one, two = await console.sign_in(Role.OFFICER), await console.sign_in(Role.OFFICER)
    other = await ask(console, SPACE, AREA)
    await one.post(f"/questions/{number}/merge", version=1, other=other)

    answer = await two.post(f"/questions/{number}/answer", do="send", version=1, text=ANSWER)

    assert answer.status == 409
    assert "vừa được người khác thay đổi" in answer.text
    assert ANSWER in answer.text
    assert (await two.post(f"/questions/{number}/answer", do="send", version=2, text=ANSWER)).status == 303


async def test_questions_of_another_commune_are_not_there(console: Console) -> None:
    number = await ask(console, SPACE, OTHER_AREA)
    officer = await console.sign_in(Role.OFFICER)

    assert (await officer.get(f"/questions/{number}")).status == 404
    for action in ("answer", "drop", "merge", "split"):
        answer = await officer.post(
            f"/questions/{number}/{action}", version=1, text="a", reason="a", other=number + 1, question=1
        )
        assert answer.status == 404, action


async def test_dropping_wants_a_reason_and_shows_it(console: Console) -> None:
    number = await ask(console, BIKES, AREA)
    officer = await console.sign_in(Role.OFFICER)

    assert (await officer.post(f"/questions/{number}/drop", version=1, reason="")).status == 422
    page = await officer.follow(await officer.post(f"/questions/{number}/drop", version=1, reason="Nói đùa"))
    assert "Nói đùa" in page.text


async def test_a_merged_group_leads_to_where_its_questions_are(console: Console) -> None:
    number, other = await ask(console, BIKES, AREA), await ask(console, SPACE, AREA)
    officer = await console.sign_in(Role.OFFICER)
    await officer.post(f"/questions/{number}/merge", version=1, other=other)

    answer = await officer.get(f"/questions/{other}")

    assert answer.location == f"/console/questions/{number}"


async def test_a_question_is_taken_out(console: Console) -> None:
    number = await ask(console, BIKES, AREA, times=2)
    officer = await console.sign_in(Role.OFFICER)

    page = await officer.follow(await officer.post(f"/questions/{number}/split", version=1, question=1))

    assert "Đã tách câu hỏi" in page.text
    assert "1 lần hỏi" in words_of(page.text)


@pytest.mark.parametrize("role", [Role.LEADER, Role.ADMIN])
async def test_who_only_reads_has_nothing_to_press(console: Console, role: Role) -> None:
    number = await ask(console, BIKES, AREA)
    reader = await console.sign_in(role)

    page = await reader.get(f"/questions/{number}")

    assert page.status == 200
    for action in ("answer", "drop", "merge", "split"):
        assert f"/questions/{number}/{action}" not in page.text
