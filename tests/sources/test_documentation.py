"""docs/sources.md: every key is explained, the example is without mistakes and fits the schema, and both languages say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from semantic_layer.sources.load import load_sources, sources_schema
from semantic_layer.sources.standardise import STANDARDISERS
from tests.catalog.test_schema import as_json

DOCS = Path(__file__).parents[2] / "docs"
PAGE, CHINESE = ((DOCS / name).read_text(encoding="utf-8") for name in ("sources.md", "sources.zh-CN.md"))


def yaml_blocks(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)


def keys() -> Iterator[str]:
    schema = sources_schema()
    for part in (schema, *schema["$defs"].values()):
        yield from part["properties"]


def test_the_example_has_no_mistakes_and_fits(tmp_path: Path) -> None:
    (block,) = yaml_blocks(PAGE)
    (tmp_path / "sources.yaml").write_text(block, encoding="utf-8")
    spec = load_sources(tmp_path)
    assert set(spec.table_names) == {"events", "orders", "customers"}
    assert Draft202012Validator(sources_schema()).is_valid(as_json(yaml.safe_load(block)))


@pytest.mark.parametrize("key", sorted(set(keys())))
def test_every_key_is_explained(key: str) -> None:
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert re.search(rf"`{key}[`:]", prose) or f"{key}:" in yaml_blocks(PAGE)[0].split("\n"), f"docs/sources.md does not explain {key}"


def test_every_standardiser_is_explained() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ", PAGE, flags=re.MULTILINE)
    assert set(STANDARDISERS) <= {name.strip("` ") for row in rows for name in row.split(",")}


def test_the_chinese_page_explains_the_same_keys_with_the_same_example() -> None:
    assert yaml_blocks(CHINESE) == yaml_blocks(PAGE)
    rows = r"^\| (`.+?`(?:, `.+?`)*) \|"
    assert re.findall(rows, CHINESE, flags=re.MULTILINE) == re.findall(rows, PAGE, flags=re.MULTILINE)
