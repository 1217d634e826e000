"""From a folder of YAML files to a Catalog, or to the list of everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.catalog.source import Loc, Problem, Source, read_files
from semantic_layer.errors import CatalogError, did_you_mean

Model = TypeVar("Model", bound=BaseModel)


def read_catalog(folder: Path) -> tuple[Catalog | None, Source]:
    """Reads `folder/*.yaml`. With problems in the text the catalog is None and `source.problems` lists them."""
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not files:
        raise CatalogError(
            f"There is no catalog in {folder}: it needs at least one .yaml file.",
            f"{folder} 里没有目录文件：至少需要一个 .yaml 文件。",
        )
    spec, source = read_model(CatalogSpec, files, folder.parent)
    return (None if spec is None else Catalog(spec)), source


def read_model(model: type[Model], files: list[Path], root: Path) -> tuple[Model | None, Source]:
    """Reads YAML files into a model. With problems the model is None and `source.problems` lists them."""
    source = read_files(files, root)
    try:
        read = model.model_validate(source.data)
    except ValidationError as error:
        source.problems += dict.fromkeys(_problem(e, source, model) for e in error.errors() if not _follows(e))
        return None, source
    return (None if source.problems else read), source


def load_catalog(folder: Path) -> Catalog:
    """The catalog of `folder`. Raises CatalogError naming every mistake in the text with file and line."""
    catalog, source = read_catalog(folder)
    if catalog is None:
        raise catalog_error(sorted(source.problems))
    return catalog


def catalog_error(problems: list[Problem]) -> CatalogError:
    """One error that shows all problems."""
    listed = "\n".join(f"  {p}" for p in problems)
    return CatalogError(
        f"The catalog has {len(problems)} problem(s):\n{listed}", f"目录有 {len(problems)} 处错误：\n{listed}", problems
    )


def _follows(error: Any) -> bool:
    """A list whose items are all wrong is reported as too short as well."""
    return error["type"] == "too_short" and bool(error["input"])


def _problem(error: Any, source: Source, model: type[BaseModel]) -> Problem:
    loc = written_loc(error["loc"], source)
    where = ".".join(map(str, loc))
    kind, given = error["type"], error.get("input")
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        message = f"{where} is not a key that is known here.{did_you_mean(key, _known_keys(error['loc'], model))}"
    elif kind == "missing":
        message = f"{where}: {error['loc'][-1]} is missing"
    elif kind == "string_pattern_mismatch":
        message = f"{where.removesuffix('.[key]')}: a name consists of letters, digits and _, and starts with no digit"
    elif loc not in source.places and isinstance(loc[-1], str):
        message = f"{'.'.join(map(str, loc[:-1]))}: a value, or a list of values, is needed"
    else:
        shown = f" (given: {given!r})" if isinstance(given, (str, int, float, bool)) or given is None else ""
        message = f"{where}: {error['msg'].removeprefix('Value error, ')}{shown}"
    return Problem(source.place(loc), message)


def written_loc(loc: tuple[str | int, ...], source: Source) -> Loc:
    """Drops what pydantic adds to a location (names of union branches) so that it matches the file."""
    out: Loc = ()
    for i, part in enumerate(loc):
        # A condition's tag stands between its number and its key, and may look like a key of the condition itself.
        is_tag = i > 1 and i + 1 < len(loc) and isinstance(loc[i - 1], int) and loc[i - 2] in _CONDITION_LISTS
        if not is_tag and (*out, part) in source.places:
            out = (*out, part)
    return out if not loc or loc[-1] in out else (*out, loc[-1])


_CONDITION_LISTS = ("filter", "where", "any_of", "all_of")


def _known_keys(loc: tuple[str | int, ...], model: type[BaseModel]) -> list[str]:
    node: Any = model
    for part in loc[:-1]:
        fields = getattr(node, "model_fields", None)
        if fields is None:
            break
        if part in fields:
            node = _inner(fields[part].annotation)
    fields = getattr(node, "model_fields", {})
    return [f.alias or n for n, f in fields.items()]


def _inner(annotation: Any) -> Any:
    """The model inside dict[...], tuple[...] or X | None."""
    for arg in getattr(annotation, "__args__", ()):
        if hasattr(found := _inner(arg), "model_fields"):
            return found
    return annotation
