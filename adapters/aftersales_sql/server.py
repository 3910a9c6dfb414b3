"""服务器: an engine for PostgreSQL whose connections keep this house's rules."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from aftersales_core.addresses import ServerAddress
from aftersales_core.errors import StoreUnusable
from aftersales_sql.engines import translating

MOST: Final = 10
"""Connections of one store at a time."""

_LOCK: Final = "SELECT pg_advisory_xact_lock(1095128134, hashtext(current_schema()::text))"
"""Class "AFTF": the views of a schema have one writer at a time; the events of a ledger have another lock."""

# The same schema as the ledger, whatever server, database or role say otherwise. A commit of rows does not wait for
# the disk: a crash may take back the last of them together with their position, and they are folded again. It takes
# back no event: those wait for the whole log, with whatever of ours stands before theirs in it.
_SETTINGS: Final = """
SELECT set_config('search_path', coalesce(quote_ident(coalesce(%s, current_schema())), ''), false),
       set_config('lock_timeout', %s, false),
       set_config('synchronous_commit', CASE WHEN NOT %s THEN 'off' WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
                  ELSE current_setting('synchronous_commit') END, false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('idle_in_transaction_session_timeout', '60s', false)
"""

# A database made with the locale C knows capitals of ASCII only. Each of these knows all; which are there depends on
# the server's version and how it was built.
_LOWERING: Final = """
SELECT c.collname FROM unnest(ARRAY['pg_unicode_fast', 'pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8', 'en_US.utf8'])
    WITH ORDINALITY AS wanted(name, place)
JOIN pg_collation c ON c.collname = wanted.name AND c.collnamespace = 'pg_catalog'::regnamespace
    AND c.collencoding IN (-1, pg_char_to_encoding('UTF8'))
ORDER BY wanted.place LIMIT 1
"""


def postgres_engine(address: ServerAddress, *, durable: bool = False) -> Engine:
    """An engine for the schema at *address*, which is there already.

    Args:
        durable: commits wait for the disk, and for standbys as the server says; for what cannot be folded again.

    Raises:
        StoreUnusable: nobody lets us in there.
    """
    lowering: list[str] = []

    def connect() -> psycopg.Connection[Any]:
        try:
            connection = psycopg.connect(
                address.url,
                connect_timeout=max(2, round(address.timeout)),
                client_encoding="UTF8",
                application_name="aftersales safe" if durable else "aftersales views",
            )
        except psycopg.Error as error:
            lost = isinstance(error, psycopg.OperationalError)
            code = "unreachable" if lost else "unopenable"
            raise StoreUnusable(code, path=address.name, reason=address.hidden(str(error).strip())) from error
        try:
            connection.execute(_SETTINGS, (address.schema, f"{address.timeout * 1000:.0f}ms", durable))
            if not lowering:
                lowering.extend(name for (name,) in connection.execute(_LOWERING))
            connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=MOST,
        max_overflow=0,
        pool_timeout=address.timeout,
        # a restarted server has broken every connection; one question before use costs less than a failed answer
        pool_pre_ping=True,
    )
    event.listen(engine, "begin", _begin)
    with translating(address.name), engine.connect():
        # what a condition on text is compiled with; see `queries`
        engine.dialect.aftersales_lowering = lowering[0] if lowering else "default"  # type: ignore[attr-defined]
    return engine


def _begin(connection: Connection) -> None:
    # One writer at a time, as with a file: what it looks at after the lock was there when it got it.
    if connection.get_execution_options().get("aftersales_writes"):
        connection.exec_driver_sql(_LOCK)
