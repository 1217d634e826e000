"""What one typing error in each question costs: the same questions asked clean and with it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.gold import RunQuery, RunSql, gold_tables
from eval.grade import Verdict
from eval.run import graded
from eval.stats import Rate, paired_difference
from eval.suite import Case, is_test_suite, load_suite, suite_hash
from eval.summary import Outcome
from eval.systems import System
from eval.typos import with_typo
from semantic_layer.errors import UsageError

SAMPLE = 100


@dataclass(frozen=True)
class TypoCheck:
    """Questions of a suite that expect an answer, each as it stands and with one error; `pairs` are in the order of the suite."""

    suite: str
    suite_hash: str
    is_test: bool
    seed: int
    pairs: tuple[tuple[Outcome, Outcome], ...]

    def clean(self, verdict: Verdict) -> Rate:
        """How many of the questions as they stand got this verdict."""
        return Rate(sum(clean.grade.verdict == verdict for clean, _ in self.pairs), len(self.pairs))

    def mistyped(self, verdict: Verdict) -> Rate:
        """How many of the questions with an error got this verdict."""
        return Rate(sum(mistyped.grade.verdict == verdict for _, mistyped in self.pairs), len(self.pairs))

    @property
    def changes(self) -> Counter[tuple[Verdict, Verdict]]:
        """How often an error turned one verdict into another."""
        return Counter((c.grade.verdict, m.grade.verdict) for c, m in self.pairs if c.grade.verdict != m.grade.verdict)

    @property
    def difference(self) -> float:
        """The share right with an error less the share right without."""
        return (self.mistyped("right").hits - self.clean("right").hits) / len(self.pairs)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the difference."""
        gained = sum(count for (_, after), count in self.changes.items() if after == "right")
        lost = sum(count for (before, _), count in self.changes.items() if before == "right")
        return paired_difference(gained, lost, len(self.pairs))


def check_typos(suite: str | Path, seed: int, system: System, run_sql: RunSql, run_query: RunQuery) -> TypoCheck:
    """Asks SAMPLE questions of a suite (all, where it has fewer) clean and mistyped; the seed chooses questions and errors.

    Turns of conversations take no part. Raises UsageError at a suite without a question that can bear an error.
    """
    able = [(case, wrong) for case in load_suite(suite) if (wrong := _mistyped(case, seed)) is not None]
    if not able:
        raise UsageError(
            f"{suite} has no question that expects an answer and can bear a typing error.", f"{suite} 里没有预期回答且可加错字的问题。"
        )
    places = sorted(random.Random(seed).sample(range(len(able)), min(SAMPLE, len(able))))
    cases = [able[at][0] for at in places]
    gold = gold_tables(cases, run_sql, run_query)
    clean = graded(cases, system, gold)
    mistyped = graded([able[at][1] for at in places], system, gold)
    pairs = tuple(zip(clean, mistyped, strict=True))
    return TypoCheck(Path(suite).name, suite_hash(suite), is_test_suite(suite), seed, pairs)


def typos_text(check: TypoCheck, *, show_failures: bool | None = None) -> str:
    """The figures as text. Of a dev suite each question that is right only clean, as it was mistyped; of a test suite counts only."""
    low, high = check.interval
    lines = [
        f"{check.suite} ({check.suite_hash}): {len(check.pairs)} questions, one typing error each, seed {check.seed}",
        f"right, clean                         {check.clean('right')}",
        f"right, with an error                 {check.mistyped('right')}",
        f"difference                           {check.difference:+.1%} [{low:+.1%}, {high:+.1%}]",
        f"silently wrong, clean                {check.clean('wrong')}",
        f"silently wrong, with an error        {check.mistyped('wrong')}",
        *(f"{count} × {before} -> {after}" for (before, after), count in sorted(check.changes.items())),
    ]
    shown = not check.is_test if show_failures is None else show_failures
    return "\n".join([*lines, *(_lost(check.pairs) if shown else ())])


def _lost(pairs: Sequence[tuple[Outcome, Outcome]]) -> list[str]:
    lost = [m for c, m in pairs if c.grade.verdict == "right" != m.grade.verdict]
    return ["", *(f"{m.case.id} [{m.case.class_}] {m.grade.verdict}: {m.case.question}" for m in lost)]


def _mistyped(case: Case, seed: int) -> Case | None:
    if case.expect != "answer" or case.conversation:
        return None
    question = with_typo(case.question, f"{seed}:{case.id}")
    return None if question is None else case.model_copy(update={"question": question})
