"""What the conversation knows, put together from what ships and the settings."""

import secrets

from bot import learned
from bot.config import Settings
from bot.learned import Learned
from faq import Matcher
from faq.text import Readings
from handlers import areas, case_codes, case_kinds, deadlines, signals, topics, worktime
from handlers.topics import Library
from handlers.turn import Guide


def build_guide(settings: Settings) -> Guide:
    """Return what the conversation knows. Raises AreaError, ContentError, WorktimeError, DeadlineError."""
    content = topics.shipped()
    if (known := learned.recall(settings.secret_key)) is None:
        # The matcher reads the topics now, and the signals learn from the same readings later.
        readings = Readings()
        known = Learned(Matcher(content, readings), signals.shipped(content, readings))
    return Guide(
        Library(content, matcher=known.matcher),
        areas.load(settings.areas_dir or areas.SHIPPED),
        known.signals,
        settings.province_name,
        settings.retention_days,
        deadlines.load(worktime.load(settings.timezone)),
        case_kinds.load(),
        lambda: case_codes.make_code(secrets.choice),
        settings.public_url,
        settings.sending_rules,
    )
