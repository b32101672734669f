"""A19, second half: Joe's case conference with his and Annie's words, decisions, dissent, and the look back (B12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from careweave.care.conferences import (
    agreeing,
    casefile,
    cases,
    costing,
    discussing,
    kinds,
    meetings,
    papers,
    reviews,
    room,
    summaries,
    voices,
)
from careweave.care.conferences.meetings import Meeting
from careweave.care.conferences.shapes import AGREE, ASK, DECISION, REVIEW, Case, is_kind
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.membership import add_member, share_with_carer
from careweave.care.teams.notes import add_note
from careweave.care.teams.worklists import mine, waiting
from careweave.identity import staffing
from careweave.record import Actor, Gate, Refusal, deliveries
from careweave.record.deliveries import Delivery
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = pytest.mark.database
TODAY = datetime.now(UTC).date()
PRACTICE, COMMUNITY, COUNCIL, HOSPITAL = "Y90001", "RVC", "900", "RVR"
_ROLES = {
    "priya": ("Priya Nair", "coordinator", COMMUNITY),
    "amina": ("Amina Rahman", "gp", PRACTICE),
    "maria": ("Maria Lopez", "district-nurse", COMMUNITY),
    "tom": ("Tom Reid", "social-care-worker", COUNCIL),
}


class Place:
    """A team that meets, Joe whom it looks after, Annie who looks after Joe, and Una who knows neither."""

    def __init__(self) -> None:
        self.staff = {key: make.staff(name, role, org) for key, (name, role, org) in _ROLES.items()}
        self.una = make.staff("Una Stranger", "gp", "Y90009")
        made = staffing.add_team(
            id="weir",
            name="Weir team",
            organisation=COMMUNITY,
            manager=self.staff["priya"],
            telephone="01632 960101",
            out_of_hours="01632 960199",
            practices=[PRACTICE],
        )
        assert not isinstance(made, Refusal), made
        for key, (name, role, org) in _ROLES.items():
            account = self.staff[key].account
            joined = staffing.add_staff(
                staffing.administering(),
                name=name,
                email=account.email,
                role=role,
                organisation=org,
                team="weir",
            )
            assert not isinstance(joined, Refusal), joined
        self.annie = make.person((PRACTICE, _patient("annie", "Annie", "9990000026")))
        self.joe = ""

    def gate(self, key: str) -> Gate:
        _, role, org = _ROLES[key]
        return make.gate(self.staff[key], role, org)

    def new_joe(self) -> str:
        """A person like Joe, taken on by Priya, with Annie's share."""
        local = f"joe {datetime.now(UTC).timestamp()}"
        self.joe = make.person((PRACTICE, _patient(local, "Joseph", "")))
        make.suggestion(self.joe, "team:weir", "over 75, urine infection last week")
        taken = take_on(
            self.gate("priya"),
            person_id=self.joe,
            coordinator=make.worker(self.staff["priya"], "coordinator", team="weir"),
        )
        assert isinstance(taken, Enrolled), taken
        for key in ("amina", "maria", "tom"):
            add_member(
                self.gate("priya"), person_id=self.joe, worker=make.worker(self.staff[key], _ROLES[key][1])
            )
        shared = share_with_carer(
            self.gate("priya"),
            person_id=self.joe,
            carer_id=self.annie,
            name="Annie Holloway",
            relationship="wife and carer",
            answer="all",
            evidence="Joe said so",
        )
        assert not isinstance(shared, Refusal), shared
        return self.joe

    def meet(self, *, days: int = 8) -> Meeting:
        starts = datetime.now(UTC) + timedelta(days=days, microseconds=next(_MOMENTS))
        made = meetings.plan_meeting(
            self.gate("amina"), team="weir", starts=starts, kind="practice-conference"
        )
        assert isinstance(made, Meeting), made
        return made

    def again(self, meeting: Meeting, key: str = "amina") -> Meeting:
        found = meetings.open_meeting(self.gate(key), meeting.id)
        assert found is not None
        return found

    def choose(self, meeting: Meeting, **changes: Any) -> Case:
        asker = self.staff["maria"]
        given = {
            "person_id": self.joe,
            "name": "Joe",
            "why": "urine infection, more confused",
            "question": "Can Joe stay at home?",
            "asker": (asker.party, asker.name),
            "today": TODAY,
        }
        done = cases.choose(self.gate("amina"), self.again(meeting), **{**given, **changes})
        assert isinstance(done, Case), done
        return done

    def arrive(self, meeting: Meeting, *keys: str) -> Meeting:
        meetings.set_here(self.gate("amina"), meeting, parties=[self.staff[key].party for key in keys])
        return self.again(meeting)

    def decide(self, meeting: Meeting, key: str, what: str, days: int = 2) -> Any:
        owner = self.staff[key]
        return discussing.decide(
            self.gate("amina"),
            self.again(meeting),
            number=1,
            what=what,
            owner=(owner.party, owner.name),
            by=TODAY + timedelta(days=days),
            today=TODAY,
        )


def _counting() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


_MOMENTS = _counting()


def _patient(local: str, given: str, number: str) -> dict[str, Any]:
    return make.patient(PRACTICE, local, given=given, nhs_number=number or None, gp=PRACTICE)


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    return Place()


@pytest.fixture
def joe(place: Place) -> Place:
    place.new_joe()
    return place


def refused(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.reason


def _notices(person_id: str) -> list[Delivery]:
    """What waits to be sent about this person."""
    gate = deliveries.worker_gate()
    with gate.transaction():
        gate.door.open([person_id])
        rows = gate.door.rows(
            f"SELECT {deliveries._COLUMNS} FROM record.delivery WHERE subject = %s AND state = 'queued'",
            [person_id],
        )
    return [Delivery(*row) for row in rows]


def test_a19_conference_and_case_performance_review(joe: Place) -> None:
    """Joe, 85, more confused → conference → each of his decisions in somebody's day → summary → look back."""
    meeting = joe.meet()
    case = joe.choose(meeting)

    # Joe and Annie are asked, and their words are there before the papers are locked.
    asks = [item for item in mine(waiting(joe.gate("maria")).work, joe.gate("maria")) if item.kind == ASK]
    ask = next(item for item in asks if item.person_id == joe.joe)
    assert ask.due is not None and ask.due < joe.again(meeting).lock_by
    said = voices.write_down(
        joe.gate("maria"), case, part="carer", words="I want to walk to the club", whose="Joe"
    )
    assert not isinstance(said, Refusal), said
    assert all(item.task_id != ask.task_id for item in waiting(joe.gate("maria")).work)

    locked = papers.lock(joe.gate("amina"), joe.again(meeting))
    assert locked == 1
    meeting = joe.arrive(meeting, "amina", "maria", "tom")
    meetings.begin_slot(meeting.id, 1, now=datetime.now(UTC) - timedelta(minutes=6, seconds=30))
    for key, what, days in (("maria", "Visit Joe at home", 2), ("tom", "Assess what Annie needs", 14)):
        decided = joe.decide(meeting, key, what, days)
        assert not isinstance(decided, Refusal), decided
    done = discussing.finish(joe.gate("amina"), joe.again(meeting), number=1, name="Joe")
    assert isinstance(done, discussing.Finished), done
    assert done.case.status == "final" and not done.case.waits_for
    assert [(one.role, one.people, one.minutes) for one in done.case.times] == [
        ("district-nurse", 1, 7),
        ("gp", 1, 7),
        ("social-care-worker", 1, 7),
    ]
    toms = mine(waiting(joe.gate("tom")).work, joe.gate("tom"))
    assert ("Assess what Annie needs", TODAY + timedelta(days=14)) in [(item.what, item.due) for item in toms]

    # Joe and Annie are told in plain words, and their own act is the receipt.
    words = summaries.plain_words(
        done.case, discussing.decisions(_of(joe, done.case), done.case.id), day="today", words_of_day={}
    )
    sent = summaries.send(
        joe.gate("amina"), meeting, done.case, name="Joe", words=words, is_read_through=True
    )
    assert sent == 2
    on_their_way = {one.party for one in _notices(joe.joe)}
    assert {f"person:{joe.joe}", f"person:{joe.annie}"} <= on_their_way, (
        "both are told, through the same door"
    )
    his = summaries.open_mine(make.own_gate(joe.joe), joe.joe)
    assert "Maria Lopez will do this" in his[0].words
    assert [one.words for one in summaries.open_mine(make.own_gate(joe.annie, "carer"), joe.joe)] == [words]
    assert {one.heard[0] for one in summaries.of_case(joe.gate("amina"), done.case) if one.heard} == {"Read"}
    assert not _notices(joe.joe), "who has read it is not told again"

    # Thirty days later: what was done, was an admission avoided, and the GP's month against the aim of one.
    look = next(item for item in waiting(joe.gate("priya")).work if item.kind == REVIEW)
    assert look.due == meeting.on + timedelta(days=30)
    visit = next(one for one in _of(joe, done.case) if one.body.get("description") == "Visit Joe at home")
    joe.gate("maria").update({**visit.body, "status": "completed"}, version=visit.version)
    seen = reviews.look_back(joe.gate("priya"), look.task_id)
    assert seen is not None and (seen.done, len(seen.decided)) == (1, 2)
    result = reviews.save(joe.gate("priya"), seen, avoided="yes", followed="partly", words="The visit helped")
    assert isinstance(result, reviews.Result), result
    month = {line.name: line for line in reviews.month_of(joe.gate("amina"), TODAY.replace(day=1))}
    assert (month["Amina Rahman"].reviewed, month["Amina Rahman"].avoided) == (1, 1)
    again = reviews.look_back(joe.gate("priya"), look.task_id)
    assert again is not None
    assert "already" in refused(
        reviews.save(joe.gate("priya"), again, avoided="no", followed="all", words="")
    )


def _of(place: Place, case: Case, key: str = "amina") -> list[Any]:
    found = place.gate(key).about(case.person_id, ["Task", "Communication"])
    return papers.of_case(found, case.id)


def test_b12_a_decision_needs_a_named_person_and_a_date(joe: Place) -> None:
    meeting = joe.meet()
    joe.choose(meeting)
    meeting = joe.arrive(meeting, "amina", "maria", "tom")
    gate, maria = joe.gate("amina"), joe.staff["maria"]
    owner, by = (maria.party, maria.name), TODAY + timedelta(days=7)

    def decide(**changes: Any) -> object:
        given = {"number": 1, "what": "Visit", "owner": owner, "by": by, "today": TODAY}
        return discussing.decide(gate, meeting, **{**given, **changes})

    assert refused(decide(owner=("team:weir", "Weir team"))) == "Choose a person. ‘Team’ cannot do it."
    assert refused(decide(owner=("", ""))) == "Choose a person. ‘Team’ cannot do it."
    assert refused(decide(by=None)) == "Enter by when."
    assert refused(decide(by=TODAY - timedelta(days=1))) == "‘By when’ must be today or later."
    assert refused(decide(what=" ")) == "Write what was decided."
    nothing = discussing.finish(gate, meeting, number=1, name="Joe")
    assert refused(nothing) == "No decisions yet for Joe. If none is needed, say why."
    done = discussing.finish(gate, meeting, number=1, name="Joe", none_because="Joe is well again")
    assert isinstance(done, discussing.Finished) and done.case.none_because == "Joe is well again"
    assert "finished" in refused(decide())


def test_b12_without_social_care_decisions_are_provisional_until_it_agrees(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    meeting = joe.arrive(meeting, "amina", "maria")
    words = meeting.kind.quorum_words([each.role for each in meeting.here])
    assert words == "No one from social care: decisions are provisional"
    joe.decide(meeting, "maria", "Visit Joe at home")
    done = discussing.finish(joe.gate("amina"), joe.again(meeting), number=1, name="Joe")
    assert isinstance(done, discussing.Finished)
    assert done.case.status == "preliminary" and done.case.waits_for == ("social-care",)
    decided = discussing.decisions(_of(joe, case), case.id)
    assert [each.is_provisional for each in decided] == [True]
    item = next(one for one in waiting(joe.gate("tom")).work if one.kind == AGREE)
    wrong = agreeing.question(joe.gate("maria"), item.task_id)
    assert wrong is not None
    assert "social care" in refused(agreeing.answer(joe.gate("maria"), wrong, agrees=True, today=TODAY))
    asked = agreeing.question(joe.gate("tom"), item.task_id)
    assert asked is not None
    stands = agreeing.answer(joe.gate("tom"), asked, agrees=True, today=TODAY)
    assert isinstance(stands, Case) and stands.status == "final" and stands.agreed_by[0][0] == "Tom Reid"
    assert not discussing.decisions(_of(joe, case), case.id)[0].is_provisional
    assert agreeing.question(joe.gate("tom"), item.task_id) is None


def test_b12_who_was_missing_disagrees_and_the_case_comes_back(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    meeting = joe.arrive(meeting, "amina", "maria")
    joe.decide(meeting, "maria", "Move Joe to a care home")
    discussing.finish(joe.gate("amina"), joe.again(meeting), number=1, name="Joe")
    item = next(
        one for one in waiting(joe.gate("tom")).work if one.kind == AGREE and one.person_id == joe.joe
    )
    asked = agreeing.question(joe.gate("tom"), item.task_id)
    assert asked is not None
    words = "Joe said that he wants to stay"
    answer = agreeing.answer(joe.gate("tom"), asked, agrees=False, words=words, today=TODAY)
    assert isinstance(answer, Case) and answer.is_provisional
    assert [(one.who, one.words) for one in discussing.dissents(_of(joe, case), case.id)] == [
        ("Tom Reid", words)
    ]
    back = [one.what for one in mine(waiting(joe.gate("amina")).work, joe.gate("amina"))]
    assert any("Bring this case back" in what for what in back)


def test_b12_a_conference_on_someone_without_a_relationship_is_refused(joe: Place) -> None:
    meeting = joe.meet()
    joe.choose(meeting)
    stranger = make.gate(joe.una, "gp", "Y90009")
    assert meetings.open_meeting(stranger, meeting.id) is None
    assert meetings.ask_colleague(joe.gate("amina"), meeting, party=joe.una.party) is None
    seen = meetings.open_meeting(stranger, meeting.id)
    assert seen is not None and [case for _, case in casefile.agenda(stranger, seen)] == [None]
    asker = (joe.una.party, joe.una.name)
    given = {"person_id": joe.joe, "name": "", "why": "I met Joe", "asker": asker, "today": TODAY}
    answer = cases.choose(stranger, seen, **given)  # type: ignore[arg-type]
    assert refused(answer) == "You are not in this person’s team, so this case is not shown to you"


def test_b12_papers_are_locked_and_a_later_note_is_shown_as_later(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    first = _note(joe, "Joe walked to the gate")
    assert papers.lock(joe.gate("amina"), joe.again(meeting)) == 1
    assert refused(papers.lock(joe.gate("amina"), joe.again(meeting))) == "The papers are locked already"
    later = _note(joe, "Annie rang: Joe did not sleep")
    found = papers.papers_of(joe.gate("maria"), _read(joe, case))
    assert first in [one.id for one in found.resources] and later not in [one.id for one in found.resources]
    assert later in [one.id for one in found.later] and first not in [one.id for one in found.later]


def test_b12_papers_keep_the_version_that_was_locked(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    note = joe.gate("maria").read("Communication", _note(joe, "Joe walked to the gate"))
    assert note is not None
    papers.lock(joe.gate("amina"), joe.again(meeting))
    changed = {**note.body, "payload": [{"contentString": "Joe fell at the gate"}]}
    joe.gate("maria").update(changed, version=note.version)
    found = papers.papers_of(joe.gate("amina"), _read(joe, case))
    texts = [
        one.body["payload"][0]["contentString"] for one in found.resources if one.type == "Communication"
    ]
    assert texts == ["Joe walked to the gate"]
    assert [one.id for one in found.later if one.type == "Communication"] == [note.id]


def _read(place: Place, case: Case) -> Case:
    found = casefile.read_case(place.gate("amina"), case.id)
    assert found is not None
    return found


def _note(place: Place, words: str, labels: tuple[str, ...] = ()) -> str:
    saved = add_note(
        place.gate("maria") if not labels else place.gate("priya"),
        person_id=place.joe,
        kind="visit",
        with_whom="",
        what_happened=words,
        labels=labels,
        today=TODAY,
    )
    assert not isinstance(saved, Refusal), saved
    return saved.note.id


def test_b12_the_shared_screen_shows_what_everyone_in_the_room_may_see(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    hidden = _note(joe, "Talked about how low Joe feels", ("mental-health",))
    plain = _note(joe, "Joe walked to the gate")
    kept = _note_held(joe)
    gate = joe.gate("priya")
    read = gate.about(joe.joe, ["Communication"])
    alone = room.shown_in_room(gate, joe.arrive(meeting, "priya"), case, read)
    assert {hidden, plain, kept} <= {one.id for one in alone.resources} and alone.hidden == 0
    with_tom = room.shown_in_room(gate, joe.arrive(meeting, "priya", "tom"), case, read)
    assert hidden not in {one.id for one in with_tom.resources} and with_tom.hidden == 1
    joes_here = voices.set_person_here(gate, case, parties=[f"person:{joe.joe}"])
    with_joe = room.shown_in_room(gate, joe.arrive(meeting, "priya"), joes_here, read)
    ids = {one.id for one in with_joe.resources}
    assert kept not in ids and {hidden, plain} <= ids
    meetings.ask_colleague(gate, meeting, party=joe.una.party)
    meetings.set_here(gate, meeting, parties=[joe.una.party])
    with_una = room.shown_in_room(gate, joe.again(meeting), case, read)
    assert with_una.resources == () and with_una.strangers == ("Una Stranger",)


def _note_held(place: Place) -> str:
    saved = add_note(
        place.gate("priya"),
        person_id=place.joe,
        kind="call",
        with_whom="Annie",
        what_happened="Annie is afraid of a fall",
        keep_from=["person"],
        keep_reason="Annie asked",
        today=TODAY,
    )
    assert not isinstance(saved, Refusal), saved
    return saved.note.id


def test_b12_dissent_is_kept_in_its_own_words(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    meeting = joe.arrive(meeting, "amina", "maria", "tom")
    gate = joe.gate("amina")
    assert "who disagrees" in refused(discussing.disagree(gate, meeting, number=1, who="", words="No"))
    assert "own words" in refused(discussing.disagree(gate, meeting, number=1, who="Tom Reid", words=" "))
    discussing.disagree(gate, meeting, number=1, who="Tom Reid", words="This is too soon for Joe")
    joe.decide(meeting, "maria", "Stop the tablets")
    done = discussing.finish(gate, joe.again(meeting), number=1, name="Joe")
    assert isinstance(done, discussing.Finished)
    assert [each["title"] for each in done.case.body["section"]] == ["Decisions", "Who disagreed"]
    assert discussing.dissents(_of(joe, case), case.id)[0].words == "This is too soon for Joe"


def test_b12_joe_answers_the_invitation_himself(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    his = make.own_gate(joe.joe)
    (invited,) = voices.invitations(his, joe.joe)
    assert invited.is_open and invited.case_id == case.id
    said = voices.answer_invitation(his, invited, part="comes", words="Please speak up", name="Joe")
    assert not isinstance(said, Refusal), said
    assert not voices.invitations(his, joe.joe)[0].is_open
    annies = make.own_gate(joe.annie, "carer")
    (hers,) = voices.invitations(annies, joe.joe)
    assert hers.id != invited.id
    told = voices.voices(_of(joe, case), case.id)
    assert [(one.part, one.words, one.whose) for one in told] == [("comes", "Please speak up", "Joe")]


def test_b12_a_suggested_person_is_discussed_before_anyone_takes_them_on(joe: Place) -> None:
    other = make.person((PRACTICE, _patient(f"maud {datetime.now(UTC).timestamp()}", "Maud", "")))
    make.suggestion(other, "team:weir", "over 75, urine infection last week")
    meeting = joe.meet()
    found = [one for one in cases.candidates(joe.gate("amina"), meeting) if one.person_id == other]
    assert found[0].is_suggested and found[0].reasons
    case = joe.choose(meeting, person_id=other, name="Maud")
    meeting = joe.arrive(meeting, "amina", "maria", "tom")
    decided = joe.decide(meeting, "maria", "Ring Maud")
    assert not isinstance(decided, Refusal), decided
    done = discussing.finish(joe.gate("tom"), joe.again(meeting), number=1, name="Maud")
    assert isinstance(done, discussing.Finished), done
    assert any(is_kind(one, DECISION) for one in _of(joe, case, "tom"))


def test_b12_the_practice_adds_someone_whom_nobody_suggested(joe: Place) -> None:
    other = make.person((PRACTICE, _patient(f"stan {datetime.now(UTC).timestamp()}", "Stan", "")))
    meeting = joe.meet()
    joe.choose(meeting, person_id=other, name="Stan", why="fell twice this week")
    assert [case is not None for _, case in casefile.agenda(joe.gate("tom"), joe.again(meeting))] == [True]


def test_b12_two_who_write_at_once_lose_nothing(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    meeting = joe.arrive(meeting, "amina", "maria", "tom")
    stale = joe.again(meeting)
    for key, what in (("maria", "Visit Joe"), ("tom", "Call Annie")):
        assert not isinstance(joe.decide(stale, key, what), Refusal)
    cases.ask_differently(joe.gate("maria"), case, question="Is Joe safe at night?")
    voices.set_person_here(joe.gate("tom"), case, parties=[f"person:{joe.annie}"])
    now = _read(joe, case)
    assert now.question == "Is Joe safe at night?" and voices.people_here(now) == (f"person:{joe.annie}",)
    assert {one.what for one in discussing.decisions(_of(joe, case), case.id)} == {"Visit Joe", "Call Annie"}
    first = discussing.finish(joe.gate("amina"), stale, number=1, name="Joe")
    second = discussing.finish(joe.gate("maria"), stale, number=1, name="Joe")
    assert isinstance(first, discussing.Finished) and "finished" in refused(second)


def test_b12_taken_off_the_agenda_nothing_is_left_to_do(joe: Place) -> None:
    meeting = joe.meet()
    case = joe.choose(meeting)
    gone = cases.take_off(joe.gate("amina"), joe.again(meeting), number=1, reason="Joe is in hospital")
    assert gone is None and not joe.again(meeting).slots
    left = [one for one in _of(joe, case) if one.body["status"] in ("requested", "in-progress")]
    assert left == []
    assert joe.choose(meeting).id == case.id  # chosen again, it is the same case


def test_the_month_of_a_gp_counts_what_was_judged_and_nothing_else() -> None:
    def body(day: str, *, gp: str = "staff:a", avoided: str = "") -> dict[str, Any]:
        told = [
            {"url": "https://careweave.org/fhir/meeting-day", "valueDate": day},
            {"url": "https://careweave.org/fhir/gp", "valueString": gp},
            {"url": "https://careweave.org/fhir/gp-name", "valueString": gp},
        ]
        result = reviews.Result(avoided, "all", 1, 1, 0, "", "2026-11-20T10:00:00Z")
        return {"extension": told, "output": reviews._output(result) if avoided else []}

    bodies = [
        body("2026-10-20", avoided="yes"),
        body("2026-10-20", avoided="no"),
        body("2026-11-03"),
        body("2026-11-03", gp="staff:b"),
        body("2026-09-01"),
    ]
    lines = reviews.counted(bodies, date(2026, 11, 1))
    assert [(one.name, one.discussed, one.reviewed, one.avoided) for one in lines] == [
        ("staff:a", 1, 2, 1),
        ("staff:b", 1, 0, 0),
    ]


def test_a60_minutes_and_roles_are_counted_and_priced_only_with_a_rate_for_each_role() -> None:
    one = costing.staff_time(["gp", "district-nurse", "district-nurse"], seconds=6 * 60 + 1)
    assert one == (costing.RoleTime("district-nurse", 2, 14), costing.RoleTime("gp", 1, 7))
    both = costing.total([*one, *costing.staff_time(["gp"], seconds=0)])
    assert both == (costing.RoleTime("district-nurse", 2, 14), costing.RoleTime("gp", 1, 8))
    assert costing.pence(one, {"gp": 9600}) is None and costing.pence((), {"gp": 9600}) is None
    # 14 minutes at £41.00 an hour are 956.67 pence, 7 at £96.00 are 1,120: each role to the penny.
    assert costing.pence(one, {"gp": 9600, "district-nurse": 4100}) == 957 + 1120


def test_the_quorum_is_data_and_says_who_is_lacking() -> None:
    kind = kinds.conference_kinds(TODAY)[0]
    assert kind.quorum_words(["gp", "district-nurse", "social-care-worker"]) == (
        "Enough people: GP, health, social care"
    )
    assert [need.key for need in kind.missing(["gp", "social-care-worker"])] == ["health"]
    assert kind.quorum_words([]).endswith("decisions are provisional")


def test_b12_eight_who_write_in_the_same_moment_lose_nothing(joe: Place) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    meeting = joe.meet()
    case = joe.choose(meeting)
    joe.arrive(meeting, "amina", "maria", "tom")

    def write(number: int) -> None:
        try:
            if number % 2:
                assert not isinstance(joe.decide(meeting, "maria", f"Decision {number}"), Refusal)
            else:
                casefile.change_case(joe.gate("tom"), case.id, lambda body: _with_mark(body, number))
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(write, range(8)))
    made = {one.what for one in discussing.decisions(_of(joe, case), case.id)}
    marks = [each for each in _read(joe, case).body["extension"] if each["url"].endswith("/mark")]
    assert made == {f"Decision {number}" for number in (1, 3, 5, 7)}
    assert {each["valueInteger"] for each in marks} == {0, 2, 4, 6}


def _with_mark(body: dict[str, Any], number: int) -> dict[str, Any]:
    mark = {"url": "https://careweave.org/fhir/mark", "valueInteger": number}
    return {**body, "extension": [*body.get("extension", []), mark]}


def signed_in(place: Place, key: str) -> Client:
    """A browser in which this colleague works."""
    member, (_, role, organisation) = place.staff[key], _ROLES[key]
    client = Client(HTTP_HOST="localhost")
    client.force_login(member.account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(Actor(member.party, role, organisation, member.name))
    session["seen"] = datetime.now(UTC).timestamp()
    session.save()
    return client


def test_b12_the_page_says_that_parts_are_hidden_and_shows_nothing_before_a_stranger(joe: Place) -> None:
    meeting = joe.meet()
    joe.choose(meeting, question="Is Joe safe at night?")
    _note(joe, "Talked about how low Joe feels", ("mental-health",))
    hidden = "Hidden here: parts that someone in the room may not see."
    page, here = signed_in(joe, "priya"), f"/conferences/{meeting.id}/case/1"
    joe.arrive(meeting, "priya")
    alone = page.get(here).content.decode()
    assert "Talked about how low Joe feels" in alone and hidden not in alone
    joe.arrive(meeting, "priya", "tom")
    together = page.get(here).content.decode()
    assert "Talked about how low Joe feels" not in together and hidden in together
    meetings.ask_colleague(joe.gate("priya"), meeting, party=joe.una.party)
    meetings.set_here(joe.gate("priya"), meeting, parties=[joe.staff["priya"].party, joe.una.party])
    before = page.get(here).content.decode()
    assert "Una Stranger is not in this person’s team" in before
    assert "Is Joe safe at night?" not in before and "Holloway" not in before
