"""接口: the same desk for other programs: REST, problem details, a feed of facts.

Commands are the classes of the core, rows are those of its views, states are written as they are: there is no second model
to keep in step. `openapi` describes all of it from the same classes.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from aftersales_web.api import batch, commands, docs, feed, files, health, lawbook, tickets, views

PREFIX: Final = "/api/v1"

ROUTERS: Final[tuple[APIRouter, ...]] = (
    tickets.router, commands.router, views.router, batch.router, lawbook.router, files.router, feed.router,
)  # fmt: skip
"""What stands below `PREFIX`."""

BESIDE: Final[tuple[APIRouter, ...]] = (docs.router, health.router)
"""What stands beside it."""
