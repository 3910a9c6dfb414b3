"""开门: the office's web pages and API, served by whatever adapter is installed for it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from aftersales_cli.proving import signing_key
from aftersales_cli.shell import Shell


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="the address to listen on; this machine only unless given")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="the port to listen on; 0 for any that is free")] = 8000,
    secure: Annotated[bool, typer.Option("--secure", help="reached by https, through a proxy in front")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="on the demo's data: opens accounts for its people, says that nothing is real")] = False,
    house: Annotated[str, typer.Option(help="the shop's name on the pages customers see")] = "",
    hotline: Annotated[str, typer.Option(help="the telephone number on the pages customers see")] = "",
    name: Annotated[list[str] | None, typer.Option("--name", help="a host name it answers to; may be given several times, any if not given")] = None,
    proxy: Annotated[list[str] | None, typer.Option("--proxy", help="the address of a proxy whose word about callers is believed; may be given several times")] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="sign checkpoints and proofs with the key in this file; proof key makes one")] = None,
) -> int:
    """Open the office: web pages for people, an API for programs, until Ctrl-C."""
    shell: Shell = ctx.obj
    plugins = import_module("aftersales_core.plugins")
    server = plugins.adapter(plugins.SERVERS, "web:")
    signer = signing_key(key) if key is not None else None
    with shell.desk(making=True) as desk:
        done: int = server(
            desk, host=host, port=port, secure=secure, demo=demo, hosts=tuple(name or ()), proxies=tuple(proxy or ()),
            house=house, hotline=hotline, signer=signer, lang=shell.lang, tell=lambda line: shell.line(line, now=True),
        )  # fmt: skip
        return done
