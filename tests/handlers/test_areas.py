"""A place is found by what people call it: every name of today and of before, and no question is taken for one."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from faq.text import fold
from handlers import areas
from handlers.areas import Area, AreaBook, AreaError, Found
from handlers.topics import Library

LEVELS = ("Xã ", "Phường ", "Thị trấn ", "Đặc khu ")


def _rows() -> tuple[list[Area], dict[str, set[str]]]:
    """Read the data by another road than the code under test: areas, and successors by old code."""
    rows = areas._rows(areas.SHIPPED / "areas.csv", ("code",))
    listed = [
        Area(
            r["code"],
            r["name"],
            r["level"],
            r["parent_code"],
            None,
            date(2025, 6, 30) if r["valid_to"] else None,
        )
        for r in rows
    ]
    successors: dict[str, set[str]] = defaultdict(set)
    for row in areas._rows(areas.SHIPPED / "successors.csv", ("old_code",)):
        successors[row["old_code"]].add(row["new_code"])
    return listed, successors


AREAS, SUCCESSORS = _rows()
TODAY = [a for a in AREAS if a.level == "commune" and a.current]
FORMER = [a for a in AREAS if a.level == "commune" and not a.current]
DISTRICTS = {a.code: a for a in AREAS if a.level == "district"}


def _own(area: Area) -> str:
    return next(area.name.removeprefix(level) for level in LEVELS if area.name.startswith(level))


def _sound(area: Area) -> str:
    return fold(_own(area)).replace("y", "i")


NAMESAKES = Counter(_sound(area) for area in TODAY + FORMER)


def codes(found: Found) -> set[str]:
    """Return the codes of what is sure."""
    return {area.code for area in found.sure}


def test_data_is_whole() -> None:
    assert (len(TODAY), len(FORMER), len(DISTRICTS)) == (114, 207, 12)
    assert all(SUCCESSORS[area.code] for area in FORMER)


@pytest.mark.parametrize(
    "written",
    [
        "{own}",
        "{name}",
        "{unmarked}",
        "{unmarked_name}",
        "{shouted}",
        "tôi ở {own} ạ",
        "nhà em ở {unmarked_name} cũ",
        "quê tôi tại {name}.",
        "thôn 3, {name}, tỉnh Hải Dương",
    ],
)
def test_every_name_leads_to_its_communes_of_today(book: AreaBook, written: str) -> None:
    """All 114 names of today and all 207 of before. More may be offered where a name exists several times."""
    for area in TODAY + FORMER:
        typed = written.format(
            own=_own(area),
            name=area.name,
            unmarked=fold(_own(area)),
            unmarked_name=fold(area.name),
            shouted=area.name.upper(),
        )
        wanted = {area.code} if area.current else SUCCESSORS[area.code]
        found = codes(book.look_up(typed))
        assert wanted <= found, f"{typed!r} ({area.name} {area.code}) led to {found}"


def test_marked_full_name_leads_nowhere_else(book: AreaBook) -> None:
    """Everything offered bears the name with its level and marks, or took over what did."""
    for area in TODAY + FORMER:
        namesakes = [a for a in TODAY + FORMER if a.name == area.name]
        allowed = {c for a in namesakes for c in ({a.code} if a.current else SUCCESSORS[a.code])}
        assert codes(book.look_up(area.name)) == allowed, area.name


def test_district_tells_namesakes_apart(book: AreaBook) -> None:
    for area in FORMER:
        district = DISTRICTS[area.parent_code]
        for typed in (f"{area.name}, {district.name}", f"{fold(_own(area))} {fold(district.name)} hai duong"):
            found = codes(book.look_up(typed))
            assert SUCCESSORS[area.code] <= found, typed
            if NAMESAKES[_sound(area)] == 1:
                assert found == SUCCESSORS[area.code], typed


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("Tứ Kì", ["Xã Tứ Kỳ"]),
        ("tu ki", ["Xã Tứ Kỳ"]),
        ("tt tu ky", ["Xã Tứ Kỳ"]),
        ("TT. Tứ Kỳ", ["Xã Tứ Kỳ"]),
        ("p. hải tân", ["Phường Tân Hưng"]),
        ("p hai tan", ["Phường Tân Hưng"]),
        ("x. Lai Khê", ["Xã Lai Khê"]),
        ("xã Tứ Minh", ["Phường Tứ Minh", "Phường Việt Hòa"]),
        ("Hoà Bình", ["Phường Hòa Bình", "Xã Hà Nam", "Xã Kim Thành", "Xã Nguyễn Bỉnh Khiêm"]),
        ("xã Hoà Bình", ["Xã Hà Nam", "Xã Kim Thành", "Xã Nguyễn Bỉnh Khiêm"]),
        ("Hồng Phong", ["Xã Nam Sách", "Xã Khúc Thừa Dụ", "Xã Nam Thanh Miện"]),
        ("Hồng Phong, Ninh Giang", ["Xã Khúc Thừa Dụ"]),
        ("dân phường Hải Tân cũ", ["Phường Tân Hưng"]),
        ("thôn Đông, xã Hồng Phong, h. Thanh Miện", ["Xã Nam Thanh Miện"]),
        ("xóm 5 xa hong phong huyen nam sach tinh hai duong cu", ["Xã Nam Sách"]),
        # Marks decide where they were typed.
        ("cam giang", ["Xã Cẩm Giang", "Xã Cẩm Giàng"]),
        ("Cẩm Giang", ["Xã Cẩm Giang"]),
        ("Cẩm Giàng", ["Xã Cẩm Giàng"]),
        ("tôi ở xã Cẩm Giàng ạ", ["Xã Cẩm Giàng"]),
        ("an thanh", ["Xã An Thành", "Xã Chí Minh"]),
        ("An Thành", ["Xã An Thành"]),
        ("xã An Thanh", ["Xã Chí Minh"]),
        ("An Phụ", ["Phường Trần Liễu"]),
        # Outside the old Hải Dương.
        ("Vĩnh Bảo", ["Xã Vĩnh Bảo"]),
        ("dac khu cat hai", ["Đặc khu Cát Hải"]),
        ("phường Nguyễn Trãi, Hải Dương", ["Phường Nguyễn Trãi", "Phường Thành Đông"]),
        ("phường Nguyễn Trãi, tp Hải Dương", ["Phường Thành Đông"]),
        ("phường Hồng Bàng, Hải Phòng", ["Phường Hồng Bàng"]),
    ],
)
def test_place_as_people_write_it(book: AreaBook, typed: str, names: list[str]) -> None:
    assert [area.name for area in book.look_up(typed).sure] == names


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("tứ kíp", "Xã Tứ Kỳ"),
        ("tuky", "Xã Tứ Kỳ"),
        ("ninh gian", "Xã Ninh Giang"),
        ("ket kieu", "Xã Yết Kiêu"),
    ],
)
def test_slip_of_the_finger_is_near(book: AreaBook, typed: str, name: str) -> None:
    found = book.look_up(typed)

    assert found.sure == ()
    assert name in [area.name for area in found.near]
    assert len(found.near) <= 3


@pytest.mark.parametrize(
    "typed", ["", " ", "xã", "x", "ở", "?!", "Paris", "0123", "😀", "huyện", "tôi ở", "xã xã xã"]
)
def test_no_place_is_no_place(book: AreaBook, typed: str) -> None:
    assert book.look_up(typed) == Found()


@pytest.mark.parametrize("typed", ["huyện Tứ Kỳ", "huyen tu ky", "tôi ở huyện Tứ Kỳ ạ", "h. tứ kỳ"])
def test_district_is_not_the_commune_of_its_name(book: AreaBook, typed: str) -> None:
    found = book.look_up(typed)

    assert found.sure == ()
    assert found.district is not None
    assert found.district.name == "Huyện Tứ Kỳ"


@pytest.mark.parametrize(
    ("typed", "district"),
    [
        ("tp hải dương", "Thành phố Hải Dương"),
        ("thành phố Chí Linh", "Thành phố Chí Linh"),
        ("tx kinh mon", "Thị xã Kinh Môn"),
    ],
)
def test_former_town_is_a_district(book: AreaBook, typed: str, district: str) -> None:
    found = book.look_up(typed)

    assert (found.sure, found.district and found.district.name) == ((), district)


@pytest.mark.parametrize(
    "typed", ["xã Gì Đó, huyện Kim Thành", "tôi ở thôn 2 xa gi do huyen kim thanh hai duong ạ"]
)
def test_unknown_commune_of_a_known_district_leads_to_the_district(book: AreaBook, typed: str) -> None:
    """Some names are older than the data: the mergers of 2019 and 2024."""
    found = book.look_up(typed)

    assert (found.sure, found.district and found.district.name) == ((), "Huyện Kim Thành")


def test_bare_name_of_a_district_may_mean_either(book: AreaBook) -> None:
    for district in DISTRICTS.values():
        found = book.look_up(
            district.name.removeprefix("Huyện ").removeprefix("Thành phố ").removeprefix("Thị xã ")
        )
        assert found.district == book._districts[areas._by_name(district)]
        assert found.sure, district.name


def test_district_elsewhere_is_no_commune_for_sure(book: AreaBook) -> None:
    """Of the districts of the old Hải Phòng we know no communes; a namesake is asked about, not chosen."""
    found = book.look_up("huyện Vĩnh Bảo")

    assert (found.sure, [a.name for a in found.near]) == ((), ["Xã Vĩnh Bảo"])


def test_reused_code_means_todays_commune(book: AreaBook) -> None:
    """11086 was xã Hưng Đạo of Tứ Kỳ, and is xã Đại Sơn today."""
    area = book.find("11086")

    assert area is not None
    assert area.name == "Xã Đại Sơn"
    assert "11086" not in codes(book.look_up("xã Hưng Đạo, Chí Linh"))


def test_former_code_that_was_not_reused_is_no_area(book: AreaBook) -> None:
    gone = {a.code for a in FORMER} - {a.code for a in TODAY}

    assert gone
    assert all(book.find(code) is None for code in gone)


def test_former_name_is_told_with_its_successor(book: AreaBook) -> None:
    assert book.look_up("xã Tiên Động").former == "Xã Tiên Động"
    assert book.look_up("xã Tứ Kỳ").former is None


def test_no_question_is_taken_for_a_place(book: AreaBook, library: Library) -> None:
    """Every title and phrasing of the content: in no dialogue may one be swallowed as a commune."""
    phrasings = [p for t in library.topics.values() for p in (t.title, *t.phrasings)]

    assert len(phrasings) > 500
    for phrasing in phrasings:
        for typed in (phrasing, fold(phrasing)):
            found = book.look_up(typed)
            assert (found.sure, found.district) == ((), None), typed


def test_long_text_is_looked_up_in_no_time(book: AreaBook) -> None:
    """Bounded by the words that are compared; ten thousand letters must not cost seconds."""
    assert book.look_up("xã " * 3000 + "Tứ Kỳ").sure == ()
    assert book.look_up("thôn " * 2000).sure == ()
    assert book.look_up("\u0301" * 4096) == Found()


def _write(folder: Path, areas_csv: str, successors_csv: str = "old_code,new_code,is_default\n") -> Path:
    (folder / "areas.csv").write_text(areas_csv, encoding="utf-8")
    (folder / "successors.csv").write_text(successors_csv, encoding="utf-8")
    return folder


HEAD = "code,name,level,parent_code,valid_from,valid_to\n"


def test_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """Spreadsheets write one."""
    book = areas.load(_write(tmp_path, "\ufeff" + HEAD + "1,Xã Một,commune,31,2025-07-01,\n"))

    assert [area.name for area in book.communes] == ["Xã Một"]


@pytest.mark.parametrize(
    ("areas_csv", "successors_csv", "message"),
    [
        ("code,name\n1,Xã Một\n", "old_code,new_code,is_default\n", "areas.csv: column 'level' is missing"),
        (HEAD, "old_code,new_code,is_default\n", "no commune is valid today"),
        (HEAD + "1,Xã Một,commune,31,,\n", "old_code,new_code\n", "column 'is_default' is missing"),
        (
            HEAD + "1,Xã Một,commune,31,,\n",
            "old_code,new_code,is_default\n9,8,1\n",
            "new_code 8 is no area of today",
        ),
        (
            HEAD + "1,Xã Một,commune,31,01/07/2025,\n",
            "old_code,new_code,is_default\n",
            "valid_from of code 1: .01/07/2025. is no day",
        ),
    ],
)
def test_broken_file_is_named(tmp_path: Path, areas_csv: str, successors_csv: str, message: str) -> None:
    with pytest.raises(AreaError, match=message):
        areas.load(_write(tmp_path, areas_csv, successors_csv))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AreaError, match=r"areas\.csv: cannot be read"):
        areas.load(tmp_path)
