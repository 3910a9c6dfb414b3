"""外壳: what every answer gets, whatever made it: headers that close what is not needed, and a limit to what is sent in.

Plain ASGI, so that streams are not held up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy: nothing inline, nothing from elsewhere, nothing framed."""

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}


def close(headers: MutableHeaders, *, secure: bool) -> None:
    """Add to the *headers* of an answer what every answer has, save what it says itself; *secure*: to be reached by https only."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


class Shell:
    """Wraps an application: security headers on every answer, no body above its limit, no page in a shared cache."""

    def __init__(
        self, app: ASGIApp, *, body_limit: int, upload_limit: int, uploads: tuple[str, ...], secure: bool,
        too_large: Callable[[Request, int], Response],
    ) -> None:  # fmt: skip
        """
        Args:
            body_limit: bytes of a request; *upload_limit*: of one whose path ends with one of *uploads*.
            secure: tell browsers to come by https only.
            too_large: the answer to a request that has more bytes than that.
        """
        self._app = app
        self._too_large = too_large
        self._body_limit = body_limit
        self._upload_limit = upload_limit
        self._uploads = uploads
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_limit if scope["path"].endswith(self._uploads) else self._body_limit
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLarge
            return message

        async def sent(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                close(MutableHeaders(scope=message), secure=self._secure)
            await send(message)

        try:
            length = dict(scope["headers"]).get(b"content-length", b"")
            if length.isdigit() and int(length[:20]) > limit:
                raise _TooLarge
            await self._app(scope, counted, sent)
        except _TooLarge:
            if not started:
                await self._too_large(Request(scope), limit)(scope, receive, sent)


class _TooLarge(Exception):
    """More comes than is allowed."""
