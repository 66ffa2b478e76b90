"""`hai-chieu official`: accounts for the console."""

import argparse
import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from bot import config, log
from bot.cli.base import CommandError
from bot.cli.database import ready_database
from bot.clock import clock
from bot.config import Settings
from handlers import accounts, areas, password_rules
from handlers.accounts import Draft
from handlers.area_codes import commune_of_today
from handlers.officials import Official, Role
from storage import officials, password_hash
from storage.db import Database, Tx

T = TypeVar("T")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = commands.add_parser("official", help="accounts for the console")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    new = verbs.add_parser("add", help="make an account")
    new.add_argument("--username", required=True, metavar="U", help="such as hanh.tuky")
    new.add_argument("--name", required=True, metavar="N", help="as colleagues read it")
    new.add_argument("--role", required=True, choices=[str(role) for role in Role])
    new.add_argument("--area", metavar="CODE", help="the commune they are bound to; an officer has one")
    new.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    new.set_defaults(run=add)

    listed = verbs.add_parser("list", help="every account")
    listed.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    listed.set_defaults(run=show)

    for verb, does, run in (
        ("disable", "let somebody in no more, at once", disable),
        ("enable", "let somebody in again", enable),
        ("password", "set another password; every session of theirs ends", password),
    ):
        one = verbs.add_parser(verb, help=does)
        one.add_argument("username", metavar="U")
        if verb == "password":
            one.add_argument(
                "--password-stdin", action="store_true", help="read the password from standard input"
            )
        one.set_defaults(run=run)


def add(options: argparse.Namespace) -> int:
    """Make an account; says its name."""
    settings = _settings()
    book = areas.load(settings.areas_dir or areas.SHIPPED)
    area_code = commune_of_today(book, options.area).code if options.area else ""
    draft = Draft(options.username, options.name, options.role, area_code)
    made = _ask_password(options, options.username)
    now = clock(settings.clock_start)()
    _run(settings, lambda database: database.write(accounts.add, None, draft, made, book, now))
    print(f"added {accounts.fold_username(options.username)}")
    return 0


def show(options: argparse.Namespace) -> int:
    """List accounts."""
    found = _run(_settings(), lambda database: database.read(officials.list_accounts))
    if options.json:
        lines = [
            {
                "username": account.username,
                "name": account.name,
                "role": account.role,
                "area": account.area_code,
                "disabled": account.disabled_at is not None,
            }
            for account in found
        ]
        print(json.dumps(lines, ensure_ascii=False))
        return 0
    for account in found:
        state = "disabled" if account.disabled_at else "active"
        print(f"{account.username}\t{account.role}\t{account.area_code or '-'}\t{state}\t{account.name}")
    return 0


def disable(options: argparse.Namespace) -> int:
    """Let somebody in no more; their sessions end."""
    _change(options, accounts.disable)
    print(f"disabled {options.username}")
    return 0


def enable(options: argparse.Namespace) -> int:
    """Let somebody in again."""
    _change(options, accounts.enable)
    print(f"enabled {options.username}")
    return 0


def password(options: argparse.Namespace) -> int:
    """Set another password."""
    settings = _settings()
    now = clock(settings.clock_start)()

    async def work(database: Database) -> None:
        official_id = await database.read(_get_id, options.username)
        made = _ask_password(options, options.username)
        await database.write(accounts.set_password, official_id, made, now)

    _run(settings, work)
    print(f"changed the password of {options.username}")
    return 0


def _change(
    options: argparse.Namespace, change: Callable[[Tx, Official | None, int, datetime], None]
) -> None:
    settings = _settings()
    now = clock(settings.clock_start)()
    _run(
        settings,
        lambda database: database.write(lambda tx: change(tx, None, _get_id(tx, options.username), now)),
    )


def _get_id(tx: Tx, username: str) -> int:
    account = officials.find_by_username(tx, accounts.fold_username(username))
    if account is None:
        raise CommandError(f"{username}: no official has this username; `hai-chieu official list` shows them")
    return account.id


def _ask_password(options: argparse.Namespace, username: str) -> str:
    """Return the hash of the password that is typed, or read from standard input."""
    if options.password_stdin:
        text = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        text = getpass.getpass("Password: ")
        if text != getpass.getpass("Again: "):
            raise CommandError("the two passwords differ")
    else:
        raise CommandError("no terminal to ask for the password; pipe it in with --password-stdin")
    password_rules.check_password(text, accounts.fold_username(username))
    return password_hash.make(text)


def _settings() -> Settings:
    settings = config.load()
    log.set_up("WARNING", settings.log_format, settings.secrets)
    return settings


def _run(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with ready_database(settings) as database:
            return await work(database)

    return asyncio.run(opened())
