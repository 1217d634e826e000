"""From a folder of YAML files to a Catalog, or to the list of everything that is wrong."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from pydantic import BaseModel, ValidationError

from semantic_layer.catalog.catalog import Catalog
from semantic_layer.catalog.invalid import describe
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.catalog.source import Loc, Problem, Source, read_files, written
from semantic_layer.catalog.yaml_text import Unreadable, content
from semantic_layer.errors import CatalogError, Message

Model = TypeVar("Model", bound=BaseModel)
_State = tuple[tuple[str, str, bytes], ...]

# Sound catalogs that are in use: one is read again by each check of it, and by each shop over the same files.
_READ: WeakValueDictionary[_State, Catalog] = WeakValueDictionary()
_SOURCES: WeakKeyDictionary[Catalog, Source] = WeakKeyDictionary()
_READING = threading.Lock()


def read_catalog(folder: Path) -> tuple[Catalog | None, Source]:
    """Reads `folder/*.yaml`. With problems in the text the catalog is None and `source.problems` lists them."""
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not files:
        raise CatalogError(
            f"There is no catalog in {folder}: it needs at least one .yaml file.",
            f"{folder} 里没有目录文件：至少需要一个 .yaml 文件。",
        )
    state = _state(files)
    with _READING:
        known = _READ.get(state) if state is not None else None
        if known is not None:
            return known, _SOURCES[known]
    spec, source = read_model(CatalogSpec, files, folder.parent)
    if spec is None:
        return None, source
    catalog = Catalog(spec)
    if state is not None and not source.problems and _state(files) == state:
        with _READING:
            _READ[state], _SOURCES[catalog] = catalog, source
    return catalog, source


def _state(files: list[Path]) -> _State | None:
    """The names and contents of the files of a catalog; None where one cannot be read."""
    try:
        return tuple((f.parent.name, f.name, hashlib.sha256(content(f)).digest()) for f in files)
    except Unreadable:
        return None


def read_model(model: type[Model], files: list[Path], root: Path) -> tuple[Model | None, Source]:
    """Reads YAML files into a model. With problems the model is None and `source.problems` lists them."""
    source = read_files(files, root)
    if source.errors and not source.data:
        return None, source  # nothing could be read, so nothing is missing
    try:
        read = model.model_validate(source.data)
    except ValidationError as error:
        source.problems += dict.fromkeys(_problem(e, source, model) for e in error.errors() if not _follows(e))
        return None, source
    return (None if source.errors else read), source


def read_each(model: type[Model], key: str, path: Path) -> tuple[list[Model], Source]:
    """Reads the list under `key` of a YAML file item by item: one with a mistake is left out, and `source.problems` says what is wrong with it."""
    source = read_files([path], path.parent)
    listed = source.data.get(key) if source.data else []
    for other in source.data.keys() - {key}:
        said = Message(f"{other} is not a key that is known here; {key} is", f"{other} 不是此处可用的键；可用的是 {key}")
        source.report(source.place((other,)), said)
    if not isinstance(listed, list):
        source.report(source.place((key,)), Message("a list is needed", "此处应当是列表"))
        return [], source
    found: list[Model] = []
    for number, item in enumerate(listed):
        try:
            found.append(model.model_validate(item))
        except ValidationError as error:
            at = [{**e, "loc": (key, number, *e["loc"])} for e in error.errors()]
            source.problems += dict.fromkeys(_problem(e, source, model) for e in at if not _follows(e))
    return found, source


def load_catalog(folder: Path) -> Catalog:
    """The catalog of `folder`. Raises CatalogError naming every mistake in the text with file and line."""
    catalog, source = read_catalog(folder)
    if catalog is None:
        raise catalog_error(sorted(source.errors))
    return catalog


def catalog_error(problems: list[Problem]) -> CatalogError:
    """One error that shows all problems."""
    listed = {lang: "\n".join(f"  {p.text(lang)}" for p in problems) for lang in ("en", "zh")}
    return CatalogError(f"The catalog has {len(problems)} problem(s):\n{listed['en']}", f"目录有 {len(problems)} 处错误：\n{listed['zh']}", problems)


def _follows(error: Any) -> bool:
    """A list whose items are all wrong is reported as too short as well."""
    return error["type"] == "too_short" and bool(error["input"])


def _problem(error: Any, source: Source, model: type[BaseModel]) -> Problem:
    loc = written_loc(error["loc"], source)
    said = describe(error, loc, model, loc in source.places)
    named = loc if loc in source.places or error["type"] == "missing" else loc[:-1]
    return Problem(source.place(loc), said.en, zh=said.zh, field=written(named))


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
