"""A made-up commune's year, so that every screen has something on it. For empty databases only."""

from bot.demo.filling import Filled, fill, is_empty

__all__ = ["Filled", "fill", "is_empty"]
