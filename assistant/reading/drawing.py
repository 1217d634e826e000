"""A question that asks for a form of chart: what else it asks is read as ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.language.chart_words import Drawn, chart_asked
from assistant.reading.outcome import Reading, Refuse
from semantic_layer.catalog.models import Text
from semantic_layer.query import SemanticQuery

_OF_WHAT = Text(zh="还没有可以画的结果：请先问一个数字，再说要什么图。", en="There is nothing to draw yet: ask for numbers first, then for a chart.")


def drawn(question: str, read: Callable[[str], Reading], last: SemanticQuery | None = None) -> Reading:
    """What `read` makes of a question, and the form of chart that it asks for; of a question that asks for nothing else, the `last` query.

    Raises AskBack and Refuse as `read` does, and Refuse where there is nothing to draw.
    """
    asked = chart_asked(question)
    if asked is None:
        return read(question)
    if not asked.only:
        return _in_form(read(asked.rest), asked)
    if last is None:
        raise Refuse(_OF_WHAT)
    return _in_form(Reading(last), asked)


def _in_form(reading: Reading, asked: Drawn) -> Reading:
    return replace(reading, form=asked.form, words=(*reading.words, (asked.words, f"chart:{asked.form}")))
