"""`python -m eval.trends`: plants and finds, forecasts past weeks again, and prints both; 1 where an aim is missed."""

from __future__ import annotations

import argparse
import sys

from eval.trends import ahead, points
from eval.trends.planted import KINDS, TRUTHS
from semantic_layer.errors import WenshuError


def main() -> int:
    """Runs both; 1 also where a shop cannot be opened."""
    options = _options()
    missed: list[str] = []
    try:
        if "points" in options.only:
            missed += _points(options)
        if "forecast" in options.only:
            for name, shop, metric in (("completejourney", options.completejourney, "sales"), ("mall", options.mall, "gmv")):
                missed += _forecast(name, shop, metric, ahead.ORIGINS, options.long)
    except WenshuError as error:
        print(error.en, file=sys.stderr)
        return 1
    print("missed: " + "; ".join(missed) if missed else "every aim is met")
    return 1 if missed else 0


def _points(options: argparse.Namespace) -> list[str]:
    tallies = points.measured(options.series, options.seed)
    print(f"{options.series} series of each kind and truth, seed {options.seed}; alarms are per series and 100 days")
    print(f"{'kind':<12}{'truth':<8}{'planted':>8}{'found':>8}{'share':>8}{'alarms':>8}")
    for (kind, truth), t in tallies.items():
        print(f"{kind:<12}{truth:<8}{t.planted:>8}{t.found:>8}{t.share if t.planted else float('nan'):>8.3f}{t.rate:>8.2f}")
    whole = {truth: points.merged(tallies[kind, truth] for kind in KINDS) for truth in TRUTHS}
    for truth in ("lies", "added"):
        sizes = ", ".join(f"{k:g} SD {whole[truth].found_by_size[k]}/{n}" for k, n in sorted(whole[truth].by_size.items()))
        print(f"{truth}: {whole[truth].share:.3f} found ({sizes}), {whole[truth].rate:.2f} alarms")
    print(f"shift: {whole['shift'].share:.3f} found, {whole['shift'].rate:.2f} other findings; quiet: {whole['quiet'].rate:.2f} alarms")
    missed = [f"{kind}: {tallies[kind, 'quiet'].rate:.2f} alarms" for kind in KINDS if tallies[kind, "quiet"].rate > points.ALARM_AIM]
    missed += [f"{truth}: {whole[truth].share:.3f} found" for truth in ("lies", "added") if whole[truth].share < points.FOUND_AIM]
    return missed + ([f"shifts: {whole['shift'].share:.3f} found"] if whole["shift"].share < points.SHIFT_AIM else [])


def _forecast(name: str, shop: str, metric: str, origins: int, weeks: int) -> list[str]:
    missed = []
    for title, count, aims in ((f"last {origins} weeks", origins, True), (f"last {weeks} weeks", weeks, False)):
        if count < 1:
            continue
        print(f"{name} {metric}, origins of the {title}: absolute error as a share of what came, ours (seasonal naive)")
        for horizon, errors in ahead.backtest(shop, metric, count).items():
            line = errors.line()
            print(
                f"  {horizon:>2} days, {line['origins']:.0f} origins: days {line['day']:.3f} ({line['day_naive']:.3f}), "
                f"sum {line['sum']:.3f} ({line['sum_naive']:.3f}); {line['inside']:.2f} of the days inside the band"
            )
            if aims and line["day"] > line["day_naive"]:
                missed.append(f"{name} {horizon} days: {line['day']:.3f} against {line['day_naive']:.3f}")
            if aims and not ahead.COVERED[0] <= line["inside"] <= ahead.COVERED[1]:
                missed.append(f"{name} {horizon} days: {line['inside']:.2f} inside the band")
    return missed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.trends", description=__doc__)
    parser.add_argument("--series", type=int, default=25, help="series of each kind and truth")
    parser.add_argument("--seed", type=int, default=20260701, help="of the planted series")
    parser.add_argument("--only", nargs="+", choices=("points", "forecast"), default=("points", "forecast"), help="what is measured")
    parser.add_argument("--completejourney", default="completejourney", help="shop whose daily sales are forecast")
    parser.add_argument("--mall", default="mall", help="shop whose GMV is forecast")
    parser.add_argument("--long", type=int, default=30, help="origins of a second, longer measurement without an aim; 0: none")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
