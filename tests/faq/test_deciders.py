"""The words that decide between twins."""

from __future__ import annotations

import numpy as np
import pytest

from faq.deciders import ESCAPED, LOAN, NEAR_POOR, POOR, Households, deciders


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ho ngheo vay von", [POOR, LOAN]),
        ("ho can ngheo", [NEAR_POOR]),
        ("nha toi ngheo hay can ngheo", [POOR, NEAR_POOR]),
        ("moi thoat ngheo", [ESCAPED]),
        ("thoat can ngheo", [ESCAPED]),
        ("ra khoi dien ngheo", [ESCAPED]),
        ("chuong trinh giam ngheo", []),
        ("chuan ngheo nam nay", []),
        ("muon tien ngan hang", [LOAN]),
        ("lai suat bao nhieu", [LOAN]),
        ("muon di hoc", []),
        ("can giay to gi", []),
        ("ngheo", [POOR]),
        ("", []),
    ],
)
def test_deciders(text: str, expected: list[str]) -> None:
    assert deciders(text.split()) == expected


@pytest.fixture
def households() -> Households:
    """Column 0 speaks of the poor, 1 of the near-poor, 2 of both, 3 of none."""
    said = [[POOR]] * 10 + [[NEAR_POOR]] * 10 + [[POOR, NEAR_POOR], [POOR], [NEAR_POOR]] * 3 + [[]] * 5
    columns = np.array([0] * 10 + [1] * 10 + [2] * 9 + [3] * 5, np.int32)
    return Households(said, columns, 4)


@pytest.mark.parametrize(
    ("said", "first", "second", "doubt"),
    [
        ([], 0, 1, True),  # twins, and no word decides
        ([POOR], 0, 1, False),
        ([NEAR_POOR], 0, 1, True),  # the question says near-poor, the topic never does
        ([POOR, NEAR_POOR], 0, 1, False),
        ([], 0, 3, False),  # the second is about no household
        ([], 3, 0, False),
        ([ESCAPED], 2, 0, True),
        ([POOR], 2, 0, False),
        ([], 0, None, False),
    ],
)
def test_in_doubt(
    households: Households, said: list[str], first: int, second: int | None, doubt: bool
) -> None:
    assert households.in_doubt(said, first, second) is doubt
