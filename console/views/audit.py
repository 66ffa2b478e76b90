"""The audit log: who changed what, newest first, and whether the chain is whole."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiohttp import web

from console import audit_words
from console.forms import Form
from console.names import area_name
from console.page import here, page
from console.parts import official, parts
from console.security import needs
from handlers.officials import Official, Permission, in_scope, scope
from storage import audit, officials
from storage.audit import Entry
from storage.db import Tx

PER_PAGE = 50


@needs(Permission.READ_AUDIT)
async def list_entries(request: web.Request) -> web.Response:
    """List entries; filters and the place in the list stand in the address."""
    form, own = Form(request.query), parts(request)
    entries, people = await own.database.read(_look, official(request), form, own.zone)
    more = len(entries) > PER_PAGE
    entries = entries[:PER_PAGE]
    names = {str(person.id): person.name for person in people}
    titles = {topic.id: topic.title for topic in own.guide.library.topics.values()}
    return page(
        request,
        "audit/list.html",
        form=form,
        entries=entries,
        actions=audit_words.ACTIONS,
        known=audit_words.Known(area_name(own.guide.areas), names, titles),
        about=[("", "Mọi việc"), *audit_words.GROUPS],
        names=names,
        who=[("", "Mọi người"), *names.items()],
        older=here(request, before=entries[-1].id) if more else None,
        newest=here(request, before=None) if form.text("before") else None,
    )


def _look(tx: Tx, who: Official, form: Form, zone: ZoneInfo) -> tuple[list[Entry], list[officials.Account]]:
    # Whoever is bound to a commune reads what its officials did: the rest names others' cases and colleagues.
    people = [one for one in officials.list_accounts(tx) if in_scope(who, one.area_code)]
    entries = audit.list_entries(
        tx,
        official_id=form.number("official"),
        among=None if scope(who) is None else [one.id for one in people],
        action=form.text("action"),
        subject_kind=form.text("kind"),
        subject_id=form.text("subject"),
        since=form.start_of_day("since", zone),
        until=form.start_of_day("until", zone, 1),
        before_id=form.number("before"),
        limit=PER_PAGE + 1,
    )
    return entries, people


@needs(Permission.READ_AUDIT)
async def verify(request: web.Request) -> web.Response:
    """Read the whole chain, and say whether it is as it was written."""
    found = await parts(request).database.read(audit.verify)
    return page(request, "audit/verify.html", found=found)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/audit", list_entries, name="audit"),
    web.get("/audit/verify", verify, name="audit-verify"),
]
