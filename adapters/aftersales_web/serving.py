"""开门: the office served over HTTP: the first administrator, the demo's people, and a server that stops when it is told to."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final, NamedTuple

import uvicorn
from fastapi import FastAPI

from aftersales_core import Desk
from aftersales_core.audit import Signer
from aftersales_core.errors import StoreUnusable
from aftersales_core.wording import Lang
from aftersales_web.access import passwords
from aftersales_web.access.accounts import Account
from aftersales_web.app import create_app
from aftersales_web.office import Office, Settings
from aftersales_web.wording import said

FIRST: Final = "admin"
"""The account that is made where nobody could let anybody in."""

SHOWN: Final = ("cs-lin", "csm-tang", "sup-chen", "wh-he", "inst-zhou", "mgr-fang")
"""People of the demo whose passwords are told; the others can be sent to customers, and not sign in."""

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class Key(NamedTuple):
    """A password that is told once."""

    account: str
    name: str
    role: str
    password: str


def serve(
    desk: Desk, *, host: str = "127.0.0.1", port: int = 8000, secure: bool = False, demo: bool = False,
    hosts: tuple[str, ...] = (), proxies: tuple[str, ...] = (), house: str = "", hotline: str = "", lang: Lang = "zh", tell: Callable[[str], None] = print,
    signer: Signer | None = None,
) -> int:  # fmt: skip
    """Serve the office until it is interrupted; 0.

    Args:
        secure: it is reached by https, through a proxy in front; cookies go no other way.
        demo: its facts are the demo's: opens accounts for the demo's people and says on every page that nothing is real.
        hosts: names it answers to; any, where empty.
        proxies: addresses whose word about the caller's address is believed.
        house, hotline: how customers are told the shop's name and number on the pages of their links.
        signer: signs the checkpoints that are taken here.
        tell: says lines to whoever started it; passwords are said here, once, and nowhere else.

    Raises:
        StoreUnusable: `port-taken`; somebody else listens there.
    """
    app = create_app(desk, settings=Settings(
        secure=secure, demo=demo, hosts=hosts, house=house, hotline=hotline), signer=signer)  # fmt: skip
    office: Office = app.state.office
    try:
        with _listening(host, port) as listener:
            keys = [*first_keys(office), *(demo_keys(office, lang) if demo else ())]
            address = f"http{'s' if secure else ''}://{host if ':' not in host else f'[{host}]'}:{listener.getsockname()[1]}/"
            words = [said("serving", lang, address=address)]
            if keys:
                words.append(said("serving-keys", lang))
                words += [f"  {key.account:<10} {key.password}  {key.name}  {key.role}" for key in keys]
            if host not in LOOPBACK and not secure:
                words.append(said("serving-open", lang))
            words.append(said("serving-end", lang))
            _Server(app, proxies, lambda: tell("\n".join(words))).run([listener])
    finally:
        office.close()  # also where nobody was ever served; twice is fine
    tell(said("serving-ended", lang))
    return 0


def first_keys(office: Office) -> list[Key]:
    """An administrator with a password for once, where there is none who could sign in; told once, hashed in the safe."""
    if any(each.admin and not each.disabled for each in office.accounts.all()):
        return []
    password = passwords.one_time()
    old = office.accounts.find(FIRST)
    version = 0 if old is None else old.version
    made = Account(FIRST, FIRST, admin=True, password=passwords.hashed(password), one_time=True, version=version)
    if office.accounts.put(made) is None:
        return []  # another process was quicker, and has told its own
    office.log.note("open-account", "server", "admin", account=FIRST, called=FIRST, roles=[], branches=[], admin=True)
    return [Key(FIRST, "", "", password)]


def demo_keys(office: Office, lang: Lang) -> Iterable[Key]:
    """Accounts for the people of the demo where there are none, with new random passwords for some of them."""
    scene = import_module("aftersales_core.demo")
    for person in scene.staff():
        if office.accounts.find(person.id) is not None:
            continue
        shown = person.id in SHOWN
        password = passwords.one_time() if shown else ""
        office.accounts.put(Account(person.id, person.name, (person.role,), password=passwords.hashed(password) if shown else ""))
        office.log.note("open-account", "server", "admin", account=person.id, called=person.name, roles=[person.role], branches=[], admin=False)
        if shown:
            yield Key(person.id, person.name, getattr(office.desk.playbook.roles[person.role], lang), password)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except OSError as problem:
        listener.close()
        raise StoreUnusable("port-taken", host=host, port=port, reason=problem.strerror or str(problem)) from None
    return listener


class _Server(uvicorn.Server):
    """Lets go of those who listen to the live stream when it is told to stop, so that stopping takes no time."""

    def __init__(self, app: FastAPI, proxies: tuple[str, ...], open_: Callable[[], object]) -> None:
        """
        Args:
            open_: called once whoever comes is answered, and whoever says stop is heard.
        """
        super().__init__(uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies) or None, timeout_graceful_shutdown=10, timeout_keep_alive=30, h11_max_incomplete_event_size=64 * 1024,
        ))  # fmt: skip
        self._office: Office = app.state.office
        self._open = open_

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._open()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the server in order; unlike uvicorn's own, they do not end the program behind it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._office.live.let_go()
        await super().shutdown(sockets)
