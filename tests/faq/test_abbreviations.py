"""Which abbreviations a reader is left to guess."""

from __future__ import annotations

import pytest

from faq.abbreviations import unexplained


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mang thẻ BHYT tới UBND xã.", ["BHYT", "UBND"]),
        ("Vay ở NHCSXH, hỏi MTTQ hoặc HĐND, rồi lại hỏi MTTQ.", ["NHCSXH", "MTTQ", "HĐND"]),
        ("Hỏi TP Hải Phòng.", ["TP"]),
        ("Theo NĐ 07, đọc mã OTP.", ["NĐ", "OTP"]),
        ("Sở LĐTBXH, Sở GDĐT.", ["LĐTBXH", "GDĐT"]),
    ],
)
def test_these_are_not_explained(text: str, left: list[str]) -> None:
    assert unexplained(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Thẻ bảo hiểm y tế (BHYT). Đem thẻ BHYT theo.",
        "Đọc mã xác nhận (OTP) cho người lạ là mất tiền.",
        "BHXH (bảo hiểm xã hội) trả lương hưu.",
        "Nộp ở Uỷ ban nhân dân xã; UBND xã trả lời trong 15 ngày.",
        "Mở VNeID hoặc VssID, quét mã QR. Người nhiễm HIV cũng được.",
        "Theo Nghị định 07/2021/NĐ-CP và Luật 10/2022/QH15, Nghị quyết 1669/NQ-UBTVQH15.",
        "KHÔNG đưa tiền cho ai. PHẢI hỏi lại.",
        "Chương II và Phụ lục XIV. Dự án A, nhóm B.",
        "",
    ],
)
def test_these_need_no_explanation(text: str) -> None:
    assert unexplained(text) == []


def test_a_text_beside_it_explains() -> None:
    assert unexplained("Thẻ BHYT.", ("Thẻ bảo hiểm y tế",)) == []


def test_two_letters_are_not_explained_by_chance() -> None:
    """Some two words beginning with t and p stand in every text."""
    assert unexplained("Từ phường lên TP mất một giờ.") == ["TP"]
