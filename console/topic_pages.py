"""What the screens about topics have in common."""

from collections.abc import Mapping
from datetime import date

from aiohttp import web

from console.parts import parts
from faq import Topic
from handlers import topic_editing
from storage import topics
from storage.db import Tx
from storage.errors import NotFound
from storage.topics import Revision


def today(request: web.Request) -> date:
    """Return which day it is here."""
    own = parts(request)
    return own.now().astimezone(own.zone).date()


def shipped(request: web.Request) -> Mapping[str, Topic]:
    """Return the topics as they ship."""
    return parts(request).guide.library.shipped


def get(tx: Tx, topic_id: str, originals: Mapping[str, Topic]) -> tuple[Topic, Revision | None]:
    """Return a topic as it stands, and its newest revision; raises NotFound."""
    topic = topic_editing.standing(tx, topic_id, originals)
    if topic is None:
        raise NotFound(f"topic {topic_id}")
    return topic, topics.find_newest(tx, topic_id)
