"""The service with a handful of topics and no signals, which starts in half the time: `python -m tests.crash.quick [ROLES]`.

For tests that start it again and again and care for what is sent, not for what is understood.
"""

import sys

from bot.cli import main
from faq import Topic
from faq.signals import Intent, Urgency
from handlers import signals, topics

FEW = 5
QUICK = ("-m", "tests.crash.quick")


class _Deaf:
    """Takes everything for a question, and nothing for urgent."""

    learned = True

    def learn(self) -> None:
        """There is nothing to learn."""

    def urgency(self, _text: str) -> Urgency | None:
        return None

    def intent(self, _text: str) -> Intent:
        return Intent.QUESTION


def cut_short() -> None:
    """Let the service know a few topics only, and nothing of wishes and cries for help."""
    all_of_them = topics.shipped

    def a_few() -> list[Topic]:
        return all_of_them()[:FEW]

    setattr(topics, "shipped", a_few)
    setattr(signals, "shipped", lambda *_: _Deaf())


if __name__ == "__main__":
    cut_short()
    sys.exit(main(["run", *(("--roles", sys.argv[1]) if len(sys.argv) > 1 else ())]))
