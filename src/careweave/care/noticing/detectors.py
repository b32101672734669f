"""The detectors: each looks at one person's record for one failure and says what it found, in figures and words; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from careweave.record import Resource
from careweave.record.relations import SUGGESTED, party_of

from ..plans.fhir import Plan
from ..plans.standing import active_conditions, plan_in
from ..teams.notes import NOTE
from ..teams.shapes import has_code
from ..teams.working_time import LONDON
from .care_and_treatment import prompted, visits_a_day, visits_before
from .rules import Rule

TYPES = (
    "Task",
    "CarePlan",
    "Goal",
    "Communication",
    "Condition",
    "Encounter",
    "ServiceRequest",
    "MedicationRequest",
    "MedicationStatement",
    "RiskAssessment",
)
_OPEN = ("requested", "received", "accepted", "ready", "in-progress")


@dataclass(frozen=True)
class Seen:
    """What a detector looks at: one person's entries, older versions of services, who has left, and the moment."""

    person_id: str
    now: datetime
    entries: tuple[Resource, ...]
    past_services: tuple[Resource, ...] = ()
    gone: frozenset[str] = frozenset()

    def of(self, *types: str) -> list[Resource]:
        return [one for one in self.entries if one.type in types]

    @property
    def plan(self) -> Plan | None:
        found = plan_in(self.of("CarePlan", "Goal"), self.person_id)
        return None if found is None or found.withdrawn else found


@dataclass(frozen=True)
class Found:
    """What was found. `key` says what it is about, so that it is told once; `entries` are what it rests on."""

    key: str
    words: Mapping[str, str]
    entries: tuple[Resource, ...] = ()
    prescription: Resource | None = field(default=None)


def without_owner(rule: Rule, seen: Seen) -> Iterator[Found]:
    """No ownership, so information gets lost: something to do that nobody has, or whose owner has left."""
    since = seen.now - timedelta(days=rule.figures["after_days"])
    for task in seen.of("Task"):
        if task.source != "careweave" or task.body.get("status") not in _OPEN or task.updated > since:
            continue
        owner = party_of(task.body.get("owner")) or ""
        if has_code(task.body.get("code"), SUGGESTED) or (owner and owner not in seen.gone):
            continue
        what = str(task.body.get("description") or "A task")
        yield Found(f"{task.id} {owner}", {"what": what, "since": _day(task.updated)}, (task,))


def person_not_asked(rule: Rule, seen: Seen) -> Iterator[Found]:
    """The user is not involved: a plan in force that the person has not been asked about."""
    plan = seen.plan
    if plan is None or plan.draft.agreement != rule.figures["not_asked"]:
        return
    published = datetime.fromisoformat(plan.published_on)
    if published <= seen.now - timedelta(days=rule.figures["after_days"]):
        words = {"version": str(plan.version), "since": _day(published)}
        yield Found(f"{plan.id} {plan.version}", words, tuple(seen.of("CarePlan")))


def home_and_silent(rule: Rule, seen: Seen) -> Iterator[Found]:
    """Poor communication: someone came home from hospital and nobody has written that they spoke to them."""
    now, figures = seen.now, rule.figures
    spoken = [
        one.starts or one.updated
        for one in seen.of("Communication")
        if any(has_code(each, NOTE) for each in one.body.get("category", []))
        and one.body.get("status") != "entered-in-error"
    ]
    for stay in seen.of("Encounter"):
        if stay.body.get("class", {}).get("code") != "IMP" or stay.body.get("status") != "finished":
            continue
        home = stay.ends
        if home is None or any(at >= home for at in spoken):
            continue
        is_due = home <= now - timedelta(hours=figures["within_hours"])
        if is_due and home >= now - timedelta(days=figures["forget_after_days"]):
            yield Found(stay.id, {"home": _day(home)}, (stay,))


def not_in_the_plan(rule: Rule, seen: Seen) -> Iterator[Found]:
    """One condition treated without the others: an active condition that the plan in force says nothing about."""
    plan = seen.plan
    if plan is None:
        return
    answered = {*plan.draft.covered, *plan.draft.not_covered}
    entries = seen.of("Condition")
    for condition in active_conditions(entries):
        if condition.key not in answered:
            # Each entry alone says which condition it is: the labels of those that do go with the notice.
            about = tuple(one for one in entries if condition in active_conditions([one]))
            words = {"condition": condition.name, "version": str(plan.version)}
            yield Found(f"{plan.version} {condition.key}", words, about)


def care_below_treatment(rule: Rule, seen: Seen) -> Iterator[Found]:
    """Social care decides about treatment, or treatment about care: fewer visits a day than a medicine needs."""
    today = seen.now.astimezone(LONDON).date()
    services, figures = seen.of("ServiceRequest"), rule.figures
    comes = visits_a_day(services, today, figures)
    before = visits_before(services, seen.past_services, today, figures)
    if comes is None and before is None:
        return  # no home care that is counted in visits: somebody else may be there, and nothing is known
    for medicine in prompted(seen.of("MedicationRequest", "MedicationStatement"), figures):
        now = comes or 0.0
        # Somebody who has long managed with less is left alone: what is told is a change, of the care or the medicine.
        is_new = (before or 0.0) > now or _issued(medicine.entry) >= seen.now - timedelta(
            days=figures["looks_back_days"]
        )
        if now < medicine.times and is_new:
            words = {
                "medicine": medicine.name,
                "needs": _number(medicine.times),
                "now": _number(now),
                "before": _number(before or 0.0),
            }
            key = f"{medicine.entry.id} {words['needs']} {words['now']}"
            yield Found(key, words, (medicine.entry, *services), prescription=medicine.entry)


Detector = Callable[[Rule, Seen], Iterator[Found]]
DETECTORS: Mapping[str, Detector] = {
    "without-owner": without_owner,
    "person-not-asked": person_not_asked,
    "home-and-silent": home_and_silent,
    "not-in-the-plan": not_in_the_plan,
    "care-below-treatment": care_below_treatment,
}


def _issued(medicine: Resource) -> datetime:
    """When it was first written; the start of what is known when it does not say."""
    said = str(medicine.body.get("authoredOn") or medicine.body.get("effectivePeriod", {}).get("start") or "")
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return datetime.min.replace(tzinfo=LONDON)
    return found if found.tzinfo else found.replace(tzinfo=LONDON)


def _number(count: float) -> str:
    return f"{count:g}" if count == round(count) else f"{count:.1f}"


def _day(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{local:%A} {local.day} {local:%B}"
