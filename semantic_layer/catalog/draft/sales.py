"""What people call sales, where no column is called so: the likeliest sum of amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from semantic_layer.catalog.draft.drafted import Drafted

_NAMES = {"zh": "销售额", "en": "sales"}
_AMOUNT = re.compile(r"SUM\(\w+\.\w+( \* .*)?\)")


def name_sales(drafted: Drafted) -> None:
    """Lets the sum of amounts that is the default metric also be called sales, unless something else is.

    A table called sales counts its rows under that name; asked for sales, people mean the money.
    """
    metrics = drafted.sections["metrics"]
    found = next(((name, spec) for name, spec in metrics.items() if spec.get("default")), None)
    if found is None or not _AMOUNT.fullmatch(found[1]["expression"]):
        return
    for name, spec in metrics.items():
        if spec["expression"].startswith("COUNT(") and spec["expression"].endswith(".*)") and _calls(spec, _NAMES.values()):
            _as_records(spec)
            drafted.note(f"metrics.{name}", "sales", "counts rows; sales are taken for money")
    taken = names_taken(drafted)
    given = [lang for lang, text in _NAMES.items() if text not in taken]
    name, spec = found
    for lang in given:
        spec.setdefault("synonyms", {}).setdefault(lang, []).append(_NAMES[lang])
    if given:
        drafted.note(f"metrics.{name}", spec["expression"], "also called sales, since nothing else is: all rows count, cancelled orders too")


def names_taken(drafted: Drafted) -> set[str]:
    """What anything but a dataset is called."""
    taken = {text.casefold() for text in _called({k: v for k, v in drafted.sections.items() if k != "datasets"})}
    return taken | {text.casefold() for d in drafted.sections["datasets"].values() for text in _called(d["fields"])}


def _calls(spec: dict[str, Any], names: Any) -> bool:
    return bool({text.casefold() for text in _called(spec)} & set(names))


def _as_records(spec: dict[str, Any]) -> None:
    spec["label"] = {"zh": "销售笔数", "en": "sales records"}
    spec["synonyms"] = {"zh": ["销售记录数", "多少笔销售"], "en": ["number of sales records", "number of sales"]}
    spec.pop("counters", None)


def _called(spec: Any) -> Iterator[str]:
    """Every label and synonym below a section."""
    if isinstance(spec, list):
        for item in spec:
            yield from _called(item)
    elif isinstance(spec, dict):
        for key, value in spec.items():
            if key == "label":
                yield from value.values()
            elif key == "synonyms":
                yield from (text for names in value.values() for text in names)
            else:
                yield from _called(value)
