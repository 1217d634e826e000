"""Whether sentences, charts and tables agree with the rows: `python -m eval.figures [SUITE ...] [--shop S] [--show]`.

Asks every question of the suites, by default of all dev suites of the packaged shops, and ends with 1 where an answer
disagrees with itself.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.answer import Answer
from assistant.ask import Assistant
from assistant.channels.batch import Conversations
from eval.agreement import disagreements
from eval.sayings import figures
from eval.suite import Case, is_test_suite, load_suite
from eval.verb import shop_of
from semantic_layer.errors import WenshuError
from semantic_layer.shops import open_shop

SUITES = Path(__file__).parent / "suites"
_SHOP = "completejourney"  # of suites that are named after no shop


def checked(assistant: Assistant, cases: Sequence[Case]) -> Iterator[tuple[Case, Answer, list[str]]]:
    """Each case that is answered, with what in its answer does not agree."""
    talks = Conversations()
    for case in cases:
        answer = assistant.ask(case.question, case.lang, conversation=talks.of(case.model_dump()))
        if answer.status == "answered":
            yield case, answer, disagreements(answer)


def dev_suites() -> list[Path]:
    """The suites whose questions may be looked at, but those of time expressions."""
    return [p for p in sorted(SUITES.glob("*.jsonl")) if not is_test_suite(p) and not p.name.startswith("time-")]


def main() -> int:
    """Runs it; 1 where anything disagrees, 2 where a suite or a shop cannot be used."""
    options = _options()
    found: Counter[str] = Counter()
    assistants: dict[str, Assistant] = {}
    try:
        for suite in options.suites or dev_suites():
            name = options.shop or shop_of(suite) or _SHOP
            if name not in assistants:
                assistants[name] = Assistant(open_shop(name))
            own: Counter[str] = Counter()
            for case, answer, problems in checked(assistants[name], load_suite(suite)):
                own.update(answers=1, figures=len(figures(answer)), charts=answer.chart is not None, disagreements=len(problems))
                if options.show:
                    for problem in problems:
                        print(f"  {case.id} {case.question}\n    {problem}")
            print(f"{suite.name}: {_counts(own)}", flush=True)
            found += own
    except WenshuError as error:
        print(error.en, file=sys.stderr)
        return 2
    print(f"all: {_counts(found)}")
    return 1 if found["disagreements"] else 0


def _counts(found: Counter[str]) -> str:
    return f"{found['answers']} answers, {found['figures']} figures in sentences, {found['charts']} charts, {found['disagreements']} disagreements"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.figures", description=__doc__.partition("\n")[0])
    parser.add_argument("suites", nargs="*", type=Path, help="the suites; default: all dev suites")
    parser.add_argument("--shop", help="the shop that they are asked of; default: the one that a suite is named after")
    parser.add_argument("--show", action="store_true", help="print what disagrees")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
