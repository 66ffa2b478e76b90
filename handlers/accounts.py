"""Officials' accounts: made, changed, disabled; signing in and out; invitations; their own chat address.

Nothing here hashes a password: that takes a quarter of a second, and these functions run inside transactions. The edge
hashes before (`storage.password_hash`) and checks between `begin_sign_in` and `finish_sign_in`. Tokens and codes are
made at the edge and arrive as arguments.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.areas import AreaBook
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.officials import Official, Permission, Role, require
from storage import audit, facts, official_chats, officials, sessions
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.officials import Account
from storage.sessions import Session

IDLE = timedelta(hours=8)  # a working day
LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept: a write a minute, not one a click
INVITE_LASTS = timedelta(days=7)
CODE_LASTS = timedelta(minutes=15)

FREE_ATTEMPTS = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_FIRST_NONCE = "first_official_nonce"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an account shall be, as it was typed."""

    username: str
    name: str
    role: str
    area_code: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun: what the password is checked against. `official_id` None: it cannot succeed."""

    official_id: int | None
    password_hash: str | None
    locked_until: datetime | None = None


def as_official(account: Account) -> Official:
    """Return the official whose account it is."""
    return Official(account.id, account.username, account.name, Role(account.role), account.area_code)


def fold_username(username: str) -> str:
    """Return a username as it is kept."""
    return username.strip().lower()


# Accounts -------------------------------------------------------------------------------------------------------


def add(
    tx: Tx, actor: Official | None, draft: Draft, password_hash: str | None, areas: AreaBook, now: datetime
) -> int:
    """Make an account; returns its id. Raises Invalid, NotAllowed.

    Args:
        actor: None: the command line.
        password_hash: None: an invitation will let them choose one.
    """
    _require(actor)
    username, name = fold_username(draft.username), _name(draft.name)
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            "username", "Tên đăng nhập gồm 3–40 chữ không dấu, số, dấu chấm hoặc gạch; ví dụ: hanh.tuky"
        )
    role, area_code = _role_and_area(draft, areas)
    try:
        new_id = officials.add(tx, username, name, role, area_code, password_hash, now)
    except Conflict:
        raise Invalid("username", f"Tên đăng nhập “{username}” đã có người dùng.") from None
    _log(tx, actor, "official.add", new_id, now, role=role, area_code=area_code)
    return new_id


def change(tx: Tx, actor: Official, official_id: int, draft: Draft, areas: AreaBook, now: datetime) -> None:
    """Change name, role and area; the username stays. Raises Invalid, NotAllowed, NotFound."""
    _require(actor)
    before = officials.get(tx, official_id)
    name = _name(draft.name)
    role, area_code = _role_and_area(draft, areas)
    if before.role == Role.ADMIN and role != Role.ADMIN:
        _keep_an_admin(tx, before, "role")
    officials.change(tx, official_id, name=name, role=role, area_code=area_code)
    changed = [
        field
        for field, old, new in (
            ("name", before.name, name),
            ("role", before.role, role),
            ("area_code", before.area_code, area_code),
        )
        if old != new
    ]
    _log(tx, actor, "official.change", official_id, now, fields=changed, role=role, area_code=area_code)


def disable(tx: Tx, actor: Official | None, official_id: int, now: datetime) -> None:
    """Let somebody in no more; their sessions end at once. Raises Invalid, NotAllowed, NotFound."""
    _require(actor)
    account = officials.get(tx, official_id)
    if actor is not None and actor.id == official_id:
        raise Invalid("", "Không thể tự khóa tài khoản của mình.")
    if account.disabled_at is not None:
        return
    if account.role == Role.ADMIN and actor is not None:
        _keep_an_admin(tx, account, "")
    officials.set_disabled(tx, official_id, now)
    sessions.end(tx, official_id, now)
    _log(tx, actor, "official.disable", official_id, now)


def enable(tx: Tx, actor: Official | None, official_id: int, now: datetime) -> None:
    """Let somebody in again. Raises NotAllowed, NotFound."""
    _require(actor)
    if officials.get(tx, official_id).disabled_at is not None:
        officials.set_disabled(tx, official_id, None)
        _log(tx, actor, "official.enable", official_id, now)


def invite(tx: Tx, actor: Official, official_id: int, token: str, now: datetime) -> datetime:
    """Let whoever gets the token choose a password, once; returns until when. Raises NotAllowed, NotFound."""
    _require(actor)
    if officials.get(tx, official_id).disabled_at is not None:
        raise Invalid("", "Tài khoản đang bị khóa; mở lại trước khi gửi lời mời.")
    officials.set_invite(tx, official_id, token, now + INVITE_LASTS)
    _log(tx, actor, "official.invite", official_id, now)
    return now + INVITE_LASTS


def _require(actor: Official | None) -> None:
    if actor is not None:
        require(actor, Permission.MANAGE_OFFICIALS)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 2 <= len(name) <= 80:
        raise Invalid("name", "Cần họ tên, không quá 80 ký tự; ví dụ: Phạm Thị Hạnh")
    return name


def _role_and_area(draft: Draft, areas: AreaBook) -> tuple[Role, str | None]:
    try:
        role = Role(draft.role)
    except ValueError:
        raise Invalid("role", "Cần chọn một vai trò.") from None
    code = draft.area_code.strip() or None
    if code is None and role is Role.OFFICER:
        raise Invalid("area_code", "Cán bộ xã, phường phải thuộc một xã, phường.")
    if code is not None and role is Role.ADMIN:
        raise Invalid("area_code", "Quản trị không gắn với một xã, phường.")
    area = areas.find(code) if code else None
    if code and (area is None or area.level != "commune"):
        raise Invalid("area_code", "Cần chọn một xã, phường hiện có trong danh sách.")
    return role, code


def _keep_an_admin(tx: Tx, account: Account, field: str) -> None:
    if account.disabled_at is None and officials.count_active(tx, Role.ADMIN) < 2:
        raise Invalid(field, "Đây là quản trị duy nhất; hãy thêm một quản trị khác trước.")


def _log(
    tx: Tx, actor: Official | None, action: str, official_id: int, now: datetime, **details: audit.JSON
) -> None:
    audit.write(tx, actor.id if actor else None, action, "official", str(official_id), details, now)


# Signing in -----------------------------------------------------------------------------------------------------


def begin_sign_in(tx: Tx, username: str, now: datetime) -> Attempt:
    """Count an attempt before its password is checked, so that many at once cannot all be the fifth.

    A lock-out grows with each further wrong password and is never a surprise to the right one: it ends by itself.
    """
    found = officials.find_credentials(tx, fold_username(username))
    if found is None or found.disabled:
        return Attempt(None, None)
    if found.locked_until is not None and found.locked_until > now:
        return Attempt(None, None, found.locked_until)
    failed = found.failed_attempts + 1
    locked_until = now + lock_after(failed) if failed >= FREE_ATTEMPTS else None
    officials.set_attempts(tx, found.official_id, failed, locked_until)
    if failed == FREE_ATTEMPTS:
        audit.write(
            tx,
            found.official_id,
            "official.lock",
            "official",
            str(found.official_id),
            {"failed": failed},
            now,
        )
    return Attempt(found.official_id, found.password_hash)


def lock_after(failed: int) -> timedelta:
    """Return how long an account is locked after so many wrong passwords in a row; doubles from the fifth on."""
    if failed < FREE_ATTEMPTS:
        return timedelta(0)
    doublings: int = min(failed - FREE_ATTEMPTS, 16)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def finish_sign_in(tx: Tx, official_id: int, token: str, device: str, now: datetime) -> Official:
    """Start a session after the password was found right; raises NotAllowed if the account was disabled meanwhile."""
    account = officials.get(tx, official_id)
    if account.disabled_at is not None:
        raise NotAllowed("disabled")
    officials.set_attempts(tx, official_id, 0, None)
    sessions.start(tx, official_id, token, device, now, now + LONGEST)
    audit.write(tx, official_id, "official.sign_in", "official", str(official_id), {}, now)
    return as_official(account)


def find_session(tx: Tx, token: str, now: datetime) -> tuple[Session, Official] | None:
    """Return a living session and whose it is; None: sign in again."""
    found = sessions.find(tx, token, now, now - IDLE)
    return (found[0], as_official(found[1])) if found else None


def list_sessions(tx: Tx, official: Official, now: datetime) -> list[Session]:
    """Return an official's own living sessions, the last used first."""
    return sessions.list_living(tx, official.id, now, now - IDLE)


def sign_out(tx: Tx, official: Official, now: datetime, session_id: int | None = None) -> int:
    """End one session, or every one; returns how many ended."""
    ended = sessions.end(tx, official.id, now, only=session_id)
    if session_id is None:
        _log(tx, official, "official.sign_out_everywhere", official.id, now, ended=ended)
    return ended


def change_own_password(
    tx: Tx, official: Official, password_hash: str, session_id: int, now: datetime
) -> None:
    """Set a new password after the old one was found right; every other session ends."""
    officials.set_password(tx, official.id, password_hash, now)
    sessions.end(tx, official.id, now, but=session_id)
    _log(tx, official, "official.password", official.id, now)


def set_password(tx: Tx, official_id: int, password_hash: str, now: datetime) -> None:
    """Set somebody's password from the command line; their sessions end. Raises NotFound."""
    officials.set_password(tx, official_id, password_hash, now)
    sessions.end(tx, official_id, now)
    _log(tx, None, "official.password", official_id, now)


def invited(tx: Tx, token: str, now: datetime, *, lock: bool = False) -> Official:
    """Return whom a token invites; raises NotFound for one that ended or never was."""
    account = officials.find_by_invite(tx, token, now, lock=lock)
    if account is None:
        raise NotFound("invitation")
    return as_official(account)


def accept_invite(tx: Tx, token: str, password_hash: str, now: datetime) -> Official:
    """Set the password that an invited official chose; the token is used up. Raises NotFound."""
    official = invited(tx, token, now, lock=True)
    officials.set_password(tx, official.id, password_hash, now)
    sessions.end(tx, official.id, now)
    _log(tx, official, "official.password", official.id, now, by="invite")
    return official


# The first one --------------------------------------------------------------------------------------------------


def first_token(tx: Tx, nonce: str) -> str | None:
    """Return the token that lets somebody make the first admin; None once there is any account.

    Every process and every start gives the same one, until it is used: it comes from a number that this database
    keeps, and the key. Args: nonce: the number, if none is kept yet.
    """
    if officials.any_account(tx):
        return None
    kept = facts.find(tx, _FIRST_NONCE)
    if kept is None:
        facts.put(tx, _FIRST_NONCE, nonce)
    return tx.vault.lookup(_FIRST_NONCE, kept or nonce).hex()


def is_first(tx: Tx, token: str) -> bool:
    """Say whether this token still lets somebody make the first admin."""
    kept = facts.find(tx, _FIRST_NONCE)
    return kept is not None and not officials.any_account(tx) and tx.vault.matches(_FIRST_NONCE, kept, token)


def add_first(tx: Tx, token: str, draft: Draft, password_hash: str, areas: AreaBook, now: datetime) -> int:
    """Make the first admin; the token is used up. Raises NotFound, Invalid."""
    # Taking the number away is what makes it one-time: of two at once, one waits here and then finds none.
    if not is_first(tx, token) or not facts.remove(tx, _FIRST_NONCE):
        raise NotFound("first link")
    return add(tx, None, draft, password_hash, areas, now)


# Chat -----------------------------------------------------------------------------------------------------------


def offer_link(tx: Tx, official: Official, code: str, now: datetime) -> datetime:
    """Let whoever sends this code in a chat be this official there, once; returns until when."""
    official_chats.add_link(tx, official.id, code, now + CODE_LASTS)
    _log(tx, official, "official.link_code", official.id, now)
    return now + CODE_LASTS


def link_chat(tx: Tx, code: str, address_id: int, now: datetime) -> Official:
    """Make an address the official's own whose code it is. Raises TooLate for a code that ended or never was."""
    official_id = official_chats.use_link(tx, code, now)
    if official_id is None:
        raise TooLate("link code")
    account = officials.get(tx, official_id)
    if account.disabled_at is not None:
        raise TooLate("link code")
    official_chats.link_address(tx, address_id, official_id, now)
    official = as_official(account)
    _log(tx, official, "official.link_chat", official_id, now, address_id=address_id)
    return official


def unlink_chat(tx: Tx, official: Official, address_id: int, now: datetime) -> None:
    """Make one of the official's own chats a resident's again. Raises NotFound for one that is not theirs."""
    if official_chats.find_official(tx, address_id) != official.id:
        raise NotFound("chat")
    official_chats.unlink_address(tx, address_id)
    _log(tx, official, "official.unlink_chat", official.id, now, address_id=address_id)


def official_at(tx: Tx, address_id: int) -> Official | None:
    """Return the official who writes from this address; None for a resident, and for a disabled account."""
    official_id = official_chats.find_official(tx, address_id)
    account = officials.get(tx, official_id) if official_id is not None else None
    return as_official(account) if account and account.disabled_at is None else None
