"""The console's few files, given by content and kept by browsers as long as they can be."""

import gzip
import hashlib
from importlib import resources

from aiohttp import web

from console.security import anybody

_KINDS = {"css": "text/css", "js": "text/javascript"}


class Assets:
    """Reads the files of `console/static` once."""

    def __init__(self) -> None:
        folder = resources.files("console").joinpath("static")
        names = [f.name for f in folder.iterdir() if f.name.rpartition(".")[2] in _KINDS]
        self._bodies = {name: folder.joinpath(name).read_bytes() for name in names}
        self._zipped = {name: gzip.compress(body, 9, mtime=0) for name, body in self._bodies.items()}
        self._tags = {name: hashlib.sha256(body).hexdigest()[:12] for name, body in self._bodies.items()}

    def query(self, name: str) -> dict[str, str]:
        """Return what makes the file's address change with its content."""
        return {"v": self._tags[name]}

    def route(self) -> web.RouteDef:
        """Return the route that gives the files."""

        @anybody
        async def asset(request: web.Request) -> web.StreamResponse:
            return self._give(request, request.match_info["name"])

        return web.get("/static/{name}", asset, name="static")

    def _give(self, request: web.Request, name: str) -> web.Response:
        if name not in self._bodies:
            raise web.HTTPNotFound
        fresh = request.query.get("v") == self._tags[name]
        headers = {
            "ETag": f'"{self._tags[name]}"',
            "Vary": "Accept-Encoding",
            "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
        }
        if any(tag.value == self._tags[name] for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = self._bodies[name]
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = self._zipped[name]
        kind = _KINDS[name.rpartition(".")[2]]
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)
