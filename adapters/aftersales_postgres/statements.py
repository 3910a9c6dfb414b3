"""语句: what the recorder asks the server, and how it appends."""

from __future__ import annotations

from typing import Final

from aftersales_core.ledger.reading import questions
from aftersales_postgres.order import DRAW, DRAW_ONE

# One statement is one round trip and one transaction. A position is drawn only where the version fits. The version is
# looked up as it was when the statement began: whoever was quicker meanwhile has taken the same version, and the unique
# key refuses this one. Only words of ours are put together; values are parameters.
_FITS: Final = (
    "(SELECT max(originator_version) FROM stored_events WHERE originator_id = {stream})"
    " IS NOT DISTINCT FROM nullif({expected}::bigint, 0)"
)
_INTO: Final = (
    " INSERT INTO stored_events (position, originator_id, originator_version, topic, state, command_id, command_digest,"
    " command_rows)"
)
APPEND_ONE: Final = (
    "WITH fits AS MATERIALIZED (SELECT 1 WHERE %(expected)s::bigint IS NULL OR "  # noqa: S608
    f"{_FITS.format(stream='%(stream)s', expected='%(expected)s')}){DRAW_ONE}{_INTO} SELECT position, %(stream)s,"
    " %(version)s::bigint, %(topic)s, %(state)s, %(command)s, %(digest)s, %(size)s::integer FROM freed RETURNING position"
)
"""One event under the next position, where its stream is at the version expected."""

APPEND_RUN: Final = (
    f"WITH fits AS MATERIALIZED (SELECT 1 WHERE {_FITS.format(stream='%(stream)s', expected='%(expected)s')}){DRAW}{_INTO}"  # noqa: S608
    " SELECT positions[e.place], %(stream)s, %(expected)s::bigint + e.place, e.topic, e.state,"
    " CASE e.place WHEN 1 THEN %(command)s END, CASE e.place WHEN 1 THEN %(digest)s::bytea END,"
    " CASE e.place WHEN 1 THEN %(size)s::integer END"
    " FROM freed, unnest(%(topics)s::text[], %(states)s::bytea[]) WITH ORDINALITY AS e (topic, state, place)"
    " RETURNING position"
)
"""Several of one stream, the next behind the version expected, under as many positions in their order."""

APPEND: Final = (
    "WITH fits AS MATERIALIZED (SELECT 1 WHERE NOT EXISTS (SELECT FROM unnest(%(checked)s::text[], %(expected)s::bigint[])"  # noqa: S608
    f" AS c (stream, version) WHERE NOT ({_FITS.format(stream='c.stream', expected='c.version')}))){DRAW}{_INTO}"
    " SELECT positions[e.place], e.stream, e.version, e.topic, e.state, e.command, e.digest, e.size FROM freed,"
    " unnest(%(streams)s::text[], %(versions)s::bigint[], %(topics)s::text[], %(states)s::bytea[], %(commands)s::text[],"
    " %(digests)s::bytea[], %(sizes)s::integer[]) WITH ORDINALITY"
    " AS e (stream, version, topic, state, command, digest, size, place) ORDER BY e.stream, e.version RETURNING position"
)
"""Several under as many positions in their order, where every stream checked is at the version expected.

Rows are written by stream, so that two that write to the same streams wait for each other and not in a circle.
"""

COPY: Final = (
    "COPY stored_events (position, originator_id, originator_version, topic, state, command_id, command_digest,"
    " command_rows) FROM STDIN (FORMAT BINARY)"
)
COPY_ANEW: Final = COPY.replace("position, ", "")
COPIED: Final = ("int8", "text", "int8", "text", "bytea", "text", "bytea", "int4")
TOPS: Final = (
    "SELECT originator_id, max(originator_version) FROM stored_events WHERE originator_id = ANY(%s::text[])"
    " GROUP BY originator_id"
)
TAKEN: Final = (
    "SELECT originator_id, originator_version FROM stored_events WHERE (originator_id, originator_version) IN"
    " (SELECT * FROM unnest(%s::text[], %s::bigint[]))"
)
COMMANDS: Final = "SELECT command_id FROM stored_events WHERE command_id = ANY(%s::text[])"
# Where standbys are waited for at all: a commit of nothing, which they have to have with all that came before it.
CONFIRM: Final = (
    "SELECT pg_logical_emit_message(true, 'aftersales', '') WHERE NOT pg_is_in_recovery()"
    " AND current_setting('transaction_read_only') = 'off' AND current_setting('synchronous_standby_names') <> ''"
)
WRITTEN: Final = (
    "SELECT e.position FROM stored_events e JOIN stored_events c ON e.originator_id = c.originator_id"
    " AND e.originator_version BETWEEN c.originator_version AND c.originator_version + c.command_rows - 1"
    " WHERE c.command_id = %s AND c.command_digest = %s AND c.originator_id = %s AND c.originator_version = %s"
    " AND c.command_rows = %s ORDER BY e.position"
)
WRITTEN_EACH: Final = (
    "SELECT command_id FROM stored_events JOIN unnest(%s::text[], %s::bytea[], %s::text[], %s::bigint[], %s::integer[])"
    " AS a (command, digest, stream, version, size) ON (command_id, command_digest, originator_id, originator_version,"
    " command_rows) = (command, digest, stream, version, size)"
)
QUESTIONS: Final = questions("%s", "= ANY(%s::text[])")
