"""What Ossie cannot carry, as the JSON text of a custom extension; exactly what went in comes out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from semantic_layer.catalog.exchange.ossie_document import VENDOR, Extension

_DATE, _MOMENT = "$date", "$datetime"


def dumped_spec(spec: BaseModel) -> dict[str, Any]:
    """A part of a catalog as it is written, without what is default."""
    return spec.model_dump(exclude_defaults=True, by_alias=True)


def extension(data: dict[str, Any]) -> dict[str, str]:
    """The custom extension of ours that holds `data`."""
    return {"vendor_name": VENDOR, "data": json.dumps(data, ensure_ascii=False, default=_tagged)}


def extended(extensions: Iterable[Extension]) -> dict[str, Any] | None:
    """What our extension among them holds; None if there is none. Raises ValueError if it is damaged."""
    for each in extensions:
        if each.vendor_name == VENDOR:
            try:
                data = json.loads(each.data, object_hook=_untagged)
            except (RecursionError, TypeError):
                raise ValueError("nested too deeply, or a date that is none") from None
            if not isinstance(data, dict):
                raise ValueError("not a JSON object")
            return data
    return None


def _tagged(value: object) -> dict[str, str]:
    if isinstance(value, dt.datetime):
        return {_MOMENT: value.isoformat()}
    if isinstance(value, dt.date):
        return {_DATE: value.isoformat()}
    raise TypeError(type(value))


def _untagged(data: dict[str, Any]) -> Any:
    if len(data) == 1:
        if _DATE in data:
            return dt.date.fromisoformat(data[_DATE])
        if _MOMENT in data:
            return dt.datetime.fromisoformat(data[_MOMENT])
    return data
