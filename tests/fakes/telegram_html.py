"""Read HTML as the Bot API does (core.telegram.org/bots/api#html-style, read 2026-11): the text, or why it is refused."""

import re

_TAGS = {
    "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "a", "code", "pre", "blockquote",
    "tg-emoji", "span",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<tag>[a-zA-Z0-9-]*)[^<>]*>|<|&(?P<named>lt|gt|amp|quot);"
    r"|&#(?P<number>\d+);|&#x(?P<hex>[0-9a-fA-F]+);"
)


class Unparsable(ValueError):
    """The text is no HTML that Telegram takes."""


def plain_text(markup: str) -> str:
    """Return what a person reads. Raises Unparsable."""
    text, last, open_tags = "", 0, list[str]()
    for token in _TOKEN.finditer(markup):
        text += markup[last : token.start()]
        last = token.end()
        if token["named"]:
            text += _NAMED[token["named"]]
        elif token["number"] or token["hex"]:
            text += chr(int(token["number"]) if token["number"] else int(token["hex"], 16))
        elif (tag := (token["tag"] or "").lower()) not in _TAGS:
            raise Unparsable(f'Unsupported start tag "{tag}" at byte offset {token.start()}')
        elif not token["close"]:
            open_tags.append(tag)
        elif not open_tags or open_tags.pop() != tag:
            raise Unparsable(f"Unmatched end tag at byte offset {token.start()}")
    if open_tags:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return text + markup[last:]
