"""What was learned is read again only as it was written, by the same program, of the same content, under the same key."""

from datetime import date
from pathlib import Path

import pytest

from bot import config, learned
from bot.guide import build_guide
from bot.learned import Learned, keep, recall
from faq import Matcher
from faq.signals import Intent
from handlers.turn import Guide
from tests.conftest import NOW
from tests.databases import SECRET

ON = NOW.date()
ASKED = "ho can ngheo co duoc cap the bao hiem y te khong"


@pytest.fixture
def known(guide: Guide) -> Learned:
    return Learned(guide.library.matcher, guide.signals)


@pytest.fixture
def file(tmp_path: Path, known: Learned) -> Path:
    keep(SECRET, known, tmp_path / "data" / "learned")
    return tmp_path / "data" / "learned"


def test_what_is_recalled_answers_as_what_was_kept(file: Path, known: Learned) -> None:
    recalled = recall(SECRET, file)

    assert recalled is not None
    assert recalled.signals.learned
    for on in (ON, date(2027, 3, 1)):
        assert recalled.matcher.match(ASKED, on) == known.matcher.match(ASKED, on)
    assert recalled.signals.intent("cho tôi gặp cán bộ") is Intent.HUMAN
    assert recalled.signals.urgency("con toi bi danh chay mau, cuu voi") is not None


def test_only_its_owner_reads_it(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["learned"]


@pytest.mark.parametrize("at", [0, 31, 32, 33, 5000, -1])
def test_a_changed_byte_is_never_read(file: Path, at: int) -> None:
    kept = bytearray(file.read_bytes())
    kept[at] ^= 1
    file.write_bytes(kept)

    assert recall(SECRET, file) is None


@pytest.mark.parametrize("length", [0, 10, 32, 4000])
def test_half_a_file_is_never_read(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])

    assert recall(SECRET, file) is None


def test_another_key_or_program_reads_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert recall(SECRET[::-1], file) is None

    monkeypatch.setattr(learned, "_edition", lambda: b"another")
    assert recall(SECRET, file) is None


def test_nothing_kept_is_nothing_recalled(tmp_path: Path) -> None:
    assert recall(SECRET, tmp_path / "learned") is None


def test_what_cannot_be_kept_is_learned_again(tmp_path: Path, known: Learned) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    keep(SECRET, known, tmp_path / "data" / "learned")


def test_a_guide_is_built_on_what_is_kept(
    tmp_path: Path, known: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not build_guide(config.load({"SECRET_KEY": SECRET})).signals.learned

    keep(SECRET, known)

    built = build_guide(config.load({"SECRET_KEY": SECRET}))
    assert built.signals.learned
    assert isinstance(built.library.matcher, Matcher)
