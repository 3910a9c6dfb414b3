"""应用: an office put together as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from aftersales_core import Desk
from aftersales_core.audit import Signer
from aftersales_core.ports import Safe
from aftersales_web import answers, api
from aftersales_web.access.gate import Allow, Anyone
from aftersales_web.assets import Assets
from aftersales_web.office import Office, Settings, clock
from aftersales_web.pages import PAGES
from aftersales_web.pages.frame import Frame
from aftersales_web.shell import Shell


def create_app(
    desk: Desk, *, safe: Safe | None = None, settings: Settings | None = None, now: Callable[[], datetime] = clock,
    signer: Signer | None = None,
) -> FastAPI:  # fmt: skip
    """The office on *desk* as an ASGI application.

    Args:
        safe: where accounts and sessions are kept; beside the database of the desk unless given.
        now: the clock of pages and sessions.
        signer: signs the checkpoints that are taken here.

    Raises:
        NoAdapter: the desk's database has no place for secrets; give a *safe*.
    """
    office = Office(desk, safe if safe is not None else desk.safe, settings or Settings(), now, signer)
    assets = Assets()

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        office.close()

    app = FastAPI(
        title="aftersales-core", version="1", openapi_url=None, docs_url=None, redoc_url=None, lifespan=life,
    )  # fmt: skip
    app.state.office, app.state.assets, app.state.frame = office, assets, Frame(office, assets)
    answers.install(app)
    for router in PAGES:
        app.include_router(router, include_in_schema=False)
    for router in api.ROUTERS:
        app.include_router(router, prefix=api.PREFIX, include_in_schema=False)
    for router in api.BESIDE:
        app.include_router(router, include_in_schema=False)
    assert not (open_ := [path for path, _methods, found in rights(app) if found is None]), f"nobody said who may: {open_}"
    app.add_middleware(GZipMiddleware, minimum_size=700, compresslevel=5)
    if office.settings.hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(office.settings.hosts))
    app.add_middleware(
        Shell, body_limit=office.settings.body_limit, upload_limit=office.settings.upload_limit + 2**16,
        uploads=("/files", "/photos"), secure=office.settings.secure, too_large=answers.too_large,
    )  # fmt: skip
    return app


def rights(app: FastAPI | APIRouter, prefix: str = "") -> Iterator[tuple[str, frozenset[str], Allow | Anyone | None]]:
    """Every route with its methods and what it asks of whoever comes; None where it says nothing."""
    for route in app.routes:
        inner, how = getattr(route, "original_router", None), getattr(route, "include_context", None)
        if isinstance(route, APIRoute):
            yield prefix + route.path, frozenset(route.methods or ()), _asked(route.dependant)
        elif isinstance(inner, APIRouter):
            yield from rights(inner, prefix + getattr(how, "prefix", ""))
        else:
            yield str(getattr(route, "path", route)), frozenset(), None


def _asked(dependant: Dependant) -> Allow | Anyone | None:
    for each in dependant.dependencies:
        call: Any = each.call
        if isinstance(call, Allow | Anyone):
            return call
        if (found := _asked(each)) is not None:
            return found
    return None
