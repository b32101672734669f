"""What `careweave work` does for deliveries: sends what is due, asks after it, and makes a task of what came back."""

from __future__ import annotations

import logging
import re
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from careweave.identity.directory import contacts_of
from careweave.identity.models import Account, Staff
from careweave.identity.services import service_of
from careweave.record import Gate, Resource, deliveries
from careweave.record.deliveries import Delivery

from .clocks import start_clock
from .delivering import queue_delivery, receipt_part
from .delivering_links import SURVEY, SURVEY_LETTER, link_of
from .delivering_rules import Rules, delivery_rules
from .delivering_ways import Notice, Said, Way, way_out
from .notes import NextStep, add_task
from .notices_choice import wants_none
from .telling import in_charge_of

log = logging.getLogger("careweave.work")
NOT_DELIVERED = "not-delivered"
LEASE = timedelta(minutes=2)
_AT_ONCE = 20
_LATE = timedelta(minutes=10)
_MOBILE = re.compile(r"(?:\+44|0)7\d{9}\Z")
_WAYS = ("email", "text")


def send_due(now: datetime | None = None, *, way: Way | None = None) -> int:
    """Send what is due and ask after what was sent; returns how many were dealt with. Nothing without a way out."""
    out = way or way_out(settings.CONFIGURATION)
    if out is None:
        return 0
    at, done = now or datetime.now(UTC), 0
    while done < _AT_ONCE and (taken := deliveries.claim(at, lease_until=at + LEASE, limit=1)):
        done += 1
        try:
            if not _has_answered(taken[0], out, at):
                break  # a provider that is silent must not hold up the rest of the work
        except (
            Exception
        ):  # one that fails must not keep the others waiting; its lease runs out and it is tried again
            log.exception("The delivery %s could not be dealt with.", taken[0].id)
    return done


def _has_answered(one: Delivery, out: Way, now: datetime) -> bool:
    """Send it, or ask after it, and write down what came of that; False when the provider did not answer."""
    rules = delivery_rules(_today())
    if one.state == "sent":
        answer = out.ask(one.provider_id or "")
        _settle(one, answer if answer.word else Said("sent"), one.sent_by, rules, now)
        return bool(answer.word)
    gate = deliveries.worker_gate()
    way, address = _reach(gate, one, out)
    if not way:
        _settle(one, Said("permanent-failure", detail="no address, or none wanted"), "", rules, now)
        return True
    # Killed after the provider took it and before we wrote that down, or restored from a backup: ask, so that nobody
    # gets it twice.
    is_again = one.tries > 1 or now - one.queued_at > _LATE
    said = out.find(one.id) if is_again else None
    if said is None or rules.means.get(said.word, "again") == "again":
        said = out.send(_notice(one, way, address, rules))
    _settle(one, said, way, rules, now)
    return bool(said.word)


def _notice(one: Delivery, way: str, address: str, rules: Rules) -> Notice:
    if one.party.startswith("service:"):
        text = rules.texts["service"].format(address=_whom_to_call(one))
        return Notice(one.id, way, address, rules.subjects["service"], text)
    if one.format == SURVEY:
        text = rules.texts["survey"].format(address=link_of(one.entity))
        return Notice(one.id, way, address, rules.subjects["survey"], text)
    whom = "staff" if one.party.startswith("staff:") else "person"
    door = settings.CONFIGURATION.base_url + ("/sign-in" if whom == "staff" else "/my/sign-in")
    return Notice(one.id, way, address, rules.subjects[whom], rules.texts[whom].format(address=door))


def _settle(one: Delivery, said: Said, way: str, rules: Rules, now: datetime) -> None:
    """The provider's word becomes a state; a failure for good becomes a task in the same transaction."""
    gate, told = deliveries.worker_gate(), " ".join(filter(None, (said.word, said.detail)))
    state, next_try = _state_of(one, rules.means.get(said.word, "again"), rules, now)
    with gate.transaction():
        deliveries.settle(
            gate,
            one,
            state=state,
            told=told,
            next_try=next_try,
            sent_by=way,
            provider_id=said.provider_id or None,
        )
        sent = gate.read("Communication", one.entity) if state in ("delivered", "failed") else None
        if sent is None or sent.body.get("received"):  # who has read it already need not be told
            return
        _write_receipt(gate, sent, "delivered" if state == "delivered" else "bounced")
        if state == "failed" and one.format == SURVEY:  # nobody is called about a survey: it goes by post
            queue_delivery(
                gate, person_id=one.person_id, entity=one.entity, party=one.party, format=SURVEY_LETTER
            )
        elif state == "failed":
            _ask_someone(gate, one)


def _state_of(one: Delivery, means: str, rules: Rules, now: datetime) -> tuple[str, datetime]:
    """The state that the provider's word means, and when to look again; pure."""
    if means == "again" and one.tries <= len(rules.again_minutes):
        wait = rules.again_minutes[max(0, one.tries - 1)]
        return "queued", now + timedelta(minutes=wait)
    if means == "sent":
        # Asked after ever less often: a mail server has nothing more to say, and Notify answers within three days.
        return "sent", now + max(timedelta(minutes=rules.ask_again_minutes), now - one.queued_at)
    return ("delivered" if means == "delivered" else "failed"), now


def _write_receipt(gate: Gate, sent: Resource, how: str) -> None:
    """On what was sent itself, so that whoever looks at the copies sees it."""
    parts = [*sent.body.get("extension", []), receipt_part(gate, how)]
    gate.update({**sent.body, "extension": parts}, version=sent.version)


def _ask_someone(gate: Gate, one: Delivery) -> None:
    """The one in charge has it from now on, with a clock; the text names no address."""
    to = in_charge_of(gate, one.person_id)
    if to is None:
        log.warning("The delivery %s failed and nobody is in charge.", one.id)
        return
    kind = one.party.partition(":")[0]
    whom = {"staff": "A colleague", "service": "A service"}.get(kind, "The person or a carer")
    what = f"{whom} could not be told of something new: call, print it, or hand it over"
    task = add_task(
        gate, person_id=one.person_id, step=NextStep(what, to.party, to.name, _today()), why=one.entity
    )
    start_clock(gate, person_id=one.person_id, entity=task.id, kind=NOT_DELIVERED)


# -- where someone is reached -------------------------------------------------------------------------------------


def _reach(gate: Gate, one: Delivery, out: Way) -> tuple[str, str]:
    """The first way that this place has and this party can be reached by: they sign in with it, or gave it to us."""
    kind, _, id_ = one.party.partition(":")
    if kind == "service":
        return _reach_service(gate, id_, out)
    found = {"email": "", "text": ""}
    if kind == "staff":
        account = Account.objects.filter(staff_id=id_, is_active=True).first()
        found["text"] = str(Staff.objects.filter(id=id_).values_list("telephone", flat=True).first() or "")
    elif kind == "person" and wants_none(gate, id_):
        return "", ""  # someone in charge then has it as a task: they call, print it or hand it over
    elif kind == "person":
        account = Account.objects.filter(person_id=id_, is_active=True).first()
        found["text"] = _mobile_of(gate, id_) if account else ""
    else:
        return "", ""
    found["email"] = (account.email or "") if account else ""
    found["text"] = found["text"].replace(" ", "")
    if not _MOBILE.match(found["text"]):
        found["text"] = ""
    return next(((way, found[way]) for way in _WAYS if way in out.ways and found[way]), ("", ""))


def _reach_service(gate: Gate, service_id: str, out: Way) -> tuple[str, str]:
    """A service of the directory that nobody here works for: by the e-mail address that it published."""
    entry = gate.read("HealthcareService", service_id)
    email = service_of(entry.id, entry.body).email if entry else ""
    if "email" not in out.ways or not _is_address(email):
        return "", ""
    return "email", email


def _is_address(email: str) -> bool:
    """One address and no more: a feed wrote it, and a line break or a second address in it is no way to anybody."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def _whom_to_call(one: Delivery) -> str:
    """The telephone of who is in charge, or the place's own: a service is asked to call, and reads of nobody."""
    charge = in_charge_of(deliveries.worker_gate(), one.person_id)
    told = contacts_of([charge.party]).get(charge.party) if charge else None
    return (told.telephone if told else "") or settings.CONFIGURATION.help_telephone


def _mobile_of(gate: Gate, person_id: str) -> str:
    """A mobile number among what the person's own record says."""
    for patient in gate.about(person_id, ["Patient"]):
        for point in patient.body.get("telecom") or ():
            number = str(point.get("value") or "").replace(" ", "")
            if (
                point.get("system") in ("phone", "sms")
                and point.get("use") != "old"
                and _MOBILE.match(number)
            ):
                return number
    return ""


def _today() -> date:
    return datetime.now(UTC).date()
