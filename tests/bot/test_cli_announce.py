"""Announcements on the command line, beside a service that may be running: files in, decisions, what came of it."""

import json
from pathlib import Path

import pytest
import yaml
from PIL import Image

from bot.cli.base import alone
from storage import announcements as rows
from storage import audit, facts, officials, schema
from storage.db import Tx
from tests.bot.test_cli_topics import _settings, in_database, run
from tests.conftest import NOW
from tests.handlers.audiences import make_resident
from tests.handlers.filing import EVENT, NOTICE

__all__ = ["_settings"]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor, a leader, three people who agreed and one whom nobody can reach; one may be told without a leader."""
    monkeypatch.setenv("APPROVAL_ABOVE", "1")

    def make(tx: Tx) -> None:
        schema.upgrade(tx)
        facts.claim_key(tx)
        for username, role in (("hanh", "editor"), ("lam", "leader")):
            officials.add(tx, username, "Ai Đó", role, None, None, NOW)
        for commune in ("11020", "11020", "11074"):
            make_resident(tx, "web", commune=commune)
        make_resident(tx, commune="11074")

    in_database(tmp_path, make)
    return tmp_path


def write(folder: Path, keys: object, name: str = "tin.yaml") -> str:
    """Write an announcement file; returns its name."""
    text = keys if isinstance(keys, str) else yaml.safe_dump(keys, allow_unicode=True)
    (folder / name).write_text(text)
    return name


def test_a_dry_run_counts_everybody_and_stores_nothing(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who would get it, by channel and area, and who not, and why."""
    file = write(house, {**NOTICE})

    status, out, _ = run(capsys, "announce", file, "--by", "hanh", "--dry-run")
    assert status == 0
    for said in ("4 people are meant; 3 would get it", "on web: 3", "in 11020", "no_address: 1 ("):
        assert said in out
    counted = json.loads(run(capsys, "announce", file, "--by", "hanh", "--dry-run", "--json")[1])

    assert counted["people"] == counted["reached"] + sum(counted["not_reached"].values())
    assert in_database(house, rows.list_page) == []


def test_the_whole_way_from_the_file_to_its_end(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside a service that holds the database's lock file."""
    file = write(house, {**EVENT})
    with alone(house / "hai-chieu.db"):
        filed = json.loads(run(capsys, "announce", file, "--by", "hanh", "--json")[1])
        assert (filed["id"], filed["status"], filed["reached"]) == (1, "submitted", 2)
        assert run(capsys, "announcement", "approve", "1", "--by", "hanh")[0] == 1
        assert run(capsys, "announcement", "approve", "1", "--by", "lam")[0] == 0
        assert run(capsys, "announcement", "approve", "1", "--by", "lam")[0] == 1
        for verb, status in (("pause", "paused"), ("resume", "approved"), ("cancel", "cancelled")):
            for _ in range(2):
                code, out, _ = run(capsys, "announcement", verb, "1", "--by", "hanh")
                assert (code, out.split()[-1]) == (0, status)

    shown = json.loads(run(capsys, "announcement", "show", "1", "--json")[1])
    assert shown == {
        "status": "cancelled",
        "counts": dict.fromkeys(("queued", "waiting", "sent", "failed", "blocked", "skipped", "unknown"), 0),
    }
    assert "cancelled\tevent\tTập huấn chăn nuôi gà" in run(capsys, "announcement", "list")[1]
    assert json.loads(run(capsys, "announcement", "list", "--json")[1])[0]["code"] == filed["code"]
    entries = in_database(house, lambda tx: audit.list_entries(tx, subject_kind="announcement"))
    assert [e.action.split(".")[1] for e in reversed(entries)] == [
        "file", "submit", "approve", "pause", "resume", "cancel",
    ]  # fmt: skip


def test_few_people_need_no_second_person(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(house, {**NOTICE, "audience": {"areas": ["11074"]}})

    assert "approved" in run(capsys, "announce", file, "--by", "hanh")[1]


def test_pictures_are_drawn_anew_on_our_disk(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without where they were taken, and smaller."""
    picture = Image.new("RGB", (3000, 2000), "red")
    place = Image.Exif()
    place[0x010E] = "thôn Đông"
    picture.save(house / "lop.jpg", exif=place)
    file = write(house, {**NOTICE, "pictures": ["lop.jpg"]})

    assert run(capsys, "announce", file, "--by", "hanh")[0] == 0

    (filed,) = in_database(house, rows.list_page)
    (name,) = filed.pictures
    with Image.open(house / "files" / name[:2] / name) as kept:
        assert (kept.format, max(kept.size) <= 2048, len(kept.getexif())) == ("JPEG", True, 0)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({**NOTICE, "titel": "x"}, "titel: "),
        ({**NOTICE, "pictures": ["khong-co.jpg"]}, "pictures: "),
        ({**NOTICE, "pictures": ["tin.yaml"]}, "pictures: "),
        ({**NOTICE, "audience": {"areas": ["11021"]}}, "11020"),
        ({**NOTICE, "text": "t" * 1790}, "text: "),
        ({**NOTICE, "audience": {"areas": ["10525"]}}, "audience: "),
        ("kind: notice\nkind: story\n", "dòng 2: khóa “kind” ghi hai lần"),
        ("kind: [", "dòng 1: "),
        ("kind: notice\ntitle: A\nspread_hours: nhiều\ntext: x\n", "dòng 3: spread_hours: "),
        ("2026-13-45", "tin.yaml: "),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_and_leaves_nothing(
    house: Path, capsys: pytest.CaptureFixture[str], keys: object, said: str
) -> None:
    status, out, err = run(capsys, "announce", write(house, keys), "--by", "hanh")

    assert (status, out) == (1, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert in_database(house, rows.list_page) == []


def test_what_nobody_may_do_or_is_not_there_is_one_line(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(house, {**NOTICE})
    for words in (
        ("announce", "none.yaml", "--by", "hanh"),
        ("announce", file, "--by", "lam"),
        ("announce", file, "--by", "ai-do"),
        ("announcement", "show", "9"),
        ("announcement", "pause", "9", "--by", "lam"),
    ):
        status, _, err = run(capsys, *words)
        assert (status, len(err.strip().splitlines())) == (1, 1), err


@pytest.mark.parametrize("text", ["? [a, b]\n: c\n", "a: " + "[" * 3000], ids=["a list for a key", "deep"])
def test_a_file_that_nobody_meant_is_one_line(
    house: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    status, _, said = run(capsys, "announce", write(house, text), "--by", "hanh", "--dry-run")

    assert (status, said.count("\n")) == (1, 1)
    assert "tin.yaml" in said
