"""Steps of the self-check that several tests begin with."""

from handlers import texts
from handlers.selfcheck import INDICATORS
from tests.handlers.resident import Resident

POOR, MIDDLE, ABOVE, BY_INCOME = (
    texts.CHECK_OUTCOMES[outcome] for outcome in ("poor", "middle", "above", "by_income")
)
FIRST = texts.CHECK_QUESTIONS[INDICATORS[0].id]


def asked(resident: Resident) -> str:
    """Return the indicator that the newest buttons are about."""
    return next(
        (b.payload or "").split(":")[3]
        for b in resident.buttons
        if (b.payload or "").startswith("1:check:is")
    )


async def begin(resident: Resident, area: str = texts.BUTTON_RURAL, figures: str = "4 người 5 triệu") -> str:
    """Come to the first question about the home."""
    await resident.press(texts.BUTTON_CHECK)
    await resident.press(area)
    return await resident.say(figures)


async def answer_all(resident: Resident, *, lacking: int, unknown: int = 0) -> int:
    """Answer until there is a result, the first so many as lacking, the next as unknown; returns the presses."""
    by_id = {indicator.id: indicator for indicator in INDICATORS}
    presses = 0
    while texts.BUTTON_DONT_KNOW in resident.labels:
        indicator = by_id[asked(resident)]
        yes = indicator.lacking_if == "y"
        if lacking <= presses < lacking + unknown:
            await resident.press(texts.BUTTON_DONT_KNOW)
        else:
            await resident.press(texts.BUTTON_YES if yes is (presses < lacking) else texts.BUTTON_NO)
        presses += 1
    return presses
