"""The care team around one person: who, in which role, from when until when; and carers whom the person chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from careweave.identity.representatives_decisions import is_competent
from careweave.identity.representatives_fhir import facts_of
from careweave.record import Gate, Refusal, Resource
from careweave.record.acting import ACTING, PERSON_MAY_END
from careweave.record.ids import new_id, resource_id
from careweave.record.relations import VOLUNTEER, party_of, party_reference

from .shapes import about, code, extension, extension_value, has_code, instant
from .staff_facts import Worker

CARER_SHARING = "carer-sharing"
_MAY_CHANGE = frozenset(("team", "coordinator"))
ANSWERS = {
    "all": "Yes, all of it",
    "parts": "Yes, without some parts",
    "no": "No",
    "best-interests": "Could not decide: decided in their best interests",
}


@dataclass(frozen=True)
class TeamMember:
    """One member of a person's team; `until` None means now."""

    party: str
    name: str
    role: str
    organisation: str
    telephone: str
    since: str
    until: str | None


@dataclass(frozen=True)
class Carer:
    """Someone who looks after the person, and what the person said about sharing with them."""

    person_id: str
    name: str
    relationship: str
    telephone: str
    answer: str
    since: str

    @property
    def has_a_copy(self) -> bool:
        return self.answer in ("all", "parts", "best-interests")


def add_member(gate: Gate, *, person_id: str, worker: Worker) -> Resource | Refusal:
    """Add someone to the person's team, from now; a volunteer gets the visitor's view only."""
    if worker.has_left:
        return Refusal(f"{worker.name} has left. Choose someone else", "worker")
    if is_member(gate, person_id, worker.party):
        return Refusal(f"{worker.name} is in the team already", "worker")
    with gate.transaction():
        return write_member(gate, person_id, worker, since=instant())


def remove_member(gate: Gate, *, person_id: str, party: str) -> Resource | Refusal:
    """End someone's part in the team, from now; what they did stays theirs."""
    charge = gate.in_charge([person_id]).get(person_id)
    if charge and charge.holder == party:
        return Refusal("They are in charge. Someone else must accept that first")
    with gate.transaction():
        return leave_team(gate, person_id, party) or Refusal("They are not in this person’s team any more")


def leave_team(gate: Gate, person_id: str, party: str) -> Resource | None:
    """End someone's part in the team, from now. Part of a transaction of the caller's; None when they had none."""
    ended = None
    for team in _standing(_teams(gate, person_id)):
        now = [one for one in members_in(team.body) if one.party == party and one.until is None]
        if now:
            ended = gate.update(_without(team.body, party), version=team.version)
    return ended


def _without(team: dict[str, Any], party: str) -> dict[str, Any]:
    participants = [dict(p) for p in team.get("participant", [])]
    for participant in participants:
        if party_of(participant.get("member")) == party and "end" not in participant.get("period", {}):
            participant["period"] = {**participant.get("period", {}), "end": instant()}
    return {**team, "participant": participants}


def is_member(gate: Gate, person_id: str, party: str) -> bool:
    """Whether someone is in the person's team now."""
    return any(one.party == party and one.until is None for one in team_of(gate, person_id))


def team_of(gate: Gate, person_id: str) -> list[TeamMember]:
    """Everyone who is or was in the person's team, as this actor may see it."""
    return [one for team in _standing(_teams(gate, person_id)) for one in members_in(team.body)]


def members_in(care_team: dict[str, Any]) -> list[TeamMember]:
    """The members a CareTeam names, in the order they joined; pure."""
    members = []
    for participant in care_team.get("participant", []):
        party = party_of(participant.get("member"))
        if party is None:
            continue
        period = participant.get("period", {})
        members.append(
            TeamMember(
                party=party,
                name=participant["member"].get("display", ""),
                role=next((role["text"] for role in participant.get("role", []) if role.get("text")), ""),
                organisation=participant.get("onBehalfOf", {}).get("display", ""),
                telephone=extension_value(participant, "telephone") or "",
                since=period.get("start", ""),
                until=period.get("end"),
            )
        )
    return members


def write_member(gate: Gate, person_id: str, worker: Worker, *, since: str) -> Resource:
    """Put a worker in the person's one CareTeam, making it if need be. Part of a transaction of the caller's."""
    participant = {
        "extension": [extension("telephone", valueString=worker.telephone or "not known")],
        "role": [{"text": worker.role}],
        "member": party_reference(worker.party, worker.name),
        "onBehalfOf": {"display": worker.organisation},
        "period": {"start": since},
    }
    teams = _teams(gate, person_id)
    standing = _standing(teams)
    if any(
        one.party == worker.party and one.until is None for team in standing for one in members_in(team.body)
    ):
        return standing[0]
    grant = gate.person(person_id)
    if not standing or grant is None or not grant.kinds & _MAY_CHANGE:
        # One that was closed stays closed: whoever takes the person on now had no part in it, and may not change it.
        # No more may they change one that goes on: theirs stands beside it.
        body = {
            "resourceType": "CareTeam",
            "id": new_id() if teams else resource_id("careweave", "CareTeam", person_id),
            "status": "active",
            "subject": about(person_id),
            "participant": [participant],
        }
        return gate.create(body, subject=person_id)
    team = standing[0]
    body = {**team.body, "participant": [*team.body.get("participant", []), participant]}
    return gate.update(body, version=team.version)


def _teams(gate: Gate, person_id: str) -> list[Resource]:
    return [one for one in gate.about(person_id, ["CareTeam"]) if one.source == "careweave"]


def _standing(teams: list[Resource]) -> list[Resource]:
    """Those that go on, the newest first."""
    return [one for one in teams if one.body.get("status") == "active"]


# -- carers -----------------------------------------------------------------------------------------------------


def share_with_carer(
    gate: Gate,
    *,
    person_id: str,
    carer_id: str,
    name: str,
    relationship: str,
    telephone: str = "",
    answer: str,
    evidence: str,
) -> Carer | Refusal:
    """Write down whether this carer has a copy, as the person said (or as was decided for them, and how)."""
    if answer not in ANSWERS:
        return Refusal("Choose whether this carer has a copy", "answer")
    if not evidence.strip():
        return Refusal("Say how and when the person was asked, or who decided and why", "evidence")
    if answer != "no" and _is_a_child_not_judged(gate, person_id):
        return Refusal(
            "Under 16 this needs parental responsibility, or a judgement that the child decides", "answer"
        )
    related = {
        "resourceType": "RelatedPerson",
        "id": resource_id("careweave", "RelatedPerson", f"{person_id} {carer_id}"),
        "active": True,
        "identifier": [{"system": "https://careweave.org/id/party", "value": f"person:{carer_id}"}],
        "patient": about(person_id),
        "relationship": [{"text": relationship}],
        "name": [{"text": name}],
    }
    if telephone:
        related["telecom"] = [{"system": "phone", "value": telephone}]
    consent = _consent(person_id, carer_id, name, answer, evidence)
    with gate.transaction():
        _put(gate, related, person_id, ())
        labels = (PERSON_MAY_END,) if answer in ("all", "parts") else ()
        _put(gate, consent, person_id, (f"person:{carer_id}",), labels)
    return Carer(carer_id, name, relationship, telephone, answer, consent["dateTime"])


def stop_sharing(gate: Gate, *, person_id: str, carer_id: str, reason: str) -> Resource | Refusal:
    """The person changed their mind: the carer's access ends in this moment. The reason is for staff only."""
    consents = [c for c in gate.about(person_id, ["Consent"]) if _carer_of(c.body) == carer_id]
    current = next((c for c in consents if c.body["status"] == "active"), None)
    if current is None:
        return Refusal("Nothing is shared with this carer now")
    body = {**current.body, "status": "inactive"}
    body["extension"] = [*body.get("extension", []), extension("ended", valueString=reason or "not asked")]
    return gate.update(body, version=current.version)


def carers_of(gate: Gate, person_id: str) -> list[Carer]:
    """The person's carers with the latest answer about sharing; those never asked about say “not asked”."""
    found = gate.about(person_id, ["RelatedPerson", "Consent"])
    consents = {_carer_of(c.body): c for c in found if c.type == "Consent" and _carer_of(c.body)}
    carers = []
    for related in (r for r in found if r.type == "RelatedPerson" and r.source == "careweave"):
        if any(has_code(each, ACTING) for each in related.body.get("relationship", [])):
            continue  # who acts with an authority of another kind is not thereby a carer
        carer_id = _party_person(related.body)
        consent = consents.get(carer_id)
        carers.append(
            Carer(
                person_id=carer_id,
                name=related.body["name"][0].get("text", ""),
                relationship=related.body.get("relationship", [{}])[0].get("text", ""),
                telephone=next((t.get("value", "") for t in related.body.get("telecom", [])), ""),
                answer=_answer(consent.body) if consent else "not-asked",
                since=consent.body.get("dateTime", "") if consent else "",
            )
        )
    return carers


def _consent(person_id: str, carer_id: str, name: str, answer: str, evidence: str) -> dict[str, Any]:
    shares = answer != "no"
    return {
        "resourceType": "Consent",
        "id": resource_id("careweave", "Consent", f"{CARER_SHARING} {person_id} {carer_id}"),
        "extension": [extension("answer", valueCode=answer), extension("evidence", valueString=evidence)],
        "status": "active" if shares else "rejected",
        "scope": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
            ]
        },
        "category": [code(CARER_SHARING, "A copy for a carer")],
        "patient": about(person_id),
        "dateTime": instant(),
        "policyRule": code(
            "person-says", "The person's own choice, or a best-interests decision (Mental Capacity Act 2005)"
        ),
        "provision": {
            "type": "permit" if shares else "deny",
            "period": {"start": instant()},
            "actor": [
                {"role": code("carer", "Carer"), "reference": party_reference(f"person:{carer_id}", name)}
            ],
        },
    }


def _is_a_child_not_judged(gate: Gate, person_id: str) -> bool:
    golden = gate.about(person_id, ["Patient"], sources=["careweave"])
    is_child = bool(golden) and facts_of(golden[0].body).is_under(16, datetime.now(UTC))
    return is_child and not is_competent(gate, person_id)


def _put(
    gate: Gate, body: dict[str, Any], person_id: str, parties: tuple[str, ...], labels: tuple[str, ...] = ()
) -> Resource:
    current = next((r for r in gate.about(person_id, [body["resourceType"]]) if r.id == body["id"]), None)
    if current is None:
        return gate.create(body, subject=person_id, labels=labels, parties=parties)
    return gate.update(body, version=current.version, labels=labels, parties=parties)


def _carer_of(consent: dict[str, Any]) -> str:
    if not any(has_code(category, CARER_SHARING) for category in consent.get("category", [])):
        return ""
    for actor in consent.get("provision", {}).get("actor", []):
        party = party_of(actor.get("reference")) or ""
        if party.startswith("person:"):
            return party.removeprefix("person:")
    return ""


def _answer(consent: dict[str, Any]) -> str:
    return (
        str(extension_value(consent, "answer")) if consent["status"] in ("active", "rejected") else "stopped"
    )


def _party_person(related: dict[str, Any]) -> str:
    values = [
        i.get("value", "") for i in related.get("identifier", []) if i.get("system", "").endswith("/party")
    ]
    return next((value.removeprefix("person:") for value in values), "")


def is_volunteer(member: TeamMember) -> bool:
    return member.role == VOLUNTEER
