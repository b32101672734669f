"""What happened, from every sector, newest first, with the gaps as rows of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from careweave.web import wording
from careweave.web.presenters import facts
from careweave.web.presenters.facts import Body, Held

# The sectors in the order of the filter links; a source without a sector is shown under “Other”.
SECTORS = {
    "gp": "GP",
    "hospital": "Hospital",
    "community": "Community health",
    "mental-health": "Mental health",
    "social-care": "Social care",
    "housing": "Housing",
    "voluntary": "Voluntary",
    "team": "Team notes",
    "other": "Other",
}
GAP_DAYS = 90
_CLASSES = {
    "AMB": "Appointment",
    "EMER": "A&E",
    "IMP": "Hospital stay",
    "ACUTE": "Hospital stay",
    "NONAC": "Hospital stay",
    "HH": "Home visit",
    "VR": "Call or video",
    "SS": "Short stay",
    "OBSENC": "Observation",
    "FLD": "Ambulance",
}
_DATES = (
    "period",
    "sent",
    "received",
    "performedDateTime",
    "performedPeriod",
    "occurrencePeriod",
    "occurrenceDateTime",
    "authoredOn",
    "issued",
    "date",
)


@dataclass(frozen=True)
class Sources:
    """What pages know about the organisations that send: name, sector, and when their last file came."""

    names: Mapping[str, str] = field(default_factory=dict)
    sectors: Mapping[str, str] = field(default_factory=dict)
    received: Mapping[str, datetime] = field(default_factory=dict)

    def of_sector(self, sector: str) -> list[str]:
        """The sources that belong to a sector."""
        return [source for source in self.names if self.sector(source) == sector]

    def sector(self, source: str) -> str:
        found = self.sectors.get(source, "team" if source == "careweave" else "other")
        return found if found in SECTORS else "other"


@dataclass(frozen=True)
class Event:
    """One row: something that happened, or the gap before it."""

    id: str
    kind: str
    when: str
    instant: datetime | None
    what: str
    detail: str = ""
    where: str = ""
    who: str = ""
    sector: str = "other"
    sector_name: str = ""
    is_gap: bool = False
    is_note: bool = False
    struck: bool = False
    version: int = 0
    reason: str = ""


@dataclass(frozen=True)
class FilterLink:
    """A filter with its own address."""

    text: str
    href: str
    current: bool


def timeline(resources: Sequence[Held], sources: Sources, *, sector: str = "") -> tuple[Event, ...]:
    """Events of one sector or all, with a row for every silence of three months and more."""
    events = [event(one, sources) for one in resources if not has_its_own_page(one)]
    events = [one for one in events if not sector or one.sector == sector]
    events.sort(key=lambda one: one.instant.timestamp() if one.instant else 0.0, reverse=True)
    return with_gaps(events)


def with_gaps(events: Sequence[Event]) -> tuple[Event, ...]:
    """Put a gap row where nothing was sent for GAP_DAYS."""
    found: list[Event] = []
    for newer, older in zip([None, *events], events, strict=False):
        if newer and newer.instant and older.instant:
            silence = (newer.instant - older.instant).days
            if silence >= GAP_DAYS:
                found.append(_gap(older.instant, newer.instant, silence))
        found.append(older)
    return tuple(found)


def _gap(start: datetime, end: datetime, silence: int) -> Event:
    months = max(round(silence / 30.4), 3)
    span = f"{months} months" if months < 24 else f"{silence // 365} years"
    what = f"Nothing was sent between {wording.day(start)} and {wording.day(end)} ({span})"
    return Event("", "gap", "", end, what, is_gap=True)


def event(held: Held, sources: Sources) -> Event:
    """One resource as a row."""
    body = held.body
    said = facts.said(body, _DATES)
    shape = {
        "Encounter": _encounter,
        "Communication": _communication,
        "ServiceRequest": _service,
        "Procedure": _procedure,
    }.get(held.type, _other)
    what, detail, who = shape(body)
    note = held.type == "Communication" and is_note(body)
    sector = "team" if note else sources.sector(held.source)
    return Event(
        id=held.id,
        kind=held.type,
        when=_when(held, said),
        instant=held.starts or wording.as_instant(said) or held.updated,
        what=what,
        detail=detail,
        who=sources.names.get(who, who),
        where=_where(held, sources),
        sector=sector,
        sector_name=SECTORS[sector],
        is_note=note,
        struck=facts.is_mistake(body),
        version=held.version,
        reason=facts.words(body.get("statusReason")),
    )


def _when(held: Held, said: str | None) -> str:
    if said is None:
        return f"received {wording.day(held.updated)}"
    end = (held.body.get("period") or {}).get("end") if held.type == "Encounter" else None
    if end and wording.as_date(end) != wording.as_date(said):
        return f"{wording.day(said)} to {wording.day(end)}"
    return wording.moment(said) if "T" in said and not _is_midnight(said) else wording.day(said)


def _is_midnight(text: str) -> bool:
    return "T00:00:00" in text


def _where(held: Held, sources: Sources) -> str:
    provider = facts.shown(held.body.get("serviceProvider"))
    return provider or sources.names.get(held.source, held.source)


def _encounter(body: Body) -> tuple[str, str, str]:
    setting = _CLASSES.get(str((body.get("class") or {}).get("code")), "Contact")
    kinds = [facts.words(one) for one in body.get("type") or ()] + [facts.words(body.get("serviceType"))]
    kind = next(filter(None, kinds), "")
    if (body.get("class") or {}).get("code") == "social-care":
        setting = "Social care"
    what = f"{setting}: {kind}" if kind and kind.casefold() != setting.casefold() else setting
    reasons = [facts.words(one) for one in body.get("reasonCode") or ()]
    reasons += [facts.shown(one.get("condition")) for one in body.get("diagnosis") or ()]
    if body.get("status") == "in-progress":
        reasons.append("not ended yet")
    who = [facts.shown(one.get("individual")) for one in body.get("participant") or ()]
    return what, ", ".join(dict.fromkeys(filter(None, reasons))), ", ".join(filter(None, who))


def has_its_own_page(held: Held) -> bool:
    """Whether a Communication is a copy of the plan, a survey, or the news of what the timeline shows itself."""
    codes = {facts.code(one) for one in held.body.get("category") or ()}
    return held.type == "Communication" and bool(codes & {"plan-copy", "news", "survey"})


def is_note(body: Body) -> bool:
    """Whether a Communication is a note of the team."""
    return any(facts.code(category) == "note" for category in body.get("category") or ())


def _communication(body: Body) -> tuple[str, str, str]:
    text = " ".join(str(one.get("contentString") or "") for one in body.get("payload") or ()).strip()
    medium = next((facts.words(one) for one in body.get("medium") or ()), "")
    topic = facts.words(body.get("topic"))
    what = (medium or "Note") if is_note(body) else (topic or medium or "Message")
    with_whom = str(facts.extension(body, f"{facts.OURS}with") or "")
    heading = f"{what} with {with_whom}" if with_whom and is_note(body) else what
    return heading, text, facts.shown(body.get("sender"))


def _service(body: Body) -> tuple[str, str, str]:
    what = facts.words(body.get("code")) or "Service"
    ending = (body.get("occurrencePeriod") or {}).get("end")
    detail = facts.words((body.get("reasonCode") or [None])[0])
    until = f"until {wording.day(ending)}" if ending else ""
    is_service = any(facts.code(one) == "social-care-service" for one in body.get("category") or ())
    heading = f"Service starts: {what}" if is_service else f"Referral: {what}"
    detail = "" if detail == what else detail
    return heading, " · ".join(filter(None, (detail, until))), facts.shown(body.get("requester"))


def _procedure(body: Body) -> tuple[str, str, str]:
    return f"Procedure: {facts.words(body.get('code'))}", "", ""


def _other(body: Body) -> tuple[str, str, str]:
    kind = str(body.get("resourceType") or "Entry")
    return facts.words(body.get("code")) or kind, "", ""


def filters(base: str, current: str, counts: Mapping[str, int]) -> tuple[FilterLink, ...]:
    """“All” and each sector that sent something, as links with their own address."""
    links = [FilterLink("All", f"{base}#what-happened", not current)]
    for sector, name in SECTORS.items():
        if counts.get(sector) or sector == current:
            links.append(FilterLink(name, f"{base}?sector={sector}#what-happened", sector == current))
    return tuple(links)
