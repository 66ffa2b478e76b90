"""What people want besides an answer gets a true sentence and is kept; what cannot be taken back is confirmed first."""

import pytest

from bot import config
from bot.guide import build_guide
from faq.signals import Intent
from handlers import (
    consent_texts,
    event_texts,
    feedback_texts,
    human_texts,
    my_data_texts,
    texts,
    track_texts,
)
from handlers.dialogue_table import INTENTS
from handlers.turn import Guide, dump_step, load_step
from handlers.understanding import is_question, read
from storage import tables
from tests.conftest import NOW
from tests.handlers.checking import begin
from tests.handlers.resident import WANTED, Resident, sure, unsure

SAID = {intent: text for text, intent in reversed(WANTED.items())}
SENTENCES = {
    Intent.STOP: consent_texts.STOP_ASK,
    Intent.SUBSCRIBE: consent_texts.asked(()),
    Intent.EVENTS: f"{event_texts.NONE_FOR_ALL} {event_texts.CHOOSE_COMMUNE}",
    Intent.ERASE: my_data_texts.sure(0, 0),
    Intent.MENU: texts.MENU,
    Intent.SMALLTALK: texts.SMALLTALK,
}
KEPT = {Intent.EVENTS}


@pytest.mark.parametrize("intent", SENTENCES)
async def test_each_intent_has_its_sentence_and_is_kept(resident: Resident, intent: Intent) -> None:
    assert await resident.say(SAID[intent]) == SENTENCES[intent]

    came = [m for m in await resident.rows(tables.messages) if m.direction == "in"]
    assert came[-1].intent == intent.value
    kept = [(q.text, q.verdict, q.for_official) for q in await resident.questions()]
    assert kept == ([(SAID[intent], intent.value, False)] if intent in KEPT else [])


def test_every_intent_is_taken_over() -> None:
    assert set(INTENTS) == set(Intent)


@pytest.mark.parametrize(
    ("said", "intent"),
    [("thẻ", "question"), ("menu", "menu"), ("dừng", "stop"), ("cảm ơn", "smalltalk"), ("chọn xã", "menu")],
)
async def test_message_says_what_it_was_taken_for(resident: Resident, said: str, intent: str) -> None:
    await resident.say(said)

    assert [m.intent for m in await resident.rows(tables.messages) if m.direction == "in"][-1] == intent


async def test_press_was_taken_for_nothing(resident: Resident) -> None:
    await resident.say("thẻ")
    await resident.press(texts.BUTTON_HELPED)

    assert [m.intent for m in await resident.rows(tables.messages) if m.direction == "in"][-1] is None


# -- confirmed by one button


async def test_stop_in_other_words_is_confirmed_first(resident: Resident) -> None:
    await begin(resident)
    before = await resident.state()
    assert await resident.say(SAID[Intent.STOP]) == consent_texts.STOP_ASK
    assert dump_step(load_step(await resident.state())) == dump_step(load_step(before))
    assert resident.labels == [consent_texts.BUTTON_STOP, consent_texts.BUTTON_KEEP]

    assert await resident.press(consent_texts.BUTTON_STOP) == texts.STOPPED
    assert dump_step(load_step(await resident.state())) == dump_step(load_step(before))


async def test_plain_stop_needs_no_confirmation(resident: Resident) -> None:
    assert await resident.say("dừng") == texts.STOPPED


async def test_erasing_is_done_only_when_confirmed(resident: Resident) -> None:
    await resident.say("thẻ")
    assert await resident.say(SAID[Intent.ERASE]) == my_data_texts.sure(0, 0)
    assert len(await resident.questions()) == 1

    assert await resident.press(my_data_texts.BUTTON_ERASE_SURE) == my_data_texts.erased([], delivered=False)
    assert (await resident.last_question()).text == ""


@pytest.mark.parametrize(
    ("wish", "label"),
    [(Intent.STOP, consent_texts.BUTTON_STOP), (Intent.ERASE, my_data_texts.BUTTON_ERASE_SURE)],
)
async def test_typed_words_of_the_button_confirm(resident: Resident, wish: Intent, label: str) -> None:
    """Where buttons do not show."""
    await resident.say(SAID[wish])

    assert await resident.say(label.lower()) in (texts.STOPPED, my_data_texts.erased([], delivered=False))


async def test_nobody_confirms_for_another(resident: Resident) -> None:
    await resident.say("thẻ")
    await resident.say(SAID[Intent.ERASE])
    (sure, _leave) = resident.buttons
    stranger = Resident(resident.database, resident.guide)
    await stranger.say("xin chào")
    await stranger.say("xoá dữ liệu")

    assert texts.OLD_BUTTON in await stranger.send(payload=sure.payload)
    assert len(await resident.rows(tables.residents)) == 2
    assert (await resident.last_question()).text == "thẻ"


@pytest.mark.parametrize(
    "payload", ["1:wish:erase", "1:wish:erase:1", "1:data:erased", "1:data:erased:1", "1:data:unname:1"]
)
async def test_press_of_nobody_s_making_erases_nothing(resident: Resident, payload: str) -> None:
    assert texts.OLD_BUTTON in await resident.send(payload=payload)
    assert [r.left_at for r in await resident.rows(tables.residents)] == [None]


# -- in the middle of a dialogue


async def test_wish_in_the_middle_of_the_self_check_is_heard_and_the_question_put_again(
    resident: Resident,
) -> None:
    for wish, said in ((Intent.HUMAN, human_texts.OFFER), (Intent.TRACK, track_texts.NONE_OWN)):
        await resident.press(texts.BUTTON_CHECK)
        await resident.press(texts.BUTTON_RURAL)

        await resident.say(SAID[wish])

        assert [m.text for m in resident.replies] == [said, texts.CHECK_PEOPLE]


@pytest.mark.parametrize("wish", [Intent.STOP, Intent.ERASE])
async def test_wish_is_not_taken_for_the_name_of_a_commune(resident: Resident, wish: Intent) -> None:
    await resident.say("chọn xã")

    assert await resident.say(SAID[wish]) == SENTENCES[wish]


# -- between a topic and a wish


def _guide(guide: Guide, monkeypatch: pytest.MonkeyPatch, intent: Intent, *, known: bool) -> Guide:
    found = sure("vay-von") if known else unsure("vay-von", "hoc-phi")
    monkeypatch.setattr(guide.library.matcher, "match", lambda *_: found)
    monkeypatch.setattr(guide.signals, "intent", lambda _: intent)
    return guide


@pytest.mark.parametrize("intent", [i for i in Intent if i is not Intent.QUESTION])
@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_sure_answer_wins_but_over_plain_wishes(
    small: Guide, monkeypatch: pytest.MonkeyPatch, intent: Intent, asks: bool, known: bool
) -> None:
    """A statement that wants something done is done; a question gets its answer. Tracking always asks."""
    told = "vay vốn thì thế nào" if asks else "tôi nói về việc vay vốn"
    reading = read(told, _guide(small, monkeypatch, intent, known=known), NOW.date())

    plain = intent in (Intent.STOP, Intent.ERASE, Intent.HUMAN, Intent.FEEDBACK)
    acts = not known or intent is Intent.TRACK or (plain and not asks)
    assert reading.intent == (intent if acts else Intent.QUESTION)
    assert [hit.topic_id for hit in reading.answered] == ([] if acts else ["vay-von"])


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        ("xoá giúp tôi hết tin nhắn", False),
        ("gọi trưởng thôn mà chưa ai nghe", False),
        ("nộp rồi mà không có gì", False),
        ("máy này không dùng nữa", False),
        ("muốn xoá thì làm thế nào", True),
        ("muon xoa thi lam sao", True),
        ("bao lâu thì xoá xong", True),
        ("xoá được không ạ", True),
        ("xoá?", True),
    ],
)
def test_statement_and_question_are_told_apart(
    small: Guide, monkeypatch: pytest.MonkeyPatch, told: str, asks: bool
) -> None:
    reading = read(told, _guide(small, monkeypatch, Intent.ERASE, known=True), NOW.date())

    assert (reading.intent is Intent.QUESTION) is asks


async def test_matter_of_a_wish_may_be_read_under_it(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guide(resident.guide, monkeypatch, Intent.FEEDBACK, known=True)

    assert await resident.say("tôi phản ánh chuyện vay vốn") == feedback_texts.ASK_KIND
    assert "Vay vốn" in resident.labels
    payload = next(b.payload for b in resident.buttons if b.payload == "1:ask:topic:vay-von")
    assert (await resident.send(payload=payload)).startswith("Vay vốn")


async def test_story_with_one_question_gets_its_answer(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guide(resident.guide, monkeypatch, Intent.FEEDBACK, known=True)

    answer = await resident.say("Nhà tôi khổ lắm, xã nói mỗi nơi một kiểu. Vay vốn thì được bao nhiêu?")
    assert answer.startswith("Vay vốn")


@pytest.mark.parametrize("said", ["không", "???", "có"])
async def test_bare_yes_and_signs_are_no_wish(
    resident: Resident, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(resident.guide.signals, "intent", lambda _: Intent.STOP)

    assert await resident.say(said) == texts.EMPTY


DAY = NOW.date()

# -- as the shipped examples are read


@pytest.fixture(scope="module")
def as_shipped() -> Guide:
    """What the service starts with."""
    return build_guide(config.load({"SECRET_KEY": "of a test only " * 3}))


@pytest.mark.parametrize(
    "said",
    [
        "bao giờ sửa cầu đò Quan Phe",
        "bao gio sua cau do Quan Phe",
        "khi nào xã sửa đường thôn Đông",
        "bao giờ sửa cầu",
    ],
)
def test_when_something_is_mended_is_no_wish_for_events(as_shipped: Guide, said: str) -> None:
    assert read(said, as_shipped, DAY).intent is not Intent.EVENTS


@pytest.mark.parametrize("said", ["khi nào họp dân", "bao giờ có lớp học sửa xe máy"])
def test_when_people_meet_is_still_a_wish_for_events(as_shipped: Guide, said: str) -> None:
    reading = read(said, as_shipped, DAY)
    assert reading.intent is Intent.EVENTS or reading.answered


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("đèn đường thôn tôi hỏng", False),
        ("den duong thon toi bi hong", False),
        ("cái cầu hư hong", False),
        ("nhà tôi có được trợ cấp hông", True),
        ("nha toi duoc tro cap hong a", True),
    ],
)
def test_what_is_broken_is_told_and_not_asked(said: str, asks: bool) -> None:
    assert is_question(said) is asks
