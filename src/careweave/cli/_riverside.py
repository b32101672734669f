"""Makes Riverside, the demonstration place, out of its files: directory, accounts, records, suggestions, one plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from careweave.care.finding.answers import suggest
from careweave.care.plans.publishing import Published, active_conditions, publish, save_part
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.membership import add_member
from careweave.care.teams.staff_facts import Worker, worker_of
from careweave.care.teams.visits import ask_visitor
from careweave.cli import _riverside_desk as desks
from careweave.cli._riverside_conference import call_a_conference
from careweave.configuration import Configuration
from careweave.demonstration import cast, named_people, organisations, teams
from careweave.demonstration.place import write_place
from careweave.identity import staffing
from careweave.identity.golden_records import linker_gate
from careweave.identity.improving import name_lead
from careweave.identity.languages import set_languages
from careweave.identity.linking import link
from careweave.identity.models import Account, Organisation, Staff
from careweave.intake.loading import load
from careweave.record import Actor, Gate, Purpose, Refusal, agreements
from careweave.record.ids import resource_id
from careweave.record.joining import members_now
from careweave.warehouse.registers import load_register

T = TypeVar("T")
Say = Callable[[str], None]
MARK = "demonstration-place"
PASSWORD = "made up riverside"  # noqa: S105 - for a place where everyone is made up; nowhere else
_KINDS: dict[str, Any] = {
    "general practice": Organisation.Kind.PRACTICE,
    "hospital trust": Organisation.Kind.HOSPITAL,
    "community trust": Organisation.Kind.COMMUNITY,
    "mental-health trust": Organisation.Kind.MENTAL_HEALTH,
    "council": Organisation.Kind.COUNCIL,
    "housing association": Organisation.Kind.HOUSING,
    "voluntary organisation": Organisation.Kind.VOLUNTARY,
}
_NOT_FEEDS = {"truth"}


class NotMadeUp(Exception):
    """Real data may be here: the demonstration is never mixed with it."""


@dataclass(frozen=True)
class Loaded:
    """What the place holds once its files are in."""

    read: int
    accepted: int
    refused: int
    persons: int
    for_review: int


def claim_place(configuration: Configuration) -> None:
    """Mark an empty installation as made up; refuse one that already holds something else."""
    mark = configuration.home / MARK
    if mark.exists():
        return
    if Account.objects.exists() or Organisation.objects.exists():
        raise NotMadeUp(
            f"{configuration.home} is in use for something else. Choose another CAREWEAVE_HOME for the demonstration."
        )
    mark.write_text("Everyone here is made up.\n", encoding="utf-8")


def files_of_place(
    configuration: Configuration, *, people: int, seed: int, today: date, say: Say
) -> tuple[Path, date]:
    """The place's files, written once: a second run loads the same ones, so nothing is doubled."""
    folder = configuration.home / "demonstration"
    note = folder / "as-at"
    if not note.exists():
        say(f"Writing the files of {people:,} people")
        write_place(folder, people=people, seed=seed, as_at=today)
        note.write_text(today.isoformat(), encoding="utf-8")
    return folder, date.fromisoformat(note.read_text(encoding="utf-8"))


def practices_in(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(child.name for child in folder.iterdir() if child.name.startswith("Y9")))


def finish(configuration: Configuration) -> None:
    (configuration.home / "demonstration" / "ready").touch()


def sign_ins(on: date) -> list[str]:
    """Who one can be, for the terminal."""
    lines = [f"  {member.email:32} {member.name}, {member.role}: {member.sees}" for member in cast(on)]
    return [f"Sign in with one click on the front page, or with the password “{PASSWORD}” as:", *lines]


def make_directory(practices: tuple[str, ...], on: date) -> None:
    """Organisations, staff with their roles, and teams; safe to repeat."""
    for each in organisations(practices, on):
        staffing.add_organisation(
            code=each.code, name=each.name, kind=_KINDS[each.kind], telephone=each.telephone
        )
    _join_the_network(practices, on)
    gate = staffing.administering()
    members = {member.key: member for member in cast(on) if member.organisation}
    made = {}
    for key, member in members.items():
        made[key] = _accepted(
            staffing.add_staff(
                gate,
                name=member.name,
                email=member.email,
                telephone=member.telephone,
                role=member.role,
                organisation=member.organisation,
                caseload_limit=60 if member.role == "coordinator" else None,
                password=PASSWORD,
            )
        )
        set_languages(made[key], member.languages)
    for team in teams(practices, on):
        _accepted(
            staffing.add_team(
                id=team.id,
                name=team.name,
                organisation="RVC",
                manager=made[team.manager],
                telephone=team.telephone,
                out_of_hours=team.out_of_hours,
                practices=team.practices,
            )
        )
        for member in (m for m in members.values() if m.team == team.id):
            _accepted(
                staffing.add_staff(
                    gate,
                    name=member.name,
                    email=member.email,
                    role=member.role,
                    organisation=member.organisation,
                    team=team.id,
                )
            )
    desks.open_desks(teams(practices, on), practices, on)
    desks.count_free_places(on)
    _name_clinical_leads(practices, made)


def _name_clinical_leads(practices: tuple[str, ...], staff: Mapping[str, Staff]) -> None:
    """Dr Rahman looks into the figures of every practice of Riverside; safe to repeat."""
    for practice in practices:
        _accepted(name_lead(practice, staff["amina"].party, by="system:demonstration"))


def _join_the_network(practices: tuple[str, ...], on: date) -> None:
    """Every organisation of Riverside signed the charter, and supplies for care, planning and copies; safe to repeat."""
    keeper = agreements.keeping()
    signed = {each.organisation for each in agreements.members(keeper)}
    for each in organisations(practices, on):
        if each.code not in signed:
            agreements.sign_charter(keeper, organisation=each.code, signed_by="Made-up signature")
            for title, purpose in (
                ("direct care", Purpose.DIRECT_CARE),
                ("planning", Purpose.SECONDARY_USE),
                ("copies that people ask for", Purpose.SUBJECT_ACCESS),
            ):
                terms = agreements.Terms(
                    f"Sharing for {title}: {each.name}", each.code, purposes=(purpose.value,)
                )
                _accepted(agreements.agree(keeper, terms, signed_by="Made-up signature"))


def load_files(folder: Path, say: Say) -> Loaded:
    """Every source's folder through the same intake as anyone's, then linkage."""
    read = accepted = refused = 0
    for source in sorted(
        child for child in folder.iterdir() if child.is_dir() and child.name not in _NOT_FEEDS
    ):
        result = load([source], source=source.name)
        say(f"{source.name}: {result.read:,} read, {result.refused:,} refused, {result.seconds:.0f} seconds")
        read, accepted, refused = read + result.read, accepted + result.accepted, refused + result.refused
    linked = link(progress=say)
    return Loaded(read, accepted, refused, linked.persons, linked.for_review)


def make_portal_accounts(on: date) -> dict[str, str]:
    """Accounts for the people of the stories; returns the person id of each named person that was found."""
    found = people_of_the_stories(on)
    for member in cast(on):
        if member.person and member.person in found:
            staffing.give_portal_account(
                person_id=found[member.person], email=member.email, password=PASSWORD
            )
    return found


def people_of_the_stories(on: date) -> dict[str, str]:
    """Key of each named person → person id, by their practice's record."""
    wanted = {resource_id(each.practice, "Patient", each.gp_id): each.key for each in named_people(on)}
    now = members_now(linker_gate(), list(wanted))
    return {wanted[subject]: person for subject, person in now.items()}


# -- what has happened before the story begins -------------------------------------------------------------------

REGISTER = "riverside-proactive"  # from which the story's people are suggested, whatever others there are
JOES_REASON = "over 75, two falls since August, urine infection last week, more confused"
SMITHS_REASON = "over 75, six long-term conditions, in hospital with heart failure this year"
MAMS_REASON = "over 75, three stays in hospital this year, her daughter asks for one person to ring"
_TEAM = ("amina", "carol", "maria", "alan", "angela", "ruth")


def begin_story(found: dict[str, str], on: date) -> None:
    """Joe is suggested; Mrs Smith is looked after already, with a plan. Safe to repeat."""
    staff = {member.key: member for member in cast(on)}
    priya = worker_at(staff["priya"].email)
    if "joe" in found:
        _suggest(found["joe"], priya.team or "", JOES_REASON, on)
    if "mrs-smith" in found:
        _look_after_mrs_smith(found["mrs-smith"], priya, [worker_at(staff[key].email) for key in _TEAM], on)
        amina, maria = (worker_at(staff[key].email) for key in ("amina", "maria"))
        call_a_conference(amina, maria, found["mrs-smith"], on)
    if "maries-mother" in found and "marie" in found:
        tom = worker_at(staff["tom"].email)
        _suggest(found["maries-mother"], tom.team or "", MAMS_REASON, on)
        desks.tom_looks_after_maries_mother(found["maries-mother"], found["marie"], tom)


def _suggest(person_id: str, team: str, reason: str, on: date) -> None:
    """The finder may have put them further down a busy week's list; in the story their practice asks for them."""
    gp = Account.objects.select_related("staff").get(email="amina@riverside.example")
    gate = Gate(Actor(gp.staff.party, "gp", "Y90001", gp.staff.name), Purpose.DIRECT_CARE)
    register = load_register(REGISTER, on)
    suggest(gate, person=person_id, register=register, team=team, reason=reason, today=on)


def _look_after_mrs_smith(person_id: str, priya: Worker, team: list[Worker], on: date) -> None:
    gate = Gate(Actor(priya.party, "coordinator", "RVC", priya.name), Purpose.DIRECT_CARE)
    _suggest(person_id, priya.team or "", SMITHS_REASON, on)
    taken = take_on(gate, person_id=person_id, coordinator=priya)
    if not isinstance(taken, Enrolled):
        return
    for worker in team:
        add_member(gate, person_id=person_id, worker=worker)
    save_part(gate, person_id=person_id, changes=_smiths_plan(gate, person_id, priya, team, on))
    published = publish(gate, person_id=person_id, person_name="Edith Smith", today=on)
    _ask_grace(gate, person_id, worker_at("grace@riverside.example"), priya, on)
    desks.mrs_smith_was_assessed(gate, person_id, on)
    desks.helen_may_know(gate, person_id, on)
    if not isinstance(published, Published):
        raise RuntimeError(f"Mrs Smith's plan is not complete: {published}")


def _ask_grace(gate: Gate, person_id: str, grace: Worker, priya: Worker, on: date) -> None:
    """A volunteer's visit in two days, so that her page is not empty before Joe's story reaches her."""
    day = datetime.combine(on + timedelta(days=2), time(14), ZoneInfo("Europe/London"))
    ask_visitor(
        gate,
        person_id=person_id,
        volunteer=grace,
        first_name="Edith",
        starts=day,
        ends=day + timedelta(hours=1),
        address="Flat 6, Quayside Court, Ferry Road",
        how_to_get_in="Ring 6 and wait: Edith walks slowly",
        what_to_do=["Go down to the quay together if it is dry", "Take the library books back"],
        please_do=["Sit where she can see your face"],
        please_dont=["Don't move the chair by the window"],
        good_to_know="Edith likes to talk about the ferry, which her father steered",
        telephone="01632 960031",
        coordinator=priya.name,
        coordinator_telephone=priya.telephone,
    )


def _smiths_plan(
    gate: Gate, person_id: str, priya: Worker, team: list[Worker], on: date
) -> dict[str, object]:
    nurse = next(worker for worker in team if worker.role == "district-nurse")
    conditions = active_conditions(gate.about(person_id, ["Condition"]))
    return {
        "what_matters": "To stay in my flat, and to have one person to ring.",
        "what_matters_whose": "Edith",
        "strengths": "Edith manages her own insulin-free tablets from a box; her daughter Helen rings every morning.",
        "goals": [
            {
                "id": str(uuid4()),
                "words": "I want to go down to the quay again before the spring",
                "whose": "Edith",
                "importance": 8,
                "actions": [
                    {
                        "what": "Dress the leg twice a week and measure it",
                        "name": nurse.name,
                        "party": nurse.party,
                        "by": (on + timedelta(days=4)).isoformat(),
                    }
                ],
            }
        ],
        "if_then": [
            {
                "trigger": "If Edith is more breathless, or her ankles swell",
                "action": "Weigh her and ring the practice the same day",
                "call": "Weir team",
                "number": "01632 960101",
            }
        ],
        "own_contributions": ["I weigh myself on Sundays and write it on the calendar"],
        "network": [{"name": "Helen, daughter", "what": "Rings every morning"}],
        "covered": [condition.key for condition in conditions],
        "agreement": "yes",
        "agreed_on": on.isoformat(),
        "reviewer": priya.party,
        "reviewer_name": priya.name,
        "review_on": (on + timedelta(days=90)).isoformat(),
    }


def worker_at(email: str) -> Worker:
    """A member of the cast in the role that they work in."""
    account = Account.objects.select_related("staff").get(email=email)
    worker = worker_of(account.staff.party) if account.staff else None
    if worker is None:
        raise LookupError(f"{email} has no role")
    return worker


def _accepted(answer: T | Refusal) -> T:
    if isinstance(answer, Refusal):
        raise ValueError(answer.reason)
    return answer
