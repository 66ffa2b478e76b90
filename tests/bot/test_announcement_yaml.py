"""The YAML of an announcement file: nothing in it wins silently, and what cannot be taken is told with its line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.announcement_yaml import MAX_FILE_BYTES, BadFile, load, parse
from handlers import announcement_file, areas
from handlers.errors import Invalid
from tests.conftest import NOW

BOMB = "a: &a [x, x]\n" + "".join(
    f"{c}: &{c} [*{b}, *{b}]\n" for b, c in zip("abcdefgh", "bcdefghi", strict=True)
)
INVITATION = """kind: event
title: Tập huấn chăn nuôi gà
text: Mời bà con đến dự.
event:
  type: training
  starts_at: {starts_at}
  place: Nhà văn hóa thôn Đông
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: notice\ntitle: A\nkind: story\n", "dòng 3: khóa “kind” ghi hai lần"),
        (
            "kind: event\nevent:\n  place: A\n  type: training\n  place: B\n",
            "dòng 5: khóa “place” ghi hai lần",
        ),
        ("event: {place: A, place: B}", "dòng 1: khóa “place” ghi hai lần"),
        ("title: A\nevent:\n  <<: {place: A}\n  place: B\n", "dòng 3: không dùng được “<<”"),
        ("<<: {title: A}\ntitle: B\n", "dòng 1: không dùng được “<<”"),
        ("title: &t A\ntext: *t\n", "dòng 1: giá trị bắt đầu bằng dấu &"),
        ("kind: notice\ntext: *quan trọng*\n", "dòng 2: giá trị bắt đầu bằng dấu & hoặc *"),
        (BOMB, "dòng 1: "),
        ("kind: notice\n\ttitle: A\n", "dòng 2: có dấu tab"),
        ("event:\n\tplace: A\n", "dòng 2: có dấu tab"),
        ("title: A\ntext: a\x07b\n", "dòng 2: có ký tự không in ra được"),
        ("title: !!python/object:os.system {}\n", "dòng 1: không dùng được dấu !"),
        ("title: !!timestamp 2026-13-45\n", "dấu !"),
        ("? [a, b]\n: c\n", "dòng 1: khóa phải là một từ"),
        ("title: Mời: bà con\n", "dòng 1: chỗ này không đúng cách viết YAML"),
        ("title: A\n---\ntitle: B\n", "dòng 2: chỗ này không đúng"),
        ("a: " + "[" * 3000, "quá nhiều lớp lồng nhau"),
    ],
)
def test_what_yaml_can_do_beyond_keys_and_values_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadFile) as refused:
        parse(text)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("head", ["", "\ufeff"], ids=["plain", "with a mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_from_any_editor_say_the_same(tmp_path: Path, head: str, end: str) -> None:
    """Notepad writes a mark at the beginning and ends lines in its own way."""
    file = tmp_path / "tin.yaml"
    text = "kind: notice\ntitle: Tập huấn\ntext: |\n  Một.\n  Hai.\n"
    file.write_bytes((head + text).replace("\n", end).encode())

    source = load(file)

    assert source.content == {"kind": "notice", "title": "Tập huấn", "text": "Một.\nHai.\n"}
    assert source.lines == {"kind": 1, "title": 2, "text": 3}


def test_what_is_no_text_or_too_large_is_told(tmp_path: Path) -> None:
    file = tmp_path / "tin.yaml"
    for content, said in (
        ("title: Tập huấn".encode("utf-16"), "UTF-8"),
        (b"a" * (MAX_FILE_BYTES + 1), "lớn hơn"),
    ):
        file.write_bytes(content)
        with pytest.raises(BadFile, match=said):
            load(file)
    with pytest.raises(BadFile, match="không đọc được tệp"):
        load(tmp_path / "khong-co.yaml")


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-12T08:00+07:00",
        "2026-12-12T08:00:00+07:00",
        "2026-12-12 08:00:00+07:00",
        '"2026-12-12T08:00+07:00"',
    ],
)
def test_a_time_is_read_the_same_however_yaml_would_take_it(written: str) -> None:
    """YAML makes a time of some of these, and leaves others as they are."""
    source = parse(INVITATION.format(starts_at=written))
    draft = announcement_file.read(source.content, areas.load(areas.SHIPPED), NOW)

    assert draft.event is not None
    assert draft.event.starts_at == datetime(2026, 12, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", ["2026-12-12", "2026-12-12T08:00:00", "08:00", "12/12/2026"])
def test_a_time_without_its_day_or_zone_is_refused_where_it_stands(written: str) -> None:
    source = parse(INVITATION.format(starts_at=written))

    with pytest.raises(Invalid) as refused:
        announcement_file.read(source.content, areas.load(areas.SHIPPED), NOW)

    said = source.placed(refused.value.field, str(refused.value))
    assert said.startswith("dòng 6: event.starts_at: Cần ngày, giờ và múi giờ")


def test_what_is_missing_inside_is_told_where_the_inside_begins() -> None:
    source = parse("kind: event\ntitle: A\nevent:\n  type: training\n")

    assert source.placed("event.place", "thiếu") == "dòng 3: thiếu"
    assert source.placed("text", "thiếu") == "thiếu"
