"""Topics on the command line: as editors left them, out to a file and in from one."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from faq.document import dump, read_all
from handlers import topics as shipped_topics
from storage import audit, facts, officials, schema, topics
from storage.crypto import Vault
from storage.db import Tx, opened
from tests.conftest import NOW
from tests.databases import SECRET, sqlite_url

SHIPPED = shipped_topics.shipped()
LOAN = next(topic for topic in SHIPPED if topic.id == "nhcsxh-cach-vay")
QUESTION = LOAN.phrasings[0]
MINE = replace(LOAN, versions=(replace(LOAN.versions[0], answer="Bà con hỏi Tổ tiết kiệm và vay vốn."),))


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path))
    monkeypatch.setenv("CLOCK_START", "2026-11-23T10:00:00+07:00")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command; returns its status and what it printed."""
    status = main(list(words))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def in_database(folder: Path, work: Callable[[Tx], Any]) -> Any:
    """Do something in the database of the commands."""

    async def write() -> Any:
        async with opened(sqlite_url(folder), Vault(SECRET)) as database:
            return await database.write(work)

    return asyncio.run(write())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A migrated database with an editor, a viewer and one who left."""

    def make(tx: Tx) -> None:
        schema.upgrade(tx)
        facts.claim_key(tx)
        for username, role in (("hanh", "editor"), ("xem", "viewer"), ("nghi", "editor")):
            officials.add(tx, username, "Hạnh", role, None, None, NOW)
        account = officials.find_by_username(tx, "nghi")
        assert account is not None
        officials.set_disabled(tx, account.id, NOW)

    in_database(tmp_path, make)
    return tmp_path


def write_file(folder: Path, *documents: Mapping[str, object]) -> str:
    """Write topics as an export would."""
    file = folder / "topics.yaml"
    file.write_text(yaml.safe_dump({"topics": list(documents)}, allow_unicode=True, sort_keys=False))
    return str(file)


def edits(folder: Path) -> list[topics.Revision]:
    """Return what stands edited."""
    found: list[topics.Revision] = in_database(folder, topics.list_edits)
    return found


def test_without_a_database_what_ships_is_asked_and_none_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "faq", "ask", QUESTION, "--json")

    assert (status, json.loads(out)["topic"]) == (0, LOAN.id)
    assert list(tmp_path.glob("*.db*")) == []


def test_a_database_without_our_tables_is_not_migrated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hai-chieu.db").touch()

    assert run(capsys, "faq", "ask", QUESTION)[0] == 0
    assert (tmp_path / "hai-chieu.db").stat().st_size == 0


def test_what_an_editor_saved_is_answered_and_shipped_leaves_it_out(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_database(house, lambda tx: topics.save(tx, MINE.id, dump(MINE), None, "", None, NOW, None))

    assert "Bà con hỏi Tổ tiết kiệm và vay vốn." in run(capsys, "faq", "ask", QUESTION)[1]
    assert "Bà con hỏi Tổ tiết kiệm và vay vốn." not in run(capsys, "faq", "ask", QUESTION, "--shipped")[1]


@pytest.mark.parametrize("name", ["all.yaml", "all.json"])
def test_an_export_holds_everything_and_its_import_changes_nothing(
    house: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    status, _, _ = run(capsys, "faq", "export", name)
    loaded = (
        yaml.safe_load((house / name).read_text())
        if name.endswith("yaml")
        else json.loads((house / name).read_text())
    )

    assert status == 0
    assert read_all(loaded, name) == SHIPPED
    status, out, _ = run(capsys, "faq", "import", name, "--by", "hanh")
    assert status == 0
    assert out.strip() == f"{len(SHIPPED)} topics read, 0 saved, {len(SHIPPED)} stood so already"
    assert edits(house) == []


def test_an_import_changes_what_differs_and_is_audited(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = replace(
        MINE, id="cua-xa", title="Việc của xã", phrasings=tuple(f"việc riêng của xã số {n}" for n in range(8))
    )
    file = write_file(house, dump(MINE), dump(own), dump(SHIPPED[-1]))

    status, out, _ = run(capsys, "faq", "import", file, "--by", "Hanh")

    assert status == 0, out
    assert out.splitlines() == [
        f"changed: {MINE.id}",
        "new: cua-xa",
        "3 topics read, 2 saved, 1 stood so already",
    ]
    assert [edit.document for edit in edits(house)] == [dump(own), dump(MINE)]
    entries = in_database(house, audit.list_entries)
    assert [(entry.action, entry.subject_id) for entry in entries] == [
        ("topic.save", "cua-xa"),
        ("topic.save", MINE.id),
    ]
    assert "Bà con hỏi Tổ" in run(capsys, "faq", "ask", QUESTION)[1]


def test_one_wrong_topic_refuses_the_whole_file_and_is_named_with_its_line(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_file(house, dump(MINE), dump(replace(SHIPPED[0], title="t" * 60)))

    status, _, err = run(capsys, "faq", "import", file, "--by", "hanh")

    at = Path(file).read_text().splitlines().index(f"- id: {SHIPPED[0].id}") + 1
    assert status == 1
    assert f"line {at}: topic {SHIPPED[0].id}: title has 60 characters" in err
    assert "nothing was changed" in err
    assert edits(house) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.yaml", "topics: [{id: a}]", "topic a: title: missing"),
        ("x.json", '{"topics": [\n{]}', "line 2: is not JSON"),
        ("x.txt", "", "neither .yaml nor .json"),
        ("x.yaml", None, "cannot be read"),
        ("x.yaml", "twice", "stands there twice"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(
    house: Path, capsys: pytest.CaptureFixture[str], name: str, text: str | None, said: str
) -> None:
    if text == "twice":
        text = yaml.safe_dump({"topics": [dump(MINE), dump(MINE)]})
    if text is not None:
        (house / name).write_text(text)

    status, _, err = run(capsys, "faq", "import", name, "--by", "hanh")

    assert status == 1
    assert said in err


@pytest.mark.parametrize(
    ("who", "said"), [("xem", "may not change"), ("nghi", "no official"), ("ai-do", "no official")]
)
def test_only_an_editor_who_works_here_can_import(
    house: Path, capsys: pytest.CaptureFixture[str], who: str, said: str
) -> None:
    status, _, err = run(capsys, "faq", "import", write_file(house, dump(MINE)), "--by", who)

    assert status == 1
    assert said in err
    assert edits(house) == []


def test_an_import_without_a_database_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "faq", "import", write_file(tmp_path, dump(MINE)), "--by", "hanh")

    assert status == 1
    assert "hai-chieu run" in err
    assert list(tmp_path.glob("*.db*")) == []
