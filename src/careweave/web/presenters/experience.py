"""Results of surveys as pages and files show them: numbers with their intervals, reasons where one is hidden, labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from careweave.measures.experience.gap import label_of
from careweave.measures.experience.published import PublishedExperience
from careweave.measures.experience.results import Estimate, Number, Shown, SurveyResults
from careweave.web import wording

DIMENSIONS = {
    "age": "Age",
    "sex": "Sex",
    "deprivation": "Deprivation",
    "ethnicity": "Ethnic group",
    "language": "Language",
    "practice": "GP practice",
}
Names = Mapping[str, Mapping[str, str]]  # of the groups that are known by a code, by dimension
SCALES = {
    "score": "Score",
    "person-centred": "Person-centred (0 to 24)",
    "coordinated": "Coordinated (0 to 24)",
}
COLUMNS = (
    *("label", "survey", "version", "title", "in_force_from", "counted_up_to", "group_by", "group"),
    *("what", "item", "words", "count", "of", "value", "lower_95", "upper_95", "why_hidden", "source"),
)


@dataclass(frozen=True)
class Figure:
    """A number in words, or why there is none."""

    name: str
    told: str
    interval: str
    of: str
    why: str
    words: str = ""


@dataclass(frozen=True)
class GroupRow:
    """One group: who answered, and what they said."""

    name: str
    asked: str
    answered: str
    missing: str
    rate: str
    scores: tuple[str, ...]


@dataclass(frozen=True)
class SurveyPage:
    """All that the page of one survey shows."""

    results: SurveyResults
    label: str
    asked: str
    answered: str
    rate: str
    proxies: str
    scores: tuple[Figure, ...]
    unscored: tuple[str, ...]
    items: tuple[Figure, ...]
    groups: tuple[tuple[str, tuple[GroupRow, ...]], ...]
    scales: tuple[str, ...]
    by: str
    by_items: tuple[tuple[str, tuple[Figure, ...]], ...]


def page(published: PublishedExperience, results: SurveyResults, by: str, names: Names) -> SurveyPage:
    """`by` is the way in which questions are shown by group."""
    whole, about = results.whole, results.instrument
    invited = f"{results.invited:,}" if results.invited is not None else number(whole.asked)
    return SurveyPage(
        results=results,
        label=label(published, results),
        asked=invited,
        answered=number(whole.answered),
        rate=percent(whole.rate) if results.invited is None else "",
        proxies=_proxies(whole),
        scores=tuple(score(SCALES.get(name, name), whole.scores[name]) for name in about.scales),
        unscored=tuple(number(whole.unscored[name]) for name in about.scales),
        items=tuple(figure(text, whole.shares[id]) for id, text in about.items),
        groups=tuple(
            (DIMENSIONS[name], tuple(_row(one, about.scales, name, names) for one in groups))
            for name, groups in results.by.items()
        ),
        scales=tuple(SCALES.get(name, name) for name in about.scales),
        by=by if by in results.by else "",
        by_items=tuple(_by_items(results, by, names)) if by in results.by else (),
    )


def label(published: PublishedExperience, results: SurveyResults) -> str:
    """“Staff view only” where staff answered and nothing from people can stand beside it."""
    return label_of(published.gap, results.instrument.asks == "staff")


def _by_items(results: SurveyResults, by: str, names: Names) -> Iterator[tuple[str, tuple[Figure, ...]]]:
    for id, text in results.instrument.items:
        shown = (figure(group_name(by, one.name, names), one.shares[id]) for one in results.by[by])
        yield text, tuple(replace(one, why=_short(one.why)) for one in shown)


def _row(one: Shown, scales: tuple[str, ...], by: str, names: Names) -> GroupRow:
    return GroupRow(
        group_name(by, one.name, names),
        _short(number(one.asked)),
        _short(number(one.answered)),
        _short(number(one.missing)),
        _short(percent(one.rate)),
        tuple(_brief(one.scores[scale]) for scale in scales),
    )


def _brief(one: Estimate) -> str:
    if one.value is None:
        return _short(one.why)
    return f"{one.value:.0f} ({one.lower:.0f} to {one.upper:.0f}), {one.of} people"


def _proxies(whole: Shown) -> str:
    if whole.proxy_share.value is None:
        return whole.proxy_share.why
    return f"{whole.by_proxy.count:,} ({whole.proxy_share.value:.0%}) answered by somebody for them"


def _short(why: str) -> str:
    """In a table of many hidden numbers the reason stands once, below it, and in the file at each."""
    return "Hidden" if why.startswith("Hidden") else why


def group_name(by: str, name: str, names: Names) -> str:
    """As people say it."""
    if name in names.get(by, {}):
        return names[by][name]
    ends = {"1": "1, most deprived fifth", "5": "5, least deprived fifth"}
    return ends.get(name, name) if by == "deprivation" else name[:1].upper() + name[1:]


def number(one: Number) -> str:
    """A count, or why it is not shown."""
    return f"{one.count:,}" if one.count is not None else one.why


def percent(one: Estimate) -> str:
    """“63%”, or why there is none."""
    return f"{one.value:.0%}" if one.value is not None else one.why


def figure(name: str, one: Estimate, words: str = "") -> Figure:
    """A share in words."""
    if one.value is None:
        return Figure(name, "", "", "", one.why, words)
    return Figure(name, f"{one.value:.0%}", f"{one.lower:.0%} to {one.upper:.0%}", f"{one.of:,}", "", words)


def score(name: str, one: Estimate) -> Figure:
    """A mean in words."""
    if one.value is None:
        return Figure(name, "", "", "", one.why)
    return Figure(name, f"{one.value:.0f}", f"{one.lower:.0f} to {one.upper:.0f}", f"{one.of:,}", "")


# -- files --------------------------------------------------------------------------------------------------------


def rows_of(published: PublishedExperience, results: SurveyResults) -> Iterator[tuple[object, ...]]:
    """Every published number of one survey; what is hidden on the page is hidden here."""
    about = results.instrument
    first = (
        *(label(published, results), about.id, about.version, about.title, about.valid_from),
        results.last or published.as_at,
    )
    texts = dict(about.items)
    for by, one in [("", results.whole), *((by, one) for by, groups in results.by.items() for one in groups)]:
        for what, item, count, estimate in _numbers(one, results):
            why = estimate.why or ("" if count is None else count.why)
            shown = None if count is None else count.count
            values = (estimate.of, _cut(estimate.value), _cut(estimate.lower), _cut(estimate.upper))
            words = texts.get(item, "")
            yield (*first, by, one.name, what, item, words, shown, *values, why, "; ".join(about.source))


_NONE = Estimate(None, None, None, None)


def _numbers(one: Shown, results: SurveyResults) -> Iterator[tuple[str, str, Number | None, Estimate]]:
    is_staff = results.invited is not None
    if is_staff:
        yield "asked", "", Number(results.invited), _NONE
        yield "answered", "", one.answered, _NONE
    else:
        yield "asked", "", one.asked, _NONE
        yield "answered", "", one.answered, one.rate
        yield "not answered", "", one.missing, _NONE
    if one.name == "everyone" and not is_staff:
        yield "answered for them", "", one.by_proxy, one.proxy_share
    for scale, estimate in one.scores.items():
        yield f"mean score: {scale}", "", None, estimate
        yield f"too few answers for a score: {scale}", "", one.unscored[scale], _NONE
    for item, estimate in one.shares.items():
        yield "agree", item, one.agree[item], estimate
        yield "do not agree", item, one.disagree[item], _NONE


def _cut(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def everything(published: PublishedExperience) -> Iterator[tuple[object, ...]]:
    """The gap between staff and people, and statements beside the record: one row each side."""
    gap = published.gap
    about = ("gap", published.version, "Staff and people", "", published.as_at, "", "everyone")
    source = "; ".join(published.source)
    for topic in gap.topics:
        for who, one in (("staff agree", topic.staff), ("people agree", topic.people)):
            yield (gap.label, *about, who, topic.id, topic.title, None, *_values(one), one.why, source)
        yield (gap.label, *about, "difference", topic.id, topic.words, None, *[None] * 4, "", source)
    about = ("statements", published.version, "National Voices", "", published.as_at, "", "everyone")
    for each in published.statements:
        for who, one in (("by the record", each.record), ("people agree", each.people)):
            yield ("", *about, who, each.id, each.quote, None, *_values(one), one.why, each.objective)
        yield ("", *about, "difference", each.id, each.words, None, *[None] * 4, "", each.objective)


def _values(one: Estimate) -> tuple[object, ...]:
    return (one.of, _cut(one.value), _cut(one.lower), _cut(one.upper))


def when(results: SurveyResults) -> str:
    """What time the answers are of."""
    if not results.first or not results.last:
        return ""
    what = "Round of" if results.invited is not None else "Surveys whose time was over from"
    return f"{what} {wording.day(results.first)} to {wording.day(results.last)}"
