"""How likely rows about people are about one, by a library for record linkage that learns from the rows themselves. For a list to be looked at."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

import duckdb

from semantic_layer.engines.duckdb import OFFLINE
from semantic_layer.engines.failures import described, log
from semantic_layer.engines.quoting import literal
from semantic_layer.errors import ShopError

_LIKELY = 0.9
_PAIRS = 1e6  # drawn to learn how often values agree by chance
_ALIKE = (0.92, 0.8)  # of names and addresses


def likely_pairs(features: Path, columns: Sequence[str], most: int) -> list[tuple[int, int, float]]:
    """Pairs of `_id` with the likelihood that they are one, the likeliest first; `columns` of the Parquet file are compared.

    Raises ShopError where the library is not installed, or learns nothing from so few or such rows.
    """
    try:
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on
        from splink import comparison_library as compare
    except ImportError:
        raise ShopError(
            "review: splink needs a library. Run: pip install 'wenshu[linkage]'", "review: splink 需要一个库。请运行：pip install 'wenshu[linkage]'"
        ) from None
    logging.getLogger("splink").setLevel(logging.ERROR)
    with contextlib.closing(duckdb.connect(":memory:", config=OFFLINE)) as connection:
        connection.execute(f"CREATE TABLE people AS SELECT _id, {', '.join(columns)} FROM read_parquet({literal(str(features))})")
        repeated = {c: _repeated(connection, c) for c in columns}
        given = [c for c in columns if repeated[c] is not None]
        exact = [block_on(c) for c in given if repeated[c] and c not in ("name", "address", "phone_end")]
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="_id",
            comparisons=[compare.JaroWinklerAtThresholds(c, list(_ALIKE)) if c in ("name", "address") else compare.ExactMatch(c) for c in given],
            blocking_rules_to_generate_predictions=[block_on(c) for c in given if c != "phone_end"],
        )
        try:
            linker = Linker(DuckDBAPI(connection=connection).register("people"), settings, log_level=logging.ERROR)
            linker.training.estimate_probability_two_random_records_match(exact[:1], recall=0.7)
            linker.training.estimate_u_using_random_sampling(max_pairs=_PAIRS, seed=1)
            for rule in exact[:2]:
                linker.training.estimate_parameters_using_expectation_maximisation(rule)
            found = linker.inference.predict(threshold_match_probability=_LIKELY).physical_name
            pairs = f"SELECT _id_l, _id_r, match_probability FROM {found} ORDER BY match_probability DESC, _id_l, _id_r LIMIT {int(most)}"
            return [(int(a), int(b), float(p)) for a, b, p in connection.execute(pairs).fetchall()]
        except Exception as error:
            # The library raises errors of many kinds where there is too little to learn from.
            log.warning("linking records failed: %s", described(error))
            raise ShopError(
                "There are too few rows, or too little in them, to learn which people are alike.", "行数或内容太少，无法学习哪些人相像。"
            ) from None


def _repeated(connection: duckdb.DuckDBPyConnection, column: str) -> int | None:
    """How many values stand in a column more than once; None where it is empty."""
    values, different = connection.execute(f"SELECT count({column}), count(DISTINCT {column}) FROM people").fetchall()[0]
    return int(values) - int(different) if values else None
