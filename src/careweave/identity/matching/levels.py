"""Says in SQL at which level two values stand, once for our own rules and for Splink alike.

A condition speaks of columns with `_l` and `_r` at the end, as Splink does. The first level that holds counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from careweave.identity.matching.rules import Field, MatchingRules

# The edit distance is dear: the similarity before it, which no such pair of longer words falls below, spares most.
EDIT = (
    "((length({0}_l) < 5 OR jaro_winkler_similarity({0}_l, {0}_r) >= 0.75)"
    " AND damerau_levenshtein({0}_l, {0}_r) <= {1})"
)
ALIKE = "jaro_winkler_similarity({0}_l, {1}_r) >= {2}"
REST_AGREES = (
    "(NOT given_many_l OR NOT given_many_r OR list_has_any(given_rest_l, given_rest_r)"
    " OR ((length(given_rest_l[1]) = 1 OR length(given_rest_r[1]) = 1)"
    " AND left(given_rest_l[1], 1) = left(given_rest_r[1], 1))"
    " OR jaro_winkler_similarity(given_rest_l[1], given_rest_r[1]) >= 0.88)"
)
SHORTER = "least(length(given_first_l), length(given_first_r))"
BOTH_NAMES = (
    "(given_listed_l OR given_held_l > 0) AND (given_listed_r OR given_held_r > 0)"
    " AND (given_listed_l AND given_listed_r"
    " OR least(given_held_l, given_held_r) >= 0.05 * greatest(given_held_l, given_held_r))"
)
CLOSE = (
    "({alike_first} OR {alike_whole} OR "
    + EDIT.format("given_first", "CASE WHEN length(given_first_l) >= 7 THEN 2 ELSE 1 END").replace("{", "{{")
    + ")"
)
NUMBERS = {
    "missing": "{0}_l IS NULL OR {0}_r IS NULL",
    "same": "{0}_l = {0}_r",
    "nearly": EDIT.format("{0}", 1),
}


@dataclass(frozen=True)
class Comparison:
    """One field over its columns: a condition a level, `missing` first. `frequency` names the rarity column."""

    name: str
    field: Field
    missing: str
    conditions: tuple[str, ...]
    frequency: dict[str, str]

    def case(self) -> str:
        whens = " ".join(
            f"WHEN {condition} THEN {position}" for position, condition in enumerate(self.conditions)
        )
        return f"CASE WHEN {self.missing} THEN -1 {whens} ELSE {len(self.conditions)} END::TINYINT"


def comparisons(rules: MatchingRules, identifiers: int, attributes: int) -> list[Comparison]:
    """Every field that the rules compare, the further ones once for each column there is."""
    return list(_comparisons(rules, identifiers, attributes))


def _comparisons(rules: MatchingRules, identifiers: int, attributes: int) -> Iterator[Comparison]:
    for field in rules.fields.values():
        if field.id == "identifier":
            columns = [f"ident_{number}" for number in range(identifiers)]
        elif field.id == "attribute":
            columns = [f"attr_{number}" for number in range(attributes)]
        else:
            columns = [field.id]
        for column in columns:
            yield _comparison(column, field)


def _comparison(column: str, field: Field) -> Comparison:
    written = conditions_of(column, field)
    ordered = tuple(f"({written[level.id]})" for level in field.levels[:-1])
    frequency = FREQUENCIES.get(field.id, {"same": column})
    return Comparison(column, field, f"({written['missing']})", ordered, frequency)


FREQUENCIES: dict[str, dict[str, str]] = {
    "nhs": {},
    "given": {"same": "given", "first": "given_first"},
    "family": {"same": "family"},
    "birth": {},
    "gender": {},
    "address": {"same": "street"},
    "place": {"same": "postcode"},
}


def conditions_of(column: str, field: Field) -> dict[str, str]:
    similarity = {level.id: level.similarity for level in field.levels}
    if field.id == "given":
        return _given(similarity)
    if field.id == "family":
        return _family(similarity)
    if field.id == "birth":
        return BIRTH
    if field.id == "address":
        return _address(similarity)
    if field.id == "place":
        return _place(similarity)
    if field.id == "nhs":
        return NHS
    written = {level: sql.format(column) for level, sql in NUMBERS.items()}
    if field.id == "email":
        return written | {"nearly": EMAIL_NEARLY}
    if similarity.get("nearly"):
        written["nearly"] = f"{written['nearly']} OR " + ALIKE.format(column, column, similarity["nearly"])
    return written


NHS = {
    "missing": "nhs_digits_l IS NULL OR nhs_digits_r IS NULL OR ((nhs_l IS NULL OR nhs_r IS NULL)"
    " AND NOT (nhs_digits_l <> nhs_digits_r AND " + EDIT.format("nhs_digits", 1) + "))",
    "same": "nhs_l = nhs_r AND nhs_digits_l = nhs_digits_r",
    "superseded": "nhs_l = nhs_r",
    "nearly": "nhs_digits_l <> nhs_digits_r AND " + EDIT.format("nhs_digits", 1),
    "mistyped": "hamming(nhs_l, nhs_r) = 2 AND left(nhs_l, 8) <> left(nhs_r, 8)",
}

# Many people of one name have addresses that differ only in the number: another number is another address.
EMAIL_NEARLY = (
    EDIT.format("email", 2)
    + " AND (email_digits_l = email_digits_r OR length(email_digits_l) <> length(email_digits_r))"
)

SWAPPED = (
    "given_first_l <> given_first_r AND (bag_l = bag_r"
    " OR (given_initial_l = family_initial_r AND family_initial_l = given_initial_r"
    " AND ((jaro_winkler_similarity(given_first_l, family_first_r) >= {0}"
    " AND jaro_winkler_similarity(family_first_l, given_first_r) >= {0})"
    " OR (jaro_winkler_similarity(given_l, family_r) >= {0}"
    " AND jaro_winkler_similarity(family_l, given_r) >= {0}))))"
)


def _given(similarity: dict[str, float]) -> dict[str, str]:
    close = CLOSE.format(
        alike_first=ALIKE.format("given_first", "given_first", similarity["near"]),
        alike_whole=ALIKE.format("given", "given", similarity["near"]),
    )
    near = f"{close} AND {REST_AGREES} AND left(given_first_l, 1) IS NOT NULL"
    return {
        "missing": "given_l IS NULL OR given_r IS NULL",
        "same": "given_l = given_r",
        "first": f"given_first_l = given_first_r AND {REST_AGREES}",
        "variant": "(((given_rooted_l OR given_rooted_r) AND list_has_any(given_roots_l, given_roots_r))"
        " OR (given_first_loose_l = given_first_loose_r"
        f" AND {SHORTER} > 4) OR (given_loose_l = given_loose_r AND {SHORTER} > 4)) AND {REST_AGREES}",
        "initial": f"{SHORTER} = 1 AND left(given_first_l, 1) = left(given_first_r, 1)",
        "swapped": SWAPPED.format(similarity["swapped"]),
        "near": f"{near} AND {SHORTER} > 4 AND NOT ({BOTH_NAMES})",
        "doubtful": f"{near} AND NOT ({BOTH_NAMES})",
        "rough": ALIKE.format("given_first", "given_first", similarity["rough"])
        + f" AND {REST_AGREES} AND NOT ({BOTH_NAMES})",
        "part": "(given_many_l AND list_contains(given_words_l, given_r))"
        " OR (given_many_r AND list_contains(given_words_r, given_l))"
        " OR given_first_l = family_first_r OR family_first_l = given_first_r",
        "another": f"{close} OR (given_many_l AND given_many_r AND list_has_any(given_words_l, given_words_r))",
    }


def _family(similarity: dict[str, float]) -> dict[str, str]:
    swapped = SWAPPED.format(0.92)
    alike = ALIKE.format("family", "family", similarity["near"])
    shorter = "least(length(family_l), length(family_r))"
    return {
        "missing": "family_l IS NULL OR family_r IS NULL"
        f" OR (given_l IS NOT NULL AND given_r IS NOT NULL AND family_l <> family_r AND ({swapped}))",
        "same": "family_l = family_r",
        "part": "((family_many_l OR family_many_r) AND list_has_any(family_words_l, family_words_r))"
        " OR (given_many_r AND list_has_any(family_words_l, given_rest_r))"
        " OR (given_many_l AND list_has_any(family_words_r, given_rest_l))",
        "variant": "family_loose_l = family_loose_r"
        " OR ((family_rooted_l OR family_rooted_r) AND list_has_any(family_roots_l, family_roots_r))",
        "near": f"{alike} OR ({shorter} >= 4 AND {EDIT.format('family', 1)})"
        f" OR ({shorter} >= 7 AND {EDIT.format('family', 2)})"
        f" OR ({shorter} >= 5 AND (suffix(family_l, family_r) OR suffix(family_r, family_l)))",
    }


BIRTH = {
    "missing": "birth_l IS NULL OR birth_r IS NULL",
    "same": "birth_l = birth_r AND birth_month_l IS NOT NULL AND birth_day_l IS NOT NULL",
    "swapped": "birth_year_l = birth_year_r AND birth_month_l = birth_day_r AND birth_day_l = birth_month_r",
    "digit": "birth_day_l IS NOT NULL AND birth_day_r IS NOT NULL AND " + EDIT.format("birth", 1),
    "parts": "birth_day_l IS NOT NULL AND birth_day_r IS NOT NULL AND (birth_year_l = birth_year_r)::INT"
    " + (birth_month_l = birth_month_r)::INT + (birth_day_l = birth_day_r)::INT = 2",
    "digits": "birth_day_l IS NOT NULL AND birth_day_r IS NOT NULL AND " + EDIT.format("birth", 2),
    "close": "abs(birth_number_l - birth_number_r) < 240",
    "year": "birth_year_l = birth_year_r AND (birth_day_l IS NULL OR birth_day_r IS NULL"
    " OR birth_day_month_l = '0101' OR birth_day_month_r = '0101')",
}


OTHER_LINE = "street_l = locality_r OR locality_l = street_r"


def _address(similarity: dict[str, float]) -> dict[str, str]:
    houses = "house_l = house_r"
    return {
        "missing": "street_l IS NULL OR street_r IS NULL",
        "same": f"street_l = street_r AND ({houses} OR (house_l IS NULL AND house_r IS NULL))",
        "near": f"{houses} AND ({ALIKE.format('street', 'street', similarity['near'])} OR {OTHER_LINE})",
        "street": f"{ALIKE.format('street', 'street', similarity['street'])} OR {OTHER_LINE}",
    }


def _place(similarity: dict[str, float]) -> dict[str, str]:
    town = ALIKE.format("town", "town", similarity["area"])
    return {
        "missing": "(postcode_l IS NULL OR postcode_r IS NULL) AND (town_l IS NULL OR town_r IS NULL)",
        "same": "postcode_l = postcode_r",
        "nearly": EDIT.format("postcode", 1),
        "area": f"postcode_area_l = postcode_area_r OR {town}",
    }


def columns_needed(conditions: list[str], known: list[str]) -> list[str]:
    """The columns that some condition speaks of, so that no other is carried through a join of millions."""
    text = " ".join(conditions)
    return [name for name in known if f"{name}_l" in text or f"{name}_r" in text]
