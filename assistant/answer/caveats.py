"""What is wrong with the data that an answer rests on, one line for each dataset."""

from __future__ import annotations

from assistant.answer.say import Speaker
from semantic_layer.compiler import Compiled
from semantic_layer.rights import Rights, fold
from semantic_layer.shops.problems import Problems
from semantic_layer.sources.health import Finding


def data_caveats(compiled: Compiled, problems: Problems, rights: Rights, speaker: Speaker) -> list[str]:
    """The worst open problem of each dataset that the statement reads, in the language of `speaker`.

    A role that sees only a part of the rows or columns is told that there is one, and neither numbers nor rules.
    """
    by_table: dict[str, list[Finding]] = {}
    for finding in problems.touching(compiled.tables_read, compiled.columns_read):
        by_table.setdefault(fold(finding.table), []).append(finding)
    names = {fold(spec.source or name): spec.label.get(speaker.lang) or name for name, spec in reversed(speaker.catalog.spec.datasets.items())}
    partial = bool(rights.denied_columns or rights.row_filters or rights.min_group_size > 1)
    return [_line(names.get(table, table), found, speaker, partial) for table, found in by_table.items()]


def _line(dataset: str, found: list[Finding], speaker: Speaker, partial: bool) -> str:
    worst = found[0]
    if partial:
        return speaker.word("caveat_problem", dataset=dataset)
    more = speaker.word("caveat_more", n=len(found) - 1) if len(found) > 1 else ""
    if worst.kind == "stopped":
        return speaker.word("caveat_stopped", dataset=dataset, source=worst.source, more=more)
    source = speaker.word("caveat_source", source=worst.source) if worst.source else ""
    return speaker.word("caveat_quality", dataset=dataset, source=source, what=worst.message.text(speaker.lang), more=more)
