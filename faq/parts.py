"""Take a message apart where a second question may begin. Pure text; whether it is one, the matcher says."""

import re

from faq.text import fold

# Fewer words than this carry no question of their own ("cảm ơn ạ", "cho hỏi").
LEAST_WORDS = 4
MOST_PARTS = 6
# After the end of a sentence, or before words with which people turn to the next thing they want to know.
_BORDERS = re.compile(
    r"(?<=[?!;\n])\s*|(?<=[.])\s+(?=\D)"
    r"|[,.]?\s+(?=(?:với\s+lại|voi\s+lai|ngoài\s+ra|ngoai\s+ra|à\s+mà|a\s+ma|còn\s+nữa|con\s+nua|thêm\s+nữa|them\s+nua"
    r"|cho\s+(?:tôi|em|e|cháu)?\s*hỏi\s+thêm|cho\s+(?:toi|em|e|chau)?\s*hoi\s+them)\b)",
    re.IGNORECASE,
)


# What a story tells before its question is no question, however well a topic fits it.
_ASKS = re.compile(
    r"\b(?:khong|ko|kg|k|hong|hok|chua|bao nhieu|bn|may|nao|gi|sao|dau|ntn|the nao|bao gio|bao lau|khi nao|hay)\b"
)


def parts(text: str) -> list[str]:
    """Return the pieces of a message that each ask something, in order; fewer than two: it is one piece."""
    found = []
    for piece in _BORDERS.split(text):
        folded = fold(piece)
        asks = piece.rstrip().endswith("?") or _ASKS.search(folded)
        if asks and len(folded.split()) >= LEAST_WORDS:
            found.append(piece.strip())
    return found[:MOST_PARTS]
