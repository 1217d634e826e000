"""What became of a row: returned by its flag, cancelled where the time that was planned never came. Counted, and as a share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from semantic_layer.catalog.draft.fields import DraftField
from semantic_layer.catalog.draft.metrics import DraftMetric
from semantic_layer.catalog.draft.roles import DraftDataset
from semantic_layer.catalog.draft.words import glossary, plural

_PLANNED = ("scheduled", "planned")


@dataclass(frozen=True)
class Outcome:
    """A segment of a dataset's rows with the glossary's names for it."""

    name: str
    dataset: DraftDataset
    where: dict[str, Any]
    said: Mapping[str, Any]
    reason: str

    def metrics(self, rows: str) -> Iterator[DraftMetric]:
        """The number of such rows and their share; `rows` is the metric of all rows."""
        thing = self.dataset.named.own
        zh, en, many = self.said["zh"], self.said["en"], plural(thing.text.en)
        things_zh, things_en = [thing.text.zh, *thing.more("zh")], [many, *map(plural, thing.more("en"))]
        counted = f"{en} {many}".replace(" ", "_")
        names_zh, names_en = (zh, *self.said.get("zh_more", ())), (en, *self.said.get("en_more", ()))
        yield DraftMetric(
            counted, f"COUNT({self.dataset.name}.*)", [(f"{zh}{thing.text.zh}数", f"{en} {many}")],
            [f"{n}{of}{t}{s}" for n in names_zh for t in things_zh for of in ("", "的") for s in ("", "数", "数量")]
            + [f"{n}{s}" for n in names_zh[:1] for s in ("数", "数量", "量", "次数", f"{thing.text.zh[-1]}数")],
            [f"{p}{n} {t}" for n in names_en for t in things_en for p in ("", "number of ", "how many ")] + list(self.said.get("count_en", ())),
            (f"{zh}的{thing.text.zh}行数", f"Number of {many} that were {en}"), "integer",
            filter=[{"segment": self.name}], good="down", reviews=[self.reason],
        )  # fmt: skip
        rate = self.said["rate"]
        yield DraftMetric(
            rate["en"].replace(" ", "_"), f"{counted} / {rows}", [(rate["zh"], rate["en"])],
            [f"{zh}占比", f"{zh}比例", f"{thing.text.zh}{rate['zh']}"],
            [*(f"{share} of {en} {many}" for share in ("share", "percentage", "proportion")), f"{thing.text.en} {rate['en']}"],
            (f"{zh}的{thing.text.zh}占全部的比例", f"{en.capitalize()} {many} over all {many}"), "percent", good="down",
        )  # fmt: skip


def outcomes(dataset: DraftDataset, fields: list[DraftField]) -> Iterator[Outcome]:
    """The outcomes that the columns of a dataset tell."""
    if dataset.role:
        return
    for made in fields:
        said = glossary().outcomes.get(" ".join(made.phrase.words))
        if said is None or made.column is None:
            continue
        ref = f"{dataset.name}.{made.name}"
        if said.get("value") in made.values:
            yield Outcome(said["en"].replace(" ", "_"), dataset, {"field": ref, "value": said["value"]}, said, f"{made.name} is {said['value']}")
        elif "value" not in said and made.column.filled < dataset.named.table.rows and _is_planned(made, fields, dataset):
            yield Outcome(said["en"].replace(" ", "_"), dataset, {"field": ref, "op": "is_null"}, said, f"{made.name} is empty where it was planned")


def _is_planned(made: DraftField, fields: list[DraftField], dataset: DraftDataset) -> bool:
    """Whether another column says when it should have been, on every row."""
    planned = [f for f in fields if f.phrase.words[:1] and f.phrase.words[0] in _PLANNED and f.phrase.words[1:] == made.phrase.words]
    return any(f.column is not None and f.column.filled == dataset.named.table.rows for f in planned)
