"""What people sent with their cases: shown or saved, to officials of the area."""

from collections.abc import Sequence

from aiohttp import web

from console.forms import number_in
from console.parts import official, parts
from console.security import needs
from handlers import files
from handlers.officials import Permission


@needs(Permission.READ_CASES)
async def give(request: web.Request) -> web.StreamResponse:
    """Give a file out; to officials of other areas it is not there."""
    own = parts(request)
    opened = await own.database.read(files.open_for, official(request), number_in(request, "id"))
    path = own.file_path(opened.file)
    return web.FileResponse(path, headers=files.safe_headers(opened.media_type, opened.name))


ROUTES: Sequence[web.RouteDef] = [web.get("/files/{id}", give, name="file")]
