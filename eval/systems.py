"""Where answers come from: a file, a command, or a function of the caller. None of them sees the gold."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eval.jsonl import parse, read_file
from eval.suite import Case
from semantic_layer.errors import UsageError

Answer = dict[str, Any]
Question = dict[str, Any]


class System(Protocol):
    """Anything that answers questions."""

    def answers(self, cases: Sequence[Case]) -> Iterable[Answer]:
        """Answers as JSON objects that bear the `id` of their case, in any order; some may be missing."""
        ...


@dataclass(frozen=True)
class AnswersFile:
    """Answers written down earlier, as JSON lines with the `id` of their case."""

    path: Path

    def answers(self, cases: Sequence[Case]) -> Iterator[Answer]:
        """The file's answers to these cases."""
        return _to_cases(cases, read_file(Path(self.path)))


@dataclass(frozen=True)
class Command:
    """A command that reads questions as JSON lines and writes answers as JSON lines; it is started once."""

    command: str | Sequence[str]
    seconds: float | None = None

    def answers(self, cases: Sequence[Case]) -> Iterator[Answer]:
        """The answers the command writes, once it has ended."""
        lines = "".join(json.dumps(question, ensure_ascii=False) + "\n" for question in questions(cases))
        return _to_cases(cases, parse(self._run(lines).split("\n"), "the command's output"))

    def _run(self, lines: str) -> str:
        words = shlex.split(self.command) if isinstance(self.command, str) else list(self.command)
        try:
            done = subprocess.run(
                words, input=lines, capture_output=True, encoding="utf-8", timeout=self.seconds, check=False
            )
        except (OSError, IndexError) as error:
            raise _command_error(f"cannot be started ({error})") from error
        except subprocess.TimeoutExpired as error:
            raise _command_error(f"did not end within {self.seconds:g} seconds") from error
        if done.returncode and not done.stdout.strip():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise _command_error(f"ended with code {done.returncode} and no answer ({last})")
        return done.stdout


@dataclass(frozen=True)
class OwnAsk:
    """Answers of a function that takes questions as the command does and gives answers with their `id`."""

    ask_batch: Callable[[list[Question]], Iterable[Answer]]

    def answers(self, cases: Sequence[Case]) -> Iterator[Answer]:
        """The function's answers."""
        given = self.ask_batch(questions(cases))
        return _to_cases(cases, ((f"answer {n}", answer) for n, answer in enumerate(given, start=1)))


def questions(cases: Iterable[Case]) -> list[Question]:
    """What a system is told of the cases: id, question and, within a conversation, which one."""
    return [_question(case) for case in cases]


def _question(case: Case) -> Question:
    told = {"id": case.id, "question": case.question}
    return {**told, "conversation": case.conversation} if case.conversation else told


def _to_cases(cases: Sequence[Case], placed: Iterable[tuple[str, Answer]]) -> Iterator[Answer]:
    """The answers to the cases; answers to other questions are passed over, a second one is an error."""
    waiting, given = {case.id for case in cases}, set()
    for place, answer in placed:
        id = str(answer.get("id", ""))
        if not id or id in given:
            problem = f"a second answer to {id}" if id else "an answer without id"
            raise UsageError(
                f"{place}: {problem}; give one line with the id of its question for each question.",
                f"{place}：{'重复回答了 ' + id if id else '回答缺少 id'}；每个问题请给出一行带其 id 的回答。",
            )
        given.add(id)
        if id in waiting:
            yield {**answer, "id": id}


def _command_error(problem: str) -> UsageError:
    return UsageError(
        f"The command {problem}; it has to read questions from standard input and write one JSON answer a line.",
        f"命令出错（{problem}）；它应从标准输入读取问题，并每行输出一个 JSON 回答。",
    )
