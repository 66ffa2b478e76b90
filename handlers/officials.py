"""Who the officials are and what each may do. Pure: how they come in is in `handlers.accounts`."""

from dataclasses import dataclass
from enum import StrEnum

from handlers.errors import NotAllowed


class Role(StrEnum):
    """What an official is here for."""

    ADMIN = "admin"
    EDITOR = "editor"
    LEADER = "leader"
    OFFICER = "officer"
    VIEWER = "viewer"


class Permission(StrEnum):
    """One thing that may be done in the console."""

    READ_FIGURES = "read_figures"
    READ_CASES = "read_cases"
    WORK_CASES = "work_cases"
    READ_QUESTIONS = "read_questions"
    ANSWER_QUESTIONS = "answer_questions"
    ASSIST = "assist"
    EDIT_TOPICS = "edit_topics"
    EDIT_OFFICES = "edit_offices"
    READ_PEOPLE = "read_people"
    READ_AUDIT = "read_audit"
    MANAGE_OFFICIALS = "manage_officials"
    MANAGE_SETTINGS = "manage_settings"
    EXPORT = "export"
    EXPORT_PERSONAL = "export_personal"
    READ_ANNOUNCEMENTS = "read_announcements"
    WRITE_ANNOUNCEMENTS = "write_announcements"
    APPROVE = "approve"
    READ_EVENTS = "read_events"
    RUN_EVENTS = "run_events"


_P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({_P.READ_FIGURES}),
    Role.OFFICER: frozenset(
        {
            _P.READ_FIGURES,
            _P.READ_CASES,
            _P.WORK_CASES,
            _P.READ_QUESTIONS,
            _P.ANSWER_QUESTIONS,
            _P.ASSIST,
            _P.EDIT_OFFICES,
            _P.EXPORT,
            _P.READ_EVENTS,
            _P.RUN_EVENTS,
        }
    ),
    # What the law says is the same in every commune: an editor's answer reaches everybody who asked.
    Role.EDITOR: frozenset(
        {
            _P.READ_FIGURES,
            _P.READ_QUESTIONS,
            _P.ANSWER_QUESTIONS,
            _P.EDIT_TOPICS,
            _P.READ_ANNOUNCEMENTS,
            _P.WRITE_ANNOUNCEMENTS,
            _P.READ_EVENTS,
            _P.RUN_EVENTS,
        }
    ),
    Role.LEADER: frozenset(
        {
            _P.READ_FIGURES,
            _P.READ_CASES,
            _P.READ_QUESTIONS,
            _P.READ_PEOPLE,
            _P.READ_AUDIT,
            _P.READ_ANNOUNCEMENTS,
            _P.APPROVE,
            _P.READ_EVENTS,
            _P.EXPORT,
        }
    ),
    Role.ADMIN: frozenset(
        {
            _P.READ_FIGURES,
            _P.READ_CASES,
            _P.READ_QUESTIONS,
            _P.READ_PEOPLE,
            _P.READ_AUDIT,
            _P.READ_ANNOUNCEMENTS,
            _P.READ_EVENTS,
            _P.EDIT_OFFICES,
            _P.MANAGE_OFFICIALS,
            _P.MANAGE_SETTINGS,
            _P.EXPORT,
            _P.EXPORT_PERSONAL,
        }
    ),
}

ROLE_NAMES: dict[Role, str] = {
    Role.ADMIN: "Quản trị",
    Role.EDITOR: "Biên tập",
    Role.LEADER: "Lãnh đạo",
    Role.OFFICER: "Cán bộ xã, phường",
    Role.VIEWER: "Chỉ xem số liệu",
}


@dataclass(frozen=True, slots=True)
class Official:
    """An official at work. `area_code`: the commune they are bound to; None: all areas."""

    id: int
    username: str
    name: str
    role: Role
    area_code: str | None


def may(official: Official, permission: Permission) -> bool:
    """Say whether the role has this permission; in which area is what `scope` says."""
    return permission in PERMISSIONS[official.role]


def require(official: Official, permission: Permission) -> None:
    """Raise NotAllowed unless the official has this permission."""
    if not may(official, permission):
        raise NotAllowed(f"{official.role} may not {permission}")


def scope(official: Official) -> str | None:
    """Return the code of the one commune that this official sees and touches; None: all areas."""
    return official.area_code


def in_scope(official: Official, area_code: str | None) -> bool:
    """Say whether something of this area is the official's to see; what has no area is for those who see all."""
    return official.area_code is None or official.area_code == area_code
