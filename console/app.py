"""The console as one application, to be mounted at `/console`."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import jinja2
from aiohttp import web
from markupsafe import Markup

from console import export_jobs, overviews, progress, views
from console.assets import Assets
from console.errors import errors
from console.hashing import HASHING, Hashing
from console.names import area_name
from console.page import MENU
from console.parts import PARTS, Parts
from console.security import guard
from console.strangers import STRANGERS, Strangers

PREFIX = "/console"


def build(parts: Parts) -> web.Application:
    """Return the console; every address in it begins with `PREFIX` once it is mounted there."""
    app = web.Application(middlewares=[errors, guard])
    app[PARTS] = parts
    app[MENU] = views.MENU
    app[HASHING] = Hashing()
    app[STRANGERS] = Strangers()
    overviews.add_to(app)
    export_jobs.add_to(app)
    progress.add_to(app)
    assets = Assets()
    for module in views.MODULES:
        app.add_routes(module.ROUTES)
    app.add_routes([assets.route()])
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.PackageLoader("console"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
    )
    environment.globals |= {
        "asset_query": assets.query,
        "time": _Times(parts.zone).show,
        "day": _Times(parts.zone).show_day,
        "area": area_name(parts.guide.areas),
    }
    macros = environment.get_template("_macros.html").module
    environment.globals |= {name: getattr(macros, name) for name in views.MACROS}
    return app


class _Times:
    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def show(self, value: datetime | None) -> Markup:
        """Write a moment as people here read it; nothing for None."""
        if value is None:
            return Markup()
        local = value.astimezone(self._zone)
        return Markup('<time datetime="{}">{}</time>').format(
            local.isoformat(timespec="seconds"), f"{local:%H:%M %d/%m/%Y}"
        )

    def show_day(self, value: datetime | date | None) -> Markup:
        """Write the day of a moment, or a day."""
        if value is None:
            return Markup()
        local = value.astimezone(self._zone).date() if isinstance(value, datetime) else value
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), f"{local:%d/%m/%Y}")
