"""The request behind a referral's task follows it, also when the task is stopped: no referral stays open by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from careweave.record import Gate, Purpose
from careweave.record.clocks import WORKER
from careweave.record.relations import COMMUNITY_REFERRAL

from .shapes import extension, extension_value, instant
from .working_time import LONDON

KIND = "https://careweave.org/code/request"
ACTIVE, REVOKED, COMPLETED = "active", "revoked", "completed"


def settle_request(task: dict[str, Any], status: str, now: datetime) -> None:
    """Give the request of a community referral the day of its first answer, and this status (with the day it ended).

    By a job of the system: whoever answers or stops a task changes no order.
    """
    reference = next((each.get("reference", "") for each in task.get("basedOn", ())), "")
    gate = Gate(WORKER, Purpose.SYSTEM)
    held = gate.read("ServiceRequest", reference.partition("/")[2]) if reference else None
    if held is None or held.body["status"] != ACTIVE or not _is_community(held.body):
        return
    body = dict(held.body)
    if not extension_value(body, "decision-date"):
        day = now.astimezone(LONDON).date().isoformat()
        body["extension"] = [*body.get("extension", ()), extension("decision-date", valueDate=day)]
    if status != ACTIVE:
        body["status"] = status
        body["occurrencePeriod"] = {**body["occurrencePeriod"], "end": instant(now)}
    gate.update(body, version=held.version)


def _is_community(body: dict[str, Any]) -> bool:
    codings = [coding for each in body.get("category", ()) for coding in each.get("coding", ())]
    return any(one.get("system") == KIND and one.get("code") == COMMUNITY_REFERRAL for one in codings)
