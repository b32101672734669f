"""What the council did for people, event by event: request, assessment, service, review, in the order of a case."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from careweave.demonstration.chunk import Chunk
from careweave.demonstration.days import NONE
from careweave.demonstration.sending.hospital import hash_share

HOSPITAL, COMMUNITY, TRANSITION = (
    "Discharge from Hospital",
    "Community / Other route",
    "Planned Entry (Transition)",
)
PROGRESS = "Progress to Support Planning / Services"
ADVICE = "NFA - Information & Advice / Signposting only"
SERVICES = {
    "home-care": ("Long Term Support: Community", "Home Support", "CASSR Managed Personal Budget"),
    "direct-payment": ("Long Term Support: Community", "Direct Payment", "Direct Payment"),
    "reablement": ("Short Term Support: ST-Max", "Reablement", "CASSR Commissioned Support"),
    "equipment": ("Short Term Support: Ongoing Low Level", "Equipment", "CASSR Commissioned Support"),
    "residential": ("Long Term Support: Residential Care", "Long Term Residential Care", ""),
    "nursing": ("Long Term Support: Nursing Care", "Long Term Nursing Care", ""),
    "supported-living": (
        "Long Term Support: Community",
        "Community Supported Living",
        "CASSR Managed Personal Budget",
    ),
    "day": ("Long Term Support: Community", "Day Support", "CASSR Managed Personal Budget"),
}
LONG_TERM = frozenset({"home-care", "direct-payment", "residential", "nursing", "supported-living", "day"})


@dataclass(frozen=True)
class CareEvent:
    """One row to be: `more` are the columns that only this type of event fills."""

    person: int
    type: str
    start: int
    end: int
    description: str
    outcome: str
    carer: bool = False
    more: dict[str, str] = field(default_factory=dict)


def funded(chunk: Chunk, person: int, share: float) -> bool:
    """One draw a person, so that whoever the council pays in a care home it also paid at home."""
    return is_funded(int(chunk.people.register[person]), chunk.seed, share)


def is_funded(register: int, seed: int, share: float) -> bool:
    return hash_share(register * 17 + seed) * 100 < share


def council_events(chunk: Chunk) -> list[CareEvent]:
    rng = chunk.rng("council-events")
    found: list[CareEvent] = []
    for request in chunk.requests.rows():
        found += _from_request(rng, request["person"], request["day"], str(request["result"]))
    for care in chunk.care.rows():
        found += _from_care(chunk, rng, care["person"], str(care["kind"]), care["start"], care["end"])
    found += _younger_adults(chunk, rng)
    found += _carers(chunk, rng)
    return [event for event in found if _while_alive(chunk, event)]


def _while_alive(chunk: Chunk, event: CareEvent) -> bool:
    death = int(chunk.people.death[event.person])
    return event.start <= chunk.today and (death <= NONE or event.start <= death)


def _request(person: int, day: int, route: str, outcome: str) -> CareEvent:
    more = {"Request: Route of Access": route}
    return CareEvent(person, "Request", day, day, "Request for support", outcome, more=more)


def _assessment(rng: np.random.Generator, person: int, day: int, kind: str, outcome: str) -> CareEvent:
    met = "Yes" if "Progress" in outcome or "Self-funded" in outcome else "No"
    how = ("Face to face", "Remote: voice only")[int(rng.random() < 0.3)]
    more = {"Assessment Type": kind, "Eligible Needs Identified": met, "Method of Assessment": how}
    return CareEvent(person, "Assessment", day, day, kind, outcome, more=more)


def _from_request(rng: np.random.Generator, person: int, day: int, result: str) -> list[CareEvent]:
    if result == "advice":
        told = "NFA - Support declined" if rng.random() < 0.12 else ADVICE
        return [_request(person, day, COMMUNITY, told)]
    asked = _request(person, day, COMMUNITY, "Progress to Assessment")
    kind = "Long Term Assessment" if result == "home-care" else "Short Term Assessment"
    seen = day + int(rng.integers(5, 28))
    return [asked, _assessment(rng, person, seen, kind, PROGRESS)]


def _from_care(
    chunk: Chunk, rng: np.random.Generator, person: int, kind: str, start: int, end: int
) -> list[CareEvent]:
    rules = chunk.figures.careers["social_care"]
    if kind == "reablement":
        asked = _request(person, start - 2, HOSPITAL, "Progress to Reablement/ST-Max")
        return [asked, _service(chunk, rng, person, kind, start, end)]
    if kind == "equipment":
        return [_service(chunk, rng, person, kind, start, start + 1)]
    share = rules["council_funded_percent"]["home_care" if kind == "home-care" else "care_home"]
    if not funded(chunk, person, share):
        day = start - int(rng.integers(3, 20))
        paid = "NFA - Self-funded client (inc. 12wk disregard)"
        return [_assessment(rng, person, day, "Long Term Assessment", paid)] if day > chunk.first_day else []
    found = []
    if kind in ("residential", "nursing") and start > chunk.first_day:
        day = start - int(rng.integers(3, 25))
        found.append(_assessment(rng, person, day, "Long Term Assessment", PROGRESS))
    if kind == "home-care" and rng.random() * 100 < rules["direct_payment_percent"]:
        kind = "direct-payment"
    return [
        *found,
        _service(chunk, rng, person, kind, start, end),
        *_reviews(chunk, rng, person, kind, start, end),
    ]


def _service(
    chunk: Chunk, rng: np.random.Generator, person: int, kind: str, start: int, end: int
) -> CareEvent:
    service, component, delivery = SERVICES[kind]
    cost, frequency, units = _cost(chunk, rng, kind, float(chunk.health.frailty[person]))
    died = end > NONE and chunk.people.death[person] > NONE and end >= chunk.people.death[person]
    outcome = "" if end <= NONE else "NFA - Deceased" if died else _ended(rng, kind)
    more = {
        "Service Type": service,
        "Service Component": component,
        "Delivery Mechanism": delivery,
        "Unit Cost": f"{cost // 100}.{cost % 100:02d}",
        "Cost Frequency (Unit Type)": frequency,
        "Planned units per week": units,
        **_provider(chunk, person, kind),
    }
    return CareEvent(person, "Service", start, end, component, outcome, more=more)


def _ended(rng: np.random.Generator, kind: str) -> str:
    if kind == "home-care":
        return "Progress to Re-assessment / Unplanned Review"
    if kind == "reablement" and rng.random() < 0.3:
        return PROGRESS
    return "Service ended as planned"


def _cost(chunk: Chunk, rng: np.random.Generator, kind: str, frailty: float) -> tuple[int, str, str]:
    costs = chunk.figures.careers["social_care"]["unit_cost_pence"]
    if kind in ("home-care", "reablement"):
        hours = round(float(np.clip(4 + frailty * 38 + rng.normal(0, 3), 2, 42)) * 2) / 2
        pence = costs["home_support" if kind == "home-care" else "reablement"]
        return int(pence + rng.integers(-150, 200)), "Hourly", f"{hours:g}"
    if kind == "equipment":
        return int(costs["equipment"] * rng.uniform(0.3, 2.5)), "One-off", ""
    if kind == "day":
        return int(costs["day"]), "Per Session", "3"
    name = {"direct-payment": "direct_payment", "supported-living": "supported_living"}.get(kind, kind)
    return int(costs[name] * rng.uniform(0.85, 1.25)), "Weekly", "1"


def _provider(chunk: Chunk, person: int, kind: str) -> dict[str, str]:
    if kind in ("residential", "nursing"):
        names = chunk.figures.geography["care_homes"]
        return {
            "Provider CQC Location Name": names[person % len(names)],
            "Provider CQC Location ID": f"1-9{100000 + person % len(names)}",
        }
    if kind in ("home-care", "reablement"):
        return {"Provider CQC Location Name": "Riverside Home Care", "Provider CQC Location ID": "1-9200001"}
    return {}


def _reviews(
    chunk: Chunk, rng: np.random.Generator, person: int, kind: str, start: int, end: int
) -> list[CareEvent]:
    if kind not in LONG_TERM:
        return []
    last = chunk.today if end <= NONE else end
    day = start + int(rng.integers(300, 430))
    found = []
    while day < last:
        if day > chunk.first_day:
            planned = (
                "Planned" if rng.random() < 0.78 else "Unplanned - due to change in carer's circumstances"
            )
            same = "No change in package" if rng.random() < 0.72 else PROGRESS
            more = {
                "Review Reason": planned,
                "Review Outcomes Achieved": ("Fully achieved", "Partially achieved", "Not achieved")[
                    int(rng.choice(3, p=[0.5, 0.42, 0.08]))
                ],
                "Method of Review": ("Face to face", "Remote: voice only")[int(rng.random() < 0.25)],
            }
            found.append(CareEvent(person, "Review", day, day, "Review", same, more=more))
        day += int(rng.integers(320, 450))
    return found


def _younger_adults(chunk: Chunk, rng: np.random.Generator) -> list[CareEvent]:
    """Adults under 65 with long-standing support."""
    found: list[CareEvent] = []
    for condition, percent in chunk.figures.careers["social_care"]["adults_under_65"].items():
        has = chunk.health.has(condition, chunk.today) & (chunk.age >= 19) & (chunk.age < 65)
        for person in np.flatnonzero(has & (rng.random(len(has)) * 100 < percent)).tolist():
            start = chunk.today - int(rng.integers(400, 4500))
            adult = int(chunk.people.birth[person]) + 6575
            start = max(start, adult)
            kind = ("supported-living", "direct-payment", "home-care", "day")[
                int(rng.choice(4, p=[0.34, 0.3, 0.22, 0.14]))
            ]
            end = NONE if chunk.alive[person] else int(chunk.people.death[person])
            found.append(_service(chunk, rng, person, kind, start, end))
            found += _reviews(chunk, rng, person, kind, start, end)
    return found


def _carers(chunk: Chunk, rng: np.random.Generator) -> list[CareEvent]:
    """Partners who care for someone with home care and were assessed themselves."""
    share = chunk.figures.careers["social_care"]["carer_assessed_percent"]
    found: list[CareEvent] = []
    cared_for = chunk.care.where(np.isin(chunk.care["kind"], ["home-care", "reablement"]))
    for care in cared_for.rows():
        carer = int(chunk.people.partner[care["person"]])
        if carer < 0 or rng.random() * 100 > share:
            continue
        day = max(care["start"] + int(rng.integers(10, 200)), chunk.first_day + 1)
        more = {
            "Assessment Type": "Carer's Assessment",
            "Eligible Needs Identified": "Yes",
            "Method of Assessment": "Face to face",
            "Total Hrs Caring per week": ("20-49 hours", "50-99 hours", "100 or more hours")[
                int(rng.integers(3))
            ],
            "No. of adults being cared for": "1",
            "Adult 1 Linked Person_ID": str(care["person"]),
        }
        outcome = PROGRESS if rng.random() < 0.4 else ADVICE
        found.append(
            CareEvent(carer, "Assessment", day, day, "Carer's Assessment", outcome, carer=True, more=more)
        )
    return found
