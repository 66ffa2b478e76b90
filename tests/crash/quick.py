"""The service with a handful of topics, which starts in half the time: `python -m tests.crash.quick [ROLES]`.

For tests that start it again and again and ask it nothing.
"""

import sys

from bot.cli import main
from bot.wiring import Service
from faq import Topic
from handlers import topics

FEW = 5


def cut_short() -> None:
    """Let the service know a few topics only, and prepare nothing for the first question."""
    all_of_them = topics.shipped

    def a_few() -> list[Topic]:
        return all_of_them()[:FEW]

    setattr(topics, "shipped", a_few)
    setattr(Service, "_learn", lambda _service: None)


if __name__ == "__main__":
    cut_short()
    sys.exit(main(["run", *(("--roles", sys.argv[1]) if len(sys.argv) > 1 else ())]))
