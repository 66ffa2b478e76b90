"""How the Zalo channel is: what asking for the OA and sending found out, and one line in the log when it changes."""

import logging

from bot.channels.base import Health, State
from bot.channels.zalo.errors import About, Answered, Closed, Unanswered, ZaloProblem
from bot.channels.zalo.settings import NAME

log = logging.getLogger(__name__)

_WORST_FIRST = (State.REFUSED, State.UNREACHABLE, State.STARTING, State.OK)
_WELL = Health(State.OK)


class Condition:
    """Asking and sending fail separately: an OA whose package is too small still says its name."""

    def __init__(self) -> None:
        self._asking = Health(State.STARTING)
        self._sending = _WELL
        self._only_sending = False  # what is wrong with sending does not show when asking

    def health(self) -> Health:
        """Return the worse of the two; a note about sending counts more than a name."""
        worse = min(self._sending, self._asking, key=lambda health: _WORST_FIRST.index(health.state))
        return worse if worse.note else min(worse, self._asking, key=lambda h: _WORST_FIRST.index(h.state))

    def asked(self, health: Health) -> None:
        """Take what asking for the OA found out: where it works, tokens and connections do."""
        well = health.state is State.OK and not self._only_sending
        self._change(health, _WELL if well else self._sending)

    def sent(self) -> None:
        """A message went out."""
        self._only_sending = False
        # Without money the next person after 48 hours is not reached either.
        self._change(self._asking, _WELL if self._sending.state is not State.OK else self._sending)

    def not_sent(self, problem: ZaloProblem) -> None:
        """A message did not go out; an answer about that one message says that the channel works."""
        if isinstance(problem, Answered) and problem.about is About.MONEY:
            self._only_sending = True
            self._change(self._asking, Health(State.OK, str(problem)))
        elif (health := describe(problem)).state is not State.OK and not isinstance(problem, Unanswered):
            self._only_sending = isinstance(problem, Answered) and problem.about is About.OPERATOR
            self._change(self._asking, health)

    def _change(self, asking: Health, sending: Health) -> None:
        before = self.health()
        paid_before = self._sending.note if self._sending.state is State.OK else ""
        self._asking, self._sending = asking, sending
        now = self.health()
        paid = sending.note if sending.state is State.OK else ""
        if now.state is not before.state or (paid and paid != paid_before):
            level = logging.INFO if now.state is State.OK and not paid else logging.WARNING
            fields = {"channel": NAME, "state": now.state.value, "note": now.note}
            log.log(level, "channel state", extra=fields)


def describe(problem: ZaloProblem) -> Health:
    """Say what a call without a result tells about the channel as a whole."""
    if isinstance(problem, Closed):
        if problem.needs_consent:
            return Health(State.REFUSED, f"an admin has to give consent again in the console ({problem})")
        return Health(State.UNREACHABLE, f"no access token just now ({problem})")
    if not isinstance(problem, Answered):
        return Health(State.UNREACHABLE, f"Zalo does not answer ({problem})")
    if problem.about is About.TOKEN:
        return Health(State.REFUSED, f"Zalo refuses a renewed access token ({problem})")
    if problem.about is About.OPERATOR:
        return Health(State.REFUSED, str(problem))
    return _WELL
