"""The rules of the house, as tests."""

import ast
import dataclasses
import re
import shlex
from pathlib import Path

from bot.cli import parser
from bot.config import Settings

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("bot", "console", "handlers", "faq", "storage")
SOURCES = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
BELOW_THE_CLOCK = [f for f in SOURCES if f.relative_to(ROOT).parts[0] in ("handlers", "faq", "storage")]


def imported(file: Path) -> set[str]:
    """Return the names of the modules a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_every_setting_is_in_the_example_with_a_comment_above_it() -> None:
    example = (ROOT / ".env.example").read_text()
    for field in dataclasses.fields(Settings):
        assert re.search(
            rf"^# [^\n]+\n(# [A-Z_]+=[^\n]*\n)*# {field.name.upper()}=", example, re.MULTILINE
        ), f"{field.name.upper()} is missing in .env.example, or has no comment"


def test_the_example_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert named == {field.name.upper() for field in dataclasses.fields(Settings)}


def test_the_telegram_library_is_known_to_one_file_only() -> None:
    users = [
        str(file.relative_to(ROOT))
        for file in SOURCES
        if any(name == "telegram" or name.startswith("telegram.") for name in imported(file))
    ]

    assert users == ["bot/channels/telegram/api.py"]


def test_nobody_below_asks_the_time_the_environment_or_chance() -> None:
    """`now` and settings arrive as arguments; the nonce of a sealed text is the one thing made at random."""
    forbidden = ("datetime.now", "date.today", "time.time", "time.monotonic", "os.getenv", "random.")
    assert BELOW_THE_CLOCK
    asking = [
        f"{file.relative_to(ROOT)}: {called}"
        for file in BELOW_THE_CLOCK
        for called in _called(file)
        if called.startswith(forbidden)
    ]
    reading = [str(file.relative_to(ROOT)) for file in BELOW_THE_CLOCK if "os.environ" in file.read_text()]

    assert asking == []
    assert reading == []


def _called(file: Path) -> set[str]:
    return {
        ast.unparse(node.func) for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)
    }


def test_every_module_says_what_it_is_for_and_is_read_in_one_sitting() -> None:
    assert SOURCES
    texts = {str(file.relative_to(ROOT)): file.read_text() for file in SOURCES}

    assert [
        name for name, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))
    ] == []
    assert [name for name, text in texts.items() if len(text.splitlines()) > 350] == []


def test_the_commands_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`?make ([a-z-]+)", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
    commands = re.findall(r"^\.venv/bin/hai-chieu ([^#\n]+)", readme, re.MULTILINE)
    assert commands
    for command in commands:
        words = shlex.split(command)
        if "--help" not in words:
            parser().parse_args(words)  # exits on a command or an option that does not exist


def test_nothing_names_a_package_registry() -> None:
    """Lock files hold hashes, no addresses: the index is the installer's business."""
    hosts = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs")))
    files = [
        *ROOT.glob("*.lock"),
        *ROOT.glob("*.toml"),
        *ROOT.glob("*.md"),
        ROOT / "Makefile",
        ROOT / ".ci" / "run",
    ]

    assert not [f.name for f in files if hosts.search(f.read_text())]
