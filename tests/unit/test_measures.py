"""Published answers of the measures' formulas, and what bad input gets."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from careweave.cli import measure
from careweave.measures import continuity, rates, surveys
from careweave.measures.funnels import Unit, funnel, tau_squared, winsorised
from careweave.measures.spc import Better, chart, limits_of
from careweave.measures.suppression import Total, hidden, ranges, rounded

SERIES = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]


def test_xmr_limits_screened_and_not() -> None:
    screened, whole = limits_of(SERIES), limits_of(SERIES, screened=False)
    assert screened.mean == pytest.approx(1.944, abs=5e-4)
    assert (screened.lower, screened.upper) == pytest.approx((-0.716, 4.604), abs=5e-4)
    assert (whole.lower, whole.upper) == pytest.approx((-3.063, 6.952), abs=5e-4)


@pytest.mark.parametrize(
    ("values", "rebased_at"), [([], ()), ([1.0], ()), ([1, 2, 3], (2,)), ([1, 2, 3], (3,))]
)
def test_a_baseline_of_one_point_is_refused(values: list[float], rebased_at: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="point"):
        chart(values, better=Better.UP, rebased_at=rebased_at)


@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    [
        (1, 0.0131, 5.5638),
        (5, 1.6113, 11.6682),
        (10, 4.7874, 18.3915),
        (25, 16.1743, 36.9065),
        (100, 81.3621, 121.6279),
    ],
)
def test_byar(events: int, lower: float, upper: float) -> None:
    found = rates.byar(events)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=5e-5)


def test_byar_of_nothing_starts_at_nothing() -> None:
    assert rates.byar(0).lower == 0


def test_wilson() -> None:
    found = rates.wilson(81, 263)
    assert (found.lower, found.upper) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize("people", range(1, 60))
def test_wilson_of_nobody_and_of_everybody_stays_within_0_and_1(people: int) -> None:
    """Rounding took the limit of none in 27 a little below 0, which a page showed as “-0%”."""
    assert rates.wilson(0, people).lower == 0 and f"{rates.wilson(0, people).lower:.0%}" == "0%"
    assert rates.wilson(people, people).upper == 1


def test_direct_standardisation_with_dobson_limits() -> None:
    groups = [
        rates.Stratum.of_events(o, n, w) for o, n, w in ((10, 1000, 5000), (20, 1000, 3000), (40, 500, 2000))
    ]
    found = rates.standardised(groups)
    assert found is not None
    assert (found.value, found.lower, found.upper) == pytest.approx((2700.0, 2096.58, 3421.03), abs=0.01)


def test_the_published_dsr_test_data() -> None:
    """The worked example of PHEindicatormethods' DSR vignette: 19 age bands, two of them without deaths."""
    people = (30, 35, 35, 35, 40, 40, 45, 50, 50, 50, 60, 60, 70, 75, 70, 60, 20, 20, 15)
    deaths = (1, 1, 0, 0, 0, 1, 1, 3, 3, 3, 3, 10, 10, 10, 10, 8, 8, 8, 8)
    groups = [rates.Stratum.of_events(*each) for each in zip(deaths, people, rates.EUROPE_2013, strict=True)]
    found = rates.standardised(groups)
    assert found is not None
    assert (round(found.value, 3), round(found.lower, 3), round(found.upper, 2)) == (
        8283.016,
        6570.819,
        10289.65,
    )


def test_repeat_admissions_widen_the_interval_and_leave_the_rate() -> None:
    alone = [rates.Stratum.of_events(40, 1000, 5000), rates.Stratum.of_events(20, 800, 3000)]
    again = [rates.Stratum(1000, 5000, {1: 10, 3: 10}), rates.Stratum(800, 3000, {2: 10})]
    one, many = rates.standardised(alone), rates.standardised(again)
    assert one is not None
    assert many is not None
    assert many.value == pytest.approx(one.value)
    assert many.upper - many.lower > 1.4 * (one.upper - one.lower)


def test_nine_events_are_too_few_for_a_standardised_rate() -> None:
    assert rates.standardised([rates.Stratum.of_events(9, 100, 1000)]) is None


def test_the_european_standard_population_is_100_000() -> None:
    assert (sum(rates.EUROPE_2013), len(rates.EUROPE_2013)) == (100_000, 19)


def test_continuity_of_a_a_b_a_c() -> None:
    contacts = list("AABAC")
    assert continuity.coc(contacts) == pytest.approx(0.30)
    assert continuity.upc(contacts) == pytest.approx(0.60)
    assert continuity.secon(contacts) == pytest.approx(0.25)
    assert continuity.mmci(contacts) == pytest.approx(0.5122, abs=5e-5)
    assert continuity.herfindahl(contacts) == pytest.approx(0.44)
    assert continuity.handovers(contacts) == 3
    assert continuity.fragmentation(contacts) == pytest.approx(0.70)


@pytest.mark.parametrize("contacts", [[], ["A"]])
def test_continuity_of_fewer_than_two_contacts_is_not_defined(contacts: list[str]) -> None:
    indices = (continuity.coc, continuity.upc, continuity.secon, continuity.mmci, continuity.herfindahl)
    assert [index(contacts) for index in indices] == [None] * 5


@given(st.lists(st.sampled_from("ABCD"), min_size=2, max_size=30))
def test_continuity_lies_between_none_and_whole(contacts: list[str]) -> None:
    for index in (continuity.coc, continuity.upc, continuity.secon, continuity.mmci):
        value = index(contacts)
        assert value is not None
        assert -1e-9 <= value <= 1 + 1e-9
    assert (continuity.coc(contacts) == 1) == (len(set(contacts)) == 1)


def test_care_density_is_patients_shared_by_each_pair() -> None:
    shared = {frozenset("AB"): 6, frozenset("AC"): 3}
    assert continuity.care_density("ABCA", shared) == 3
    assert continuity.care_density("AA", shared) is None


def test_a49_all_agree_is_66_7() -> None:
    assert surveys.score(surveys.CTM_15, dict.fromkeys(range(1, 16), 3)).value == pytest.approx(
        66.7, abs=0.05
    )


def test_a49_eight_strongly_agree_and_seven_dont_know_is_100() -> None:
    answers: dict[int, surveys.Answer | None] = dict.fromkeys(range(1, 9), 4)
    answers |= dict.fromkeys(range(9, 16), surveys.DONT_KNOW)
    assert surveys.score(surveys.CTM_15, answers) == surveys.Score(100.0, 8)


def test_a49_seven_answered_is_unscored() -> None:
    assert surveys.score(surveys.CTM_15, dict.fromkeys(range(1, 8), 4)) == surveys.Score(None, 7)


@pytest.mark.parametrize(("item", "value"), [(16, 3), (1, 0), (1, 5), (2, True)])
def test_an_answer_the_instrument_does_not_have_is_refused_by_item(item: int, value: int) -> None:
    with pytest.raises(surveys.AnswerRefused, match=f"tem {item}"):
        surveys.score(surveys.CTM_15, {item: value})


def test_p3ceq_leaves_a_scale_with_a_gap_unscored() -> None:
    answers: dict[str, int | None] = dict.fromkeys(surveys.P3CEQ_ITEMS, 3)
    assert surveys.p3ceq(answers) == (24, 24)
    assert surveys.p3ceq({**answers, "6": None}) == (24, None)


def test_a_funnel_without_spread_beyond_chance_has_none_added() -> None:
    found = funnel([Unit(str(n), 100 + n % 3, 100) for n in range(20)])
    assert found.tau_squared == 0
    assert all(unit.outside == 0 for unit in found.units)


def test_a38_a_provider_beyond_three_sigma_is_one_outlier_of_the_funnel() -> None:
    units = [Unit(f"P{n}", 100 + (n % 7) - 3, 100) for n in range(30)] + [Unit("far", 160, 100)]
    outside = [unit.name for unit in funnel(units).units if abs(unit.outside) == 3]
    assert outside == ["far"]


def test_overdispersion_widens_the_limits() -> None:
    units = [Unit(f"P{n}", 100 + 40 * (-1) ** n, 100) for n in range(20)]
    plain, wide = funnel(units, overdispersed=False), funnel(units)
    assert wide.phi == pytest.approx(plain.phi) and wide.phi > 10
    assert wide.units[0].limits_998[1] > plain.units[0].limits_998[1]
    assert sum(unit.outside != 0 for unit in wide.units) < sum(unit.outside != 0 for unit in plain.units)


def test_the_published_funnel_limits() -> None:
    """Those of FunnelPlotR's own test of Poisson limits, for 15, 20 and 30 expected."""
    published = {
        15: (0.5596924, 1.649348, 0.3862650, 2.082907),
        20: (0.6108260, 1.544419, 0.4479107, 1.902094),
        30: (0.6746958, 1.427562, 0.5289724, 1.702771),
    }
    made = funnel([Unit(str(each), each, each) for each in published], overdispersed=False)
    for unit, (low, high, lowest, highest) in zip(made.units, published.values(), strict=True):
        assert (round(unit.limits_95[0], 7), round(unit.limits_95[1], 6)) == (low, high)
        assert (round(unit.limits_998[0], 7), round(unit.limits_998[1], 6)) == (lowest, highest)


def test_exact_limits_say_how_far_out_a_provider_is() -> None:
    units = [Unit("in", 20, 20), Unit("two", 31, 20), Unit("three", 39, 20), Unit("low", 8, 20)]
    assert [unit.outside for unit in funnel(units, overdispersed=False).units] == [0, 2, 3, -3]


def test_winsorising_pulls_in_a_tenth_on_each_side() -> None:
    assert winsorised([-9, *range(1, 9), 99]) == [1, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    assert tau_squared(1.0, [0.1] * 10) == pytest.approx(1 / (1000 - 100))


@pytest.mark.parametrize(
    ("unit", "method"),
    [
        (Unit("A", 1, 0), "log"),
        (Unit("A", 0, 5), "log"),
        (Unit("A", 6, 5), "proportion"),
        (Unit("A", -1, 5), "square-root"),
    ],
)
def test_a_funnel_names_the_provider_whose_figures_cannot_be(unit: Unit, method: str) -> None:
    with pytest.raises(ValueError, match="A:"):
        funnel([unit], method=method)  # type: ignore[arg-type]


def test_one_small_number_hides_a_second_so_that_it_is_not_their_difference() -> None:
    counts = {"a": 3, "b": 8, "c": 20, "all": 31}
    assert hidden(counts, [Total("all", ("a", "b", "c"))]) == {"a", "b"}


@pytest.mark.parametrize(
    "small", [{"a": 4, "b": 4}, {"a": 1, "b": 1}, {"a": 1, "b": 5}, {"a": 3, "b": 1}, {"a": 1, "b": 6}]
)
def test_what_is_said_of_why_a_number_is_hidden_does_not_give_it_away(small: dict[str, int]) -> None:
    """8 of two that are each fewer than five are 4 and 4; 6 of one that is and one that is not are 1 and 5."""
    counts = {**small, "c": 20, "d": 30, "all": sum(small.values()) + 50}
    assert hidden(counts, [Total("all", ("a", "b", "c", "d"))]) == {"a", "b", "c"}


def test_a_table_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        hidden({"a": 1, "all": 2}, [Total("all", ("a",))])


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=2, max_size=4), min_size=2, max_size=4).filter(
        lambda rows: len({len(row) for row in rows}) == 1
    )
)
def test_no_small_number_of_a_table_can_be_worked_out(rows: list[list[int]]) -> None:
    wide, deep = len(rows[0]), len(rows)
    counts = {(r, c): rows[r][c] for r in range(deep) for c in range(wide)}
    totals = []
    for r in range(deep):
        counts[r, "all"] = sum(rows[r])
        totals.append(Total((r, "all"), tuple((r, c) for c in range(wide))))
    for c in (*range(wide), "all"):
        counts["all", c] = sum(counts[r, c] for r in range(deep))
        totals.append(Total(("all", c), tuple((r, c) for r in range(deep))))
    totals.append(Total(("all", "all"), tuple(("all", c) for c in range(wide))))
    kept_back = hidden(counts, totals)
    known = ranges(counts, totals, kept_back)
    for cell, count in counts.items():
        if 0 < count < 5:
            assert cell in kept_back
            least, most = known[cell]
            assert kept_back == set(counts) or most - least >= 2, "three values at least stay possible"
    for total in totals:
        rest = sum(counts[cell] for cell in total.of if cell in kept_back)
        assert total.key in kept_back or not 0 < rest < 5


@given(st.integers(0, 1000))
def test_rounding_to_five_moves_a_count_by_two_at_most(count: int) -> None:
    assert rounded(count) % 5 == 0
    assert abs(rounded(count) - count) <= 2


def test_a_group_that_a_measure_is_not_counted_by_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whom a need is of is known, and not where it was: no site."""
    monkeypatch.setattr(measure, "ready_place", lambda: SimpleNamespace(home=None))

    for wrong in ("site", "moon"):
        told = CliRunner().invoke(measure.command, ["needs-unmet", "--by", wrong])
        assert told.exit_code and f"needs-unmet is not counted by {wrong}" in told.output
        assert "age, sex, deprivation" in told.output and "pathway, site" not in told.output
