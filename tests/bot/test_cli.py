"""The command line: clear errors in one line, exit statuses, and what scripts rely on."""

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import main, parser
from tests.databases import SECRET, sqlite_url


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path))
    monkeypatch.setenv("CLOCK_START", "2026-11-23T10:00:00+07:00")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command; returns its status and what it printed."""
    try:
        status = main(list(words))
    except SystemExit as exc:
        status = int(exc.code or 0)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def _commands(above: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command there is, with its words; the first is the program itself."""
    yield words
    for action in above._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from _commands(below, (*words, word))


@pytest.mark.parametrize("words", list(_commands(parser())), ids=" ".join)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    status, out, _ = run(capsys, *words, "--help")

    assert status == 0
    assert "usage: hai-chieu" in out


@pytest.mark.parametrize(
    "words",
    [[], ["nothing"], ["faq", "ask"], ["faq", "ask", "q", "--on", "yesterday"], ["run", "--roles", "x"]],
)
def test_wrong_usage_is_status_two(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    status, _, err = run(capsys, *words)

    assert status == 2
    assert err


def test_a_wrong_setting_is_one_line_and_status_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PORT", "80a")

    status, _, err = run(capsys, "run")

    assert status == 1
    assert err == "hai-chieu: HTTP_PORT: '80a' is not a port number; example: 8080\n"


def test_a_second_run_on_the_same_database_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from bot.cli.base import alone

    with alone(tmp_path / "hai-chieu.db"):
        status, _, err = run(capsys, "run")

    assert status == 1
    assert "another hai-chieu is running" in err
    assert err.count("\n") == 1


def test_a_damaged_database_is_one_clear_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "hai-chieu.db").write_text("this was a database once " * 500)

    status, _, err = run(capsys, "run")

    assert status == 1
    assert "damaged or not a database; restore a backup" in err
    assert err.count("\n") == 1


def test_a_key_that_does_not_fit_stops_the_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, "db", "upgrade")[0] == 0
    monkeypatch.setenv("SECRET_KEY", "another key " + "x" * 40)

    status, _, err = run(capsys, "run")

    assert status == 1
    assert "put the old key back" in err


def test_files_are_readable_by_their_owner_only(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        run(capsys, "db", "upgrade")
        modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.glob("hai-chieu.db*")}
    finally:
        os.umask(before)

    assert modes
    assert set(modes.values()) == {0}


def test_check_names_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    before = run(capsys, "check")
    run(capsys, "db", "upgrade")
    status, out, _ = run(capsys, "check", "--json")

    assert before[0] == 0
    assert status == 0
    lines = {line["name"]: line for line in json.loads(out)}
    assert set(lines) == {"settings", "database", "areas", "content", "days off", "telegram", "zalo"}
    assert all(line["ok"] for line in lines.values())


def test_check_warns_of_a_year_whose_days_off_are_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deadlines then count some days too many as working days: nothing stops, and somebody should add the file."""
    monkeypatch.setenv("CLOCK_START", "2031-11-20T08:00:00+07:00")

    _, out, _ = run(capsys, "check", "--json")

    line = next(line for line in json.loads(out) if line["name"] == "days off")
    assert line["ok"]
    assert "năm 2031" in line["note"]
    assert "năm 2032" in line["note"]


def test_check_with_telegram_unreachable_fails_in_that_line_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:" + "T" * 35)
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:9")

    status, out, err = run(capsys, "check", "--json")

    lines = {line["name"]: line["ok"] for line in json.loads(out)}
    assert status == 1
    assert [name for name, ok in lines.items() if not ok] == ["telegram"]
    assert "TTTT" not in out + err


def test_ask_answers_as_a_resident_would_see_it(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(
        capsys, "faq", "ask", "thu nhập bao nhiêu thì được coi là hộ nghèo", "--on", "2026-11-23"
    )

    assert status == 0
    assert "1.500.000 đồng" in out
    assert "Nghị định 07/2021/NĐ-CP" in out


def test_ask_for_a_day_without_data_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "faq", "ask", "thu nhập bao nhiêu là hộ nghèo", "--on", "2019-01-01", "--json")

    answer = json.loads(out)
    assert answer["topic"] is None
    assert "01/01/2019" in answer["text"]


def test_match_answers_line_by_line_in_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = [{"id": "a", "question": "ho ngheo vay von duoc bao nhieu"}, {"id": 2, "question": "???"}]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(map(json.dumps, questions)) + "\n"))

    status, out, _ = run(capsys, "faq", "match", "--on", "2026-11-23")

    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [line["id"] for line in lines] == ["a", 2]
    assert lines[0]["topics"][0] == "vay-von-ho-ngheo"
    assert lines[1]["answered"] is False
    assert all(0 <= line["score"] <= 1 and len(line["topics"]) <= 5 for line in lines)


@pytest.mark.parametrize("line", ["not json", "[]", '{"id": 1}', '{"id": 1, "question": 7}'])
def test_match_names_the_bad_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 0, "question": "chào"}\n' + line + "\n"))

    status, out, err = run(capsys, "faq", "match")

    assert status == 1
    assert "stdin line 2" in err
    assert len(out.splitlines()) == 1


def test_eval_measures_by_style_and_counts_what_is_left_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = [
        {"question": "thu nhập bao nhiêu là hộ nghèo", "topics": ["chuan-ngheo-2022-2025"], "style": "clean"},
        {"question": "x", "topics": ["no-such-topic"], "style": "clean"},
        {"question": "giá vàng hôm nay", "topics": [], "style": "far"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))

    status, out, _ = run(capsys, "faq", "eval", str(file), "--on", "2026-11-23", "--json")

    report = json.loads(out)
    assert status == 0
    assert report["left_out"] == 1
    assert report["overall"]["lines"] == 2
    assert set(report["by_style"]) == {"clean", "far"}
    assert sum(bin["lines"] for bin in report["calibration"]["bins"]) <= 2
    assert report["traps"] == {"pairs": 0, "both_right": 0}
    assert report["confusions"] == []


def test_eval_prints_figures_confusions_pairs_and_scores(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    question, other = (
        "thu nhập bao nhiêu thì được coi là hộ nghèo",
        "Hộ nghèo vay vốn: mức vay, lãi, [thời hạn]",
    )
    lines = [
        {"question": question, "topics": ["chuan-ngheo-2022-2025"], "style": "trap"},
        {"question": other, "topics": ["vay-von-ho-ngheo"], "style": "trap"},
        {"question": other, "topics": ["bhyt-ho-ngheo"], "style": "clean"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))

    status, out, _ = run(capsys, "faq", "eval", str(file), "--on", "2026-11-23")

    printed = [line.split() for line in out.splitlines()]
    assert status == 0
    assert printed[0][:4] == ["style", "lines", "top-1", "top-3"]
    assert "right or offered" in out
    assert "precision" in out
    assert ["pairs", "of", "traps", "with", "both", "right:", "1", "of", "1"] in printed
    assert [
        line for line in printed if line[:3] == ["bhyt-ho-ngheo", "vay-von-ho-ngheo", "1"] and "[thời" in line
    ]
    assert "expected calibration error" in out
    assert [line for line in printed if line and line[0] == "0.9–1.0"]


def test_lint_of_the_shipped_content_finds_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "faq", "lint", "--on", "2026-11-23")

    assert status == 0, out
    assert err.startswith("0 errors")


def test_backup_and_restore_by_hand(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run(capsys, "db", "upgrade")
    file = tmp_path / "backup.zip"

    saved = run(capsys, "db", "backup", str(file))
    again = run(capsys, "db", "backup", str(file))
    (tmp_path / "hai-chieu.db").unlink()
    restored = run(capsys, "db", "restore", str(file))

    assert saved[0] == 0
    assert "The key is not in it" in saved[1]
    assert again[0] == 1
    assert "exists already" in again[2]
    assert restored[0] == 0
    assert SECRET.encode() not in file.read_bytes()


def test_restoring_what_is_no_backup_changes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8 no archive")

    status, _, err = run(capsys, "db", "restore", str(tmp_path / "photo.jpg"))
    missing = run(capsys, "db", "restore", str(tmp_path / "nothing.zip"))

    assert status == 1
    assert "not a whole backup" in err
    assert missing[0] == 1
    assert "no such file" in missing[2]


def test_the_parser_builds() -> None:
    assert parser().prog == "hai-chieu"


def test_a_start_loads_nothing_that_serving_does_not_need() -> None:
    """Each takes a tenth of a second or more, at every start."""
    unneeded = {"alembic", "rich", "xlsxwriter", "telegram"}
    code = f"import sys, bot.cli.run; print(*({unneeded!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.split() == []
