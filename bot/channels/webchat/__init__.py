"""The web chat as a channel: one page, its API and its stream of later messages. `channel.py` puts the parts together."""
