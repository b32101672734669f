"""Definitions are refused by name when wrong, and a place's own add to or supersede the shipped ones."""

from datetime import date
from pathlib import Path

import pytest

from careweave.definitions import (
    DefinitionError,
    all_definitions,
    definition_problems,
    forget_definitions,
    kinds_of_definition,
    load_definition,
    overdue_reviews,
)

GOOD = {
    "id": '"frailty"',
    "version": '"1"',
    "title": '"Frailty"',
    "author": '"A place"',
    "source": '"A paper, 2020"',
    "checked_by": '"Dr A"',
    "valid_from": "2026-01-01",
    "review_on": "2027-01-01",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAREWEAVE_HOME", str(tmp_path))
    monkeypatch.delenv("CAREWEAVE_DEFINITIONS", raising=False)
    forget_definitions()
    return tmp_path / "definitions"


def write(place: Path, name: str, kind: str = "test-kind", **changes: str | None) -> None:
    fields = {**GOOD, **changes}
    folder = place / kind
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} = {value}" for key, value in fields.items() if value is not None]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")


def problems_of(kind: str = "test-kind") -> str:
    with pytest.raises(DefinitionError) as refused:
        all_definitions(kind)
    return str(refused.value)


def test_the_version_that_holds_on_the_day_is_loaded(place: Path) -> None:
    write(place, "one.toml", valid_to="2026-06-30", points="[1]")
    write(place, "two.toml", version='"2"', valid_from="2026-07-01", points="[2]")
    assert load_definition("test-kind", "frailty", date(2026, 6, 30)).content["points"] == [1]
    assert load_definition("test-kind", "frailty", date(2026, 7, 1)).content["points"] == [2]


def test_no_version_before_the_first_day(place: Path) -> None:
    write(place, "one.toml")
    with pytest.raises(DefinitionError, match="test-kind/frailty: no version holds on 2025-12-31"):
        load_definition("test-kind", "frailty", date(2025, 12, 31))


@pytest.mark.parametrize("key", [key for key in GOOD if key not in {"valid_from", "review_on"}])
def test_a_missing_field_is_refused_by_name(place: Path, key: str) -> None:
    write(place, "bad.toml", **{key: None})
    assert f"test-kind/bad.toml: {key} is missing" in problems_of()


@pytest.mark.parametrize("key", ["valid_from", "review_on", "valid_to"])
def test_a_date_that_is_none_is_refused_by_name(place: Path, key: str) -> None:
    write(place, "bad.toml", **{key: '"soon"'})
    assert f"test-kind/bad.toml: {key} is not a date" in problems_of()


def test_an_empty_source_is_refused(place: Path) -> None:
    write(place, "bad.toml", source='["Paper", " "]')
    assert "source is missing" in problems_of()


def test_overlapping_versions_are_refused_by_name(place: Path) -> None:
    write(place, "one.toml", valid_to="2026-07-01")
    write(place, "two.toml", version='"2"', valid_from="2026-07-01")
    assert "two.toml: overlaps" in problems_of()
    assert "one.toml" in problems_of()


def test_every_problem_is_told_at_once(place: Path) -> None:
    write(place, "one.toml", title=None)
    write(place, "two.toml", author=None)
    assert "title is missing" in problems_of() and "author is missing" in problems_of()


def test_broken_toml_is_refused_by_name(place: Path) -> None:
    write(place, "bad.toml", title='"unfinished')
    assert "test-kind/bad.toml: cannot be read as TOML" in problems_of()
    assert any("bad.toml" in problem for problem in definition_problems())


def test_a_place_supersedes_the_shipped_version_on_the_days_both_hold(place: Path) -> None:
    shipped = all_definitions("access")[0]
    write(
        place,
        "own.toml",
        "access",
        id=f'"{shipped.id}"',
        version='"place-1"',
        valid_from=shipped.valid_from.isoformat(),
    )
    forget_definitions()
    assert load_definition("access", shipped.id, shipped.valid_from).version == "place-1"


def test_a_place_replaces_a_shipped_version_of_the_same_name(place: Path) -> None:
    shipped = all_definitions("access")[0]
    write(place, "own.toml", "access", id=f'"{shipped.id}"', version=f'"{shipped.version}"')
    forget_definitions()
    versions = [each for each in all_definitions("access") if each.id == shipped.id]
    assert [each.is_the_places_own for each in versions if each.version == shipped.version] == [True]


def test_a_review_that_is_late_is_told(place: Path) -> None:
    write(place, "one.toml")
    assert "frailty" not in {each.id for each in overdue_reviews(date(2027, 1, 1))}
    assert "frailty" in {each.id for each in overdue_reviews(date(2027, 1, 2))}


def test_a_file_beside_a_definition_can_be_read_and_none_elsewhere(place: Path) -> None:
    write(place, "one.toml")
    (place / "test-kind" / "codes.csv").write_text("code\nI50\n", encoding="utf-8")
    definition = load_definition("test-kind", "frailty", date(2026, 1, 1))
    assert definition.beside("codes.csv").read_text(encoding="utf-8").startswith("code")
    with pytest.raises(DefinitionError, match="not a plain file name"):
        definition.beside("../../secret")


def test_every_shipped_definition_is_valid(place: Path) -> None:
    assert "access" in kinds_of_definition()
    assert definition_problems() == []


@pytest.mark.parametrize("kind", kinds_of_definition())
def test_every_kind_refuses_overlaps_and_a_missing_source_by_name(place: Path, kind: str) -> None:
    """Whatever reads them: measures, sets of measures, rules of feeds and all others."""
    write(place, "one.toml", kind, valid_to="2026-07-01")
    write(place, "two.toml", kind, version='"2"', valid_from="2026-07-01")
    write(place, "three.toml", kind, id='"three"', source=None)
    told = problems_of(kind)
    assert f"{kind}/two.toml: overlaps" in told and f"{kind}/three.toml: source is missing" in told


def test_a_place_s_own_wrong_measures_and_sets_are_named_by_file(place: Path) -> None:
    from careweave.measures.feed_rules import feed_rule_problems
    from careweave.measures.measure_sets import set_problems
    from careweave.warehouse.indicators import measure_problems

    for kind in ("measures", "measure-sets", "feeds"):
        write(place, "own.toml", kind, id='"own"', surprise="1")
    for problems in (measure_problems(), set_problems(), feed_rule_problems()):
        assert any("own.toml: surprise is not known" in each for each in problems)
