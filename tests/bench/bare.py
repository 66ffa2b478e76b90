"""A handler that parses JSON and says yes: `python -m tests.bench.bare PORT`."""

import json
import sys

from aiohttp import web


async def parse(request: web.Request) -> web.Response:
    """Parse, and answer."""
    json.loads(await request.read())
    return web.Response()


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/", parse)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
