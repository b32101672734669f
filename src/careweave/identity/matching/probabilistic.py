"""The probabilistic stage: Splink learns how telling each agreement is here, and weighs what no rule decided.

https://moj-analytical-services.github.io/splink/ (Fellegi and Sunter's model, no training labels).
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from careweave.identity.matching.candidates import Levels, Pairs
from careweave.identity.matching.levels import Comparison, columns_needed
from careweave.identity.matching.prepare import Prepared
from careweave.identity.matching.rules import Probabilistic

Scores = npt.NDArray[np.float64]
LEAST_U = 1e-9
MOST_PAIRS = 500_000
SESSIONS = 2  # blocks that each field is learned in


@dataclass(frozen=True)
class Trained:
    """For each comparison, `m` and `u` of its levels."""

    m: Mapping[str, list[float]]
    u: Mapping[str, list[float]]


def default_weights(comparisons: Sequence[Comparison]) -> dict[str, list[float]]:
    return {
        each.name: [float(np.log2(level.m / level.u)) for level in each.field.levels] for each in comparisons
    }


def total_weight(levels: Mapping[str, Levels], weights: Mapping[str, list[float]]) -> Scores:
    """The sum of log2 m/u over the fields that both sides hold."""
    totals = np.zeros(len(next(iter(levels.values()))))
    for name, of_levels in weights.items():
        totals += np.array([*of_levels, 0.0])[levels[name]]  # -1, missing, is the last
    return totals


def train(
    connection: duckdb.DuckDBPyConnection,
    prepared: Prepared,
    comparisons: Sequence[Comparison],
    u: Mapping[str, list[float]],
    prior: float,
    rules: Probabilistic,
) -> Trained:
    """Expectation maximisation within blocks; a field is learned where the block does not use it."""
    defaults = {each.name: [level.m for level in each.field.levels] for each in comparisons}
    with _quiet():
        linker = _linker(connection, prepared, comparisons, defaults, u, prior)
        learned: dict[str, list[tuple[float, list[float]]]] = {each.name: [] for each in comparisons}
        for block, pairs in _blocks(connection, prepared, rules):
            for name, found in _session(linker, block, pairs, comparisons).items():
                learned[name].append(found)
            if all(len(found) >= SESSIONS for found in learned.values()):
                break
    m = {
        each.name: _blended(learned[each.name], defaults[each.name], rules.weight_of_defaults)
        for each in comparisons
    }
    return Trained(m, dict(u))


def _session(
    linker: Linker, block: tuple[str, ...], pairs: float, comparisons: Sequence[Comparison]
) -> dict[str, tuple[float, list[float]]]:
    """What one session learned: for each field, the expected number of matching pairs and the m of its levels."""
    try:
        session = linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block),
            estimate_without_term_frequencies=True,
            max_pairs=MOST_PAIRS if pairs > MOST_PAIRS else None,
        )
    except (
        Exception
    ) as error:  # Splink gives up with many kinds of error when a block is too thin to learn from
        logging.getLogger(__name__).info("no training on %s: %s", block, error)
        return {}
    settings = session.core_model_settings
    by_name = {each.output_column_name: each for each in settings.comparisons}
    share = settings.probability_two_random_records_match
    found = {}
    for each in comparisons:
        if each.name in by_name:
            levels = by_name[each.name]._comparison_levels_excluding_null
            m = [_number(level.m_probability) for level in levels]
            found[each.name] = (share * min(pairs, MOST_PAIRS), m)
    return found


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _blended(
    learned: Sequence[tuple[float, list[float]]], defaults: Sequence[float], weight: float
) -> list[float]:
    total = np.array(defaults) * weight
    for matches, m in learned:
        total = total + np.array(m) * matches
    return (total / total.sum()).tolist()


def predict(
    connection: duckdb.DuckDBPyConnection,
    prepared: Prepared,
    comparisons: Sequence[Comparison],
    trained: Trained,
    pairs: Pairs,
) -> Scores:
    """The match weight of each pair, without any prior: the log2 of how many times likelier if one person."""
    connection.register("shortlist", {"l": pairs.left, "r": pairs.right})
    connection.execute(
        "CREATE OR REPLACE TABLE shortlisted AS SELECT l AS join_key_l, r AS join_key_r, '0' AS match_key FROM shortlist"
    )
    connection.unregister("shortlist")
    with _quiet():
        linker = _linker(connection, prepared, comparisons, trained.m, trained.u, 0.5)
        linker.table_management.register_blocked_pairs_for_predict(linker._db_api.register("shortlisted"))
        scored = linker.inference.predict(warning_mode="never").as_duckdbpyrelation().fetchnumpy()
    order = np.lexsort((scored["unique_id_r"], scored["unique_id_l"]))
    weights: Scores = np.ascontiguousarray(scored["match_weight"], dtype=np.float64)[order]
    return weights


def _linker(
    connection: duckdb.DuckDBPyConnection,
    prepared: Prepared,
    comparisons: Sequence[Comparison],
    m: Mapping[str, Sequence[float]],
    u: Mapping[str, Sequence[float]],
    prior: float,
) -> Linker:
    texts = [each.case() for each in comparisons]
    needed = columns_needed(texts, [name for name in prepared.table.column_names if name != "idx"])
    connection.execute(
        f"CREATE OR REPLACE VIEW linkable AS SELECT idx AS unique_id, {', '.join(needed)} FROM records"
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_as_splink(each, m[each.name], u[each.name]) for each in comparisons],
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
        max_iterations=30,
        em_convergence=0.001,
    )
    api = DuckDBAPI(connection)
    linker = Linker(api.register("linkable"), settings, log_level=None)
    for column in _rarities(comparisons):
        table = api.register(f"rarity_{column}")
        linker.table_management.register_term_frequency_lookup(table, column)
    return linker


def _rarities(comparisons: Sequence[Comparison]) -> list[str]:
    """The columns whose rarer values count for more."""
    return sorted({column for each in comparisons for column in each.frequency.values()})


def count_rarities(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], share: npt.NDArray[np.float64]
) -> None:
    """How common each value is among people; `share` is the part of a person that each record is so far.

    Counted over records, a rare surname would look common merely because one person has ten of them.
    """
    connection.register("shares", {"idx": np.arange(len(share), dtype=np.int32), "share": share})
    for column in _rarities(comparisons):
        connection.execute(
            f"CREATE OR REPLACE TABLE rarity_{column} AS SELECT {column},"
            f" sum(share) / sum(sum(share)) OVER () AS tf_{column}"
            f" FROM records JOIN shares USING (idx) WHERE {column} IS NOT NULL GROUP BY {column}"
        )
    connection.unregister("shares")


def _as_splink(each: Comparison, m: Sequence[float], u: Sequence[float]) -> dict[str, Any]:
    conditions = [*each.conditions, "ELSE"]
    levels: list[dict[str, Any]] = [
        {"sql_condition": each.missing, "label_for_charts": "missing", "is_null_level": True}
    ]
    for number, (level, condition) in enumerate(zip(each.field.levels, conditions, strict=True)):
        written: dict[str, Any] = {
            "sql_condition": condition,
            "label_for_charts": level.words,
            "m_probability": m[number],
            "u_probability": u[number],
        }
        if level.id in each.frequency:
            column = each.frequency[level.id]
            written |= {
                "sql_condition": f"{column}_l = {column}_r",
                "tf_adjustment_column": column,
                "tf_adjustment_weight": 1.0,
                "tf_minimum_u_value": 0.00005,
            }
        levels.append(written)
    return {"output_column_name": each.name, "comparison_levels": levels}


def _blocks(
    connection: duckdb.DuckDBPyConnection, prepared: Prepared, rules: Probabilistic
) -> Iterator[tuple[tuple[str, ...], float]]:
    """The blocks that this data can be trained on: enough pairs, and not so many that all are strangers."""
    known = set(prepared.table.column_names)
    for written in rules.train_on:
        for number in range(max(1, len(prepared.identifiers)) if "identifier" in written else 1):
            block = tuple(f"ident_{number}" if part == "identifier" else part for part in written)
            if not set(block) <= known:
                continue
            filled = " AND ".join(f"{column} IS NOT NULL" for column in block)
            counted = connection.execute(
                f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n FROM records"
                f" WHERE {filled} GROUP BY {', '.join(block)})"
            ).fetchall()
            if counted[0][0] >= 30:
                yield block, float(counted[0][0])


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink reports training progress through logging and warnings; our own result says what matters."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
