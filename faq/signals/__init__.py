"""What a message wants besides its topic, and whether help is needed now. Pure, like all of `faq`."""

from faq.signals.examples import Examples, parse
from faq.signals.kinds import CALM, Intent, Urgency
from faq.signals.reader import Signals

__all__ = ["CALM", "Examples", "Intent", "Signals", "Urgency", "parse"]
