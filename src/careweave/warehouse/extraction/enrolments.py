"""Coordinated care as rows: an EpisodeOfCare with its coordinator, steps on pathways, plans, and what was asked of whom."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.record.dates import first_day
from careweave.record.relations import party_of
from careweave.warehouse.extraction.reading import (
    EXTENSION,
    Body,
    Extracted,
    Row,
    extension_of,
    first_code,
    instant_of,
    parts_of,
)

NOT_SO = {"entered-in-error"}
ENDED = {"completed", "cancelled", "failed", "rejected", "entered-in-error"}
DEATH, PLACE = "death", "careweave"


def enrolment_rows(body: Body, told: Extracted) -> Iterator[tuple[str, Row]]:
    if body.get("status") in NOT_SO:
        return
    period = body.get("period", {})
    teams = [party for each in body.get("team", ()) if (party := party_of(each))]
    yield (
        "enrolment",
        {
            "start": instant_of(period.get("start")),
            "end": instant_of(period.get("end")),
            "is_active": body.get("status") in ("active", "onhold"),
            "team": teams[0].removeprefix("team:") if teams else None,
            "coordinator": party_of(body.get("careManager")),
            "organisation": told.source,
        },
    )
    for part in body.get("extension", ()):
        if part.get("url") == f"{EXTENSION}pathway-step":
            yield "step", _step(part)


def _step(part: Body) -> Row:
    inner = {each["url"]: each for each in part.get("extension", ())}
    offer = inner.get("offer", {}).get("valueReference", {}).get("reference", "")
    return {
        "pathway": inner["pathway"]["valueCode"],
        "tier": inner.get("tier", {}).get("valueCode"),
        "start": instant_of(inner["at"]["valueInstant"]),
        "offer": offer.partition("/")[2] or None,
    }


def plan_rows(body: Body, _: Extracted) -> Iterator[tuple[str, Row]]:
    if body.get("status") in NOT_SO:
        return
    version = extension_of(body, "plan-version")
    answer = parts_of(body, "agreement").get("answer", {})
    yield (
        "plan",
        {
            "kind": next((code for each in body.get("category", ()) if (code := first_code(each))), "other"),
            "status": body.get("status"),
            "version": version,
            "published": instant_of(body.get("created") or body.get("period", {}).get("start")),
            "review_on": first_day(extension_of(body, "review-date")),
            "reviewer": party_of(extension_of(body, "reviewer")),
            "agreement": answer.get("valueCode"),
            "is_reviewed": version > 1 if isinstance(version, int) else None,
        },
    )


def task_rows(body: Body, told: Extracted) -> Iterator[tuple[str, Row]]:
    """Something asked of somebody: a handover, a suggestion, a contact at the desk, a next step; no words of it."""
    if body.get("status") in NOT_SO:
        return
    status, is_ours = body.get("status"), told.source == PLACE
    changed = told.updated if is_ours else instant_of(body.get("lastModified"))
    outcomes = (each.get("valueCode") for each in body.get("output", ()))
    yield (
        "task",
        {
            "code": first_code(body.get("code")),
            "state": first_code(body.get("businessStatus")) or None,
            "status": status,
            "requested": instant_of(body.get("authoredOn")),
            "due": first_day(body.get("restriction", {}).get("period", {}).get("end")),
            "end": changed if status in ENDED else None,
            "owner": party_of(body.get("owner")),
            "requester": party_of(body.get("requester")),
            "outcome": next((code for code in outcomes if code), None),
            "organisation": told.source,
        },
    )


def death_rows(body: Body, _: Extracted) -> Iterator[tuple[str, Row]]:
    """The place of a death, as a team writes it down; other flags are not taken."""
    if body.get("status") not in NOT_SO and any(
        first_code(each) == DEATH for each in body.get("category", ())
    ):
        yield "death", {"place": body.get("code", {}).get("text")}
