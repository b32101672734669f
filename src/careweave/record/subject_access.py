"""Answering a person who asks for a copy of their record (UK GDPR, article 15): asked, checked, read, released.

The entries are never altered: what is taken out is a list of steps, and the copy is made anew without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from .actor import Actor, Purpose, Refusal, Resource
from .gate import Gate
from .ids import is_id
from .redacting import is_too_short, lines, pattern
from .subject_access_copy import Copy, Leak, copy_of, packed
from .subject_access_rules import rules
from .subject_access_state import Entry, Request, Step, entries

KIND = "SubjectAccessRequest"
_REQUESTS = "SELECT id::text, subject::text, asked_on, asked_how, recorded_by FROM record.access_request"
_STEPS = (
    "SELECT request::text, act, coalesce(entry::text, ''), type, coalesce(version, 0), words, reason, asked_of,"
    " said_by, said_role, said_at FROM record.access_step WHERE request = ANY (%s::uuid[]) ORDER BY id"
)


def answering(actor: Actor) -> Gate:
    """The governance lead's gate for the one purpose of answering requests."""
    return Gate(actor, Purpose.SUBJECT_ACCESS)


# -- asking -----------------------------------------------------------------------------------------------------


def ask(gate: Gate, person_id: str, *, asked_on: date, how: str) -> Request | Refusal:
    """Write a request down; its clock runs from the day it was asked. By the person, or for them by the lead."""
    record = gate.door.people([person_id]).get(person_id) if is_id(person_id) else None
    if record is None or not gate.door.decide(record, "create", KIND).allowed:
        raise gate.door.refuse("not there, or not allowed", act="access-request")
    if not how.strip():
        return Refusal("Say how they asked, for example by letter", "how")
    if asked_on > datetime.now(UTC).date() + timedelta(days=1):
        return Refusal("It cannot have been asked after today", "asked_on")
    open_ones = [each for each in requests_of(gate, record.id) if each.ended is None]
    if open_ones:
        return Refusal("A request of this person is being answered already", "asked_on")
    with gate.transaction():
        gate.door.open([record.id])
        rows = gate.door.rows(
            "INSERT INTO record.access_request (subject, asked_on, asked_how, recorded_by)"
            " VALUES (%s, %s, %s, %s) RETURNING id::text",
            [record.id, asked_on, how.strip(), gate.actor.id],
        )
        id_ = str(rows[0][0])
        gate.door.audit("access-request", [record.id], id=id_)
        if gate.actor.role == "person":
            _say(gate, id_, "identity", words="signed-in")
    return replace(
        Request(id_, record.id, asked_on, how.strip(), gate.actor.id, ()),
        steps=_steps(gate, [id_], record.id).get(id_, ()),
    )


def requests_of(gate: Gate, person_id: str) -> list[Request]:
    """A person's requests as this reader may see them, the newest first."""
    with gate.transaction():
        gate.door.open([person_id])
        rows = gate.door.rows(f"{_REQUESTS} WHERE subject = %s ORDER BY recorded_at DESC", [person_id])
    return _requests(gate, rows, person_id)


def requests(gate: Gate) -> list[Request]:
    """Every request: those that wait, by when they are due, and then those that were answered."""
    _must(gate, "read")
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(f"{_REQUESTS} ORDER BY recorded_at DESC")
    held, found = rules(), _requests(gate, rows, None)
    waiting = sorted((each for each in found if each.ended is None), key=lambda each: each.due(held))
    return [*waiting, *(each for each in found if each.ended)]


def request(gate: Gate, request_id: str) -> Request | None:
    """One request, for whoever answers."""
    _must(gate, "read")
    if not is_id(request_id):
        return None
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(f"{_REQUESTS} WHERE id = %s", [request_id])
    return next(iter(_requests(gate, rows, None)), None)


# -- answering --------------------------------------------------------------------------------------------------


def check_identity(gate: Gate, held: Request, *, proof: str, words: str) -> Refusal | None:
    """Who asks was checked, and how: without it nothing is opened."""
    if proof not in rules().proofs:
        return Refusal("Choose how you know that it is them", "proof")
    if not words.strip():
        return Refusal("Say what you saw", "words")
    return _step(gate, held, "identity", words=f"{proof}: {words.strip()}")


def extend(gate: Gate, held: Request, *, words: str) -> Refusal | None:
    """Two further months, once, with a reason that the person reads on their page; only before the first has ended."""
    if held.last("extended"):
        return Refusal("It was made longer once already, and cannot be again", "words")
    if held.due(rules()) < datetime.now(UTC).date():
        return Refusal("The month is over: it can be made longer only before its end", "words")
    if not words.strip():
        return Refusal("Say why, in words for the person", "words")
    return _step(gate, held, "extended", words=words)


def take(gate: Gate, held: Request) -> Refusal | None:
    """From now on this reader sees the record, until the request has been answered."""
    if held.identity is None:
        return Refusal("Check first who asks", "proof")
    if gate.actor.id == f"person:{held.person_id}":
        return Refusal("Nobody answers their own request")
    refused = _step(gate, held, "taken")
    gate.door.forget()
    return refused


def record_of(gate: Gate, held: Request) -> list[Entry]:
    """Every entry with what was decided about it, those to decide first; empty when it is not open to this reader."""
    return entries(held, _resources(gate, held), rules())


def decide(gate: Gate, held: Request, entry: Entry, *, include: bool, reason: str = "") -> Refusal | None:
    """Send an entry on, or leave it out with a reason."""
    held_rules, one = rules(), entry.resource
    if held_rules.harm_labels & set(one.labels) and not (entry.opinion and entry.opinion.said != "asked"):
        return Refusal("It is held back from the person: ask a health professional first", "asked_of")
    if entry.opinion and entry.opinion.said == "harm" and include:
        return Refusal("A health professional said that it could do serious harm", "include")
    if include:
        return _step(gate, held, "include", resource=one)
    known = held_rules.reasons.get(reason)
    if known is None:
        return Refusal("Choose why it is left out", "reason")
    if known.needs_opinion and not (entry.opinion and entry.opinion.said == "harm"):
        return Refusal("Only a health professional can say so: ask one", "asked_of")
    return _step(gate, held, "leave-out", resource=one, reason=reason)


def remove_words(
    gate: Gate, held: Request, *, words: str, reason: str, entry: Resource | None
) -> Refusal | None:
    """Take words out of one entry, or out of every entry when none is named."""
    known = rules().reasons.get(reason)
    if is_too_short(words):
        return Refusal("Enter the words to leave out, two letters at least", "words")
    if known is None or known.needs_opinion:
        return Refusal("Choose why they are left out", "why")
    if entry is not None and not pattern(words).search(_text_of(entry)):
        return Refusal("These words are not in the entry: copy them as they stand there", "words")
    return _step(gate, held, "remove-words", resource=entry, words=words, reason=reason)


def restore_words(gate: Gate, held: Request, *, words: str, entry: Resource | None) -> Refusal | None:
    """Put words back that were taken out."""
    id_ = entry.id if entry else ""
    if not any(each.words == words and each.entry == id_ for each in held.removals):
        return Refusal("These words were not taken out", "words")
    return _step(gate, held, "restore-words", resource=entry, words=words)


def ask_opinion(gate: Gate, held: Request, entry: Entry, *, of: str, why: str) -> Refusal | None:
    """Ask a health professional whether an entry could do serious harm (Data Protection Act 2018, schedule 3)."""
    if not why.strip():
        return Refusal("Say what harm you think of, and to whom", "why")
    if not of or of == gate.actor.id:
        return Refusal("Choose a health professional", "asked_of")
    return _step(gate, held, "ask-opinion", resource=entry.resource, words=why, asked_of=of)


def refuse(gate: Gate, held: Request, *, words: str) -> Refusal | None:
    """Say no to all of it; the words are for the person."""
    if not words.strip():
        return Refusal(
            "Say why, in words for the person: they may complain to the Information Commissioner", "words"
        )
    return _step(gate, held, "refused", words=words)


def copy_now(gate: Gate, held: Request) -> Copy:
    """The copy as it would be released now."""
    found = record_of(gate, held)
    told = gate.who_looked(held.person_id, limit=5000)
    seen_by = sorted({look.organisation for look in told if look.organisation})
    return copy_of(held, found, rules(), seen_by=seen_by)


def release(gate: Gate, held: Request, *, printed: Callable[[Copy], bytes]) -> Refusal | None:
    """Make the copy and let the person fetch it. Not while anything is to be decided, or an opinion is waited for."""
    with gate.transaction():
        copy = copy_now(gate, held)
        if not copy.entries:
            return Refusal("Take the request on first", "release")
        if copy.to_decide:
            return Refusal(f"{copy.to_decide} entries are still to be decided about", "release")
        if copy.waiting:
            return Refusal("An opinion on serious harm is still waited for", "release")
        try:
            content = packed(copy, printed(copy))
        except Leak as leak:
            return Refusal(str(leak), "release")
        refused = _step(gate, held, "released", words=copy.summary)
        if refused:
            return refused
        _keep(gate, held, copy, content)
    gate.door.forget()
    return None


def _keep(gate: Gate, held: Request, copy: Copy, content: bytes) -> None:
    """What was given is kept as it was given, for as long as it can be fetched, with its digest in the audit."""
    digest, now = sha256(content).hexdigest(), datetime.now(UTC)
    gate.door.rows(
        "INSERT INTO record.access_copy (request, subject, made_by, digest, content, fetch_until)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            held.id,
            held.person_id,
            gate.actor.id,
            digest,
            content,
            now + timedelta(days=rules().keep_copy_days),
        ],
    )
    gate.door.audit("access-released", [held.person_id], id=held.id, digest=digest, entries=len(copy.entries))


def fetch(gate: Gate, held: Request) -> bytes | None:
    """The finished copy, for the person or for whoever hands it over; each time is written down."""
    with gate.transaction():
        gate.door.open([held.person_id])
        rows = gate.door.rows(
            "SELECT content FROM record.access_copy WHERE request = %s AND fetch_until > now()", [held.id]
        )
        if not rows:
            return None
        _say(gate, held.id, "fetched")
        gate.door.audit("access-fetched", [held.person_id], id=held.id)
    return bytes(rows[0][0])


# -- the second look --------------------------------------------------------------------------------------------


def opinions_asked(gate: Gate) -> list[tuple[str, Step]]:
    """What this health professional was asked and has not answered: the request's id, and the question."""
    with gate.transaction():
        rows = gate.door.rows("SELECT * FROM record.gate_opinions(%s)", [gate.door.token()])
    return [(row[0], Step(*row[1:])) for row in rows]


def give_opinion(gate: Gate, request_id: str, entry_id: str, *, is_harm: bool, words: str) -> Refusal | None:
    """The health professional's own opinion, in their words; they have read the entry through the same gate."""
    asked = next(
        (step for id_, step in opinions_asked(gate) if (id_, step.entry) == (request_id, entry_id)), None
    )
    entry = gate.read(asked.type, entry_id) if asked else None
    if asked is None or entry is None:
        return Refusal(
            "This is not there for you. Tell whoever asked you, so that they ask someone else", "said"
        )
    if gate.actor.role not in rules().opinion_roles:
        return Refusal("The law asks for the opinion of a health professional", "said")
    if not words.strip():
        return Refusal("Say why you think so", "words")
    with gate.transaction():
        gate.door.open([entry.subject])
        _say(gate, request_id, "harm" if is_harm else "no-harm", resource=entry, words=words)
        gate.door.audit("access-opinion", [entry.subject], id=request_id, entry=entry_id)
    return None


# -- inside -----------------------------------------------------------------------------------------------------


def _resources(gate: Gate, held: Request) -> list[Resource]:
    types = sorted(
        name
        for group in ("demographics", "clinical", "care", "money")
        for name in gate.door.policy.words.types[group]
    )
    return gate.about(held.person_id, types)


def _text_of(resource: Resource) -> str:
    return "\n".join(line.words for line in lines(resource.body))


def _step(
    gate: Gate,
    held: Request,
    act: str,
    *,
    resource: Resource | None = None,
    words: str = "",
    reason: str = "",
    asked_of: str = "",
) -> Refusal | None:
    _must(gate, "update")
    with gate.transaction():
        gate.door.open([held.person_id])
        if any(
            step.act in ("released", "refused", "withdrawn")
            for step in _steps(gate, [held.id], None).get(held.id, ())
        ):
            return Refusal("This request has been answered already")
        gate.door.open([held.person_id])
        _say(gate, held.id, act, resource=resource, words=words, reason=reason, asked_of=asked_of)
        gate.door.audit(f"access-{act}", [held.person_id], id=held.id, entry=resource.id if resource else "")
    return None


def _say(
    gate: Gate,
    request_id: str,
    act: str,
    *,
    resource: Resource | None = None,
    words: str = "",
    reason: str = "",
    asked_of: str = "",
) -> None:
    gate.door.rows(
        "INSERT INTO record.access_step (request, act, entry, type, version, words, reason, asked_of, said_by, said_role)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            request_id,
            act,
            resource.id if resource else None,
            resource.type if resource else "",
            resource.version if resource else None,
            words.strip(),
            reason,
            asked_of,
            gate.actor.id,
            gate.actor.role,
        ],
    )


def _requests(gate: Gate, rows: Sequence[tuple[Any, ...]], person_id: str | None) -> list[Request]:
    steps = _steps(gate, [row[0] for row in rows], person_id) if rows else {}
    return [
        Request(id_, whose, asked_on, how, by, steps.get(id_, ())) for id_, whose, asked_on, how, by in rows
    ]


def _steps(gate: Gate, ids: list[str], person_id: str | None) -> dict[str, tuple[Step, ...]]:
    found: dict[str, list[Step]] = {}
    with gate.transaction():
        gate.door.open([person_id] if person_id else ())
        for id_, *rest in gate.door.rows(_STEPS, [ids]):
            found.setdefault(id_, []).append(Step(*rest))
    return {id_: tuple(steps) for id_, steps in found.items()}


def _must(gate: Gate, interaction: str) -> None:
    if not gate.door.decide(None, interaction, KIND).allowed:
        raise gate.door.refuse("only the governance lead answers requests for copies", act="access-request")
