"""Telegram as a channel: polling, webhook, sending. Only `api.py` knows the library."""
