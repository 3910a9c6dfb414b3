"""页面: what people look at, rendered here; every page works as plain forms and links."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from aftersales_web.pages import (
    accesses,
    board,
    customer,
    enter,
    link,
    offline,
    people,
    sending,
    ticket,
    today,
    visits,
)

PAGES: Final[tuple[APIRouter, ...]] = (
    enter.router,
    today.router,
    ticket.router,
    board.router,
    offline.router,
    sending.router,
    visits.router,
    link.router,
    customer.router,
    people.router,
    accesses.router,
)
"""Every page of the office."""
