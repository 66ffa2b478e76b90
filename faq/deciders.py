"""The few words that decide between twins: topics alike in everything but the kind of household, or loan and gift.

Among some forty words of a story, "cận" before "nghèo" is one pair of syllables, yet it alone says which of two
topics is meant. Named here, such words form a channel of their own in the index, and the matcher asks back when its
first two topics part on one of them and the question does not say which.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

POOR: Final = "=hộ nghèo"
NEAR_POOR: Final = "=hộ cận nghèo"
ESCAPED: Final = "=thoát nghèo"
LOAN: Final = "=vay"

# Of these a household is one at a time, so topics for different ones exclude each other.
HOUSEHOLDS: Final = (POOR, NEAR_POOR, ESCAPED)
# Share of a topic's phrasings that must say a household for the topic to be about that household …
ABOUT: Final = 0.6
# … and the share below which it says nothing to that household.
NOT_ABOUT: Final = 0.1

# "Giảm nghèo", "chuẩn nghèo", "người nghèo" and the like name no kind of household.
_NO_HOUSEHOLD_AFTER: Final = frozenset({"giam", "chuan", "xoa", "chuong"})


def deciders(plain: Sequence[str]) -> list[str]:
    """The deciders among unmarked words, each once, in the order they are met."""
    found: list[str] = []
    for at, word in enumerate(plain):
        if word == "vay" or (
            word in ("muon", "lai") and at + 1 < len(plain) and plain[at + 1] in ("tien", "von", "suat")
        ):
            found.append(LOAN)
        elif word == "ngheo":
            household = _household(plain[max(at - 2, 0) : at])
            if household is not None:
                found.append(household)
    return list(dict.fromkeys(found))


def _household(before: Sequence[str]) -> str | None:
    last = before[-1] if before else ""
    # "Thoát nghèo", "thoát cận nghèo", "ra khỏi diện nghèo", "khỏi nghèo".
    if last == "thoat" or "khoi" in before or (last == "can" and before[0] == "thoat"):
        return ESCAPED
    if last == "can":
        return NEAR_POOR
    return None if last in _NO_HOUSEHOLD_AFTER else POOR


class Households:
    """Which kind of household each column (topic) is about, learned from its phrasings."""

    def __init__(self, said: Sequence[Iterable[str]], columns: npt.NDArray[np.int32], count: int) -> None:
        """`said[i]` are the deciders of the corpus's row i, which counts for `columns[i]`."""
        held = np.array(
            [[name in row for name in HOUSEHOLDS] for row in (set(names) for names in said)], np.float64
        )
        sizes = np.maximum(np.bincount(columns, minlength=count), 1)
        shares = [np.bincount(columns, held[:, k], minlength=count) / sizes for k in range(len(HOUSEHOLDS))]
        self._shares = np.stack(shares, axis=1) if len(held) else np.zeros((count, len(HOUSEHOLDS)))

    def in_doubt(self, said: Iterable[str], first: int, second: int | None) -> bool:
        """Whether the household speaks against answering with `first`; `second` is the next best column.

        Either the question names one that `first` says nothing to; or it names none, and `first` and `second` are
        about different ones.
        """
        named = [k for k, name in enumerate(HOUSEHOLDS) if name in set(said)]
        if named:
            return all(self._shares[first, k] < NOT_ABOUT for k in named)
        about = self._about(first)
        return second is not None and about is not None and self._about(second) not in (None, about)

    def _about(self, column: int) -> int | None:
        most = int(self._shares[column].argmax())
        return most if self._shares[column, most] >= ABOUT else None
