"""What `faq.lint` finds in a topic, told to its editor: which field of the form, and a sentence that helps.

The lint speaks to developers; here each of its messages has a Vietnamese sentence. One that is not known here is
shown as it is, under the whole form: better a foreign sentence than a fault nobody is told of.
"""

import re
from dataclasses import dataclass

from faq import Topic
from faq.lint import Finding


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. `field`: as in the document, `versions.0.answer`; empty: no single one."""

    field: str
    sentence: str


# The message of the lint · the field · what the editor reads. Groups of the first are filled into the third.
_SENTENCES: tuple[tuple[str, str, str], ...] = (
    (
        r"id must be .*",
        "id",
        "Mã chỉ gồm chữ thường không dấu, số và gạch nối, nhiều nhất 48 ký tự; ví dụ: vay-ho-ngheo.",
    ),
    (
        r"id is used by .*",
        "id",
        "Mã này đã có chủ đề khác dùng. Hãy chọn mã khác.",
    ),
    (
        r"title has (\d+) characters, at most (\d+) .*",
        "title",
        "Tên dài {0} ký tự; nút bấm chỉ chứa được {1}. Hãy rút gọn.",
    ),
    (
        r"(\d+) phrasings, at least (\d+) .*",
        "phrasings",
        "Mới có {0} cách hỏi; cần ít nhất {1} để máy hiểu đúng. Mỗi dòng một cách hỏi, như bà con hay nói.",
    ),
    (
        r"phrasing is also in (\S+): (.*)",
        "phrasings",
        "Câu {1} đã là cách hỏi của chủ đề {0}. Một câu chỉ để ở một chủ đề.",
    ),
    (
        r"no version, .*",
        "versions",
        "Chưa có câu trả lời nào. Hãy thêm một bản.",
    ),
    (
        r"versions overlap: one valid to (\S+), .* from (\S+)",
        "versions",
        "Hai bản trùng ngày: bản trước đến {0}, bản sau đã bắt đầu từ {1}. Hãy để bản trước hết hạn sớm hơn.",
    ),
    (
        r"expired, .*",
        "succeeded_by",
        "Mọi bản đều đã hết hạn. Hãy chọn chủ đề thay thế, hoặc thêm bản mới.",
    ),
    (
        r"succeeded_by: there is no other topic (.*)",
        "succeeded_by",
        "Không có chủ đề nào khác mang mã {0}.",
    ),
    (
        r"no sources",
        "sources",
        "Chưa ghi văn bản làm căn cứ. Cần ít nhất một.",
    ),
    (
        r"a source without its document",
        "sources",
        "Có dòng thiếu tên văn bản. Ví dụ: Nghị định 07/2021/NĐ-CP | Điều 3 | từ 15/03/2021.",
    ),
    (
        r"answer has (\d+) characters, at most (\d+)",
        "answer",
        "Câu trả lời dài {0} ký tự; nhiều nhất {1} để đọc được trên điện thoại. Phần thêm hãy để ở "
        "“Nói thêm”.",
    ),
    (
        r"(answer), where, .*: a message of (\d+) .* holds (\d+)",
        "{0}",
        "Cả tin nhắn dài {1} ký tự; một tin Zalo chỉ chứa {2}. Hãy rút gọn.",
    ),
    (
        r"(detail): a message of (\d+) .* holds (\d+)",
        "{0}",
        "Tin nhắn dài {1} ký tự; một tin Zalo chỉ chứa {2}. Hãy rút gọn.",
    ),
    (
        r"title: (.*) is not explained; .*",
        "title",
        "Chữ viết tắt {0} chưa được viết đầy đủ. Hãy viết đủ một lần, như “bảo hiểm y tế (BHYT)”.",
    ),
    (
        r"(\w+): (.*) is not explained; .*",
        "{0}",
        "Chữ viết tắt {1} chưa được viết đầy đủ. Hãy viết đủ một lần, như “bảo hiểm y tế (BHYT)”.",
    ),
    (
        r"a sentence of (\d+) words, at most (\d+): (.*)",
        "answer",
        "Có câu dài {0} chữ, nhiều nhất {1}: {2} Hãy tách thành câu ngắn.",
    ),
    (
        r"uncertain, yet it states an amount: (.*)",
        "answer",
        "Nội dung chưa chắc chắn thì không nêu số tiền ({0}). Hãy bỏ số, hoặc đổi mức chắc chắn.",
    ),
    (
        r"(\w+): (.*) is not written as .*",
        "{0}",
        "Số tiền {1} hãy viết đủ, như 1.500.000 đồng.",
    ),
    (
        r"(\w+): phone number (.*); only .*",
        "{0}",
        "Không ghi số điện thoại {1} ở đây: số của xã để ở mục cơ quan, vì hay đổi. Chỉ được ghi "
        "111, 113, 114, 115.",
    ),
    (
        r"(\w+): .* is a verdict on .*",
        "{0}",
        "Không kết luận thay cơ quan có thẩm quyền “không đủ điều kiện”. Hãy nói ai xét và hỏi ở đâu.",
    ),
    (
        r"says (.*) for «(.*)», but (\S+) says (.*), both about the days from (\S+).*",
        "versions",
        "Nói {0} cho “{1}”, nhưng chủ đề {2} nói {3} cho cùng thời gian (từ {4}). Hãy xem lại hai nơi.",
    ),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), field, text) for pattern, field, text in _SENTENCES)
_OF_VERSION = re.compile(r"version from (\S+): (.*)", re.DOTALL)


def tell(finding: Finding, topic: Topic) -> Fault:
    """Say what to mend. `topic`: the one that is being edited; the finding may be about another."""
    found = _OF_VERSION.fullmatch(finding.message)
    message, place = (found[2], _place(topic, found[1])) if found else (finding.message, "")
    field, sentence = _known(message) or ("", message)
    if finding.topic_id != topic.id:
        return Fault("", f"Chủ đề {finding.topic_id}: {sentence}")
    of_version = field and field != "title"
    return Fault(f"{place}{field}" if of_version else field, sentence)


def _known(message: str) -> tuple[str, str] | None:
    for pattern, field, text in _PATTERNS:
        if found := pattern.fullmatch(message):
            words = [_quoted(group) for group in found.groups()]
            return field.format(*words), text.format(*words)
    return None


def _quoted(words: str) -> str:
    """Python's quotes of the lint become ours."""
    shown = re.fullmatch(r"(['\"])(.*)\1(…?)", words, re.DOTALL)
    return f"“{shown[2]}{shown[3]}”" if shown else words


def _place(topic: Topic, valid_from: str) -> str:
    days = [version.valid_from.isoformat() for version in topic.versions]
    return f"versions.{days.index(valid_from)}." if valid_from in days else ""
