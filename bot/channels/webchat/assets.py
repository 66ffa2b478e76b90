"""The files that browsers need beside the page, and how they are given: by content, zipped, kept as long as they can be."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is given to browsers; `tag` changes with its content."""

    body: bytes
    zipped: bytes
    tag: str
    content_type: str

    @classmethod
    def read(cls, name: str) -> "Asset":
        """Read one of the files in `bot/static`."""
        body = read_static(name)
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return cls(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:12], kind)

    def answer(self, request: web.Request) -> web.Response:
        """Return the file, or 304 to a browser that has it."""
        headers = {"ETag": f'"{self.tag}"', "Vary": "Accept-Encoding"}
        if request.path == "/embed.js":
            # Other sites name it without a version, so it has to be asked for again.
            headers |= {
                "Cache-Control": "public, max-age=3600",
                "Cross-Origin-Resource-Policy": "cross-origin",
            }
        elif request.query.get("v") == self.tag:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            headers["Cache-Control"] = "no-cache"
        if any(tag.value == self.tag for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = self.body
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = self.zipped
        return web.Response(body=body, content_type=self.content_type, charset="utf-8", headers=headers)


def read_static(name: str) -> bytes:
    """Return one of the files in `bot/static`."""
    return resources.files("bot.static").joinpath(name).read_bytes()
