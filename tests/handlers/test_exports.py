"""Exports: the right rows, fixed columns, cells that cannot act, and names only for who may have them."""

import csv
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa

from console.exporting import write_file
from handlers import cases, exports
from handlers.announcement_codes import spoken
from handlers.areas import AreaBook
from handlers.errors import Invalid, NotAllowed
from handlers.exports import COLUMNS, FORMATS, Kind, Order, Words
from handlers.exports.sheets import inert
from handlers.officials import Official, Role
from storage import identities, people, tables
from storage.announcements import Announcement
from storage.db import Database, Tx
from storage.identities import Identity
from tests.conftest import NOW
from tests.handlers import filing
from tests.handlers.casework import DEADLINES, ELSEWHERE, HERE, make_case, make_official

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EVIL = [
    "=1+1",
    "+84 912",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script>",
    'a"b;c,d',
    "dòng một\ndòng hai",
]


@pytest.fixture
def words(book: AreaBook) -> Words:
    """What turns codes into words."""
    return Words(book, {"bhyt-ho-ngheo": "Thẻ bảo hiểm y tế của hộ nghèo"}, ZONE)


def _quiet(_done: int, _of: int) -> None: ...


async def write(
    database: Database, words: Words, folder: Path, order: Order, format_name: str = "csv"
) -> list[list[str]]:
    """Export, and read the file back as a spreadsheet program does."""
    file = folder / f"out.{format_name}"
    file.unlink(missing_ok=True)
    rows = await write_file(database, words, order, format_name, file, _quiet)
    read = _READERS[format_name](file)
    assert rows == len(read) - (format_name != "jsonl")
    return read


def _csv(file: Path) -> list[list[str]]:
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel needs the byte order mark"
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


def _xlsx(file: Path) -> list[list[str]]:
    book = openpyxl.load_workbook(file, read_only=True)
    rows = [["" if cell is None else str(cell) for cell in row] for row in book.worksheets[0].values]
    book.close()
    return rows


def _jsonl(file: Path) -> list[list[str]]:
    return [
        [str(v) for v in json.loads(line).values()] for line in file.read_text(encoding="utf-8").splitlines()
    ]


_READERS = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}


def column(rows: Sequence[Sequence[str]], heading: str) -> list[str]:
    """Return the cells below a heading."""
    place = list(rows[0]).index(heading)
    return [row[place] for row in rows[1:]]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("format_name", sorted(FORMATS))
async def test_every_export_of_an_empty_database_has_its_headings(
    sqlite: Database, words: Words, tmp_path: Path, kind: Kind, format_name: str
) -> None:
    rows = await write(sqlite, words, tmp_path, Order(kind), format_name)

    headings = [c.heading for c in COLUMNS[kind] if not c.personal]
    assert rows == ([] if format_name == "jsonl" else [headings])
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("format_name", ["csv", "xlsx"])
async def test_text_of_residents_stays_text(
    sqlite: Database, words: Words, tmp_path: Path, format_name: str
) -> None:
    """No cell begins with what a spreadsheet computes; marks, quotes and line breaks come back as they were."""
    for text in EVIL:
        await sqlite.write(make_case, text=text)

    told = column(await write(sqlite, words, tmp_path, Order(Kind.FEEDBACK), format_name), "Nội dung")

    if format_name == "csv":
        assert not [cell for cell in told if cell.startswith(("=", "+", "-", "@", "\t"))]
        assert [cell.removeprefix("'") for cell in told] == [text.strip() for text in EVIL]
    else:
        file = openpyxl.load_workbook(tmp_path / "out.xlsx")
        assert {cell.data_type for row in file.worksheets[0].iter_rows(min_row=2) for cell in row} <= {
            "s",
            "d",
            "n",
        }
        assert told == [text.strip() for text in EVIL]


def test_what_begins_like_a_formula_is_made_inert() -> None:
    assert [inert(text) for text in ("=1", "+1", "-1", "@x", "\tx", "\rx", "x=1", "")] == [
        "'=1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "x=1", "",
    ]  # fmt: skip


async def test_days_are_local_and_both_included(sqlite: Database, words: Words, tmp_path: Path) -> None:
    """Half past eleven in the evening of the 23rd here is still the 23rd, though it is the 23rd of another hour there."""
    late = NOW.astimezone(ZONE).replace(hour=23, minute=30)
    await sqlite.write(make_case, text="tối 23", now=late)
    await sqlite.write(make_case, text="sáng 24", now=late + timedelta(hours=1))

    on_the_day = Order(Kind.FEEDBACK, date(2026, 11, 23), date(2026, 11, 23))
    assert column(await write(sqlite, words, tmp_path, on_the_day), "Nội dung") == ["tối 23"]
    the_next = Order(Kind.FEEDBACK, date(2026, 11, 24))
    assert column(await write(sqlite, words, tmp_path, the_next), "Nội dung") == ["sáng 24"]


async def test_an_area_is_honoured(sqlite: Database, words: Words, tmp_path: Path) -> None:
    await sqlite.write(make_case, text="ở đây", area_code=HERE)
    await sqlite.write(make_case, text="nơi khác", area_code=ELSEWHERE)

    order = Order(Kind.FEEDBACK, area_codes=(HERE,))
    assert column(await write(sqlite, words, tmp_path, order), "Nội dung") == ["ở đây"]


async def test_pages_follow_each_other_without_gap(
    sqlite: Database, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.exports.taking.PAGE", 3)
    for number in range(10):
        await sqlite.write(make_case, text=f"việc {number}")

    told = column(await write(sqlite, words, tmp_path, Order(Kind.FEEDBACK)), "Nội dung")
    assert told == [f"việc {number}" for number in range(10)]


async def test_names_stand_only_where_they_were_asked_for_and_never_beside_an_anonymous_case(
    sqlite: Database, words: Words, tmp_path: Path
) -> None:
    await sqlite.write(make_case, text="có tên", name="Phạm Thị Hạnh", phone="0912345678")
    await sqlite.write(make_case, text="giấu tên", anonymous=True)

    plain = await write(sqlite, words, tmp_path, Order(Kind.FEEDBACK))
    assert "Họ tên" not in plain[0]
    assert "0912345678" not in str(plain)

    rows = await write(sqlite, words, tmp_path, Order(Kind.FEEDBACK, personal=True), "xlsx")
    assert column(rows, "Họ tên") == ["Phạm Thị Hạnh", ""]
    assert column(rows, "Điện thoại") == ["0912345678", ""], "the leading zero stays"


async def test_an_anonymous_case_shows_nobody_even_if_a_row_held_a_name(
    sqlite: Database, words: Words, tmp_path: Path
) -> None:
    case = await sqlite.write(make_case, name="Phạm Thị Hạnh", phone="0912345678")
    await sqlite.write(
        lambda tx: tx.execute(
            sa.update(tables.cases).where(tables.cases.c.id == case.id).values(anonymous=True)
        )
    )

    rows = await write(sqlite, words, tmp_path, Order(Kind.FEEDBACK, personal=True))
    assert column(rows, "Họ tên") == [""]


async def test_a_household_category_is_personal(sqlite: Database, words: Words, tmp_path: Path) -> None:
    def declare(tx: Tx) -> None:
        person = people.meet(tx, "web", "somebody", NOW)
        identities.set_identity(tx, person.resident_id, Identity("Phạm Thị Hạnh", "0912345678"))
        identities.set_category(tx, person.resident_id, "poor")

    await sqlite.write(declare)

    assert "Loại hộ (tự khai)" not in (await write(sqlite, words, tmp_path, Order(Kind.RESIDENTS)))[0]
    rows = await write(sqlite, words, tmp_path, Order(Kind.RESIDENTS, personal=True))
    assert column(rows, "Loại hộ (tự khai)") == ["Hộ nghèo"]


async def test_the_newest_answer_stands_beside_its_case(
    sqlite: Database, words: Words, tmp_path: Path
) -> None:
    def live(tx: Tx) -> None:
        officer = make_official(tx)
        case = make_case(tx)
        make_case(tx)
        for answer in ("Đang xem lại.", "Đã chi trả hôm qua."):
            case = cases.answer(tx, officer, case.id, answer, case.version, DEADLINES, NOW).case

    await sqlite.write(live)

    rows = await write(sqlite, words, tmp_path, Order(Kind.FEEDBACK))
    assert column(rows, "Nội dung trả lời") == ["Đã chi trả hôm qua.", ""]


async def _entries(database: Database) -> list[tuple[str, str, str]]:
    def read(tx: Tx) -> list[tuple[str, str, str]]:
        rows = tx.execute(sa.select(tables.audit).order_by(tables.audit.c.id))
        return [(row.action, row.subject_id, row.details) for row in rows]

    return await database.read(read)


async def _make(database: Database, role: Role, area: str | None = None) -> Official:
    return await database.write(make_official, role=role, area_code=area)


async def test_an_officer_gets_the_own_commune_and_no_names(sqlite: Database) -> None:
    officer = await _make(sqlite, Role.OFFICER, HERE)

    order = await sqlite.write(exports.allow, officer, Order(Kind.FEEDBACK), NOW)
    assert order.area_codes == (HERE,)
    with pytest.raises(NotAllowed):
        await sqlite.write(exports.allow, officer, Order(Kind.FEEDBACK, area_codes=(ELSEWHERE,)), NOW)
    with pytest.raises(NotAllowed):
        await sqlite.write(exports.allow, officer, Order(Kind.FEEDBACK, personal=True), NOW)


async def test_asking_for_names_is_written_down_before_the_file(sqlite: Database) -> None:
    admin = await _make(sqlite, Role.ADMIN)

    await sqlite.write(exports.allow, admin, Order(Kind.FEEDBACK, personal=True), NOW)

    ((action, subject, details),) = await _entries(sqlite)
    assert (action, subject) == ("export.take", "feedback")
    assert json.loads(details)["personal"] is True


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_who_may_not_export_is_refused(sqlite: Database, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await sqlite.write(exports.allow, await _make(sqlite, role), Order(Kind.QUESTIONS), NOW)


async def test_the_command_line_alone_gets_no_names(sqlite: Database) -> None:
    with pytest.raises(NotAllowed):
        await sqlite.write(exports.allow, None, Order(Kind.FEEDBACK, personal=True), NOW)


async def test_a_last_day_before_the_first_is_refused(sqlite: Database) -> None:
    with pytest.raises(Invalid, match="Ngày cuối"):
        await sqlite.write(
            exports.allow, None, Order(Kind.FEEDBACK, date(2026, 11, 2), date(2026, 11, 1)), NOW
        )


async def test_a_file_that_is_there_is_not_overwritten_and_a_broken_one_leaves_nothing(
    sqlite: Database, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.csv").write_text("của tôi")
    with pytest.raises(FileExistsError):
        await write_file(sqlite, words, Order(Kind.FEEDBACK), "csv", tmp_path / "out.csv", _quiet)
    assert (tmp_path / "out.csv").read_text() == "của tôi"

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(exports, "page", fails)
    with pytest.raises(RuntimeError):
        await write_file(sqlite, words, Order(Kind.FEEDBACK), "csv", tmp_path / "new.csv", _quiet)
    assert [file.name for file in tmp_path.iterdir() if "new" in file.name] == []


@pytest.mark.parametrize("personal", [False, True])
async def test_no_time_of_a_resident_tells_who_told_an_anonymous_case(
    sqlite: Database, words: Words, tmp_path: Path, personal: bool
) -> None:
    """Who comes only to tell it is first met in that very minute: the list of residents says the day."""

    def work(tx: Tx) -> None:
        make_case(tx, anonymous=True)

    await sqlite.write(work)
    rows = await write(sqlite, words, tmp_path, Order(Kind.RESIDENTS, personal=personal))

    assert len(rows) == 2
    assert NOW.astimezone(ZONE).strftime("%d/%m/%Y") in rows[1]
    assert not any(":" in cell for cell in rows[1])


@pytest.mark.parametrize(("start", "end"), [(None, date.max), (date.min, None), (date(1969, 12, 31), None)])
async def test_days_beyond_all_records_are_refused_before_anything_is_written_down(
    sqlite: Database, start: date | None, end: date | None
) -> None:
    def work(tx: Tx) -> None:
        official = make_official(tx, None, Role.LEADER)
        with pytest.raises(Invalid):
            exports.allow(tx, official, Order(Kind.FEEDBACK, start, end), NOW)
        exports.allow(tx, official, Order(Kind.FEEDBACK, date(2020, 1, 1), date(2099, 12, 31)), NOW)
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.audit)).scalar_one() == 1

    await sqlite.write(work)


async def test_a_delivery_of_an_announcement_says_of_which(
    sqlite: Database, words: Words, tmp_path: Path
) -> None:
    """Its two columns stand behind those that people's sheets hold on to; any other delivery leaves them empty."""

    def announce(tx: Tx) -> Announcement:
        filed = filing.file(tx, filing.make_editor(tx))
        for announcement_id in (filed.id, None):
            values = {
                "announcement_id": announcement_id,
                "channel": "web",
                "lane": 2,
                "status": "sent",
                "not_before": NOW,
                "created_at": NOW,
            }
            tx.execute(sa.insert(tables.outbox), values)
        return filed

    filed = await sqlite.write(announce)
    rows = await write(sqlite, words, tmp_path, Order(Kind.DELIVERIES))

    assert rows[0][-2:] == ["Mã tin", "Tin"]
    assert [row[-2:] for row in rows[1:]] == [[spoken(filed.code), filed.title], ["", ""]]
