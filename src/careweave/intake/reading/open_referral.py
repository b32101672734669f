"""Reads a page of services in the Open Referral UK shape (HSDS-UK 3.0): each service accepted or refused with a reason.

The shape: https://docs.openreferral.org. A page has `contents`; one service alone is read as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition
from careweave.identity.services import ODS_SYSTEM, Service, area_codes_in, body_of
from careweave.intake.reading.json_text import Unreadable, read_json
from careweave.intake.reading.rows import Body, Parcel, Refusal, Sent, kept
from careweave.record.validation import write

OPEN_REFERRAL = "open-referral"
_NO_PRICE = 1_000_000
_DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}


class _Wrong(Exception):
    def __init__(self, field: str, reason: str, value: object = "", expected: str = "") -> None:
        super().__init__(reason)
        self.field, self.reason, self.value, self.expected = field, reason, value, expected


def is_page(start: bytes) -> bool:
    """Whether the beginning of a file is that of a page of services."""
    return b'"total_items"' in start[:2000] and b'"page_number"' in start[:2000]


def parcels_of_page(raw: bytes, file: str, today: date) -> Iterator[Parcel]:
    """What a page holds; a page that is no JSON is one refusal."""
    try:
        found = read_json(raw)
    except Unreadable as problem:
        expected = "A page of services; send it again"
        yield _refused(file, 1, _Wrong(problem.field, problem.reason, problem.value, expected), raw)
        return
    listed = found.get("contents", [found])
    if not isinstance(listed, list) or not listed:
        wrong = _Wrong("contents", "There is no service in the page", "", "A list of services")
        yield _refused(file, 1, wrong, raw)
        return
    for number, service in enumerate(listed, start=1):
        yield parcel_of_service(service, file, number, today)


def parcel_of_service(found: Any, file: str, line: int, today: date) -> Parcel:
    """One service with its organisation, or why it is not taken; `line` is its place in the page."""
    raw = write(found) if isinstance(found, dict) else b""
    try:
        return Parcel(line, _sent(found, today), whole=True, raw=raw)
    except _Wrong as wrong:
        return _refused(file, line, wrong, raw)


def corrected(raw: str, changes: Mapping[str, str], file: str, line: int, today: date) -> tuple[Parcel, str]:
    """A refused service with some of its own fields put right; raises Unreadable where it is no JSON."""
    found = read_json(raw.encode())
    for field, text in changes.items():
        name = field.removeprefix("service.")
        found[name] = int(text) if text.isdecimal() and name.endswith("_age") else text or None
    return parcel_of_service(found, file, line, today), write(found).decode()


def _refused(file: str, line: int, wrong: _Wrong, raw: bytes | str) -> Parcel:
    field = f"service.{wrong.field}" if wrong.field else "service"
    refusal = Refusal(file, line, field, wrong.reason, str(wrong.value)[:200], wrong.expected, raw=kept(raw))
    return Parcel(line, [], [refusal], whole=True)


def _sent(found: Any, today: date) -> list[Sent]:
    if not isinstance(found, dict):
        raise _Wrong("", "This is not a service", "", "An object with an id and a name")
    how = _rules(today)
    for name in how["required"]:
        if not isinstance(found.get(name), str) or not found[name].strip():
            raise _Wrong(name, f"A service needs its {name}", found.get(name) or "", "Text")
    organisation = _object(found, "organization") or {"id": found.get("organization_id")}
    if not organisation.get("id"):
        raise _Wrong(
            "organization",
            "It does not say which organisation runs it",
            "",
            "An organization, or its organization_id",
        )
    stamp = _stamp(found)
    service = _service(found, organisation, how, today)
    body = body_of(service) | {
        "providedBy": {
            **body_of(service).get("providedBy", {}),
            "reference": f"Organization/{organisation['id']}",
        }
    }
    # A list of services may name its organisations by id alone: their names come with another page.
    told = [Sent(_organisation(organisation), "", stamp=stamp)] if organisation.get("name") else []
    return [Sent(body, "", stamp=stamp), *told]


def _service(found: Body, organisation: Body, how: Mapping[str, Any], today: date) -> Service:
    status = str(found.get("status") or "active").casefold()
    if status not in how["statuses"]:
        raise _Wrong("status", "This status is not known", status, f"One of {', '.join(how['statuses'])}")
    youngest, oldest = _age(found, "minimum_age"), _age(found, "maximum_age")
    if youngest is not None and oldest is not None and youngest > oldest:
        raise _Wrong("minimum_age", "The youngest age is above the oldest", youngest, f"At most {oldest}")
    assured = _day(found, "assured_date")
    if assured and assured > today:
        raise _Wrong("assured_date", "It was assured on a day that has not come", assured, "Today or before")
    capacity = next(iter(_objects(found, "service_capacities")), {})
    area = _area(found)
    return Service(
        id=found["id"],
        name=found["name"].strip(),
        about=_text(found, "description"),
        organisation=str(organisation.get("name") or ""),
        organisation_code=_ods(organisation),
        needs=_needs(found, how, today),
        area=area,
        area_codes=area_codes_in(area),
        youngest=youngest,
        oldest=oldest,
        eligibility=_text(found, "eligibility_description"),
        may_refer=_may_refer(found, how, today),
        opening=tuple(filter(None, (_opening(one) for one in _objects(found, "schedules")))),
        cost=_cost(found),
        places_free=_count(capacity.get("available")),
        places_on=_day(capacity, "updated", inside="service_capacities"),
        waiting=_text(found, "wait_time"),
        telephone=next((str(one["number"]) for one in _objects(found, "phones") if one.get("number")), ""),
        email=_text(found, "email"),
        url=_text(found, "url"),
        alert=_text(found, "alert"),
        is_active=how["statuses"][status],
        assured_on=assured,
        assured_by=_text(found, "assurer_email") if assured else "",
    )


def _organisation(found: Body) -> Body:
    body: Body = {"resourceType": "Organization", "id": str(found["id"]), "name": str(found["name"])}
    code = _ods(found)
    return body | ({"identifier": [{"system": ODS_SYSTEM, "value": code}]} if code else {})


def _ods(organisation: Body) -> str:
    for one in _objects(organisation, "organization_identifiers"):
        if "ODS" in str(one.get("identifier_scheme", "")).upper() and one.get("identifier"):
            return str(one["identifier"])
    return ""


def _area(found: Body) -> str:
    """Every area in words; a list of postcodes in `extent` is kept as it is."""
    parts = []
    for one in _objects(found, "service_areas"):
        words = str(one.get("name") or one.get("service_area") or one.get("description") or "").strip()
        is_postcodes = "postcode" in str(one.get("extent_type") or "").casefold()
        parts.append(f"{words} ({one['extent']})" if is_postcodes and one.get("extent") else words)
    return "; ".join(filter(None, parts))


def _terms(found: Body) -> Iterator[tuple[str, str]]:
    """The taxonomy and the name of each term that is attached."""
    for one in _objects(found, "attributes"):
        term = _object(one, "taxonomy_term")
        detail = term.get("taxonomy_detail")
        taxonomy = detail.get("name") if isinstance(detail, dict) else term.get("taxonomy")
        yield str(taxonomy or "").casefold(), str(term.get("name") or term.get("term") or "").casefold()


def _needs(found: Body, how: Mapping[str, Any], today: date) -> tuple[str, ...]:
    names = {name for taxonomy, name in _terms(found) if taxonomy not in how["referral_taxonomies"]}
    listed = load_definition("needs", "community", today).content["need"]
    return tuple(one["key"] for one in listed if names & {*one["terms"], one["title"].casefold(), one["key"]})


def _may_refer(found: Body, how: Mapping[str, Any], today: date) -> tuple[str, ...]:
    names = {name for taxonomy, name in _terms(found) if taxonomy in how["referral_taxonomies"]}
    listed = load_definition("directory", "keeping", today).content["referrer"]
    return tuple(one["key"] for one in listed if names & {*one["terms"], one["key"]})


def _opening(schedule: Body) -> str:
    days = [_DAYS[day] for day in str(schedule.get("byday") or "").split(",") if day in _DAYS]
    hours = [str(schedule.get(name) or "")[:5] for name in ("opens_at", "closes_at")]
    exact = f"{', '.join(days)} {' to '.join(hours)}" if days and all(hours) else ""
    return exact or str(schedule.get("description") or "").strip().replace("\n", " ")


def _cost(found: Body) -> str:
    parts = []
    for one in _objects(found, "cost_options"):
        amount = one.get("amount")
        # Numbers come as Decimals, with the digits that were sent.
        is_price = isinstance(amount, int | float | Decimal) and 0 <= amount < _NO_PRICE
        price = f"£{amount:,.2f}".removesuffix(".00") if is_price else ""
        words = (one.get("option"), price, one.get("amount_description"))
        parts.append(" ".join(str(part) for part in words if part))
    return "; ".join(filter(None, parts)) or _text(found, "fees_description") or _text(found, "fees")


def _age(found: Body, name: str) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 130:
        raise _Wrong(name, "This is not an age", value, "A number from 0 to 130")
    return int(value)


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _day(found: Body, name: str, *, inside: str = "") -> date | None:
    value = found.get(name)
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        where = f"{inside}.{name}" if inside else name
        raise _Wrong(where, "This is not a date", value, "A date such as 2026-11-03") from None


def _stamp(found: Body) -> datetime | None:
    value = found.get("last_modified")
    if not value:
        return None
    try:
        stamp = datetime.fromisoformat(str(value))
    except ValueError:
        raise _Wrong("last_modified", "This is not a time", value, "2026-11-03T09:00:00Z") from None
    if stamp.tzinfo is None:
        raise _Wrong("last_modified", "The time does not say its zone", value, "2026-11-03T09:00:00Z")
    return stamp


def _text(found: Body, name: str) -> str:
    return str(found.get(name) or "").strip()


def _object(found: Body, name: str) -> Body:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _objects(found: Body, name: str) -> list[Body]:
    value = found.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


@lru_cache(maxsize=8)
def _rules(on: date) -> Mapping[str, Any]:
    return load_definition("directory-feeds", OPEN_REFERRAL, on).content
