"""What a question about a shop is about, orders and products, where no table is called so: a table of everything in one row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from semantic_layer.catalog.draft.drafted import Drafted
from semantic_layer.catalog.draft.fields import annotated
from semantic_layer.catalog.draft.keys import KEY_WORDS
from semantic_layer.catalog.draft.metrics import count_of
from semantic_layer.catalog.draft.sales import names_taken
from semantic_layer.catalog.draft.words import Phrase, glossary

# The likeliest first. A shop without orders has tickets of another name.
_TICKETS = ("order", "transaction", "invoice", "receipt", "basket", "purchase")
_GOODS = ("product", "item", "article", "merchandise", "commodity", "goods", "sku", "spu")
_NAMES = ("name", "title", "description")
Field = tuple[str, str, dict[str, Any], Phrase]  # dataset, name, what is said of it, its name as words


def name_things(drafted: Drafted) -> None:
    """Lets people count orders by their numbers, and list what is sold by its name, unless something is called so already."""
    _name_orders(drafted)
    _name_products(drafted)


def _name_orders(drafted: Drafted) -> None:
    taken = names_taken(drafted)
    made = count_of(glossary().phrase("order"), "")
    if made.labels[0][0] in taken or made.labels[0][1] in taken:
        return
    ranked = ((rank, i, f) for i, f in enumerate(_fields(drafted)) if (rank := _ticket(drafted, f)) is not None)
    found = min(ranked, default=None, key=lambda r: r[:2])
    if found is None:
        return
    dataset, name, _, phrase = found[2]
    expression = f"COUNT(DISTINCT {dataset}.{name})"
    free = {lang: [w for w in dict.fromkeys(names) if w.casefold() not in taken] for lang, names in (("zh", made.zh), ("en", made.en))}
    zh, en = made.labels[0]
    metrics = drafted.sections["metrics"]
    metrics["orders" if "orders" not in metrics else "orders_by_number"] = annotated({
        "expression": expression, "format": "integer", "label": {"zh": zh, "en": en},
        "synonyms": annotated({lang: [w for w in names if w not in (zh, en)] for lang, names in free.items()}),
        "description": {"zh": f"不同{phrase.text.zh}的数量", "en": f"Number of different values of {phrase.text.en}"},
    })  # fmt: skip
    drafted.note("metrics.orders", expression, "each number is one order, in however many rows it stands")


def _ticket(drafted: Drafted, f: Field) -> int | None:
    """How likely a field holds the numbers of orders; lower is likelier, None where it holds none."""
    dataset, _, spec, phrase = f
    if spec.get("kind") in ("measure", "time") or not drafted.sections["datasets"][dataset].get("time"):
        return None
    words = phrase.words[:-1] if phrase.last in KEY_WORDS else phrase.words
    return _TICKETS.index(words[0]) if len(words) == 1 and words[0] in _TICKETS else None


def _name_products(drafted: Drafted) -> None:
    taken = names_taken(drafted)
    thing = glossary().phrase("product")
    wanted = {lang: [w for w in (thing.text.get(lang), *thing.more(lang)[:1]) if w.casefold() not in taken] for lang in ("zh", "en")}
    if thing.text.zh not in wanted["zh"] and thing.text.en not in wanted["en"]:
        return
    fields = list(_fields(drafted))
    coded = {dataset for dataset, _, _, phrase in fields if _is_code(phrase)}
    ranked = ((rank, i, f) for i, f in enumerate(fields) if (rank := _product(f, coded)) is not None)
    found = min(ranked, default=None, key=lambda r: r[:2])
    if found is None:
        return
    dataset, name, spec, _ = found[2]
    owner = drafted.sections["entities"][spec["entity"]] if spec.get("entity") in drafted.sections.get("entities", {}) else spec
    for lang, words in wanted.items():
        if words:
            owner.setdefault("synonyms", {}).setdefault(lang, []).extend(words)
    drafted.note(f"datasets.{dataset}.fields.{name}", f"{thing.text.zh}, {thing.text.en}", "the likeliest name of what is sold: also called so")


def _product(f: Field, coded: set[str]) -> int | None:
    """How likely a field tells what is sold; lower is likelier, None where it does not."""
    dataset, _, spec, phrase = f
    if spec.get("kind") in ("measure", "time") or spec.get("personal"):
        return None
    rest = [w for w in phrase.words if w not in _NAMES]
    goods = len(rest) == 1 and rest[0] in _GOODS
    if goods and len(rest) < len(phrase.words):
        return 0
    if goods and rest[0] not in ("sku", "spu"):
        return 1
    # A name of nothing, beside the codes of what is sold.
    if not rest and phrase.words and dataset in coded:
        return 2
    return 3 if _is_code(phrase) else None


def _is_code(phrase: Phrase) -> bool:
    words = [w for w in phrase.words if w not in KEY_WORDS]
    return phrase.words in (("sku",), ("stock", "code")) or (len(words) == 1 and words[0] in _GOODS and len(phrase.words) > 1)


def _fields(drafted: Drafted) -> Iterator[Field]:
    """The fields of all datasets that are no roles, those of the datasets first that more is measured of."""
    datasets = drafted.sections["datasets"]
    measured = {name: sum(f.get("kind") == "measure" for f in spec["fields"].values()) for name, spec in datasets.items()}
    for dataset in sorted(datasets, key=lambda name: -measured[name]):
        for name, spec in datasets[dataset]["fields"].items():
            yield dataset, name, spec, glossary().phrase(name)
