"""`python -m eval.drivers`: asks why the orders or the GMV of made-up days changed; 1 where an aim is missed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from eval.drivers.episodes import DEPTHS, KINDS, METRICS
from eval.drivers.score import Outcome, Scores, score
from eval.stats import Rate
from semantic_layer.errors import WenshuError

_FIRST = {0.5: 0.90, 0.3: 0.55}  # aims: the exact cause first, by depth
_AMONG_FIRST, _FALSE_ALARMS = 0.75, 0.15


def main() -> int:
    """Runs it."""
    options = _options()
    scores = Scores()
    try:
        for outcome in score(options.episodes, options.quiet, options.seed):
            scores.outcomes.append(outcome)
            if options.show:
                print(_line(outcome), flush=True)
    except WenshuError as error:
        print(error.en, file=sys.stderr)
        return 1
    return 0 if _report(scores) else 1


def _report(scores: Scores) -> bool:
    """Prints the figures; whether every aim is reached."""
    reached = []
    for depth, aim in _FIRST.items():
        of_depth = [o for o in scores.episodes if o.plan.depth == depth]
        reached.append(_figure(f"-{depth:.0%}: the exact cause first", [o.first for o in of_depth], aim))
        for kind in KINDS:
            _figure(f"  {kind}", [o.first for o in of_depth if o.plan.kind == kind])
        for metric in METRICS:
            _figure(f"  asked of {metric}", [o.first for o in of_depth if o.plan.metric == metric])
    reached.append(_figure("the exact cause among the first three", [o.among_first for o in scores.episodes], _AMONG_FIRST))
    reached.append(_figure("quiet days on which a cause is named", [bool(o.named) for o in scores.quiet], _FALSE_ALARMS, most=True))
    times = sorted(o.seconds for o in scores.outcomes)
    print(f"seconds a question: median {times[len(times) // 2]:.2f}, slowest {times[-1]:.2f}")
    return all(reached)


def _figure(name: str, hits: Iterable[bool], aim: float | None = None, most: bool = False) -> bool:
    seen = list(hits)
    rate = Rate(sum(seen), len(seen))
    good = rate.value is None or aim is None or (rate.value <= aim if most else rate.value >= aim)
    sign = "<=" if most else ">="
    print(f"{name}: {rate}" + (f"  aim {sign} {aim:.0%}{'' if good else '  MISSED'}" if aim is not None else ""))
    return good


def _line(outcome: Outcome) -> str:
    mark = "quiet" if not outcome.plan.kind else "first" if outcome.first else "among" if outcome.among_first else "missed"
    said = [{f: sorted(v) for f, v in s.items()} for s in (outcome.planted, *outcome.named)]
    return f"{mark} {outcome.plan} planted {said[0]} named {said[1:]}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.drivers", description=__doc__)
    parser.add_argument("--episodes", type=int, default=120, help=f"days with a cause; a multiple of {len(KINDS) * len(DEPTHS) * len(METRICS)}")
    parser.add_argument("--quiet", type=int, default=104, help="days without one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print each day")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
