"""What a case can be and what may become of it. Pure: the one table of a case's life."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What it is in law; decides the deadline."""

    REFLECTION = "reflection"
    PROPOSAL = "proposal"
    COMPLAINT = "complaint"
    DENUNCIATION = "denunciation"
    QUESTION = "question"
    HUMAN = "human"
    THANKS = "thanks"


class Category(StrEnum):
    """What it is about."""

    ALLOWANCE = "allowance"
    POOR_LIST = "poor_list"
    HEALTH = "health"
    SCHOOL = "school"
    HOUSING = "housing"
    CREDIT = "credit"
    CONDUCT = "conduct"
    DIALOGUE = "dialogue"
    PROPOSAL = "proposal"
    THANKS = "thanks"
    OTHER = "other"


class Status(StrEnum):
    """Where it stands."""

    NEW = "new"
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    CLOSED = "closed"
    REFUSED = "refused"
    FORWARDED = "forwarded"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What is done to it; stored with every entry of its history."""

    OPEN = "open"
    RECEIVE = "receive"
    START = "start"
    ASSIGN = "assign"
    NOTE = "note"
    ANSWER = "answer"
    REFUSE = "refuse"
    FORWARD = "forward"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    MOVE = "move"
    SORT = "sort"
    # The resident's own.
    ADD = "add"
    WITHDRAW = "withdraw"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    # Nobody's: the clock's.
    DUE_SOON = "due_soon"
    LATE = "late"
    ASK_SOLVED = "ask_solved"


class Actor(StrEnum):
    """Who did it."""

    RESIDENT = "resident"
    OFFICIAL = "official"
    SYSTEM = "system"


_S = Status
OPEN_STATUSES = frozenset({_S.NEW, _S.RECEIVED, _S.IN_PROGRESS})
"""An official has still to act."""


def _same(statuses: frozenset[Status]) -> dict[Status, Status]:
    return {status: status for status in statuses}


def _to(target: Status, statuses: frozenset[Status]) -> dict[Status, Status]:
    return dict.fromkeys(statuses, target)


# action → the statuses it may be done in → the status it leads to. What is not here cannot be done.
STEPS: Mapping[Action, Mapping[Status, Status]] = {
    Action.RECEIVE: {_S.NEW: _S.RECEIVED},
    Action.START: {_S.NEW: _S.IN_PROGRESS, _S.RECEIVED: _S.IN_PROGRESS},
    Action.ASSIGN: _same(OPEN_STATUSES),
    Action.NOTE: _same(frozenset(Status)),
    Action.ANSWER: _to(_S.ANSWERED, OPEN_STATUSES | {_S.ANSWERED, _S.FORWARDED}),
    Action.REFUSE: _to(_S.REFUSED, OPEN_STATUSES),
    Action.FORWARD: _to(_S.FORWARDED, OPEN_STATUSES),
    Action.CLOSE: _to(_S.CLOSED, frozenset({_S.ANSWERED, _S.REFUSED, _S.FORWARDED})),
    Action.REOPEN: _to(_S.IN_PROGRESS, frozenset({_S.ANSWERED, _S.CLOSED, _S.REFUSED, _S.FORWARDED})),
    Action.MERGE: _same(OPEN_STATUSES),
    Action.MOVE: _same(OPEN_STATUSES),
    Action.SORT: _same(OPEN_STATUSES),
    # Words added after an answer say that it was not the last word: an official has to act again.
    Action.ADD: _same(OPEN_STATUSES) | {_S.ANSWERED: _S.IN_PROGRESS},
    Action.WITHDRAW: _to(_S.WITHDRAWN, OPEN_STATUSES),
    # The buttons stay in the chat, so they may be pressed after the case was closed for want of a reply.
    Action.SOLVED: _to(_S.CLOSED, frozenset({_S.ANSWERED, _S.CLOSED})),
    Action.NOT_SOLVED: _to(_S.IN_PROGRESS, frozenset({_S.ANSWERED, _S.CLOSED})),
    Action.DUE_SOON: _same(OPEN_STATUSES),
    Action.LATE: _same(OPEN_STATUSES),
    Action.ASK_SOLVED: {_S.ANSWERED: _S.ANSWERED},
}
# These need no answer: they may be closed as they are.
CLOSED_WITHOUT_ANSWER = frozenset({Kind.THANKS, Kind.HUMAN})
# Complaints and denunciations are each settled by themselves (their own laws); so is a talk with a person.
MERGEABLE = frozenset({Kind.REFLECTION, Kind.PROPOSAL, Kind.QUESTION, Kind.THANKS})


def step(action: Action, status: Status, kind: Kind) -> Status | None:
    """Return the status that an action leads to; None when it cannot be done."""
    if action is Action.CLOSE and status in OPEN_STATUSES and kind in CLOSED_WITHOUT_ANSWER:
        return Status.CLOSED
    return STEPS[action].get(status)
