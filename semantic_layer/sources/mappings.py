"""The mappings of `sources.yaml` as tables that standardisers look up in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from semantic_layer.engines.quoting import quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.errors import ShopError
from semantic_layer.sources import raw
from semantic_layer.sources.check import BUILT_IN
from semantic_layer.sources.models import MappingSpec, SourcesSpec
from semantic_layer.sources.reading import Unreadable, listed, read_batches
from semantic_layer.sources.reading.read import extracted
from semantic_layer.sources.standardise.places import place_spellings
from semantic_layer.sources.standardise.text import folded, narrow, trimmed


@dataclass
class Mappings:
    """What each mapping holds, by a digest; those that cannot be read, with the reason; values that a mapping has two results for."""

    digests: dict[str, str] = field(default_factory=dict)
    broken: dict[str, Unreadable] = field(default_factory=dict)
    conflicts: dict[str, int] = field(default_factory=dict)


def mapping_table(name: str, is_folded: bool) -> str:
    """The table of a mapping, whose keys are compared as written or folded."""
    return quoted(f"map.{name}" + (".folded" if is_folded else ""))


def make_mappings(writer: Writer, spec: SourcesSpec, folder: Path, into: Path, sources: Iterable[str] | None = None) -> Mappings:
    """Makes the tables of all mappings that sources use (by default all sources), for as long as the writer is open."""
    made = Mappings()
    columns = [c for name in sources or spec.sources for c in spec.sources[name].columns.values()]
    used = {m for c in columns for step in c.standardisers for m in step.mappings}
    for name in sorted(used):
        try:
            if name in BUILT_IN:
                _, level, form = name.split(".")
                _stage(writer, place_spellings(level, form))
            elif spec.mappings[name].values:
                _stage(writer, spec.mappings[name].values)
            else:
                _read(writer, spec.mappings[name], folder, into)
            _make(writer, name, made)
        except Unreadable as error:
            made.broken[name] = Unreadable(f"The mapping {name}: {error.en}", f"映射 {name}：{error.zh}")
        except OSError as error:
            why = error.strerror or type(error).__name__
            made.broken[name] = Unreadable(f"The mapping {name} cannot be read: {why}.", f"无法读取映射 {name}：{why}。")
    return made


def digest(mappings: Mappings, names: Iterable[str]) -> str:
    """Names what some mappings hold. Raises Unreadable where one cannot be read."""
    for name in names:
        if name in mappings.broken:
            raise mappings.broken[name]
    return " ".join(mappings.digests[n] for n in sorted(set(names)))


def _stage(writer: Writer, values: Mapping[str, str]) -> None:
    writer.run("CREATE OR REPLACE TEMP TABLE mapped AS SELECT unnest(?) AS a, unnest(?) AS b", [list(values), list(values.values())])


def _read(writer: Writer, said: MappingSpec, folder: Path, into: Path) -> None:
    """Raises Unreadable."""
    assert said.from_ is not None and said.to is not None
    files = [extracted(said, folder, into)] if said.path is None else listed(said.path, folder)
    if not files:
        raise Unreadable(
            f"No file fits path: {said.path}, seen from {folder}. Correct path: in sources.yaml, or put the files there.",
            f"没有文件符合 path: {said.path}（从 {folder} 算起）。请更正 sources.yaml 里的 path:，或放好文件。",
        )
    writer.run("CREATE OR REPLACE TEMP TABLE mapped (a VARCHAR, b VARCHAR)")
    for batch in read_batches(said, list(enumerate(files)), into):
        try:
            present = raw.present(writer, batch)
            missing = [c for c in (said.from_, said.to) if c not in present]
            if missing:
                raise Unreadable(
                    f"{files[0].name} has no column {', '.join(missing)}; it has {', '.join(present)}.",
                    f"{files[0].name} 没有列 {'、'.join(missing)}；有 {'、'.join(present)}。",
                )
            raw.forget_rejects(writer)
            writer.run(f"INSERT INTO mapped SELECT _r0, _r1 FROM ({raw.rows(batch, [said.from_, said.to], present, keep_text=False)})")
        except Unreadable:
            raise
        except ShopError as error:
            raise Unreadable(error.en, error.zh) from None
        finally:
            batch.close()


def _make(writer: Writer, name: str, made: Mappings) -> None:
    for is_folded in (False, True):
        key = folded(trimmed("a")) if is_folded else narrow(trimmed("a"))
        # A value that stands for two things is none of them.
        one = "CASE WHEN count(DISTINCT value) = 1 THEN min(value) END"
        pairs = f"SELECT {key} AS key, {trimmed('b')} AS value FROM mapped WHERE a IS NOT NULL AND trim(b) <> ''"
        writer.run(f"CREATE OR REPLACE TEMP TABLE {mapping_table(name, is_folded)} AS SELECT key, {one} AS value FROM ({pairs}) GROUP BY key")
    table = mapping_table(name, False)
    rows = writer.rows(
        f"SELECT count(*), count(*) - count(value), CAST(bit_xor(md5_number(key || chr(31) || coalesce(value, chr(30)))) AS VARCHAR) FROM {table}"
    )
    count, twice, mixed = rows[0]
    made.digests[name] = hashlib.md5(f"{name} {count} {mixed}".encode(), usedforsecurity=False).hexdigest()
    if twice:
        made.conflicts[name] = int(twice)
