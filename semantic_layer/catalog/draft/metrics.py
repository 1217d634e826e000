"""Likely metrics: how many there are, sums, averages, and the well-known pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from semantic_layer.catalog.draft.fields import DraftField
from semantic_layer.catalog.draft.keys import KEY_WORDS
from semantic_layer.catalog.draft.roles import DraftDataset
from semantic_layer.catalog.draft.words import Entry, Phrase, glossary, plural

_CHARGED = ("revenue", "sale", "amount", "turnover")
_TOTALS = (("total",), ("grand", "total"), ("order", "total"), ("line", "total"), ("total", "price"), ("net", "paid"))
_MONEY = ("revenue", "sales", "amount", "price", "turnover", "payment", "charge", "fee")


@dataclass
class DraftMetric:
    """A metric of a draft: what it may be called, the first choice first, and what else it is called."""

    name: str
    expression: str
    labels: list[tuple[str, str]]
    zh: list[str] = field(default_factory=list)
    en: list[str] = field(default_factory=list)
    description: tuple[str, str] = ("", "")
    format: str = "number"
    unit: str = ""
    counters: dict[str, list[str]] = field(default_factory=dict)
    weight: float = 0.0  # how likely it is what a question without a metric is about
    reviews: list[str] = field(default_factory=list)
    filter: list[dict[str, str]] = field(default_factory=list)
    good: str = ""
    of: Phrase | None = None  # the measure that a bare name of it means: its sum, or its average where it has none


def is_charged(phrase: Phrase) -> bool:
    """Whether a measure is called what was charged."""
    return phrase.last in _CHARGED or phrase.words in _TOTALS


def _repeated_number(dataset: DraftDataset, fields: list[DraftField]) -> str:
    """The field with the number of the thing that a table is called after, where its rows repeat it: one row for each line of an order."""
    key, own = dataset.named.key, dataset.named.own.words
    if key is not None and len(key.columns) == 1:
        return ""
    return next((f.name for f in fields if f.column and f.phrase.words[:-1] == own and f.phrase.last in KEY_WORDS), "")


def rows_of(dataset: DraftDataset, fields: list[DraftField]) -> DraftMetric:
    """The number of rows, or of what they are about where it stands in several."""
    number = _repeated_number(dataset, fields)
    thing = dataset.named.own
    zh, many = thing.text.zh, plural(thing.text.en)
    made = count_of(thing, f"COUNT(DISTINCT {dataset.name}.{number})" if number else f"COUNT({dataset.name}.*)")
    made.description = (f"不同{zh}的数量", f"Number of different {many}") if number else (f"{zh}的行数", f"Number of rows of {many}")
    made.weight = 1 + min(dataset.named.table.rows, 10**9) / 10**9
    made.reviews = [f"several rows have the same {number}: each is counted once"] if number else []
    if dataset.named.key is None or len(dataset.named.key.columns) > 1:
        made.zh += [zh, *thing.more("zh")]  # no entity has the bare name
    return made


def count_of(thing: Phrase, expression: str) -> DraftMetric:
    """How many of a thing there are, with all that it may be called."""
    zh, en = thing.text.zh, thing.text.en
    many = plural(en)
    counter = thing.head.counter if thing.head else ""
    names_zh = [zh, *thing.more("zh")]
    names_en = [many, *map(plural, thing.more("en"))]
    return DraftMetric(
        many.replace(" ", "_"),
        expression,
        [(f"{zh}数", many), (f"{zh}总数", f"number of {many}")],
        [
            *(n + s for n in names_zh for s in _NUMBER_ZH),
            *(p + n for n in names_zh for p in (f"多少{counter}", "多少", "多少个", f"几{counter}")),
            *([f"{counter}数"] if counter == zh[-1] else []),
            *([f"几{counter}", f"多少{counter}"] if counter and counter not in _COMMON else []),
        ],
        [*(p + n for n in names_en for p in _NUMBER_EN), f"{en} count", f"{en} volume"],
        (f"不同{zh}的数量", f"Number of different {many}"),
        "integer",
        counters={"zh": [f"{counter}{zh}", *([counter] if counter and counter not in _COMMON else [])], "en": [many, en]},
    )


_NUMBER_ZH = ("数", "数量", "总数", "量", "个数")
_NUMBER_EN = ("number of ", "", "how many ", "count of ", "total ")
_PIECES = {"zh": ["件"], "en": ["units", "pieces"]}
_COMMON = ("个", "条", "行", "次", "家", "位", "名", "种", "类", "件", "笔", "人")


def seen_in(dataset: DraftDataset, column: str, entity: Phrase, role: str) -> DraftMetric:
    """How many different ones of an entity have a row here: customers with orders."""
    fact, who = dataset.named.own, entity.text
    verbs = fact.head.verbs if fact.head else {}
    many, facts = plural(who.en), plural(fact.text.en)
    prefix = f"{role} " if role else ""
    return DraftMetric(
        f"{prefix}{many} with {facts}".replace(" ", "_"),
        f"COUNT(DISTINCT {dataset.name}.{column})",
        [(f"有{fact.text.zh}的{who.zh}数", f"{prefix}{many} with {facts}")],
        [*(f"{v}{who.zh}数" for v in verbs.get("zh", ())[:2]), f"有{fact.text.zh}的{who.zh}"],
        [f"active {many}", f"different {many} with {facts}", f"{many} that {(verbs.get('en') or ('have ' + facts,))[0]}"],
        (f"有{fact.text.zh}记录的不同{who.zh}数", f"Number of different {many} that have {facts}"),
        "integer",
    )


def of_measure(dataset: DraftDataset, made: DraftField, alone: bool) -> Iterator[DraftMetric]:
    """The sum, where adding up makes sense, and the average of a measure. `alone`: no other dataset has a measure of this name."""
    text, thing = made.phrase.text, dataset.named.own.text
    more_zh, more_en = made.phrase.more("zh"), made.phrase.more("en")
    where = f"{dataset.name}.{made.name}"
    named = "_".join(made.phrase.words) if made.phrase.known else made.name
    own = (f"{thing.zh}{text.zh.removeprefix(thing.zh)}", f"{thing.en} {text.en.removeprefix(f'{thing.en} ')}")
    # With the thing's own name the last word will do: the customer's balance.
    last = glossary().phrase(made.phrase.last).head
    short = (f"{thing.zh}{last.zh}", f"{thing.en} {last.en}") if last else own
    names = ([*([text.zh, *more_zh] if alone else []), own[0], short[0]], [*([text.en, *more_en] if alone else []), own[1], short[1]])
    if made.how == "sum":
        yield DraftMetric(
            named,
            f"SUM({where})",
            [*([(text.zh, text.en)] if alone else []), own, (f"总{text.zh}", f"total {text.en}")],
            [f"{p}{n}{s}" for n in names[0] for p, s in (("", ""), ("总", ""), ("", "总额"), ("", "合计"))],
            [f"{p}{n}" for n in names[1] for p in ("", "total ", "sum of ")] + [plural(n) for n in names[1]],
            (f"{thing.zh}的{text.zh}之和", f"Sum of the {text.en} of {plural(thing.en)}"),
            unit=made.unit,
            weight=3.0 * is_charged(made.phrase),
            of=made.phrase,
            counters=_PIECES if made.phrase.words == ("quantity",) else {},
        )
    bare = made.how == "mean"
    yield DraftMetric(
        f"average_{named}",
        f"AVG({where})",
        [*([(f"平均{text.zh}", f"average {text.en}")] if alone else []), (f"平均{own[0]}", f"average {own[1]}")],
        [*(names[0] if bare else []), *(f"{p}{n}{s}" for n in names[0] for p, s in (("平均", ""), ("", "均值"), ("", "平均值")))],
        [*(names[1] if bare else []), *(f"{p} {n}" for n in names[1] for p in ("average", "mean", "avg"))],
        (f"{thing.zh}的{text.zh}平均值，空值不计", f"Mean {text.en} of {plural(thing.en)}, empty values left out"),
        unit=made.unit,
        reviews=[] if made.how in ("sum", "mean") else ["not known to be an amount: averaged only"],
        good="down" if made.phrase.has("delay") else "",
        of=None if made.how == "sum" else made.phrase,
    )


def pairs(dataset: DraftDataset, fields: list[DraftField]) -> Iterator[DraftMetric]:
    """Revenue of prices, discounts and quantities, and what one order is worth."""
    by = {f.phrase.words: f for f in fields if f.kind == "measure"}
    amount = next((f for words, f in by.items() if set(words) & {"extended", "gross"} and words[-1] in ("price", "amount")), None)
    discount = next((f for words, f in by.items() if words[-1:] == ("discount",) and f.how == "mean"), None)
    quantity = next((f for words, f in by.items() if words[-1:] == ("quantity",)), None)
    price = next((f for words, f in by.items() if words in (("unit", "price"), ("price",), ("sale", "price"))), None)
    has_total = any(f.how == "sum" and is_charged(f.phrase) for f in by.values())
    expression = ""
    if amount and discount:
        expression = f"SUM({dataset.name}.{amount.name} * (1 - {dataset.name}.{discount.name}))"
        why = f"{amount.name} less {discount.name}, which lies between 0 and 1"
    elif quantity and price and not has_total:
        rest = f" * (1 - {dataset.name}.{discount.name})" if discount else ""
        expression = f"SUM({dataset.name}.{quantity.name} * {dataset.name}.{price.name}{rest})"
        why = f"{quantity.name} times {price.name}"
    if expression:
        yield DraftMetric(
            "revenue", expression, [("销售额", "revenue")], ["营收", "营业额", "销售收入", "销售金额", "收入"],
            ["sales", "sales revenue", "net sales", "turnover", "total revenue", "total sales", "sales value"],
            ("成交金额之和，已减折扣", "Sum of what was charged, discounts taken off"), weight=4.0, reviews=[why],
        )  # fmt: skip
    total = next((f for f in by.values() if f.how == "sum" and f.phrase.has(*_MONEY)), None)
    single = dataset.named.key is not None and len(dataset.named.key.columns) == 1
    if total and single and dataset.named.own.has("order", "invoice", "transaction", "basket", "booking"):
        thing = dataset.named.own.text
        yield DraftMetric(
            f"average_{thing.en.replace(' ', '_')}_value", f"SUM({dataset.name}.{total.name}) / COUNT({dataset.name}.*)",
            [(f"平均{thing.zh}金额", f"average {thing.en} value")], ["客单价", "笔单价", f"{thing.zh}均价", f"每{thing.zh}金额", "每单金额"],
            [f"average value per {thing.en}", "aov", f"avg {thing.en} value", f"mean {thing.en} value", f"value per {thing.en}"],
            (f"每{thing.zh}的{total.phrase.text.zh}", f"{total.phrase.text.en} per {thing.en}"),
            reviews=[f"{total.name} over the number of {plural(thing.en)}"],
        )  # fmt: skip


def verbs_of(entry: Entry | None) -> dict[str, list[str]]:
    """What an entity did that has a row here."""
    return {lang: list(words) for lang, words in entry.verbs.items()} if entry else {}
