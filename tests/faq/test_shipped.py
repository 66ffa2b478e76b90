"""The library as it ships: pure code, and content that keeps its rules."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import faq
from faq import Matcher, Topic, Verdict, parse
from faq.lint import FRAME_UNITS, lint, message_units
from handlers.topics import tell
from tests.faq.builders import TODAY

FOLDER = Path(faq.__file__).parent
CONTENT = sorted((FOLDER / "content").glob("*.yaml"))
ALLOWED = {"numpy", "rapidfuzz", "yaml", "faq"}
# What reads or writes the world, or draws lots.
FORBIDDEN = {
    "os",
    "io",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "time",
    "subprocess",
    "sqlite3",
    "urllib",
    "logging",
}


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_library_is_pure(path: Path) -> None:
    """It imports the standard library, numpy, rapidfuzz and yaml, nothing that touches the world, and opens nothing."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add((node.module or "faq").split(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input")
        elif isinstance(node, ast.Attribute):
            assert node.attr not in ("today", "now", "utcnow")

    assert roots <= ALLOWED | set(sys.stdlib_module_names)
    assert not roots & FORBIDDEN


@pytest.fixture(scope="module")
def shipped() -> list[Topic]:
    if not CONTENT:
        pytest.skip("no content yet")
    return [topic for path in CONTENT for topic in parse(path.read_text(encoding="utf-8"), path.name)]


def test_the_content_keeps_its_rules(shipped: list[Topic]) -> None:
    assert [finding for finding in lint(shipped, TODAY) if finding.level == "error"] == []


def test_no_frame_around_a_topic_is_longer_than_the_rules_assume(shipped: list[Topic]) -> None:
    """The rules of the content reckon the length of a message without knowing the sentences around it."""
    frames = {}
    for topic in shipped:
        for version in topic.versions:
            own = dict(message_units(topic, version))["answer, where, bring and sources"] - FRAME_UNITS
            frames[topic.id] = len(tell(topic, version, TODAY)) - own

    assert max(frames.values()) <= FRAME_UNITS


def test_every_title_reaches_its_topic(shipped: list[Topic]) -> None:
    """A title is a button, and people type what stands on buttons."""
    matcher = Matcher(shipped)
    lost = []
    for topic in shipped:
        if topic.on(TODAY) is None:
            continue
        match = matcher.match(topic.title, TODAY)
        if topic.referral:
            found = match.referral == topic.id
        else:
            found = match.verdict is Verdict.ANSWER and match.hits[0].topic_id == topic.id
        if not found:
            lost.append(topic.id)

    assert lost == []
