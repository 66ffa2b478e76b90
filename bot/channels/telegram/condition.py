"""How the Telegram channel is: what receiving and sending found out, and one line in the log when it changes."""

import logging

from bot.channels.base import Health, State
from bot.channels.telegram.errors import Answered, ApiProblem, Unreachable
from bot.channels.telegram.updates import NAME

log = logging.getLogger(__name__)

_WORST_FIRST = (State.REFUSED, State.CONFLICT, State.UNREACHABLE, State.STARTING, State.OK)


class Condition:
    """Receiving and sending fail separately: with a second poller about, for one, messages still go out."""

    def __init__(self) -> None:
        self._receiving = Health(State.STARTING)
        self._sending = Health(State.OK)

    def health(self) -> Health:
        """Return the worse of the two."""
        return min(self._receiving, self._sending, key=lambda health: _WORST_FIRST.index(health.state))

    def receiving(self, state: State, note: str) -> None:
        """Take what receiving found out; when it works, Telegram can be reached for sending too."""
        self._change(Health(state, note), Health(State.OK) if state is State.OK else self._sending)

    def sent(self) -> None:
        """A message went out."""
        self._change(self._receiving, Health(State.OK))

    def not_sent(self, problem: ApiProblem) -> None:
        """A message did not go out; an answer about that one message says that the channel works."""
        sending = self._sending
        if isinstance(problem, Unreachable):
            sending = Health(State.UNREACHABLE, f"Telegram does not answer ({problem})")
        elif isinstance(problem, Answered) and problem.token_refused:
            sending = Health(
                State.REFUSED, f"Telegram refuses the token, check TELEGRAM_BOT_TOKEN ({problem})"
            )
        elif isinstance(problem, Answered) and problem.code < 500:
            sending = Health(State.OK)
        self._change(self._receiving, sending)

    def _change(self, receiving: Health, sending: Health) -> None:
        before = self.health().state
        self._receiving, self._sending = receiving, sending
        now = self.health()
        if now.state is not before:
            level = logging.INFO if now.state is State.OK else logging.WARNING
            fields = {"channel": NAME, "state": now.state.value, "note": now.note}
            log.log(level, "channel state", extra=fields)
