"""When those who signed up are reminded. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from handlers.sending_rules import SendingRules

BEFORE_THE_NIGHT: Final = timedelta(minutes=30)
"""How long before the quiet hours somebody is told what would have been due in them."""


def will_remind(
    starts_at: datetime, remind_before: Iterable[int], rules: SendingRules, now: datetime
) -> bool:
    """Say whether whoever signs up now is reminded still."""
    return any(remind_at(starts_at, minutes, rules, now) is not None for minutes in remind_before)


def remind_at(starts_at: datetime, minutes: int, rules: SendingRules, now: datetime) -> datetime | None:
    """Return when to remind, so many minutes before the beginning; None: that is over.

    What falls into the quiet hours comes before the night; if that is over, when they end, but never after the beginning.
    """
    at = starts_at - timedelta(minutes=minutes)
    if at <= now:
        return None
    if not rules.is_quiet(at):
        return at
    before, after = _quiet_begins(rules, at) - BEFORE_THE_NIGHT, rules.next_open(at)
    if before > now and not rules.is_quiet(before):
        return before
    return after if after < starts_at else None


def _quiet_begins(rules: SendingRules, at: datetime) -> datetime:
    """Return when the quiet hours began in which `at` lies."""
    if rules.quiet is None:
        return at
    local = at.astimezone(rules.zone)
    begins = datetime.combine(local.date(), rules.quiet[0], rules.zone)
    if begins > local:
        begins = datetime.combine(local.date() - timedelta(days=1), rules.quiet[0], rules.zone)
    return begins.astimezone(at.tzinfo)
