"""Who has looked, in words that the person reads: who, from where, when, and what for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from careweave.web import wording

_ACTS = {
    "read": "Looked at the record",
    "history": "Looked at earlier versions",
    "who-looked": "Looked at who has looked",
    "search": "Found in a search",
    "create": "Wrote an entry",
    "update": "Changed an entry",
    "delete": "Took back an entry",
    "transaction": "Wrote several entries",
    "refused": "Asked, and was refused",
    "looks": "Looked at who has looked",
    "trace": "Checked whether you are known here",
    "load": "Sent a file",
    "link": "Joined records",
    "unlink": "Separated records",
    "export": "Made a copy",
    "put-in-charge": "Put someone in charge of your care",
    "end-charge": "Ended being in charge of your care",
    "app-connect": "Let an app act for them",
    "app-disconnect": "Disconnected an app",
    "app-launch": "Opened an app with your record",
    "token-issue": "Gave an app access for an hour",
    "identity-check": "Checked face to face who you are",
    "letter-print": "Made a letter that opens your record",
    "letter-end": "Stopped a letter that opens your record",
    "emergency": "Opened the record in an emergency, for an hour",
    "emergency-review": "Checked what was opened in an emergency",
    "explain": "Checked who may see what",
    "unusual": "Looked at the list of unusual looks",
    "unusual-answer": "Asked about an unusual look",
    "incidents": "Looked at entries in wrong records",
    "incident-told": "Noted who was told of an entry in a wrong record",
    "incident-closed": "Closed an entry in a wrong record",
    "proxy-freeze": "Stopped what someone else sees of your record, to keep you safe",
    "proxy-unfreeze": "Let someone else see your record again",
    "access-request": "Asked for a copy of the record",
    "access-identity": "Checked who asks for a copy of the record",
    "access-taken": "Began to answer who asked for a copy of the record",
    "access-extended": "Needs longer to answer who asked for a copy of the record",
    "access-include": "Prepared the copy of the record",
    "access-leave-out": "Prepared the copy of the record",
    "access-remove-words": "Prepared the copy of the record",
    "access-restore-words": "Prepared the copy of the record",
    "access-ask-opinion": "Prepared the copy of the record",
    "access-opinion": "Prepared the copy of the record",
    "access-released": "Made a copy of the record, to be given to you",
    "access-refused": "Did not give a copy of the record",
    "access-fetched": "Fetched the copy of the record",
    "disposal-proposed": "Proposed that an old record is destroyed",
    "disposal-refused": "Decided that an old record is kept",
    "disposed": "Destroyed a record whose time was over",
    "legal-hold": "Stopped that anything of the record is destroyed",
    "legal-hold-lifted": "Ended a stop on destroying anything of the record",
    "extract": "Counted, without names",
    "downtime-pack": "Saved your crisis card for when the record is not there",
    "downtime-read": "Read a saved copy while the record was not there",
}
_PURPOSES = {
    "direct-care": "to care for you",
    "own-care": "as you or someone who looks after you",
    "governance": "to check how information is used",
    "identity": "to know who is who",
    "case-finding": "to find people who need help",
    "intake": "to receive what an organisation sent",
    "administration": "to run the place",
    "system": "a job of the system",
    "secondary-use": "to count, without your name",
    "emergency": "because of an emergency",
    "subject-access": "to answer a request for a copy",
}


def act_words(act: str) -> str:
    """What was done, in words."""
    return _ACTS.get(act, act.replace("-", " ").capitalize())


def purpose_words(purpose: str) -> str:
    """What for, in words."""
    return _PURPOSES.get(purpose, purpose)


def _why(purpose: str, detail: dict[str, Any] | None) -> str:
    """An emergency is told with the words of whoever opened it."""
    words = (detail or {}).get("words")
    if reader := (detail or {}).get("reader"):
        return f"to care for you: {reader}"
    return (
        f"{purpose_words(purpose)}: “{words}”" if purpose == "emergency" and words else purpose_words(purpose)
    )


class Seen(Protocol):
    """What a line of the audit says."""

    at: datetime
    actor: str
    role: str
    organisation: str
    purpose: str
    act: str
    detail: dict[str, Any] | None


@dataclass(frozen=True)
class LookRow:
    """One line: acts of one person on one day stand together."""

    when: str
    who: str
    role: str
    organisation: str
    what: str
    why: str
    times: int


def look_rows(
    looks: Sequence[Any],
    name_of: Callable[[str], str],
    role_names: dict[str, str],
    organisation_of: Callable[[str], str],
) -> tuple[LookRow, ...]:
    """Newest first; the same act of the same person on the same day is one line with a count."""
    grouped: dict[tuple[str, str, str, str, str], list[Any]] = {}
    for look in looks:
        key = (wording.day(look.at), look.actor, look.role, look.act, look.purpose)
        grouped.setdefault(key, []).append(look)
    return tuple(
        LookRow(
            when=wording.moment(some[0].at),
            who=name_of(actor),
            role=role_names.get(role, role),
            organisation=organisation_of(some[0].organisation),
            what=act_words(act),
            why=_why(purpose, some[0].detail),
            times=len(some),
        )
        for (_, actor, role, act, purpose), some in grouped.items()
    )
