"""The leaflet of a commune: one sheet, its font inside, its QR the same however often it is printed."""

import re
import unicodedata
import zlib
from importlib import resources
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from bot import cli
from bot.leaflet import draw
from handlers import areas, leaflet_texts
from handlers.areas import AreaBook
from tests.conftest import SECRET, sqlite_url

ADDRESS = "https://haichieu.example.vn/q/K7M4XP"


@pytest.fixture(scope="module")
def book() -> AreaBook:
    """All areas."""
    return areas.load()


def test_it_is_one_a5_sheet_with_its_fonts_inside() -> None:
    pdf = draw("xã Yết Kiêu", ADDRESS)
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    assert re.search(rb"/MediaBox \[0 0 419\.\d+ 595\.\d+\]", pdf)
    assert pdf.count(b"/FontFile2") == 2
    assert len(pdf) < 100_000


def test_every_commune_fits_on_the_sheet(book: AreaBook) -> None:
    longest = max(book.communes, key=lambda area: len(area.spoken))
    assert draw(longest.spoken, "https://hoidap-giamngheo.haiphong.example.vn/q/K7M4XP")


@pytest.mark.parametrize("name", ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"])
def test_fonts_have_every_letter_that_can_be_printed(name: str, book: AreaBook) -> None:
    said = "".join(
        [v if isinstance(v, str) else "".join(v) for k, v in vars(leaflet_texts).items() if k.isupper()]
    )
    named = "".join(area.name for area in book.communes)
    marked = (
        unicodedata.normalize("NFC", f"{base}{tone}")
        for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
        for tone in "\u0300\u0301\u0303\u0309\u0323"
    )
    with resources.as_file(resources.files("bot.fonts").joinpath(name)) as file, TTFont(file) as font:
        known = set(font.getBestCmap())
    assert not [char for char in {*said, *named, *marked, *"đĐ"} if ord(char) not in known]


def test_licence_lies_beside_the_fonts() -> None:
    assert "Bitstream" in resources.files("bot.fonts").joinpath("LICENSE.txt").read_text()


def test_command_writes_it_and_prints_the_same_address_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("PUBLIC_URL", "https://haichieu.example.vn")
    said = []
    for name in ("a.pdf", "b.pdf"):
        assert cli.main(["leaflet", "--area", "11020", "--out", str(tmp_path / name)]) == 0
        said.append(capsys.readouterr().out.removeprefix(str(tmp_path / name)))
    assert said[0] == said[1]
    assert re.fullmatch(r": Xã Yết Kiêu, https://haichieu\.example\.vn/q/[A-Z0-9]{6}\n", said[0])
    assert (tmp_path / "b.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("area", "said"),
    [
        ("11021", "no area of today has this code"),
        ("31", "no commune of today"),
        ("11020@2025-01-01", "no commune of today"),
    ],
)
def test_other_areas_are_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], area: str, said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    assert cli.main(["leaflet", "--area", area, "--out", str(tmp_path / "a.pdf")]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_words_are_in_the_sheet_as_letters_not_as_pictures() -> None:
    pdf = draw("xã Yết Kiêu", ADDRESS)
    streams = b"".join(
        zlib.decompress(found[1])
        for found in re.finditer(rb"stream\r?\n(x.*?)\r?\nendstream", pdf, re.DOTALL)
    )
    assert streams.count(b" Tf") > 5
