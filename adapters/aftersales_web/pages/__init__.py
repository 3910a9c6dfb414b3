"""页面: what people look at, rendered here; every page works as plain forms and links."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from aftersales_web.pages import (
    accesses,
    acting,
    board,
    clauses,
    enter,
    people,
    replay,
    search,
    ticket,
    today,
)

PAGES: Final[tuple[APIRouter, ...]] = (
    enter.router,
    today.router,
    acting.router,
    ticket.router,
    replay.router,
    search.router,
    clauses.router,
    board.router,
    people.router,
    accesses.router,
)
"""Every page of the office."""
