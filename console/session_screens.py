"""What every screen of one training or dialogue session shows."""

from aiohttp import web

from console.parts import official, parts
from handlers import announcement_texts
from handlers.officials import Permission, in_scope, may
from storage.events import CANCELLED, Announced


def context(request: web.Request, announced: Announced) -> dict[str, object]:
    """Return the session, and what this official may do about it."""
    own, who, event = parts(request), official(request), announced.event
    return {
        "event": event,
        "one": announced.announcement,
        "when": announcement_texts.when(event, own.zone),
        "begun": own.now() >= event.starts_at,
        "open": event.minutes_at is None and event.status != CANCELLED,
        "runs": may(who, Permission.RUN_EVENTS) and in_scope(who, event.area_code),
    }
