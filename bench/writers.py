"""`python -m bench.writers`: appends a second to PostgreSQL, ours against a plain insert, by one writer and by many.

    python -m bench.writers [--rounds N] [--seconds N] [--writers N]

`pgbench` sends the recorder's own statement, and a plain insert into a table with the same indexes, in turn; so do Python
threads in four processes, through the recorder and through the driver. What notifying in the same transaction would cost
is measured beside it. Ratios are medians of those of neighbours.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from statistics import median

import psycopg
from tests.children import child, start_together
from tests.postgres import Server, running

from aftersales_postgres import open_recorder
from aftersales_postgres.statements import APPEND_ONE, APPEND_RUN

BODY = "convert_to(repeat('x', 480), 'UTF8')"
STREAM, COMMAND, DIGEST = "('T' || :client_id || '-' || :n)", "('C' || :client_id || '-' || :n)", r"'\x00112233'::bytea"
COLUMNS = "(originator_id, originator_version, topic, state, command_id, command_digest, command_rows)"
ONE = {
    "stream": STREAM, "version": "1", "topic": "'departed'", "state": BODY, "command": COMMAND, "digest": DIGEST,
    "size": "1", "expected": "0",
}  # fmt: skip
THREE = ONE | {
    "count": "3", "size": "3", "topics": "'{departed,departed,departed}'", "states": f"ARRAY[{BODY}, {BODY}, {BODY}]",
}  # fmt: skip
PLAIN_ONE = f"INSERT INTO stored_events {COLUMNS} VALUES ({STREAM}, 1, 'departed', {BODY}, {COMMAND}, {DIGEST}, 1) RETURNING position"
PLAIN_THREE = f"INSERT INTO stored_events {COLUMNS} VALUES " + ", ".join(
    f"({STREAM}, {at}, 'departed', {BODY}, {f'{COMMAND}, {DIGEST}, 3' if at == 1 else 'NULL, NULL, NULL'})" for at in (1, 2, 3)
)


def filled(statement: str, words: dict[str, str]) -> str:
    return re.sub(r"%\((\w+)\)s", lambda found: words[found[1]], statement)


SCRIPTS = {
    "plain, one event": PLAIN_ONE,
    "ours, one event": filled(APPEND_ONE, ONE),
    "plain, three": PLAIN_THREE,
    "ours, three": filled(APPEND_RUN, THREE),
    "plain in a transaction": f"BEGIN;\n{PLAIN_ONE};\nCOMMIT",
    "the same, notifying": f"BEGIN;\n{PLAIN_ONE};\nNOTIFY anybody;\nCOMMIT",
}
PAIRS = [
    ("ours, one event", "plain, one event"),
    ("ours, three", "plain, three"),
    ("the same, notifying", "plain in a transaction"),
]

WRITER = """
import sys, time
from itertools import count
from threading import Thread
import psycopg
from eventsourcing.persistence import StoredEvent
from aftersales_core.addresses import server_address
from aftersales_postgres import open_recorder
url, ours, threads, seconds, name = sys.argv[1], sys.argv[2] == "ours", int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
done = []
address = server_address(url)
columns = "(originator_id, originator_version, topic, state, command_id, command_digest, command_rows)"
insert = f"INSERT INTO stored_events {columns} VALUES (%s, 1, 'departed', %s, %s, %s, 1) RETURNING position"
def work(which):
    with psycopg.connect(address.url, autocommit=True, prepare_threshold=0) as db:
        db.execute("SELECT set_config('search_path', %s, false)", (address.schema,))
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            number += 1
            stream = f"{name}-{which}-{number}"
            if ours:
                recorder.insert_events([StoredEvent(stream, 1, "departed", b"x" * 480)], expected=0, command=(stream, b"d" * 32))
            else:
                db.execute(insert, (stream, b"x" * 480, stream, b"d" * 32), binary=True).fetchall()
    done.append(number)
with open_recorder(url) as recorder:
    print("ready", flush=True)
    sys.stdin.readline()
    workers = [Thread(target=work, args=(n,)) for n in range(threads)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
print(sum(done))
"""


def by_pgbench(server: Server, schema: str, script: Path, writers: int, seconds: int) -> float:
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute(f"TRUNCATE {schema}.stored_events")
        db.execute("CHECKPOINT")
    done = subprocess.run(
        [server.program("pgbench"), "-h", str(server.folder), "-U", "tests", "-n", "-M", "prepared", "-c", str(writers),
         "-j", str(min(writers, os.cpu_count() or 1)), "-T", str(seconds), "-f", str(script), "postgres"],
        env=os.environ | {"PGOPTIONS": f"-c search_path={schema} -c plan_cache_mode=force_generic_plan"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found
    return float(found[1])


def by_python(server: Server, url: str, schema: str, whose: str, writers: int, seconds: int) -> float:
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute(f"TRUNCATE {schema}.stored_events")
        db.execute("CHECKPOINT")
    processes = min(writers, 4)
    children = [child(WRITER, url, whose, writers // processes, seconds, number) for number in range(processes)]
    start_together(*children)
    return sum(int(each.communicate()[0]) for each in children) / seconds


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.writers", description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=2, help="of each measure")
    options.add_argument("--writers", type=int, nargs="*", default=[1, 16])
    chosen = options.parse_args()
    with running() as server:
        url = server.url(schema="bench")
        open_recorder(url).close()
        (server.folder / "scripts").mkdir()
        found: dict[tuple[int, str], list[float]] = {}
        for _, writers in product(range(chosen.rounds), chosen.writers):
            for number, (name, text) in enumerate(SCRIPTS.items()):
                script = server.folder / "scripts" / f"{number}.sql"
                script.write_text(f"\\set n random(1, 1000000000000)\n{text};\n", "utf-8")
                found.setdefault((writers, name), []).append(by_pgbench(server, "bench", script, writers, chosen.seconds))
            for whose in ("plain", "ours"):
                rate = by_python(server, url, "bench", whose, writers, chosen.seconds)
                found.setdefault((writers, f"{whose}, from Python"), []).append(rate)
    print(f"{'writers':>7}  {'what':<24} {'a second':>9}   against")
    pairs = dict([*PAIRS, ("ours, from Python", "plain, from Python")])
    for (writers, name), rates in found.items():
        against = ""
        if other := pairs.get(name):
            ratios = [a / b for a, b in zip(rates, found[writers, other], strict=True)]
            against = f"{median(ratios):.2f} of {other} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{writers:>7}  {name:<24} {median(rates):>9.0f}   {against}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
