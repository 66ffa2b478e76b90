"""What the conversation knows, put together from what ships and the settings."""

import secrets

from bot.config import Settings
from faq import Topic
from handlers import areas, case_codes, case_kinds, deadlines, signals, worktime
from handlers.sending_rules import SendingRules
from handlers.topics import Library
from handlers.turn import Guide


def build_guide(settings: Settings, content: list[Topic]) -> Guide:
    """Return what the conversation knows. Raises AreaError, ContentError, WorktimeError, DeadlineError."""
    return Guide(
        Library(content),
        areas.load(settings.areas_dir or areas.SHIPPED),
        signals.shipped(content),
        settings.province_name,
        settings.retention_days,
        deadlines.load(worktime.load(settings.timezone)),
        case_kinds.load(),
        lambda: case_codes.make_code(secrets.choice),
        settings.public_url,
        sending_rules(settings),
    )


def sending_rules(settings: Settings) -> SendingRules:
    """Return when announcements may leave, and how many."""
    return SendingRules(
        settings.timezone, settings.quiet_hours, settings.approval_above, settings.weekly_ceiling
    )
