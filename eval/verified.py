"""How verified questions are found again: `python -m eval.verified FILE [--show] [--gate found=45,taken=0]`.

A suite holds verified questions, paraphrases `of` them, and others, most of them `near` one with one thing `changed`. Each paraphrase and
each other is asked of the packaged shop that the file is named after, with the verified ones in force. What is graded is from which verified
question the answer is, if any. Of a test suite only counts are printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.ask import Assistant
from assistant.reading import AskBack, Reading, Refuse
from assistant.reading.around import Asked, read_around
from assistant.verified import Book, Entry, VerifiedReader
from eval.jsonl import read_file
from eval.suite import is_test_suite
from semantic_layer.errors import UsageError, WenshuError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop

Kind = Literal["verified", "paraphrase", "other"]


class Line(BaseModel):
    """A line of a suite."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    kind: Kind
    question: str
    lang: Literal["zh", "en"]
    query: SemanticQuery | None = None
    of: str | None = None
    near: str | None = None
    changed: str | None = None


@dataclass(frozen=True)
class Graded:
    """A question and the verified one that it was answered from, "" where it was not; `outcome` is what came out."""

    line: Line
    found: str
    outcome: Reading | AskBack | Refuse

    @property
    def right(self) -> bool:
        """Whether it was answered from its verified question, if it has one, and from none else."""
        return self.found == (self.line.of or "" if self.line.kind == "paraphrase" else "")


@dataclass(frozen=True)
class Counts:
    """What came out of a suite."""

    graded: tuple[Graded, ...]

    @property
    def found(self) -> int:
        """Paraphrases answered from their verified question."""
        return sum(g.right for g in self.graded if g.line.kind == "paraphrase")

    @property
    def paraphrases(self) -> int:
        """All of them."""
        return sum(g.line.kind == "paraphrase" for g in self.graded)

    @property
    def taken(self) -> int:
        """Questions answered from a verified question that is not theirs."""
        return sum(bool(g.found) and not g.right for g in self.graded)

    @property
    def others(self) -> int:
        """Questions that are no paraphrase of any."""
        return sum(g.line.kind == "other" for g in self.graded)

    def text(self) -> str:
        """The counts for people."""
        lines = [f"paraphrases answered from their verified question: {self.found} of {self.paraphrases}"]
        for lang in ("en", "zh"):
            asked = [g for g in self.graded if g.line.kind == "paraphrase" and g.line.lang == lang]
            lines.append(f"  {lang}: {sum(g.right for g in asked)} of {len(asked)}")
        lines.append(f"taken for a verified question that is not theirs: {self.taken}, of {self.others} others and the paraphrases")
        kinds = Counter(g.line.changed or "far" for g in self.graded if g.line.kind == "other")
        taken = Counter(g.line.changed or "far" for g in self.graded if g.line.kind == "other" and g.found)
        lines += [f"  {kind}: {taken[kind]} of {number}" for kind, number in sorted(kinds.items())]
        return "\n".join(lines)


def load(path: Path) -> list[Line]:
    """The lines of a suite. Raises UsageError for what is none."""
    try:
        return [Line.model_validate(line) for _, line in read_file(path)]
    except ValidationError as error:
        raise UsageError(f"{path} is no suite of verified questions: {error}", f"{path} 不是已核实问题的题集：{error}") from error


def run(path: Path, shop: str | None = None) -> Counts:
    """Asks all questions of a suite of a shop, by default the packaged one that its name begins with."""
    assistant = Assistant(open_shop(shop or shop_of(path)))
    try:
        return ask_all(assistant, load(path))
    finally:
        assistant.shop.close()


def shop_of(path: Path) -> str:
    """The shop that a suite is named after."""
    return path.name.split("-")[0]


def ask_all(assistant: Assistant, lines: list[Line]) -> Counts:
    """Asks all questions of a suite, the verified ones of it in force and no others."""
    access = assistant.shop.whole
    reader = assistant.reader(access)
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder) / "verified.yaml")
        for line in lines:
            if line.kind == "verified" and line.query:
                book.add(Entry(id=line.id, questions=(line.question,), query=line.query, on=access.today))
        around = (VerifiedReader(book),)

        def asked(line: Line) -> Graded:
            question = Asked(line.question, line.lang, "", reader)
            try:
                reading = read_around(question, around, lambda: reader.read(line.question))
            except (AskBack, Refuse) as outcome:
                return Graded(line, "", outcome)
            return Graded(line, reading.verified, reading)

        return Counts(tuple(asked(line) for line in lines if line.kind != "verified"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the counts; 1 where a gate is missed."""
    parser = argparse.ArgumentParser(prog="python -m eval.verified", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="list what failed; not of a test suite")
    parser.add_argument("--gate", default="", help="found=45,taken=0: at least so many paraphrases, at most so many others")
    parser.add_argument("--shop", help="another shop than the one the file is named after")
    chosen = parser.parse_args(arguments)
    try:
        counts = run(chosen.file, chosen.shop)
    except WenshuError as error:
        print(error.en, file=sys.stderr)
        return 1
    print(counts.text())
    if chosen.show and not is_test_suite(chosen.file):
        for each in counts.graded:
            if not each.right:
                print(f"{each.line.id} {each.line.of or each.line.near or ''} -> {each.found or '-'}: {each.line.question}")
    gates = dict(part.split("=") for part in chosen.gate.split(",") if part)
    return int(counts.found < int(gates.get("found", 0)) or counts.taken > int(gates.get("taken", 10**9)))


if __name__ == "__main__":
    sys.exit(main())
