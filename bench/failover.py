"""`python -m bench.failover`: what is left when the primary of a quorum dies under load, as often as one likes.

    python -m bench.failover [--times N] [--processes N] [--threads N] [--wrongly]

Every time a new primary with two standbys, any one of which has to have a commit before it is acknowledged. Writers and
a follower go through the recorder. The primary is killed with all its processes, the standby that has received most is
promoted, the writers send again what was not answered. Two times in three one standby had fallen behind before.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median
from time import perf_counter

from tests.quorum import NAMES, Outcome, fail_over_under_load, running_quorum

COUNTS = Outcome._fields[4:]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.failover", description=__doc__.splitlines()[0])
    options.add_argument("--times", type=int, default=20)
    options.add_argument("--processes", type=int, default=3)
    options.add_argument("--threads", type=int, default=2, help="of each process")
    options.add_argument("--wrongly", action="store_true", help="promote the standby that fell behind: the counts are not 0")
    chosen = options.parse_args()
    outcomes = []
    print(f"{'time':>4} {'s':>5} {'behind':>6} {'promoted':>8} {'told':>6} {'silent':>6} {'back after':>10}  " + " ".join(COUNTS))
    for at in range(chosen.times):
        start = perf_counter()
        detached = NAMES[at % 2] if chosen.wrongly else ("", *NAMES)[at % 3]
        with running_quorum() as quorum:
            outcome = fail_over_under_load(
                quorum, before=200 + 97 * at % 600, after=0 if chosen.wrongly else 200, detached=detached,
                wrongly=chosen.wrongly, processes=chosen.processes, threads=chosen.threads,
            )  # fmt: skip
        outcomes.append(outcome)
        took = perf_counter() - start
        counts = " ".join(f"{count:>{len(name)}}" for name, count in zip(COUNTS, outcome[4:], strict=True))
        print(
            f"{at + 1:>4} {took:>5.1f} {detached or '-':>6} {outcome.promoted:>8} {outcome.told:>6} {outcome.silent:>6}"
            f" {outcome.seconds:>8.2f} s  {counts}",
            flush=True,
        )
    wrong = sum(outcome.wrong for outcome in outcomes)
    print(
        f"{chosen.times} fail-overs, {sum(o.told for o in outcomes)} commands acknowledged, {sum(o.silent for o in outcomes)}"
        f" sent again, back after {median(o.seconds for o in outcomes):.2f} s (median); what must not happen: {wrong}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
