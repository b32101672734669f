"""What `careweave work` does for surveys: asks when they open, reminds once, closes; never somebody who has died."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from careweave.definitions.survey_definition import Survey, SurveyNotLoaded, load_asked
from careweave.identity.models import Account
from careweave.record import Gate, Resource, deliveries, invitations
from careweave.record.deaths import has_died
from careweave.record.invitations import (
    ANSWERED,
    ASKED,
    CLOSED,
    DECLINED,
    OPEN,
    PLANNED,
    REMINDED,
    STOPPED,
    Invitation,
    worker_gate,
)

from ..teams.delivering import queue_delivery
from ..teams.delivering_links import SURVEY, SURVEY_LETTER, digest_of, token_of
from ..teams.notices_choice import wants_none
from ..teams.working_time import LONDON
from .asking import Rules, is_in_hospital, rules_on
from .closing import close
from .messages import message, to_person

log = logging.getLogger("careweave.work")


def send_surveys(now: datetime | None = None) -> int:
    """Take the next step of each survey whose moment has come; safe to repeat. Returns how many were taken."""
    at, count = now or datetime.now(UTC), 0
    for one in invitations.due(at):
        try:
            count += _step(worker_gate(), one, at)
        except Exception:  # one that fails must not keep the others waiting; it is tried again in an hour
            log.exception("The survey %s could not be dealt with.", one.id)
            _rest(worker_gate(), one, at + timedelta(hours=1))
    return count


def _rest(gate: Gate, one: Invitation, until: datetime) -> None:
    with gate.transaction():
        invitations.move(gate, one, now=one.state, act_at=until)


def _step(gate: Gate, one: Invitation, now: datetime) -> bool:
    found = gate.about(one.person_id, ["Patient", "Encounter", "RelatedPerson", "EpisodeOfCare"])
    if one.event != "death" and has_died(found):
        return close(gate, one, state=STOPPED, why="died")
    if now >= one.closes_at:
        is_asked = one.state in OPEN and not _lies_unposted(gate, one)
        state, why = (CLOSED, "not answered") if is_asked else (STOPPED, "it could not be asked in time")
        return close(gate, one, state=state, why=why)
    if one.state == PLANNED:
        return _open(gate, one, found, now)
    return _remind(gate, one, now) if one.state == ASKED and one.reminds_at else _wait(gate, one)


def _lies_unposted(gate: Gate, one: Invitation) -> bool:
    """Whether its letter was never posted: whoever never got it was not asked, and did not fail to answer."""
    return any(each.entity == one.id for each in deliveries.on_paper(gate, [one.person_id]))


def _open(gate: Gate, one: Invitation, found: Sequence[Resource], now: datetime) -> bool:
    try:
        survey = load_asked(one.survey, one.version, now.astimezone(LONDON).date())
    except SurveyNotLoaded as error:
        return close(gate, one, state=STOPPED, why=str(error))
    later = _later(gate, one, found, now)
    if later is not None:
        with gate.transaction():
            return invitations.move(gate, one, now=PLANNED, act_at=later)
    kin = next_of_kin(found, _rules(now).next_of_kin) if survey.asks == "family" else None
    if survey.asks == "family" and kin is None:
        return close(gate, one, state=STOPPED, why="nobody close to them has an address here")
    return _ask(gate, one, survey, kin, now)


def _later(gate: Gate, one: Invitation, found: Sequence[Resource], now: datetime) -> datetime | None:
    """When to look again: not while they are in hospital, and not soon after another survey."""
    if one.event == "death":
        return None
    if is_in_hospital(found, now):
        return now + timedelta(days=1)
    quiet = timedelta(days=_rules(now).quiet_days)
    others = [
        each.changed_at if each.state in (ANSWERED, DECLINED) else each.opens_at
        for each in invitations.of_people(gate, [one.person_id])
        if each.id != one.id and each.state not in (PLANNED, STOPPED)
    ]
    until = max((at + quiet for at in others if at), default=now)
    return until if until > now else None


def _ask(gate: Gate, one: Invitation, survey: Survey, kin: Resource | None, now: datetime) -> bool:
    act_at = one.reminds_at if one.reminds_at and one.reminds_at > now else one.closes_at
    to: dict[str, Any] = to_person(one.person_id)
    if kin is not None:
        to = {"reference": f"RelatedPerson/{kin.id}", "display": _name(kin)}
    parties = () if kin else (f"person:{one.person_id}",)
    with gate.transaction():
        token = digest_of(token_of(one.id))
        if not invitations.move(gate, one, now=ASKED, act_at=act_at, token=token):
            return False
        gate.create(message(one, survey, to=to, now=now), subject=one.person_id, parties=parties)
        if kin is not None:
            deliveries.queue(
                gate, person_id=one.person_id, entity=one.id, party=f"related:{kin.id}",
                channel="print", format=SURVEY_LETTER,
            )  # fmt: skip
        else:
            _send(gate, one)
    return True


def _remind(gate: Gate, one: Invitation, now: datetime) -> bool:
    """Once; what waits to be printed has not been seen yet, and needs no reminder."""
    with gate.transaction():
        if not invitations.move(gate, one, now=REMINDED, act_at=one.closes_at):
            return False
        if _reads_notices(gate, one.person_id):
            deliveries.queue(
                gate, person_id=one.person_id, entity=one.id, party=f"person:{one.person_id}",
                channel="notice", format=SURVEY, turn="reminder",
            )  # fmt: skip
    return True


def _wait(gate: Gate, one: Invitation) -> bool:
    with gate.transaction():
        return invitations.move(gate, one, now=one.state, act_at=one.closes_at)


def _send(gate: Gate, one: Invitation) -> None:
    """By e-mail or text message to whoever has an account and wants them; everyone else gets a letter."""
    format_ = SURVEY if _reads_notices(gate, one.person_id) else SURVEY_LETTER
    party = f"person:{one.person_id}"
    queue_delivery(gate, person_id=one.person_id, entity=one.id, party=party, format=format_)


def _reads_notices(gate: Gate, person_id: str) -> bool:
    has_account = Account.objects.filter(person_id=person_id, is_active=True).exists()
    return has_account and not wants_none(gate, person_id)


def _rules(now: datetime) -> Rules:
    return rules_on(now.astimezone(LONDON).date())


# -- the family ---------------------------------------------------------------------------------------------------


def next_of_kin(found: Sequence[Resource], kin: frozenset[str]) -> Resource | None:
    """Whoever is written down as next of kin before anybody else close, if there is an address; pure."""
    close_ones = [
        one
        for one in found
        if one.type == "RelatedPerson"
        and one.body.get("active", True)
        and _name(one)
        and one.body.get("address")
    ]
    return min(close_ones, key=lambda one: (not _relations(one) & kin, one.id), default=None)


def _relations(one: Resource) -> set[str | None]:
    return {c.get("code") for each in one.body.get("relationship", ()) for c in each.get("coding", ())}


def _name(one: Resource) -> str:
    name: dict[str, Any] = next(iter(one.body.get("name", ())), {})
    return str(name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")]).strip())
