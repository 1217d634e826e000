"""A proposal as `sources.yaml`: a key a line, with what was guessed beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from semantic_layer.sources.propose.propose import SUMS, Column, Guess, Proposal, ProposedTable
from semantic_layer.sources.propose.trial import ZONE, Tried


def sources_yaml(proposal: Proposal, lang: str) -> str:
    """The text of the file; comments are in `lang`, those that begin with `review:` are to be looked at."""
    reasons: dict[str, list[Guess]] = {}
    for guess in proposal.guesses:
        reasons.setdefault(guess.place, []).append(guess)
    return "\n".join(_lines(proposal, reasons, lang)) + "\n"


def _lines(proposal: Proposal, reasons: dict[str, list[Guess]], lang: str) -> Iterator[str]:
    yield f"timezone: {ZONE}"
    yield "sources:"
    for table in proposal.tables:
        for source, part in table.parts.items():
            yield from _source(table, source, part, reasons, lang)
    yield "tables:"
    for table in proposal.tables:
        spec: dict[str, Any] = {"label": {"zh": table.title, "en": table.title}}
        yield f"  {_flow(table.name)}:{_comment(reasons.get(f'tables.{table.name}'), lang)}"
        if table.key:
            yield f"    key: {_flow(table.key)}{_comment(reasons.get(f'tables.{table.name}.key'), lang)}"
        yield f"    label: {_flow(spec['label'])}"
        if table.sums:
            yield f"    rules: {_flow({'sums': {'bad': table.sums, 'severity': 'info', 'description': SUMS}})}"


def _source(table: ProposedTable, source: str, part: Tried, reasons: dict[str, list[Guess]], lang: str) -> Iterator[str]:
    yield f"  {_flow(source)}:{_comment(reasons.get(f'sources.{source}'), lang)}"
    yield f"    into: {_flow(table.name)}"
    yield f"    path: {_flow(part.part.spec.path)}"
    if part.part.spec.sheet is not None:
        yield f"    sheet: {_flow(part.part.spec.sheet)}"
    if part.part.spec.header > 1:
        yield f"    header: {part.part.spec.header}{_comment(reasons.get(f'sources.{source}.header'), lang)}"
    if not table.key:
        yield "    exact_duplicates: keep"
    yield "    columns:"
    for column in table.columns:
        yield f"      {_flow(column.name)}: {_flow(_column(column))}{_comment(reasons.get(f'sources.{source}.columns.{column.name}'), lang)}"
    if part.nested:
        yield f"    ignore: {_flow(list(part.nested))}"


def _column(column: Column) -> dict[str, Any]:
    spec: dict[str, Any] = {"from": column.header} if column.header != column.name else {}
    spec["as"] = column.choice.step
    if column.choice.invalid or (column.counts.sums and column.choice.kind not in ("text", "id")):
        spec["invalid"] = "missing"
    return spec


def _comment(guesses: list[Guess] | None, lang: str) -> str:
    if not guesses:
        return ""
    said = "; ".join(g.reason.text(lang) for g in guesses)
    return f"  # review: {said}" if any(g.doubtful for g in guesses) else f"  # {said}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return text.removesuffix("...\n").strip()
