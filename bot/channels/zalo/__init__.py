"""Zalo: the Official Account OpenAPI as a channel."""
