"""What the rules refuse. A closed family: each edge (page, chat, command) translates it once."""


class RuleError(Exception):
    """The rules say no."""


class NotAllowed(RuleError):
    """This official may not do that at all."""


class Invalid(RuleError):
    """Something that was given cannot be taken. `sentence` is Vietnamese and says what a right one looks like."""

    def __init__(self, field: str, sentence: str) -> None:
        """Args: field: the name of what is wrong, as forms name it; empty when it is no single one."""
        super().__init__(f"{field}: {sentence}" if field else sentence)
        self.field = field
        self.sentence = sentence


class TooLate(RuleError):
    """What was asked for was possible once: a code that ended, a case that is closed."""
