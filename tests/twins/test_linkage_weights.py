"""The weights that Splink gives are those of the plain formula: the sum of log2 m/u over what both sides hold."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import numpy as np

from careweave.identity.matching import MatchRecord, load_rules, probabilistic
from careweave.identity.matching.candidates import compare, connect, find_pairs
from careweave.identity.matching.levels import comparisons
from careweave.identity.matching.prepare import prepare
from careweave.identity.matching.records import columns_of

GIVEN = ["Ann", "Anne", "Robert", "Bob", "Mohammed", "Muhammad", "Katarzyna", "Kasia", "Jo", "J", None]
FAMILY = ["Smith", "Smyth", "Müller", "Mueller", "Khan", "O'Brien", "Smith-Jones", "Anne", None]
BIRTHS = ["1980-02-03", "1980-03-02", "1980-02-04", "1981-02-03", "1980-01-01", "1955", None]
NUMBERS = ["9990000018", "9990000026", "9990000019", None]


def test_splink_and_the_plain_formula_agree_pair_by_pair() -> None:
    draw = random.Random(7)
    records = [
        MatchRecord(
            id=f"r{number:03d}",
            nhs_number=draw.choice(NUMBERS),
            given=draw.choice(GIVEN),
            family=draw.choice(FAMILY),
            birth_date=draw.choice(BIRTHS),
            gender=draw.choice(["male", "female", None]),
            address=draw.choice(["1 High St", "1 High Street", "2 High Street", None]),
            postcode=draw.choice(["RV1 1AA", "RV1 1AB", "RV2 9ZZ", None]),
            phone=draw.choice(["07700900123", "07700900124", None]),
            email=draw.choice(
                ["ann.smith1@example.org", "ann.smth1@example.org", "ann.smith2@example.org", None]
            ),
        )
        for number in range(60)
    ]
    rules = load_rules(date(2026, 11, 22))
    prepared = prepare(columns_of(records), rules.forms)
    held = [replace(each, frequency={}) for each in comparisons(rules, 0, 0)]
    connection = connect(prepared)
    find_pairs(connection, prepared, rules.candidates)
    pairs = compare(connection, prepared, held, "pairs")
    trained = probabilistic.Trained(
        m={each.name: [level.m for level in each.field.levels] for each in held},
        u={each.name: [level.u for level in each.field.levels] for each in held},
    )
    by_splink = probabilistic.predict(connection, prepared, held, trained, pairs)
    by_formula = probabilistic.total_weight(pairs.levels, probabilistic.default_weights(held))
    assert len(by_splink) == 60 * 59 // 2
    np.testing.assert_allclose(by_splink, by_formula, atol=1e-6)
