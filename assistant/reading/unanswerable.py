"""Why a query cannot be answered, in the names that people know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.errors import QueryError, UnknownNameError, UnreachableError
from semantic_layer.query import TIME, SemanticQuery


def unanswerable(error: QueryError, query: SemanticQuery, catalog: Catalog) -> Text:
    """What an error of compiling means for the question: which measure cannot be asked for what. Names no table and no column."""
    labels = list(_measures(query, catalog)) or ([catalog.dataset(query.records.dataset).label] if query.records else [])
    zh, en = "、".join(label.zh for label in labels), ", ".join(label.en for label in labels)
    if not labels or not isinstance(error, UnreachableError) or not error.subject:
        return _in_labels(error, query, catalog)
    if error.subject == TIME:
        return Text(
            zh=f"{zh}没有日期，不能按时间筛选、拆分或比较。请去掉时间，或换一个指标。",
            en=f"There is no date to {en}, so it cannot be filtered, split or compared by time. Leave the time out, or ask for another measure.",
        )
    subject = _label(error.subject, catalog)
    return Text(
        zh=f"{zh}的数据里没有{subject.zh}，不能按它筛选或拆分。请换一个维度，或换一个指标。",
        en=f"What {en} is made of has no {subject.en}, so it cannot be filtered or split by that. Choose another dimension, or another measure.",
    )


def _in_labels(error: QueryError, query: SemanticQuery, catalog: Catalog) -> Text:
    """The text of another error, its names of metrics replaced by their labels."""
    zh, en = error.zh, error.en
    for name in {m.metric for m in query.metrics if m.metric}:
        label = catalog.metric(name).label
        zh, en = (re.sub(rf"(?<![\w.]){name}(?![\w.])", said, text) for said, text in ((label.zh, zh), (label.en, en)))
    return Text(zh=zh, en=en)


def _measures(query: SemanticQuery, catalog: Catalog) -> Iterator[Text]:
    seen = set()
    for ref in query.metrics:
        name = ref.metric or ref.field or ""
        if name not in seen:
            seen.add(name)
            yield catalog.metric(ref.metric).label if ref.metric else catalog.field(name).spec.label


def _label(name: str, catalog: Catalog) -> Text:
    """The label of a field or an entity; of a key that of its entity."""
    try:
        if "." not in name:
            return catalog.entity(name).label
        spec = catalog.field(name).spec
        return catalog.entity(spec.entity).label if spec.entity and not spec.label.zh else spec.label
    except UnknownNameError:
        return Text(zh=name, en=name)
