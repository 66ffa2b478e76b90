"""What officials may do, and how they come in: the rules, without a screen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import accounts, area_codes, password_rules
from handlers.accounts import Draft
from handlers.areas import AreaBook, AreaError
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.officials import (
    PERMISSIONS,
    ROLE_NAMES,
    Official,
    Permission,
    Role,
    in_scope,
    may,
    require,
    scope,
)
from storage import audit, officials, people, sessions
from storage.db import Database
from storage.errors import NotFound
from tests.conftest import NOW

COMMUNE = "11020"
DRAFT = Draft("hanh.tuky", "Phạm Thị Hạnh", "officer", COMMUNE)
ADMIN = Draft("binh", "Nguyễn Văn Bình", "admin", "")
HASH = "$argon2id$v=19$m=8,t=1,p=1$…"


def official(role: Role = Role.ADMIN, area_code: str | None = None) -> Official:
    """Return somebody of this role who has no account."""
    return Official(1, "somebody", "Ai Đó", role, area_code)


# Roles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.READ_FIGURES, "admin editor leader officer viewer"),
        (Permission.READ_CASES, "admin leader officer"),
        (Permission.WORK_CASES, "officer"),
        (Permission.READ_QUESTIONS, "admin editor leader officer"),
        (Permission.ANSWER_QUESTIONS, "editor officer"),
        (Permission.ASSIST, "officer"),
        (Permission.EDIT_TOPICS, "editor"),
        (Permission.EDIT_OFFICES, "admin officer"),
        (Permission.READ_PEOPLE, "admin leader"),
        (Permission.READ_AUDIT, "admin leader"),
        (Permission.MANAGE_OFFICIALS, "admin"),
        (Permission.MANAGE_SETTINGS, "admin"),
        (Permission.EXPORT, "admin leader officer"),
        (Permission.EXPORT_PERSONAL, "admin"),
        (Permission.READ_ANNOUNCEMENTS, "admin editor leader"),
        (Permission.WRITE_ANNOUNCEMENTS, "editor"),
        (Permission.APPROVE, "leader"),
    ],
)
def test_who_may_do_what(permission: Permission, roles: str) -> None:
    assert {str(role) for role in Role if may(official(role), permission)} == set(roles.split())


def test_every_role_has_its_permissions_and_a_name() -> None:
    assert set(PERMISSIONS) == set(ROLE_NAMES) == set(Role)


def test_what_is_not_allowed_is_refused() -> None:
    require(official(Role.EDITOR), Permission.EDIT_TOPICS)
    with pytest.raises(NotAllowed):
        require(official(Role.VIEWER), Permission.EDIT_TOPICS)


def test_who_has_a_commune_sees_only_it() -> None:
    bound, free = official(Role.OFFICER, COMMUNE), official(Role.LEADER)

    assert (scope(bound), scope(free)) == (COMMUNE, None)
    assert [in_scope(bound, code) for code in (COMMUNE, "10525", None)] == [True, False, False]
    assert all(in_scope(free, code) for code in (COMMUNE, "10525", None))


# Passwords ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "",
        "ngan",
        "123456789",
        "hanh.tuky1"[:9],
        "Hanh.Tuky",
        "1234567890",
        "MatKhau123",
        "aaaaaaaaaaaa",
        "x" * 201,
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        password_rules.check_password(password, "hanh.tuky")

    assert refused.value.field == "password"


def test_the_username_is_no_password() -> None:
    for password in ("hanh.tuky1", "HANH.TUKY1"):
        with pytest.raises(Invalid, match="trùng tên"):
            password_rules.check_password(password, "hanh.tuky1")


@pytest.mark.parametrize("password", ["cầu tre lắc lẻo", "10 con bò vàng", "Kb7!x_q9Zt"])
def test_good_passwords_are_taken(password: str) -> None:
    password_rules.check_password(password, "hanh.tuky")


# Accounts -------------------------------------------------------------------------------------------------------


async def add(
    database: Database, book: AreaBook, draft: Draft = DRAFT, password_hash: str | None = HASH
) -> Official:
    """Make an account; returns whose it is."""
    new_id = await database.write(accounts.add, None, draft, password_hash, book, NOW)
    return accounts.as_official(await database.read(officials.get, new_id))


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(DRAFT, username="ab"), "username"),
        (replace(DRAFT, username="hạnh"), "username"),
        (replace(DRAFT, username="<b>hanh"), "username"),
        (replace(DRAFT, username=" TAKEN "), "username"),
        (replace(DRAFT, name="  "), "name"),
        (replace(DRAFT, name="x" * 81), "name"),
        (replace(DRAFT, role="king"), "role"),
        (replace(DRAFT, area_code=""), "area_code"),
        (replace(DRAFT, area_code="99999"), "area_code"),
        (replace(DRAFT, area_code="288"), "area_code"),
        (replace(ADMIN, area_code=COMMUNE), "area_code"),
    ],
)
async def test_accounts_that_cannot_be(sqlite: Database, book: AreaBook, draft: Draft, field: str) -> None:
    await add(sqlite, book, replace(ADMIN, username="taken"))

    with pytest.raises(Invalid) as refused:
        await sqlite.write(accounts.add, None, draft, HASH, book, NOW)

    assert refused.value.field == field
    assert len(await sqlite.read(officials.list_accounts)) == 1


async def test_only_an_admin_touches_accounts(sqlite: Database, book: AreaBook) -> None:
    leader = await add(sqlite, book, Draft("leader", "Trần Lãnh Đạo", "leader", ""))
    work = [
        lambda tx: accounts.add(tx, leader, DRAFT, None, book, NOW),
        lambda tx: accounts.change(tx, leader, leader.id, ADMIN, book, NOW),
        lambda tx: accounts.disable(tx, leader, leader.id, NOW),
        lambda tx: accounts.enable(tx, leader, leader.id, NOW),
        lambda tx: accounts.invite(tx, leader, leader.id, "token", NOW),
    ]

    for attempt in work:
        with pytest.raises(NotAllowed):
            await sqlite.write(attempt)


async def test_every_change_is_in_the_audit_log(sqlite: Database, book: AreaBook) -> None:
    admin = await add(sqlite, book, ADMIN)
    officer = await add(sqlite, book)
    await sqlite.write(accounts.change, admin, officer.id, replace(DRAFT, name="Phạm Hạnh"), book, NOW)
    await sqlite.write(accounts.invite, admin, officer.id, "token", NOW)
    await sqlite.write(accounts.disable, admin, officer.id, NOW)
    await sqlite.write(accounts.disable, admin, officer.id, NOW)
    await sqlite.write(accounts.enable, admin, officer.id, NOW)

    found = await sqlite.read(audit.list_entries)

    assert [(e.action.removeprefix("official."), e.official_id) for e in reversed(found)] == [
        ("add", None),
        ("add", None),
        ("change", admin.id),
        ("invite", admin.id),
        ("disable", admin.id),
        ("enable", admin.id),
    ]
    assert "Phạm" not in str([e.details for e in found])


async def test_the_last_admin_stays(sqlite: Database, book: AreaBook) -> None:
    admin = await add(sqlite, book, ADMIN)
    second = await add(sqlite, book, replace(ADMIN, username="second"))

    with pytest.raises(Invalid, match="tự khóa"):
        await sqlite.write(accounts.disable, admin, admin.id, NOW)
    await sqlite.write(accounts.disable, admin, second.id, NOW)
    with pytest.raises(Invalid, match="duy nhất"):
        await sqlite.write(accounts.change, admin, admin.id, replace(ADMIN, role="viewer"), book, NOW)

    await sqlite.write(accounts.enable, admin, second.id, NOW)
    await sqlite.write(accounts.change, admin, admin.id, replace(ADMIN, role="viewer"), book, NOW)


# Signing in -----------------------------------------------------------------------------------------------------


def test_a_lock_grows_and_has_an_end() -> None:
    minutes = [accounts.lock_after(n) / timedelta(minutes=1) for n in (1, 4, 5, 6, 7, 10, 11, 1000)]

    assert minutes == [0, 0, 1, 2, 4, 32, 60, 60]


async def test_the_sixth_attempt_waits_and_then_counts_again(sqlite: Database, book: AreaBook) -> None:
    await add(sqlite, book)
    tries = [await sqlite.write(accounts.begin_sign_in, "HANH.tuky", NOW) for _ in range(6)]

    assert [t.password_hash for t in tries] == [HASH] * 5 + [None]
    assert tries[-1].locked_until == NOW + timedelta(minutes=1)
    after = await sqlite.write(accounts.begin_sign_in, "hanh.tuky", NOW + timedelta(minutes=1))
    assert after.password_hash == HASH
    again = await sqlite.write(accounts.begin_sign_in, "hanh.tuky", NOW + timedelta(minutes=2))
    assert again.locked_until == NOW + timedelta(minutes=3)


async def test_a_right_password_ends_the_count(sqlite: Database, book: AreaBook) -> None:
    who = await add(sqlite, book)
    for round_ in range(3):
        for _ in range(5):
            attempt = await sqlite.write(accounts.begin_sign_in, who.username, NOW)
            assert attempt.official_id == who.id
        await sqlite.write(accounts.finish_sign_in, who.id, f"token-{round_}", "Chrome, Windows", NOW)


async def test_a_disabled_or_uninvited_account_cannot_sign_in(sqlite: Database, book: AreaBook) -> None:
    who = await add(sqlite, book)
    await sqlite.write(accounts.disable, None, who.id, NOW)

    assert (await sqlite.write(accounts.begin_sign_in, who.username, NOW)).official_id is None
    with pytest.raises(NotAllowed):
        await sqlite.write(accounts.finish_sign_in, who.id, "token", "", NOW)


@pytest.mark.parametrize(
    ("used_hours", "alive"),
    [((7, 14, 21), True), ((9,), False), (tuple(range(7, 168, 7)), True), (tuple(range(7, 176, 7)), False)],
)
async def test_a_session_ends_when_idle_or_old(
    sqlite: Database, book: AreaBook, used_hours: tuple[int, ...], alive: bool
) -> None:
    """Idle for 8 hours, or 7 days after the sign-in, however much it is used."""
    who = await add(sqlite, book)
    await sqlite.write(accounts.finish_sign_in, who.id, "token", "Chrome, Windows", NOW)
    found = None
    for hours in used_hours:
        found = await sqlite.read(accounts.find_session, "token", NOW + timedelta(hours=hours))
        if found is None:
            break
        await sqlite.write(sessions.touch, found[0].id, NOW + timedelta(hours=hours))

    assert (found is not None) == alive


async def test_disabling_ends_sessions_and_chat_at_once(sqlite: Database, book: AreaBook) -> None:
    who = await add(sqlite, book)
    await sqlite.write(accounts.finish_sign_in, who.id, "token", "Chrome, Windows", NOW)
    address_id = (await sqlite.write(people.meet, "telegram", "1", NOW)).address_id
    await sqlite.write(accounts.offer_link, who, "K7M4XP9R", NOW)
    await sqlite.write(accounts.link_chat, "K7M4XP9R", address_id, NOW)

    await sqlite.write(accounts.disable, None, who.id, NOW)
    await sqlite.write(accounts.enable, None, who.id, NOW)

    assert await sqlite.read(accounts.find_session, "token", NOW) is None


# Codes and links ------------------------------------------------------------------------------------------------


async def test_a_chat_code_works_once_and_for_a_while(sqlite: Database, book: AreaBook) -> None:
    who = await add(sqlite, book)
    address_id = (await sqlite.write(people.meet, "telegram", "1", NOW)).address_id
    await sqlite.write(accounts.offer_link, who, "FIRST", NOW)
    await sqlite.write(accounts.offer_link, who, "SECOND", NOW)

    for code, at in (("FIRST", NOW), ("NEVER", NOW), ("SECOND", NOW + timedelta(minutes=15))):
        with pytest.raises(TooLate):
            await sqlite.write(accounts.link_chat, code, address_id, at)
    assert await sqlite.write(accounts.link_chat, "SECOND", address_id, NOW) == who
    with pytest.raises(TooLate):
        await sqlite.write(accounts.link_chat, "SECOND", address_id, NOW)

    assert await sqlite.read(accounts.official_at, address_id) == who
    await sqlite.write(accounts.disable, None, who.id, NOW)
    assert await sqlite.read(accounts.official_at, address_id) is None


async def test_an_invitation_works_once_and_for_a_week(sqlite: Database, book: AreaBook) -> None:
    admin = await add(sqlite, book, ADMIN)
    who = await add(sqlite, book, password_hash=None)
    await sqlite.write(accounts.invite, admin, who.id, "old", NOW)
    await sqlite.write(accounts.invite, admin, who.id, "token", NOW)

    for token, at in (("old", NOW), ("never", NOW), ("token", NOW + timedelta(days=7))):
        with pytest.raises(NotFound):
            await sqlite.write(accounts.accept_invite, token, HASH, at)
    assert await sqlite.write(accounts.accept_invite, "token", HASH, NOW) == who
    with pytest.raises(NotFound):
        await sqlite.write(accounts.accept_invite, "token", HASH, NOW)


async def test_the_first_link_makes_one_admin(sqlite: Database, book: AreaBook) -> None:
    token = await sqlite.write(accounts.first_token, "nonce")
    assert token is not None
    assert await sqlite.write(accounts.first_token, "another") == token, "the same at every start"

    with pytest.raises(NotFound):
        await sqlite.write(accounts.add_first, "0" * 64, ADMIN, HASH, book, NOW)
    with pytest.raises(Invalid):
        await sqlite.write(accounts.add_first, token, replace(ADMIN, name=""), HASH, book, NOW)
    await sqlite.write(accounts.add_first, token, ADMIN, HASH, book, NOW)
    with pytest.raises(NotFound):
        await sqlite.write(accounts.add_first, token, replace(ADMIN, username="second"), HASH, book, NOW)

    assert await sqlite.write(accounts.first_token, "nonce") is None


async def test_an_account_from_the_command_line_ends_the_first_link(sqlite: Database, book: AreaBook) -> None:
    token = await sqlite.write(accounts.first_token, "nonce")
    await add(sqlite, book)

    assert token is not None
    assert not await sqlite.read(accounts.is_first, token)


# Area codes -----------------------------------------------------------------------------------------------------


def test_a_code_means_the_area_of_today_or_of_its_day(book: AreaBook) -> None:
    assert area_codes.read_code(book, "11074").name == "Xã Tứ Kỳ"
    old = area_codes.read_code(book, "288@2025-06-30")
    assert (old.name, old.current) == ("Thành phố Hải Dương", False)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("11075", "11074 Xã Tứ Kỳ"),
        ("Tứ Kì", "11074 Xã Tứ Kỳ"),
        ("288", "no area of today"),
        ("11074@hôm qua", "example: 11074@2025-06-30"),
        ("99999@2025-01-01", "no area had this code"),
    ],
)
def test_an_unknown_code_lists_near_names(book: AreaBook, code: str, told: str) -> None:
    with pytest.raises(AreaError, match=told):
        area_codes.read_code(book, code)


def test_only_a_commune_is_somebodys_area(book: AreaBook) -> None:
    with pytest.raises(AreaError, match="no commune"):
        area_codes.commune_of_today(book, "288@2025-06-30")
