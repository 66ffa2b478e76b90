"""The picture above the form for name and phone number: Zalo takes no form without one, and fetches it from us."""

from importlib import resources

from aiohttp import web

IMAGE_PATH = "/static/contact.png"


def image_url(public_url: str) -> str:
    """Return where Zalo finds the picture; "" where it cannot: it fetches over https alone, from a public name."""
    return f"{public_url}{IMAGE_PATH}" if public_url.startswith("https://") else ""


def routes() -> list[web.RouteDef]:
    """Return the route of the picture."""
    picture = resources.files("bot.static").joinpath("contact.png").read_bytes()

    async def give(_request: web.Request) -> web.Response:
        return web.Response(
            body=picture, content_type="image/png", headers={"Cache-Control": "public, max-age=86400"}
        )

    return [web.get(IMAGE_PATH, give)]
