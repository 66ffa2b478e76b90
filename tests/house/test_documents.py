"""What people are told in writing: the handbook's buttons are on a screen, links lead somewhere, pictures are there."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from console.views import MENU

ROOT = Path(__file__).parent.parent.parent
HANDBOOK = ROOT / "docs" / "so-tay-can-bo.md"
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.png"))
MOST_PICTURES, LARGEST_PICTURE, LARGEST_ALL = 32, 100_000, 1_500_000


def words_on_screens() -> str:
    """Return the sources of every template, with the names in the menu."""
    templates = sorted((ROOT / "console" / "templates").rglob("*.html"))
    return "\n".join(
        [*(file.read_text() for file in templates), *(json.dumps(e.label, ensure_ascii=False) for e in MENU)]
    )


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as they are made on the web: small letters, dashes for spaces."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def links(document: Path) -> list[str]:
    """Return where links and pictures lead, those to other sites apart."""
    found = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    return [unquote(link) for link in found if not re.match(r"[a-z]+:", link)]


def test_every_button_of_the_handbook_is_on_a_screen() -> None:
    """**Bold** is the name of a button or a field: whoever looks for it must find it letter by letter."""
    screens = words_on_screens()
    names = re.findall(r"\*\*([^*]+)\*\*", " ".join(HANDBOOK.read_text().split()))

    assert len(names) > 40
    assert [n for n in names if not re.search(rf'["“>]\s*{re.escape(n)}["”<\s(]', screens)] == ["đậm"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = (document.parent / path) if path else document

        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_picture_is_shown_and_small() -> None:
    shown = {link.removeprefix("pictures/") for link in links(HANDBOOK) if link.startswith("pictures/")}

    assert {picture.name for picture in PICTURES} == shown
    assert len(PICTURES) <= MOST_PICTURES
    assert max(picture.stat().st_size for picture in PICTURES) <= LARGEST_PICTURE
    assert sum(picture.stat().st_size for picture in PICTURES) <= LARGEST_ALL
