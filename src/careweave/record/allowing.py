"""Whether changes may be made: whose record each is about, what the rules say, and that it points at nobody else's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from uuid import UUID

from .actor import Invalid, Purpose
from .changes import Act, Denied, Opened, Step
from .content import PLACE
from .door import Door
from .guarding import answer_refusal, write_refusal
from .ids import DIRECTORY, is_id
from .labelling import labels_of
from .pointing import look, path_of
from .policy import specialise
from .sensitivity import labelled
from .subjects import (
    NOT_A_RECORD,
    belongs_to_no_person,
    may_belong_to_no_person,
    subject_field,
    subject_references,
)
from .validation import Issue

# Entries of these types are worked on by whoever they name.
_NAMES_WORKERS = frozenset({"Task", "Communication", "Consent", "Appointment", "ServiceRequest"})
_ELSEWHERE = "the entry points at something that is not there, or is someone else's"
Target = tuple[str, str]


def source_of(door: Door) -> str:
    """In whose name an actor writes: an organisation's system in its organisation's, everybody else in the place's."""
    return door.actor.organisation if door.purpose is Purpose.INTAKE and door.actor.organisation else PLACE


def refuse_whoever(door: Door, steps: Iterable[Step]) -> None:
    """Say it openly when no rule would let this role do this to anyone: that tells nothing about a person."""
    if door.actor.role == "system" and source_of(door) == PLACE:
        raise denied(
            door, "a program writes for an organisation, or not at all", next(iter(steps)), whoever=True
        )
    for step in steps:
        act = "create" if step.act is Act.CREATE else "update"
        if not _is_ever_allowed(door, act, step.type):
            raise denied(door, "no rule lets this role do this to anyone", step, whoever=True)


def _is_ever_allowed(door: Door, act: str, type_: str) -> bool:
    return _opens(door.actor.role, door.purpose.value, act, type_)


@lru_cache(maxsize=4096)
def _opens(role: str, purpose: str, act: str, type_: str) -> bool:
    from .door import policy

    return bool(specialise(policy(), role=role, purpose=purpose, interaction=act, type=type_).allow)


# -- whose record -----------------------------------------------------------------------------------------------


def find_subjects(gate: Opened, steps: Sequence[Step]) -> None:
    """Whose record each step is about; raises Invalid for what names nobody, Denied for who is not there."""
    source = source_of(gate.door)
    new = {step.id for step in steps if step.type == "Patient" and step.act is Act.CREATE}
    asked = {id(step): _named_subject(gate, step, steps) for step in steps}
    known = gate.door.people(sorted({whose for whose in asked.values() if whose != DIRECTORY} - new))
    for step in steps:
        whose = asked[id(step)]
        step.grant = known.get(whose)
        if whose == DIRECTORY or whose in new or step.current:
            step.subject = whose
        elif step.grant is None:
            raise denied(gate.door, "there is no such person", step)
        elif source == PLACE:
            step.subject = step.grant.id
        elif (source, whose) in {(each.source, each.subject) for each in step.grant.subjects}:
            step.subject = whose
        else:
            raise denied(gate.door, "another source's record of a person", step)


def _named_subject(gate: Opened, step: Step, steps: Sequence[Step]) -> str:
    if step.current:
        return step.current.subject
    if step.type == "Patient":
        return step.id
    if belongs_to_no_person(step.type):
        return DIRECTORY
    if step.type in NOT_A_RECORD:
        raise _invalid(
            step, step.type, NOT_A_RECORD[step.type], "resources about one person", "not-supported"
        )
    others = []
    for reference in subject_references(step.body):
        type_, _, id_ = str(reference.get("reference", "")).partition("/")
        if type_ == "Patient":
            return id_.partition("/")[0]
        others.append((type_, id_.partition("/")[0]))
    if step.type == "Provenance" and others:
        return _subject_of_target(gate, step, others[0], steps)
    if may_belong_to_no_person(step.type) and not others:
        return DIRECTORY
    where = subject_field(step.type)
    raise _invalid(step, where, "does not say whose record this is", "a reference to a Patient", "missing")


def _subject_of_target(gate: Opened, step: Step, target: Target, steps: Sequence[Step]) -> str:
    for other in steps:
        if (other.type, other.id) == target and other.type != "Provenance":
            return _named_subject(gate, other, steps)
    found = gate.read(*target)
    if found is None:
        raise denied(gate.door, _ELSEWHERE, step, expression=path_of(step.body, target))
    return found.subject


# -- what the rules say -----------------------------------------------------------------------------------------


def decide(door: Door, steps: Sequence[Step], today: date) -> None:
    """Raise Denied for the first step that the rules, or what no rule can open, do not let this actor make."""
    source = source_of(door)
    answers: dict[tuple[object, ...], str | None] = {}
    _refuse_held(door, steps)
    for step in steps:
        _label(door, step, source, today)
        key = (step.subject, step.act, step.type, step.labels, step.parties, step.change.query is None)
        if step.current or key not in answers:
            answers[key] = _against_rules(door, step, source)
        why = answers[key] or _against_guard(door, step, source)
        if why:
            whoever = step.type == "Patient" and step.act is Act.CREATE
            raise denied(door, why, step, whoever=whoever)


def _refuse_held(door: Door, steps: Sequence[Step]) -> None:
    """What a legal hold stands over is not taken back; the database refuses it too (record.keep_what_is_held)."""
    taken = [step for step in steps if step.act is Act.DELETE and is_id(step.subject)]
    if not taken:
        return
    asked = [UUID(step.subject) for step in taken]
    if door.rows("SELECT record.gate_is_held(%s, %s)", [door.token(), asked])[0][0]:
        raise denied(door, "a legal hold stands over this record", taken[0])


def _label(door: Door, step: Step, source: str, today: date) -> None:
    """Labels and workers of the new version. What was written here never loses a label by being sent without it."""
    said = labelled(step.body, source, labels_of(step.body, today) if "meta" in step.body else ())
    before = step.current
    if source != PLACE:
        step.labels, step.parties = tuple(sorted(said)), ()
        return
    step.labels = tuple(sorted({*said, *(before.labels if before else ())}))
    if step.type in _NAMES_WORKERS:
        named = step.pointed.parties | ({door.actor.id} if before is None else set())
        kept = set(before.parties) - look(before.body).parties if before else set()
        step.parties = tuple(sorted(named | kept))
    else:
        step.parties = before.parties if before else ()


def _against_rules(door: Door, step: Step, source: str) -> str | None:
    before = step.current
    asked = [("create" if before is None else "update", step.labels, step.parties, source)]
    if before:
        asked.append(("update", before.labels, before.parties, before.source))
    if step.change.query is not None:  # whoever may not read cannot ask what there is
        asked.append(("read", step.labels, step.parties, source))
    for act, labels, parties, of_source in asked:
        decision = door.decide(step.grant, act, step.type, labels=labels, parties=parties, source=of_source)
        if not decision.allowed:
            return decision.reason
    return None


def _against_guard(door: Door, step: Step, source: str) -> str | None:
    before = step.current
    why = write_refusal(
        door.purpose,
        step.body,
        source=before.source if before else source,
        subject=step.subject,
        records=step.grant.subject_ids if step.grant else (),
        organisation=door.actor.organisation,
    )
    if why or before is None:
        return why
    if before.source == PLACE and before.type == "Patient" and step.act is Act.DELETE:
        return "the place's own entry for a person is not taken back by a program"
    alike = set(step.labels) == set(before.labels) and set(step.parties) == set(before.parties)
    return answer_refusal(door.actor.role, before, step.body, is_handled_alike=alike)


# -- what it points at ------------------------------------------------------------------------------------------


def refuse_foreign_references(door: Door, steps: Sequence[Step]) -> None:
    """Everything a body newly points at is in this transaction, in the directory, or in the same person's record.

    What is someone else's and what is not there at all are refused alike. A session must be open for the subjects.
    """
    made = {(step.type, step.id): step.subject for step in steps}
    asked = {id(step): _new_targets(step) for step in steps}
    stored = _stored(door, {target for wanted in asked.values() for target in wanted} - made.keys())
    for step in steps:
        theirs = {step.subject, DIRECTORY, *(step.grant.subject_ids if step.grant else ())}
        for target in asked[id(step)]:
            subject, person = made.get(target), stored.get(target)
            if (subject or person) not in theirs:
                raise denied(door, _ELSEWHERE, step, expression=path_of(step.body, target))


def _new_targets(step: Step) -> set[Target]:
    wanted = step.pointed.targets
    return wanted - look(step.current.body).targets if step.current and wanted else wanted


def _stored(door: Door, wanted: set[Target]) -> dict[Target, str]:
    """Of these, what this actor may read, and whose each is."""
    ids = [UUID(id_) for _, id_ in wanted if is_id(id_)]
    if not ids:
        return {}
    rows = door.rows(
        "SELECT r.type, r.id::text, r.subject::text, r.source, r.labels, r.parties FROM record.resource r"
        " WHERE r.id = ANY (%s)",
        [ids],
    )
    grants = door.people(sorted({row[2] for row in rows} - {DIRECTORY}))
    return {
        (type_, id_): subject
        for type_, id_, subject, source, labels, parties in rows
        if (type_, id_) in wanted
        and door.decide(
            grants.get(subject), "read", type_, labels=labels, parties=parties, source=source
        ).allowed
    }


def refuse_party_keys(door: Door, steps: Sequence[Step]) -> None:
    """A source cannot name someone by a key that only this place gives: that would open records to them."""
    if source_of(door) == PLACE:
        return
    for step in steps:
        if step.pointed.parties:
            raise _invalid(
                step,
                step.type,
                "names someone by a key that only this place gives",
                "an identifier of the sender's own",
                "not-theirs",
            )


def _invalid(step: Step, path: str, reason: str, expected: str, code: str) -> Invalid:
    return Invalid(tuple(step.issues_below([Issue(path, reason, expected, code)])))


class NoWay(Exception):
    """The type has no way of saying that an entry was taken back."""


def denied(door: Door, why: str, step: Step, *, whoever: bool = False, expression: str = "") -> Denied:
    door.refuse(why, act=step.act.value, type=step.type)
    place = step.change.path
    if expression:
        place = step.issues_below([Issue(expression, "", "", "")])[0].path
    return Denied(why, path=place, whoever=whoever)
