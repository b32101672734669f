"""Questions of surveys as scorecards show them: the share who agree, of the place and by practice; staff as one."""

from __future__ import annotations

from collections.abc import Iterable

from careweave.definitions import all_definitions
from careweave.measures.experience.published import PublishedExperience
from careweave.measures.experience.results import Shown, SurveyResults
from careweave.measures.indicators import Figure, Result
from careweave.measures.published import Published

OF_STAFF, OF_PEOPLE = "share of staff who agree", "share of people who agree"
NOT_BY_TEAM = "Of the whole place: nobody can tell which answers are whose, so staff are not told by team"


def questions() -> frozenset[str]:
    """Every question that a scorecard may name, as survey/item."""
    return frozenset(
        f"{survey.id}/{item['id']}"
        for survey in all_definitions("surveys")
        for item in survey.content["items"]
    )


def as_measures(published: PublishedExperience | None) -> dict[str, Published]:
    """By survey/item."""
    found = published.surveys if published else ()
    return {
        f"{one.instrument.id}/{item}": _measure(one, item, text, published)
        for one in found
        if published
        for item, text in one.instrument.items
    }


def is_of_staff(one: Published) -> bool:
    return one.unit == OF_STAFF


def _measure(one: SurveyResults, item: str, text: str, published: PublishedExperience) -> Published:
    about = one.instrument
    results = [_result(one, item, "", (), published)]
    if "practice" in one.by:
        results.append(_result(one, item, "practice", one.by["practice"], published))
    return Published(
        id=f"{about.id}/{item}",
        version=about.version,
        title=f"“{text}”",
        words=about.title,
        unit=OF_STAFF if about.asks == "staff" else OF_PEOPLE,
        kind="share",
        better="increase",
        caveats=(about.caveat,) if about.caveat else (),
        source=about.source,
        valid_from=about.valid_from,
        valid_to=None,
        results=tuple(results),
    )


def _result(
    one: SurveyResults, item: str, by: str, groups: Iterable[Shown], published: PublishedExperience
) -> Result:
    return Result(
        indicator=f"{one.instrument.id}/{item}",
        version=one.instrument.version,
        as_at=published.as_at,
        first=one.first or one.instrument.valid_from,
        last=one.last or published.as_at,
        by=by,
        whole=_figure("whole", one.whole, item),
        standardised=None,
        groups=tuple(_figure(each.name, each, item) for each in groups),
        months=(),
    )


def _figure(name: str, shown: Shown, item: str) -> Figure:
    found, agree = shown.shares[item], shown.agree[item].count
    if found.value is None:
        return Figure(name, None, None, None, None, None, found.why)
    return Figure(name, agree, found.of, found.value, found.lower, found.upper)
