"""The amounts and shares that more than one topic tells, each with the ways in which our texts put it.

In a pattern `…` stands for words without a digit, `{đ}` for an amount in đồng, `{%}` for a share, `{×}` for how many
times the quantity the amount is. Patterns see one clause in lower case whose dates were taken out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_PARTS: Final = {
    "…": r"\D{0,80}?",
    "{đ}": r"(?<![\d.,])(?P<figure>\d[\d.]*) (?P<unit>đồng)",
    "{%}": r"(?<![\d.,])(?P<figure>\d+(?:,\d+)?)%",
    "{×}": r"(?P<times>[1-9]\d?(?:,\d)?|0,[1-9])",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One way to put a quantity: the words, which titles may hold them, what the clause must not hold, a factor."""

    words: re.Pattern[str]
    title: re.Pattern[str] | None
    without: re.Pattern[str] | None
    times: Decimal


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount or share with one right value on a day; the name is what an editor reads."""

    name: str
    said: tuple[Said, ...]


def _said(words: str, title: str | None = None, without: str | None = None, times: int = 1) -> Said:
    for sign, pattern in _PARTS.items():
        words = words.replace(sign, pattern)
    return Said(
        re.compile(words),
        None if title is None else re.compile(title),
        None if without is None else re.compile(without),
        Decimal(times),
    )


def _income_lines(place: str) -> tuple[Quantity, Quantity]:
    """The income up to which a household may be poor or near poor there, and up to which it is of average means."""
    # "2.200.000 đồng ở nông thôn, 2.800.000 đồng ở thành thị": what follows the comma is not for the country.
    here = rf"{place}(?!,? (?:và |hay |hoặc )?\d)"
    poverty = r"chuẩn nghèo|xét hộ nghèo|tự kiểm tra"
    return (
        Quantity(
            f"mức thu nhập xét hộ nghèo, hộ cận nghèo ở {place}",
            (
                _said(here + r"…từ {đ}…trở xuống", title=r"^(?!.*(?:thu nhập thấp|trung bình))"),
                _said(here + r"(?:(?!trên |từ )\D){0,40}? là {đ}", title=poverty),
                _said(rf"{{đ}} (?:ở|cho) {place}", title=poverty),
                _said(rf"{{đ}}…bằng chuẩn nghèo {place}"),
                _said(rf"chuẩn nghèo (?:ở )?{place} là {{đ}}"),
                _said(rf"{place}: trên {{đ}}"),
            ),
        ),
        Quantity(
            f"thu nhập cao nhất của mức sống trung bình ở {place}",
            (
                _said(rf"{place}: trên [\d.]+ đồng đến {{đ}}"),
                _said(here + r"…từ {đ}…trở xuống", title=r"thu nhập thấp|trung bình"),
            ),
        ),
    )


_HERE: Final = r"hải phòng|thành phố"
_HOME: Final = r"nhà ở xã hội"
_HEALTH: Final = r"bảo hiểm y tế|mức sống trung bình"

QUANTITIES: Final[tuple[Quantity, ...]] = (
    *_income_lines("nông thôn"),
    *_income_lines("thành thị"),
    Quantity(
        "mức chuẩn trợ giúp xã hội ở Hải Phòng",
        (
            # Without "chung cả nước" a reader here takes the figure for their own.
            _said(
                r"mức (?:chuẩn trợ giúp xã hội|gốc để tính|chuẩn) (?:của thành phố |ở hải phòng )?là {đ}",
                without=r"cả nước|ưu đãi|có công",
            ),
            _said(r"mức {đ} là con số gốc"),
        ),
    ),
    Quantity(
        "mức chuẩn trợ giúp xã hội chung cả nước",
        (
            _said(r"mức chuẩn…chung cả nước là {đ}"),
            _said(r"mức chung cả nước là {đ}", title=r"mức chuẩn"),
            _said(r"hệ số từ 1 đến \d, tức từ {đ}", without=_HERE),
            _said(r"{đ}[^\d(]{0,20}\(hệ số {×}\)", without=_HERE),
            _said(r"{đ}[^\d(]{0,20}\({×}\)", title=r"hệ số|trợ cấp|trợ giúp", without=_HERE),
            _said(r"{×} lần mức chuẩn…{đ}", without=_HERE),
        ),
    ),
    Quantity(
        "lương cơ sở",
        (_said(r"(?<!lần )(?<!% )lương cơ sở(?: (?:từ|ngày|hiện|nay|mới|mức|là|bằng)){0,5}:? {đ}"),),
    ),
    Quantity(
        "trợ cấp khuyết tật nặng, chung cả nước",
        (
            _said(r"^\W*khuyết tật nặng: {đ}", without=_HERE),
            _said(r"{đ}…với khuyết tật nặng", without=_HERE),
        ),
    ),
    Quantity(
        "trợ cấp khuyết tật đặc biệt nặng, chung cả nước",
        (
            _said(r"^\W*khuyết tật đặc biệt nặng: {đ}", without=_HERE),
            _said(r"{đ}…với (?:khuyết tật )?đặc biệt nặng", without=_HERE),
        ),
    ),
    Quantity(
        "trợ cấp cha mẹ đơn thân nuôi con, chung cả nước",
        (
            _said(r"đơn thân…{đ} mỗi con", without=_HERE),
            _said(r"{đ} mỗi con", title=r"đơn thân", without=_HERE),
        ),
    ),
    Quantity(
        "lãi vay của hộ nghèo, một năm",
        (
            _said(r"lãi (?:là|chỉ) {%} một năm", title=r"^hộ nghèo vay"),
            _said(r"{%} một tháng", title=r"^hộ nghèo vay", times=12),
            _said(r"lãi (?:vay )?(?:của|bằng|cho) hộ nghèo…{%} một năm"),
        ),
    ),
    Quantity(
        "lãi vay của hộ cận nghèo, một năm",
        (
            _said(r"lãi (?:là|chỉ) {%} một năm", title=r"^hộ cận nghèo vay"),
            _said(r"{%} một tháng", title=r"^hộ cận nghèo vay", times=12),
            _said(r"lãi (?:vay )?(?:của|bằng|cho) hộ cận nghèo…{%} một năm"),
        ),
    ),
    Quantity(
        "số tiền hộ nghèo, cận nghèo, mới thoát nghèo vay không phải thế chấp",
        (_said(r"vay (?:trong mức|đến) {đ}…không phải thế chấp"),),
    ),
    Quantity("lãi nợ quá hạn so với lãi trong hạn", (_said(r"quá hạn…lãi bằng {%}"),)),
    Quantity("lãi vay mua nhà ở xã hội, một năm", (_said(r"nhà ở xã hội…lãi…{%} một năm"),)),
    Quantity(
        "thu nhập cao nhất của người độc thân mua nhà ở xã hội",
        (
            _said(r"độc thân…không quá {đ}", title=_HOME),
            _said(r"{đ} với người độc thân", title=_HOME),
        ),
    ),
    Quantity(
        "thu nhập cao nhất của hai vợ chồng mua nhà ở xã hội",
        (
            _said(r"vợ chồng…không quá {đ}", title=_HOME),
            _said(r"{đ} với hai vợ chồng", title=_HOME),
        ),
    ),
    Quantity(
        "thu nhập cao nhất của người đơn thân nuôi con mua nhà ở xã hội",
        (_said(r"đơn thân nuôi con…không quá {đ}", title=_HOME),),
    ),
    Quantity(
        "phần Nhà nước đóng bảo hiểm y tế cho hộ cận nghèo",
        (
            _said(r"hộ cận nghèo…ít nhất {%}", title=_HEALTH, without=r"thêm|trước"),
            _said(r"hộ cận nghèo…hỗ trợ…{%}…bảo hiểm y tế", without=r"thêm|xã nghèo|hải phòng|thành phố"),
            _said(r"bảo hiểm y tế…hộ cận nghèo…hỗ trợ…{%}", without=r"thêm|xã nghèo|hải phòng|thành phố"),
        ),
    ),
    Quantity(
        "phần Hải Phòng thêm vào bảo hiểm y tế của hộ cận nghèo",
        (
            _said(r"hỗ trợ thêm hộ cận nghèo {%}"),
            _said(r"hỗ trợ thêm {%}…cho hộ cận nghèo"),
        ),
    ),
    Quantity(
        "phần Nhà nước đóng bảo hiểm y tế cho hộ làm nông có mức sống trung bình",
        (
            _said(r"mức sống trung bình…ít nhất {%}"),
            _said(r"ít nhất {%}…mức sống trung bình"),
            _said(r"hỗ trợ ít nhất {%} mức đóng", title=r"mức sống trung bình"),
        ),
    ),
    Quantity(
        "tiền ăn trưa của trẻ mẫu giáo, một tháng",
        (_said(r"ăn trưa {đ}", without=r"nhà trẻ"),),
    ),
)
