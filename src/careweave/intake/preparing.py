"""Takes a parcel to the door: validates it, says whose record it is, and gives it the record's own ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from careweave.intake import references
from careweave.intake.reading.rows import Body, Parcel, Refusal, Sent, kept
from careweave.intake.reading.words import placed, reason_of, value_at
from careweave.intake.references import Context
from careweave.record import labelling, subjects
from careweave.record.fhir import interval
from careweave.record.ids import DIRECTORY
from careweave.record.validation import Issue, validate, write

KEPT_ENTRY = "careweave-entry"
PATIENT_REFUSED = "Its Patient was refused"
_SHOWN_ISSUES = 4


@dataclass(slots=True)
class Ready:
    """One resource in the record's own terms; `counts` is false for what a CSV row says besides its main thing."""

    type: str
    id: str
    subject: str
    stamp: datetime | None
    labels: tuple[str, ...]
    body: Body
    line: int
    counts: bool = True


@dataclass(slots=True)
class Outcome:
    """What became of a parcel; `read` counts rows: a CSV row is one, a Bundle's entries one each."""

    rows: list[Ready] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    read: int = 0
    unstamped: int = 0


class _NoSubject(Exception):
    def __init__(self, reason: str, expected: str, field: str, value: str = "") -> None:
        super().__init__(reason)
        self.reason, self.expected, self.field, self.value = reason, expected, field, value


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepares the parcels of one file of one source, as seen on one day."""

    source: str
    file: str
    today: date
    _seen: dict[str, Body] = field(default_factory=dict, repr=False)
    """What rows have said before and was good: most rows about a person repeat who the person is."""

    def prepare(self, parcel: Parcel, known: Context | None = None) -> Outcome:
        """`known` is the context of a Bundle too long to be one parcel."""
        if parcel.whole:
            return self._prepare_row(parcel)
        outcome = Outcome(refusals=list(parcel.refusals), read=len(parcel.sent) + len(parcel.refusals))
        checked = [(sent, validate(sent.body, today=self.today)) for sent in parcel.sent]
        context = known or self._context(checked)
        cache: dict[str, str | Body | None] = {}
        for sent, issues in checked:
            if issues:
                outcome.refusals.append(self._faulty(sent, parcel, issues, context))
                continue
            try:
                outcome.rows.append(self._ready(sent, parcel, context, cache))
                outcome.unstamped += sent.stamp is None
            except _NoSubject as problem:
                outcome.refusals.append(self._no_subject(sent, parcel, problem, context))
        return outcome

    # -- a Bundle's entries, or one line ----------------------------------------------------------------------

    def context_of(self, sents: Iterable[Sent]) -> Context:
        """What all entries of a long Bundle say about each other; holds names, not the entries."""
        context = Context(self.source)
        for sent in sents:
            here = context.add(sent)
            context.keep_names_only()
            if sent.body["resourceType"] == "Patient" and validate(sent.body, today=self.today):
                context.refused.add(here)
        return context

    def _context(self, checked: list[tuple[Sent, tuple[Issue, ...]]]) -> Context:
        context = Context(self.source)
        for sent, issues in checked:
            here = context.add(sent)
            if issues and sent.body["resourceType"] == "Patient":
                context.refused.add(here)
        return context

    def _ready(
        self, sent: Sent, parcel: Parcel, context: Context, cache: dict[str, str | Body | None]
    ) -> Ready:
        body = sent.body
        kind = body["resourceType"]
        here = context.local(kind, references.business_id(sent))
        subject = here.partition("/")[2] if kind == "Patient" else self._subject(body, parcel, context)
        found = labelling.labels_of(body, self.today) if "meta" in body else ()
        sent.stamp = sent.stamp or _stamp(body)
        try:
            references.rewrite(body, context, cache)
        except references.NotTheirs:
            reason = f"{kind} names someone by a key that only this place gives"
            raise _NoSubject(reason, "An identifier of the sender's own", kind) from None
        references.take_own_id(body, self.source, here)
        return Ready(kind, body["id"], subject, sent.stamp, tuple({*found, *sent.labels}), body, parcel.line)

    def _subject(self, body: Body, parcel: Parcel, context: Context) -> str:
        kind = body["resourceType"]
        if subjects.belongs_to_no_person(kind):
            return DIRECTORY
        if kind in subjects.NOT_A_RECORD:
            raise _NoSubject(f"{kind} {subjects.NOT_A_RECORD[kind]}", "Resources about one person", kind)
        others: list[str] = []
        for reference in subjects.subject_references(body):
            target = self._target(reference, context)
            if target.startswith("Patient/"):
                if target in context.refused:
                    raise _NoSubject(PATIENT_REFUSED, "Correct the Patient, then these come in too", kind)
                return target[len("Patient/") :]
            others.append(target)
        if kind == "Provenance":
            return self._subject_of_target(others, parcel, context)
        if subjects.may_belong_to_no_person(kind) and not any(each[:1] in "?#" for each in others):
            return DIRECTORY
        raise _whose(kind, others)

    def _target(self, reference: Body, context: Context) -> str:
        text = reference.get("reference")
        if isinstance(text, str):
            found = context.resolve(text, any_base=True)
            return found if isinstance(found, str) else text
        identifier = reference.get("identifier")
        if isinstance(identifier, dict):
            token = f"{identifier.get('system', '')}|{identifier.get('value', '')}"
            return context.names("Patient", token) or "?"
        return ""

    def _subject_of_target(self, targets: list[str], parcel: Parcel, context: Context) -> str:
        """Provenance is about a person through what it is about."""
        for sent in parcel.sent:
            kind = sent.body["resourceType"]
            if kind != "Provenance" and context.local(kind, references.business_id(sent)) in targets:
                return self._subject(sent.body, parcel, context)
        raise _whose("Provenance", targets)

    # -- a CSV row --------------------------------------------------------------------------------------------

    def _prepare_row(self, parcel: Parcel) -> Outcome:
        """All of a row or nothing of it; it counts once. Checked in the record's terms: a row has no FHIR ids."""
        if parcel.refusals:
            return Outcome(refusals=parcel.refusals[:1], read=1)
        outcome = Outcome(read=1)
        context = Context(self.source, of_rows=True)
        cache: dict[str, str | Body | None] = {}
        for sent in parcel.sent:
            try:
                ready = self._ready(sent, parcel, context, cache)
            except _NoSubject as problem:
                return Outcome(refusals=[self._no_subject(sent, parcel, problem, context)], read=1)
            if self._seen.get(ready.id) != ready.body:
                issues = validate(ready.body, today=self.today)
                if issues:
                    return Outcome(refusals=[self._faulty(sent, parcel, issues, context)], read=1)
                self._seen[ready.id] = ready.body
            ready.counts = not outcome.rows
            outcome.rows.append(ready)
        outcome.unstamped = int(any(row.stamp is None for row in outcome.rows))
        return outcome

    # -- refusals ---------------------------------------------------------------------------------------------

    def _faulty(self, sent: Sent, parcel: Parcel, issues: tuple[Issue, ...], context: Context) -> Refusal:
        first, *others = issues
        expected = first.expected
        if others:
            more = ", ".join(dict.fromkeys(placed(each.path, sent.path) for each in others[:_SHOWN_ISSUES]))
            more += f" and {len(others) - _SHOWN_ISSUES} more" if len(others) > _SHOWN_ISSUES else ""
            expected = f"{expected}. Also wrong: {more}"
        return Refusal(
            self.file,
            parcel.line,
            _column(sent, first.path) or placed(first.path, sent.path),
            reason_of(first),
            value_at(sent.body, first.path),
            expected,
            _raw(sent, parcel, context),
        )

    def _no_subject(self, sent: Sent, parcel: Parcel, problem: _NoSubject, context: Context) -> Refusal:
        where = placed(problem.field, sent.path)
        raw = _raw(sent, parcel, context)
        return Refusal(self.file, parcel.line, where, problem.reason, problem.value, problem.expected, raw)


def _whose(kind: str, targets: list[str]) -> _NoSubject:
    field = subjects.subject_field(kind)
    named = sorted(
        {target.partition("/")[0] for target in targets if "/" in target and not target.startswith("#")}
    )
    if any(target == "?" for target in targets):
        reason = f"{kind} names its person by an identifier that no Patient here has"
        return _NoSubject(reason, "A reference to a Patient", field)
    if any(target.startswith("urn:") for target in targets):
        return _NoSubject(
            f"{kind} points at a person who is not in its Bundle", "The Bundle with its Patient", field
        )
    if any(target.startswith("#") for target in targets):
        return _NoSubject(
            f"{kind} keeps its Patient inside itself", "A reference to a Patient sent on its own", field
        )
    if named:
        reason = f"{kind} is about a {' and a '.join(named)}, not about a person"
        return _NoSubject(reason, "A reference to a Patient", field)
    return _NoSubject(f"{kind} does not say whose record it is", "A reference to a Patient", field)


def _column(sent: Sent, path: str) -> str:
    """The CSV column an element came from: the nearest one above or below the fault."""
    if not sent.columns:
        return ""
    inner = path.partition(".")[2]
    near = [name for at, name in sent.columns.items() if at.startswith(inner) or inner.startswith(at)]
    return near[0] if near else ""


def _raw(sent: Sent, parcel: Parcel, context: Context) -> str:
    """The row as sent; a Bundle's entry with what its references meant in its Bundle."""
    if parcel.raw or parcel.cells:
        return parcel.kept()
    if not sent.path:
        return kept(write(sent.body))
    links = {text: context.links[text] for text in _references(sent.body) if text in context.links}
    return kept(
        write(
            {
                "resourceType": KEPT_ENTRY,
                "fullUrl": sent.full_url,
                "named": sent.named,
                "links": links,
                "resource": sent.body,
            }
        )
    )


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        text = node.get("reference")
        if isinstance(text, str):
            yield text
        for item in node.values():
            yield from _references(item)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _stamp(body: Body) -> datetime | None:
    meta = body.get("meta")
    if not isinstance(meta, dict):
        return None
    found = interval(meta.get("lastUpdated"))
    return found.start if found else None
