"""Zalo's proof that a domain is ours: a file with a given name, or a tag on the start page (either will do)."""

import html

from aiohttp import web

_PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n{tag}\n</head>\n'
    "<body>\nThere Is No Limit To What You Can Accomplish Using Zalo!\n</body>\n</html>\n"
)


def tag(code: str) -> str:
    """Return the tag for the head of the start page; "" without a code."""
    return (
        f'<meta name="zalo-platform-site-verification" content="{html.escape(code, quote=True)}">'
        if code
        else ""
    )


def routes(code: str) -> list[web.RouteDef]:
    """Return the route of the file; none without a code. Args: code: letters, digits, _ and - only."""
    if not code:
        return []

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=_PAGE.format(tag=tag(code)), content_type="text/html")

    return [web.get(f"/zalo_verifier{code}.html", page)]
