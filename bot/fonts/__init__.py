"""The font of printed sheets; its licence is in LICENSE.txt."""
