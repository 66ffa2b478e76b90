"""Every fault of a topic is told to its editor in Vietnamese, beside the field it is in."""

import re
from datetime import date

import pytest

from faq import Confidence, Source, Topic
from faq.lint import Finding, blocking
from handlers.topic_faults import Fault, tell
from tests.faq.builders import TODAY, make_topic, make_version

ABBREVIATION = "Bà con hỏi NHCSXH."


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        (make_topic("Mã sai"), "id"),
        (make_topic(title="t" * 49), "title"),
        (make_topic(title="Vay của NHCSXH"), "title"),
        (make_topic(phrasings=("một câu",)), "phrasings"),
        (make_topic(versions=()), "versions"),
        (make_topic(versions=(make_version(), make_version(valid_from=date(2026, 7, 1)))), "versions"),
        (make_topic(versions=(make_version(valid_to=date(2026, 6, 30)),)), "succeeded_by"),
        (make_topic(succeeded_by="khong-co"), "succeeded_by"),
        (make_topic(versions=(make_version(sources=()),)), "versions.0.sources"),
        (make_topic(versions=(make_version(sources=(Source(" ", None, None),)),)), "versions.0.sources"),
        (make_topic(versions=(make_version(answer="Câu ngắn. " * 61),)), "versions.0.answer"),
        (make_topic(versions=(make_version(answer="chữ " * 26 + "."),)), "versions.0.answer"),
        (make_topic(versions=(make_version(bring=("Giấy. " * 300,)),)), "versions.0.answer"),
        (make_topic(versions=(make_version(detail="Thêm. " * 400),)), "versions.0.detail"),
        (make_topic(versions=(make_version(detail=ABBREVIATION),)), "versions.0.detail"),
        (make_topic(versions=(make_version(confidence=Confidence.UNCERTAIN, answer="Được 500.000 đồng."),)),
         "versions.0.answer"),
        (make_topic(versions=(make_version(where="Nộp 500k ở xã"),)), "versions.0.where"),
        (make_topic(versions=(make_version(answer="Gọi 0912345678."),)), "versions.0.answer"),
        (make_topic(versions=(make_version(answer="Nhà này không đủ điều kiện."),)), "versions.0.answer"),
    ],
)  # fmt: skip
def test_a_fault_stands_beside_its_field_in_vietnamese(topic: Topic, field: str) -> None:
    found = blocking([topic], TODAY)
    faults = [tell(finding, topic) for finding in found]

    assert field in [fault.field for fault in faults], found
    for fault in faults:
        assert fault.field, fault
        assert fault.sentence[0].isupper()
        assert re.search(r"[àáảãạăâđêôơưéèẻếềểễệốồổỗộớờởợứừửữựíìịóòỏọúùủụýỳ]", fault.sentence.lower())
        assert "{" not in fault.sentence
        assert not re.search(r"\b(is|the|at most|version|characters)\b", fault.sentence), fault


def test_the_words_at_fault_are_quoted() -> None:
    topics = [make_topic("mot"), make_topic("hai", phrasings=("MOT cau thu 1", *make_topic("hai").phrasings))]

    faults = [tell(finding, topics[1]) for finding in blocking(topics, TODAY)]

    assert faults == [
        Fault(
            "phrasings",
            "Câu “MOT cau thu 1” đã là cách hỏi của chủ đề mot. Một câu chỉ để ở một chủ đề.",
        )
    ]


def test_a_fault_of_another_topic_names_it() -> None:
    fault = tell(Finding("error", "khac", "no sources"), make_topic())

    assert fault == Fault("", "Chủ đề khac: Chưa ghi văn bản làm căn cứ. Cần ít nhất một.")


def test_a_message_that_is_not_known_is_shown_all_the_same() -> None:
    assert tell(Finding("error", "mot-viec", "something new"), make_topic()) == Fault("", "something new")
