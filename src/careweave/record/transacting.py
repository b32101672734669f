"""Many changes as one: all are checked before anything is written, all are written together, or none.

What FHIR calls a transaction (https://hl7.org/fhir/R4/http.html#transaction); a single create, update or delete is a
transaction of one. It works on sets: however many changes, the questions to the database stay a handful.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from django.db import IntegrityError, ProgrammingError

from . import allowing, writing
from .actor import Invalid, Resource, SearchError
from .changes import Act, Ambiguous, Body, Change, Denied, Done, Opened, Outcome, Overtaken, Step, Unfit
from .content import PLACE, content_hash
from .ids import DIRECTORY, new_id, own_name, resource_id
from .pointing import Links, is_conditional, lost_issues, rewrite
from .provenance import provenance, together
from .subjects import belongs_to_no_person
from .validation import Issue, validate
from .withdrawing import TAG_SYSTEM, is_withdrawn, withdrawn

_MOST_ISSUES = 200
_MOST_CONDITIONS = 500  # each is a search of its own
_LONGEST_CONDITION = 4000
# What the database checks across resources, when a transaction ends.
_BOUND_TOGETHER = frozenset({"EpisodeOfCare"})
_PROMISES = {
    "plan_is_complete": "a plan in force names its agreement, its reviewer, its review date and what to do if things change"
}
_SERVERS_OWN = (
    "versionId",
    "lastUpdated",
)  # of meta: what a server says of a version, never what a client says


def transact(gate: Opened, changes: Sequence[Change], *, client: str = "", base: str = "") -> list[Done]:
    """Make these changes, or none of them, and tell what became of each, in the order in which they were asked for.

    Raises Invalid with every fault and where it stands, Denied, Conflict, Ambiguous or SearchError.
    """
    now = datetime.now(UTC)
    steps = [Step(change, change.act, change.id) for change in changes]
    if not steps:
        return []
    with _whole(steps), gate.door.transaction():
        allowing.refuse_whoever(gate.door, steps)
        _take_bodies(steps, now.date())
        source = allowing.source_of(gate.door)
        _find_by_condition(gate, steps, source)
        _read_current(gate, steps, source, now.date())
        _name_new(steps, source)
        _point(gate, steps, Links(source, base))
        waiting = [step for step in steps if step.outcome is None]
        allowing.refuse_party_keys(gate.door, waiting)
        allowing.find_subjects(gate, waiting)
        allowing.decide(gate.door, waiting, now.date())
        _open(gate, waiting)
        allowing.refuse_foreign_references(gate.door, waiting)
        stored = _write(gate, waiting, source, client, now)
        done = [_done(gate, step, stored) for step in steps]
        if any(step.type in _BOUND_TOGETHER for step in waiting):
            gate.door.rows("SET CONSTRAINTS ALL IMMEDIATE")
        gate.door.forget()
    return done


@contextmanager
def _whole(steps: Sequence[Step]) -> Iterator[None]:
    """What the database would not let stand, in words."""
    try:
        yield
    except IntegrityError as broken:
        raise Unfit(_PROMISES.get(_constraint(broken), str(broken).partition("\n")[0])) from None
    except ProgrammingError as refused:
        if isinstance(refused.__cause__, psycopg.errors.InsufficientPrivilege):
            raise Denied("a label that this actor does not see", path=steps[0].change.path) from None
        raise


def _constraint(broken: IntegrityError) -> str:
    cause = broken.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""


# -- what was sent ----------------------------------------------------------------------------------------------


def _take_bodies(steps: Sequence[Step], today: date) -> None:
    """Check every body that was sent, before anything is asked of the record."""
    issues: list[Issue] = []
    for step in steps:
        if step.change.body is not None and len(issues) < _MOST_ISSUES:
            step.body = step.change.body
            issues += step.issues_below(_faults(step, today))
    if issues:
        raise Invalid(tuple(issues[:_MOST_ISSUES]))
    for step in steps:
        _drop_servers_own(step.body)


def _faults(step: Step, today: date) -> list[Issue]:
    issues = list(validate(step.body, today=today))
    type_ = step.body.get("resourceType")
    if type_ != step.type:
        issues.append(
            Issue(f"{step.type}.resourceType", "is not the type of the address", step.type, "type-differs")
        )
    if step.id and step.body.get("id") != step.id:
        issues.append(Issue(f"{step.type}.id", "is not the id of the address", step.id, "id-differs"))
    return issues


def _drop_servers_own(body: Body) -> None:
    meta = body.get("meta")
    if not isinstance(meta, dict):
        return
    kept = {key: value for key, value in meta.items() if key not in _SERVERS_OWN}
    tags = [tag for tag in kept.pop("tag", []) if tag.get("system") != TAG_SYSTEM]
    if tags:
        kept["tag"] = tags
    if kept:
        body["meta"] = kept
    else:
        del body["meta"]


# -- conditions -------------------------------------------------------------------------------------------------


def _find_by_condition(gate: Opened, steps: Sequence[Step], source: str) -> None:
    """Settle what each condition means. Of many who ask for the same at once, one goes first and the others see it."""
    asking = [step for step in steps if step.change.query is not None]
    _must_be_few(len(asking))
    writing.lock(gate.door, [f"{source}|{step.type}|{step.change.query}" for step in asking])
    for step in asking:
        found = _search(gate, step.type, step.change.query or "")
        if len(found) > 1:
            raise Ambiguous(step.change.path)
        if step.act is Act.CREATE and found:
            step.current, step.outcome = found[0], Outcome.FOUND
        elif found:
            _means(step, found[0])
        elif _comes_back(gate, step, source) or step.act is Act.CREATE:
            continue
        elif step.act is Act.UPDATE and step.change.patch is None and step.change.version is None:
            step.act = Act.CREATE
        else:
            raise allowing.denied(gate.door, "the condition finds nothing", step)


def _comes_back(gate: Opened, step: Step, source: str) -> bool:
    """What was deleted is found by no condition, but has its name still: sent again, it is its next version."""
    if step.act is Act.DELETE or step.change.patch is not None or step.change.version is not None:
        return False
    name = _id_by_name(step, source)
    before = gate.read(step.type, name) if name else None
    if before is None or not is_withdrawn(before.body):
        return False
    step.act = Act.UPDATE
    _means(step, before)
    return True


def _means(step: Step, found: Resource) -> None:
    step.id = found.id
    if step.change.patch is None and step.act is Act.UPDATE:
        if step.body.get("id", found.id) != found.id:
            issue = Issue(
                f"{step.type}.id", "is not the id of what the condition finds", "no id", "id-differs"
            )
            raise Invalid(tuple(step.issues_below([issue])))
        step.body["id"] = found.id


def _must_be_few(conditions: int) -> None:
    if conditions > _MOST_CONDITIONS:
        raise SearchError("condition", f"a transaction has at most {_MOST_CONDITIONS}; send it in parts")


def _search(gate: Opened, type_: str, query: str) -> list[Resource]:
    if len(query) > _LONGEST_CONDITION:
        raise SearchError("condition", f"a condition has at most {_LONGEST_CONDITION:,} characters")
    parameters = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    if not any(value and name[:1] != "_" for name, value in parameters):
        raise SearchError("condition", "name what to look for, such as identifier=system|value")
    if any(
        name.partition(":")[0] in ("_count", "_sort", "_include", "_revinclude") for name, _ in parameters
    ):
        raise SearchError("condition", "a condition only says what to look for")
    return list(gate.search(type_, parameters, count=2).resources)


# -- what is there now ------------------------------------------------------------------------------------------


def _read_current(gate: Opened, steps: Sequence[Step], source: str, today: date) -> None:
    for step in steps:
        if step.act is Act.CREATE:
            continue
        step.current = gate.read(step.type, step.id)
        if step.current is None:
            _create_by_name(gate, step, source)
            continue
        step.id = step.current.id
        if step.change.version not in (None, step.current.version):
            raise Overtaken(step.current, step.change.path, named=True)
        _next_body(step, step.current, today)
    ids = [(step.type, step.id) for step in steps if step.act is not Act.CREATE]
    if len(set(ids)) < len(ids):
        twice = next(step for step in steps if ids.count((step.type, step.id)) > 1)
        issue = Issue(twice.type, "is changed twice", "one change of each resource", "twice")
        raise Invalid(tuple(twice.issues_below([issue])))


def _create_by_name(gate: Opened, step: Step, source: str) -> None:
    """A source may put what is not there yet under the one id that follows from its own name for it."""
    named = _id_by_name(step, source) if step.act is Act.UPDATE and step.change.patch is None else None
    if named is None or named != step.id or step.change.version is not None:
        raise allowing.denied(gate.door, "not there, or not allowed", step)
    step.act = Act.CREATE


def _next_body(step: Step, current: Resource, today: date) -> None:
    if step.act is Act.DELETE:
        body = withdrawn(current.body, today)
        if body is None:
            raise allowing.NoWay(step.type)
        if is_withdrawn(current.body):
            step.outcome = Outcome.DELETED
        _drop_version(body)
        step.body = body
    elif step.change.patch:
        step.body = step.change.patch(current.body)
        issues = step.issues_below(_faults(step, today))
        if issues:
            raise Invalid(tuple(issues[:_MOST_ISSUES]))
        _drop_servers_own(step.body)
    if step.act is Act.UPDATE and content_hash(step.body) == content_hash(current.body):
        same_meta = _kept_meta(step.body) == _kept_meta(current.body)
        step.outcome = Outcome.UNCHANGED if same_meta else None


def _drop_version(body: Body) -> None:
    body["meta"] = {key: value for key, value in body["meta"].items() if key not in _SERVERS_OWN}


def _kept_meta(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.get("meta", {}).items() if key not in _SERVERS_OWN}


# -- names and references ---------------------------------------------------------------------------------------


def _id_by_name(step: Step, source: str) -> str | None:
    """The id that follows from what the source calls this thing, as in its files; None when it has no name."""
    if source == PLACE:
        return None
    is_unique = step.type == "Patient" or belongs_to_no_person(step.type)
    name = own_name(source, step.body, by_any=is_unique)
    return resource_id(source, step.type, name) if name else None


def _name_new(steps: Sequence[Step], source: str) -> None:
    for step in steps:
        if step.act is Act.CREATE and step.outcome is None:
            step.id = step.body["id"] = _id_by_name(step, source) or new_id()
        elif step.outcome is Outcome.FOUND and step.current:
            step.id = step.current.id


def _point(gate: Opened, steps: Sequence[Step], links: Links) -> None:
    """Resolve every reference; what leads nowhere is a fault of what was sent."""
    for step in steps:
        if step.change.full_url:
            links.known[step.change.full_url] = f"{step.type}/{step.id}"
    waiting = [step for step in steps if step.act is not Act.DELETE and step.outcome is None]
    for step in waiting:
        step.pointed = rewrite(step.body, links)
    conditions = {text for step in waiting for text in step.pointed.lost if is_conditional(text)}
    _must_be_few(len(conditions))
    for text in sorted(conditions):
        type_, _, query = text.partition("?")
        found = _search(gate, type_, query)
        if len(found) == 1:
            links.known[text] = f"{type_}/{found[0].id}"
    for step in waiting if conditions else ():
        step.pointed = rewrite(step.body, links)
    lost = [
        issue for step in waiting for issue in step.issues_below(lost_issues(step.body, step.pointed.lost))
    ]
    if lost:
        raise Invalid(tuple(lost[:_MOST_ISSUES]))


# -- writing ----------------------------------------------------------------------------------------------------


def _open(gate: Opened, steps: Sequence[Step]) -> None:
    """Let this transaction touch the people it is about, and the directory; nobody else."""
    records = {id_ for step in steps if step.grant for id_ in step.grant.subject_ids}
    gate.door.open({DIRECTORY, *(step.subject for step in steps), *records})


def _write(
    gate: Opened, steps: Sequence[Step], source: str, client: str, now: datetime
) -> dict[str, writing.Stored]:
    new = [step for step in steps if step.act is Act.CREATE]
    old = [step for step in steps if step.act is not Act.CREATE]
    stored = writing.replace_all(gate.door, [_row(step, source) for step in old])
    lost = next((step for step in old if step.id not in stored), None)
    if lost:
        raise Overtaken(_as_stored(gate, lost), lost.change.path)
    stored |= writing.insert_all(gate.door, [_row(step, source) for step in new])
    written = [step for step in steps if step.id in stored]
    if not written:
        return stored
    _witness(gate, written, source, client, now)
    _audit(gate, written, client)
    return stored


def _row(step: Step, source: str) -> writing.Row:
    before = step.current
    step.prepared = writing.indexed(step.body)
    return writing.Row(
        step.prepared,
        step.subject,
        before.source if before else source,
        step.labels,
        step.parties,
        before.version if before else 0,
    )


def _witness(gate: Opened, steps: Sequence[Step], source: str, client: str, now: datetime) -> None:
    """Who wrote this, through which program: not the actor's to leave out, so no rule is asked."""
    rows = []
    for (subject, of_source, labels), group in together((step, source) for step in steps).items():
        body = provenance(group, actor=gate.actor, client=client, now=now)
        rows.append(writing.Row(writing.indexed(body), subject, of_source, labels, ()))
    writing.insert_all(gate.door, rows)


def _audit(gate: Opened, steps: Sequence[Step], client: str) -> None:
    detail: dict[str, Any] = {"client": client} if client else {}
    subjects = {step.subject for step in steps}
    if len(steps) == 1:
        step = steps[0]
        detail |= {"type": step.type, "id": step.id, "version": step.version}
        gate.door.audit(step.act.value, subjects, **detail)
        return
    counted: dict[str, int] = {}
    for step in steps:
        counted[f"{step.act.value} {step.type}"] = counted.get(f"{step.act.value} {step.type}", 0) + 1
    gate.door.audit("transaction", subjects, **detail, changes=counted)


def _done(gate: Opened, step: Step, stored: Mapping[str, writing.Stored]) -> Done:
    made = stored.get(step.id)
    if made is None:
        current = step.current or _as_stored(gate, step)
        if step.outcome is None and content_hash(current.body) != content_hash(step.body):
            raise Overtaken(current, step.change.path)
        outcome = step.outcome or Outcome.FOUND
        return Done(outcome, step.type, current.id, current.version, current.updated, current.body)
    outcome = {Act.CREATE: Outcome.CREATED, Act.UPDATE: Outcome.UPDATED, Act.DELETE: Outcome.DELETED}[
        step.act
    ]
    return Done(outcome, step.type, step.id, made.version, made.updated, step.body)


def _as_stored(gate: Opened, step: Step) -> Resource:
    """What is stored under an id that was taken meanwhile, for whoever may read it."""
    stored = gate.read(step.type, step.id)
    if stored is None:
        raise Denied("the id is taken", path=step.change.path)
    return stored
