"""A question suite: JSON lines, one case each."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eval.jsonl import read_file
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery

Expect = Literal["answer", "clarify", "refuse"]


class Case(BaseModel):
    """One question, what should come of it, and where an answer is expected the gold to hold it against.

    `must` names the gold columns that have to show (empty: all). Where an `analysis` is named, the answer has to be that of this analysis
    over the gold query: its rows are its own. Cases of one `conversation` are its turns, numbered by `turn`
    and asked in that order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    lang: Literal["zh", "en"]
    class_: str = Field(alias="class", min_length=1)
    expect: Expect = "answer"
    gold_query: SemanticQuery | None = None
    gold_sql: str | None = None
    ordered: bool = False
    must: tuple[str, ...] = ()
    analysis: str = ""
    conversation: str | None = None
    turn: int | None = Field(default=None, ge=1)
    note: str = ""

    @model_validator(mode="after")
    def _gold_where_needed(self) -> Self:
        has_gold = self.gold_query is not None or bool(self.gold_sql)
        if self.expect == "answer" and not has_gold:
            raise ValueError("expect answer needs gold_query or gold_sql")
        if self.expect != "answer" and has_gold:
            raise ValueError(f"expect {self.expect} takes no gold; remove it, or expect answer")
        if self.analysis and self.gold_query is None:
            raise ValueError("analysis needs gold_query: what it is made of")
        return self

    @model_validator(mode="after")
    def _turn_of_a_conversation(self) -> Self:
        if bool(self.conversation) != (self.turn is not None):
            raise ValueError("conversation and turn go together; give both or neither")
        return self


def load_suite(path: str | Path) -> list[Case]:
    """The cases of a suite file; a bad line is an error that names file and line."""
    cases: dict[str, Case] = {}
    turns: dict[str, int] = {}
    for place, data in read_file(Path(path)):
        case = _case(data, place)
        _check_turn(case, turns, place)
        if case.id in cases:
            raise UsageError(
                f"{place}: the id {case.id} is taken by an earlier line; give each case its own.",
                f"{place}：编号 {case.id} 已被前面的行使用；每个问题请用不同的编号。",
            )
        cases[case.id] = case
    if not cases:
        raise UsageError(f"{path} holds no questions; write one case a line.", f"{path} 里没有问题；请每行写一个。")
    return list(cases.values())


def suite_hash(path: str | Path) -> str:
    """A short fingerprint of the file's content."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


def is_test_suite(path: str | Path) -> bool:
    """Whether the file is a test suite by its name: its questions are not to be looked at."""
    return "test" in Path(path).name.casefold()


def _check_turn(case: Case, turns: dict[str, int], place: str) -> None:
    """Notes the turn of a case in `turns`; raises UsageError where it does not follow the one before in its conversation."""
    if case.conversation is None or case.turn is None:
        return
    before = turns.get(case.conversation, 0)
    if case.turn <= before:
        raise UsageError(
            f"{place}: turn {case.turn} of conversation {case.conversation} follows turn {before}; write the turns in order.",
            f"{place}：对话 {case.conversation} 的第 {case.turn} 轮排在第 {before} 轮之后；请按顺序写。",
        )
    turns[case.conversation] = case.turn


def _case(data: dict[str, Any], place: str) -> Case:
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the case"
        raise UsageError(
            f"{place}: {where}: {first['msg']}; correct this line.",
            f"{place}：{where}：{first['msg']}；请修改这一行。",
        ) from error
