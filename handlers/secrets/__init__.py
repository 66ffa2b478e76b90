"""What nobody should send to a chat is struck out before anything else sees the text."""

from handlers.secrets.inbound import Masked
from handlers.secrets.masking import is_masked, mask, without_masks
from handlers.secrets.signs import Secret

__all__ = ["Masked", "Secret", "is_masked", "mask", "without_masks"]
