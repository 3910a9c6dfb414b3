"""外壳: what every answer gets, whatever made it: headers that close what is not needed, and a limit to what is sent in.

Plain ASGI, so that streams are not held up.
"""

from __future__ import annotations

import json
from typing import Final

from starlette.datastructures import MutableHeaders
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


class Shell:
    """Wraps an application: security headers on every answer, no body above its limit, no page in a shared cache."""

    def __init__(self, app: ASGIApp, *, body_limit: int, upload_limit: int, uploads: tuple[str, ...], secure: bool) -> None:
        """
        Args:
            body_limit: bytes of a request; *upload_limit*: of one whose path ends with one of *uploads*.
            secure: tell browsers to come by https only.
        """
        self._app = app
        self._body_limit = body_limit
        self._upload_limit = upload_limit
        self._uploads = uploads
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_limit if scope["path"].endswith(self._uploads) else self._body_limit
        length = dict(scope["headers"]).get(b"content-length", b"")
        if length.isdigit() and int(length) > limit:
            await self._too_large(scope, send, limit)
            return
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
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if self._secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        try:
            await self._app(scope, counted, sent)
        except _TooLarge:
            if not started:
                await self._too_large(scope, send, limit)

    async def _too_large(self, scope: Scope, send: Send, limit: int) -> None:
        told = json.dumps({
            "type": "urn:aftersales:problem:body-too-large", "title": "Content Too Large", "status": 413,
            "detail": f"a request may have {limit} bytes; send less", "instance": scope["path"], "code": "body-too-large",
        }).encode()  # fmt: skip
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(told)).encode()), (b"connection", b"close")]
        headers += [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": told})


class _TooLarge(Exception):
    """More came than was announced."""
