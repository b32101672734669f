"""B23: the person's and the carer's pages: conversations read by those chosen, own readings, and what is beyond scope."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import psycopg
import pypdf
import pytest
from django.utils import timezone

from careweave.care.readings import keeping, kinds
from careweave.care.teams import conversations as talking
from careweave.care.teams import notices_choice, telling
from careweave.care.teams.clocks import escalate_due
from careweave.care.teams.conversations import CHOSEN, ONLY, TEAM, Reader
from careweave.care.teams.delivering_ways import Notice, Said
from careweave.care.teams.delivering_work import send_due
from careweave.care.teams.telling import Readers, Recipient, Told
from careweave.identity import representatives
from careweave.record import Gate, Refusal, Refused
from careweave.record.ids import resource_id
from careweave.record.subject_access_rules import rules
from careweave.record.subject_access_state import why_look
from tests import factories as make
from tests.fixtures.database import Database
from tests.scenarios.test_a19_joe_and_annie import TODAY, Joe
from tests.scenarios.test_b10_plan_pages import own, staff, words

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture(scope="module")
def joe(database: Database) -> Joe:
    made = Joe()
    made.share_with_annie()
    return made


def nurse_gate(joe: Joe, role: str = "district-nurse") -> Gate:
    return make.gate(joe.team[role], role)


def asked(joe: Joe, text: str, how: str, *chosen: str) -> str:
    """Joe asks on his page; returns the id of the conversation."""
    answer = own(joe.id).post("/my/questions", {"words": text, "readers": how, "chosen": list(chosen)})
    assert answer.status_code == 302, words(answer)
    return str(answer["Location"].rpartition("/")[2])


def can_read(gate: Gate, joe: Joe, text: str) -> bool:
    return any(one.words == text for one in telling.told_about(gate, joe.id))


def test_a47_who_to_call_always_has_a_number(joe: Joe) -> None:
    """Priya has no telephone here and works in no team that has one."""
    card = words(own(joe.id).get("/my")).partition("Who to call")[2].partition("What happens next")[0]
    assert "Priya Nair is in charge" in card and "They pass it on to Priya" in card and "Call " in card
    hers = words(own(joe.annie, "carer").get("/my/caring")).partition("is in charge of")[2]
    assert "Call " in hers.partition("</p>")[0]


def test_b23_staff_begin_a_conversation_and_readers_the_person_chose_stay_theirs(joe: Joe) -> None:
    priya, me, address = staff(joe.priya, "coordinator"), own(joe.id), f"/people/{joe.id}/questions"
    assert priya.post(address, {"words": " "}).status_code == 422
    assert priya.post(address, {"words": "Shall we meet on Friday?"}).status_code == 302
    assert "Not opened yet" in words(priya.get(address))
    (begun,) = talking.to_be_read(make.own_gate(joe.id), joe.id)
    assert not begun.first.is_open, "no clock runs against the person"
    home = words(me.get("/my"))
    assert "Priya Nair</b> wrote to you" in home
    assert not can_read(make.own_gate(joe.annie, "carer"), joe, "Shall we meet on Friday?")
    assert can_read(nurse_gate(joe), joe, "Shall we meet on Friday?")

    page = words(me.get(f"/my/questions/{begun.first.id}"))
    assert "Written to you on" in page and "Shall we meet on Friday?" in page
    assert "wrote to you" not in words(me.get("/my")) and "Not opened yet" not in words(priya.get(address))
    me.post(f"/my/questions/{begun.first.id}", {"words": "Yes, at ten"})
    waits = [one for one in telling.waiting_for_me(joe.gate) if one.words == "Yes, at ten"]
    assert [one.to_name for one in waits] == ["Priya Nair"], (
        "what the person writes back has someone who answers"
    )

    private = asked(joe, "Between us again", ONLY)
    done = priya.post(address, {"words": "Still between us", "conversation": private})
    assert done.status_code == 302
    assert not can_read(nurse_gate(joe), joe, "Still between us")
    assert can_read(make.own_gate(joe.id), joe, "Still between us")
    nurse = staff(joe.team["district-nurse"], "district-nurse")
    assert nurse.post(address, {"words": "Me too", "conversation": private}).status_code == 422


def test_b23_a_conversation_is_read_by_those_the_person_chose_and_every_message_carries_it(joe: Joe) -> None:
    page = words(own(joe.id).get("/my/questions"))
    assert "Who can read this?" in page and "Only Priya Nair" in page
    assert "Everyone in my team. Not Annie Holloway" in page
    id_ = asked(joe, "Between us: is it cancer?", ONLY)
    annie, nurse = make.own_gate(joe.annie, "carer"), nurse_gate(joe)
    (message,) = [one for one in telling.waiting_for_me(joe.gate) if one.words == "Between us: is it cancer?"]
    assert message.to_name == "Priya Nair" and message.answer_by >= TODAY.isoformat()[:4]
    assert not can_read(nurse, joe, message.words) and not can_read(annie, joe, message.words)
    said = telling.answer(joe.gate, message_id=id_, version=message.version, words="No, it is not.")
    assert not isinstance(said, Refusal) and "only-named" in said.labels
    more = own(joe.id).post(f"/my/questions/{id_}", {"words": "Are you sure?"}, follow=True)
    assert "Priya Nair will answer" in words(more) and "Only Priya Nair can read this" in words(more)
    for text in ("No, it is not.", "Are you sure?"):
        assert not any(text in str(one.body) for one in nurse.about(joe.id, ["Communication"]))
        assert not any(text in str(one.body) for one in annie.about(joe.id, ["Communication"]))
    assert (
        words(staff(joe.priya, "coordinator").get(f"/people/{joe.id}/questions")).count("Are you sure?") == 1
    )
    hidden = staff(joe.team["district-nurse"], "district-nurse").get(f"/people/{joe.id}/questions")
    assert "is it cancer" not in words(hidden)


def test_b23_not_annie_is_the_team_alone_and_annie_reads_only_when_she_is_named(joe: Joe) -> None:
    annie = make.own_gate(joe.annie, "carer")
    asked(joe, "When is the bath rail fitted?", TEAM)
    assert can_read(nurse_gate(joe), joe, "When is the bath rail fitted?")
    assert not can_read(annie, joe, "When is the bath rail fitted?")
    id_ = asked(joe, "Can Annie come too?", f"with:person:{joe.annie}")
    assert can_read(annie, joe, "Can Annie come too?")
    page = words(own(joe.annie, "carer").get(f"/my/caring/{joe.id}/questions/{id_}"))
    assert "Can Annie come too?" in page and "and Annie Holloway" in page


def test_b23_the_person_picks_names_and_someone_in_the_team_is_among_them(joe: Joe) -> None:
    nurse, matron = joe.team["district-nurse"], joe.team["community-matron"]
    answer = own(joe.id).post(
        "/my/questions", {"words": "Only for Annie", "readers": CHOSEN, "chosen": [f"person:{joe.annie}"]}
    )
    assert answer.status_code == 422 and "Only for Annie" in words(answer)
    assert "Tick at least one person who works in your team" in words(answer)
    asked(joe, "About my leg", CHOSEN, nurse.party)
    assert can_read(nurse_gate(joe), joe, "About my leg")
    assert not can_read(joe.gate, joe, "About my leg")
    assert not can_read(make.gate(matron, "community-matron"), joe, "About my leg")
    waits = telling.waiting_for_me(nurse_gate(joe))
    assert any(one.words == "About my leg" and one.to_name == nurse.name for one in waits)


def test_b23_nobody_widens_a_conversation_not_by_an_action_nor_in_the_database(
    joe: Joe, database: Database
) -> None:
    id_ = asked(joe, "Keep this small", ONLY)
    stored = joe.gate.read("Communication", id_)
    assert stored is not None
    for change in ({"labels": ()}, {"parties": (*stored.parties, joe.team["gp"].party)}):
        with pytest.raises(Refused):
            joe.gate.update(stored.body, version=stored.version, **change)
    with (
        psycopg.connect(database.owner_url) as owner,
        pytest.raises(psycopg.errors.CheckViolation, match="chose who can read it"),
    ):
        owner.execute("UPDATE record.resource SET labels = '{}', version = version + 1 WHERE id = %s", (id_,))
    mine = make.own_gate(joe.id)
    done = talking.write_again(
        make.own_gate(joe.annie, "carer"), person_id=joe.id, id=id_, words="Let me in", to=None, today=TODAY
    )
    assert isinstance(done, Refusal) and talking.conversation(mine, joe.id, id_) is not None


def test_b23_a_carer_chooses_too_and_joe_reads_what_is_not_kept_from_him(joe: Joe) -> None:
    hers = own(joe.annie, "carer")
    page = words(hers.get(f"/my/caring/{joe.id}/questions"))
    assert "Everyone in the team, and" in page and "Only Priya Nair. Not" in page
    for text, how in (("Shared with him", TEAM), ("Not for him", ONLY)):
        assert hers.post(f"/my/caring/{joe.id}/questions", {"words": text, "readers": how}).status_code == 302
    his = make.own_gate(joe.id)
    assert can_read(his, joe, "Shared with him") and not can_read(his, joe, "Not for him")
    assert can_read(joe.gate, joe, "Not for him")


def test_b23_without_words_or_readers_nothing_is_sent_and_what_was_typed_stays(joe: Joe) -> None:
    empty = own(joe.id).post("/my/questions", {"words": " ", "readers": TEAM})
    assert empty.status_code == 422 and "Write a few words." in words(empty)
    unsaid = own(joe.id).post("/my/questions", {"words": "For whom?", "readers": "everyone"})
    assert unsaid.status_code == 422 and "Choose who can read this." in words(unsaid)
    assert "For whom?" in words(unsaid)


def test_who_answers_is_among_those_ticked() -> None:
    possible = (Reader("staff:p", "Priya", "coordinator", True), Reader("staff:t", "Tom", "gp", True))
    chosen = talking.readers_chosen(CHOSEN, ["staff:t"], to=Recipient("staff:p", "Priya"), possible=possible)
    assert not isinstance(chosen, Refusal)
    assert chosen == (Recipient("staff:t", "Tom"), Readers("Only Tom can read this", ("staff:t",), only=True))


# -- own readings -------------------------------------------------------------------------------------------------


def pressure(top: str, bottom: str, **more: str) -> dict[str, str]:
    return {"systolic": top, "diastolic": bottom, "when": "now", **more}


def test_b23_an_own_reading_is_kept_as_the_persons_own_drawn_and_shown_to_staff_as_that(joe: Joe) -> None:
    his = own(joe.id)
    for top, bottom, day in (("142", "88", 3), ("138", "84", 2)):
        at = timezone.localtime() - timedelta(days=day)
        when = {
            "when": "earlier",
            "day-day": str(at.day),
            "day-month": str(at.month),
            "day-year": str(at.year),
        }
        saved = his.post(
            "/my/readings/blood-pressure", {**pressure(top, bottom), **when, "time": "8:30am"}, follow=True
        )
        assert "Written down." in words(saved)
    assert "142 over 88 mmHg" in words(saved) and '<svg class="app-chart"' in words(saved)
    page = words(staff(joe.priya, "coordinator").get(f"/people/{joe.id}/readings"))
    assert "’s own reading" in page and "138 over 84 mmHg" in page
    held = [one for one in joe.gate.about(joe.id, ["Observation"]) if "own-reading" in one.labels]
    assert {one.body["performer"][0]["identifier"]["value"] for one in held} == {f"person:{joe.id}"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (pressure("1420", "88"), "‘1420’ cannot be right. It is between 50 and 300 mmHg"),
        (pressure("high", "88"), "‘high’ is not a number"),
        (pressure("88", "142"), "The bottom number must be lower than the top number"),
        (pressure("142", ""), "Write the bottom number"),
        (pressure("120", "80", when="earlier", time="8"), "Write the day when you measured."),
        (pressure("NaN", "80"), "cannot be right"),
    ],
)
def test_b23_what_cannot_be_is_refused_at_its_field_and_the_text_stays(
    joe: Joe, typed: dict[str, str], said: str
) -> None:
    before = len(keeping.readings_of(make.own_gate(joe.id), joe.id))
    answer = own(joe.id).post("/my/readings/blood-pressure", typed)
    assert answer.status_code == 422 and said in words(answer)
    assert f'value="{typed["systolic"]}"' in words(answer)
    assert len(keeping.readings_of(make.own_gate(joe.id), joe.id)) == before


def test_a_note_that_is_too_long_writes_no_reading_and_keeps_every_word(joe: Joe) -> None:
    long, page = "After the walk. " * 700 + "Last words", "/my/readings/blood-pressure"
    before = keeping.readings_of(make.own_gate(joe.id), joe.id)
    answer = own(joe.id).post(page, pressure("131", "81", note=long))
    assert answer.status_code == 422 and "Keep it under 10,000." in words(answer)
    assert long in answer.content.decode() and 'value="131"' in words(answer)
    assert keeping.readings_of(make.own_gate(joe.id), joe.id) == before
    own(joe.id).post(page, pressure("131", "81", note="After the walk"))
    held = next(one for one in keeping.readings_of(make.own_gate(joe.id), joe.id) if one not in before)
    corrected = {**pressure("132", "81", note=long), "version": "1"}
    answer = own(joe.id).post(f"{page}/{held.id}", corrected)
    assert answer.status_code == 422 and long in answer.content.decode()
    kept = next(one for one in keeping.readings_of(make.own_gate(joe.id), joe.id) if one.id == held.id)
    assert kept == held


def test_b23_an_unusual_reading_says_what_to_do_and_a_named_person_is_told(joe: Joe) -> None:
    saved = own(joe.id).post("/my/readings/blood-pressure", pressure("190", "100"), follow=True)
    assert "This is very high." in words(saved) and "Priya Nair is told, and answers by" in words(saved)
    told = [one for one in telling.waiting_for_me(joe.gate) if "190 over 100 mmHg" in one.words]
    assert len(told) == 1 and told[0].answer_by


def test_b23_a_reading_that_is_unusual_once_it_is_put_right_is_told_once(joe: Joe) -> None:
    first = own(joe.id).post("/my/readings/blood-pressure", pressure("120", "80"))
    assert first.status_code == 302
    kept = keeping.readings_of(make.own_gate(joe.id), joe.id)[0]
    address = f"/my/readings/blood-pressure/{kept.id}"
    saved = own(joe.id).post(address, {**pressure("195", "101"), "version": "1"}, follow=True)
    assert "is told, and answers by" in words(saved)
    again = own(joe.id).post(address, {**pressure("196", "101"), "version": "2"}, follow=True)
    assert "Put right." in words(again) and "is told, and answers by" not in words(again)
    told = [one for one in telling.waiting_for_me(joe.gate) if " over 101 mmHg" in one.words]
    assert len(told) == 1 and "195 over 101 mmHg" in told[0].words


def test_b23_only_the_writer_puts_a_reading_right_and_what_stood_before_is_kept(joe: Joe) -> None:
    weight, his = kinds.reading_kind("weight", TODAY), make.own_gate(joe.id)
    done = keeping.keep(
        his, weight, person_id=joe.id, values={"weight": 72.5}, at=timezone.now(), note="", today=TODAY
    )
    assert isinstance(done, keeping.Done)
    address = f"/my/readings/weight/{done.id}"
    saved = own(joe.id).post(address, {"weight": "75,2", "when": "now", "version": "1"}, follow=True)
    assert "75.2 kg" in words(saved) and "Put right by the one who wrote it" in words(saved)
    assert [one.body["valueQuantity"]["value"] for one in his.history("Observation", done.id)] == [75.2, 72.5]
    hers = make.own_gate(joe.annie, "carer")
    for gate in (hers, joe.gate):
        right: Any = {"version": 2, "values": {"weight": 80.0}, "at": timezone.now(), "note": ""}
        assert isinstance(keeping.put_right(gate, weight, reading_id=done.id, **right), Refusal)
    stored = joe.gate.read("Observation", done.id)
    assert stored is not None
    with pytest.raises(Refused):
        joe.gate.update({**stored.body, "status": "entered-in-error"}, version=stored.version)
    stale = own(joe.id).post(address, {"weight": "74", "when": "now", "version": "1"})
    assert stale.status_code == 422 and "This was put right in the meantime" in words(stale)


def test_b23_a_carer_writes_readings_down_and_sees_those_and_no_others(joe: Joe) -> None:
    own(joe.id).post("/my/readings/pain", {"pain": "3", "when": "now"})
    hers = own(joe.annie, "carer")
    saved = hers.post(
        f"/my/caring/{joe.id}/readings/temperature", {"temperature": "37.2", "when": "now"}, follow=True
    )
    assert "37.2 °C" in words(saved)
    assert "Nothing written down yet" in words(hers.get(f"/my/caring/{joe.id}/readings"))
    assert {one.kind for one in keeping.readings_of(make.own_gate(joe.annie, "carer"), joe.id)} == {
        "temperature"
    }
    assert "temperature" in {one.kind for one in keeping.readings_of(make.own_gate(joe.id), joe.id)}


# -- ✗ of B23 -----------------------------------------------------------------------------------------------------


def test_b23_who_is_not_signed_in_or_is_somebody_else_finds_no_record(joe: Joe) -> None:
    """What a level of proof opens is tested where one signs in (test_sign_in_elsewhere)."""
    from django.test import Client

    nobody = Client(HTTP_HOST="localhost")
    for address in ("/my", "/my/questions", "/my/readings", "/my/readings/weight"):
        answer = nobody.get(address)
        assert answer.status_code == 302 and "sign-in" in answer["Location"]
    stranger = make.person(("Y90001", make.patient("Y90001", "a stranger to all", nhs_number="9990000034")))
    for role in ("person", "carer"):
        for address in ("questions", "readings", "readings/weight", "plan"):
            assert own(stranger, role).get(f"/my/caring/{joe.id}/{address}").status_code == 404


def test_b23_a_proxy_beyond_scope_finds_nothing_there(joe: Joe) -> None:
    hers = own(joe.annie, "carer")
    other = make.person(("Y90001", make.patient("Y90001", "not annies to see", nhs_number="9990000042")))
    for address in ("questions", "readings", "readings/weight", "plan"):
        assert hers.get(f"/my/caring/{other}/{address}").status_code == 404
    assert hers.get("/my/readings").status_code in (403, 404)
    assert make.own_gate(joe.annie, "carer").about(joe.id, ["Condition", "MedicationStatement"]) == []
    with pytest.raises(Refused):
        keeping.keep(
            make.own_gate(joe.annie, "carer"), kinds.reading_kind("weight", TODAY), person_id=other,
            values={"weight": 70.0}, at=timezone.now(), note="", today=TODAY,
        )  # fmt: skip


def test_a72_marie_with_permission_reads_the_plan_and_her_concern_has_an_owner_and_a_day(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    hers = own(joe.annie, "carer")
    assert "I want to walk to the club" in words(hers.get(f"/my/caring/{joe.id}/plan"))
    sent = hers.post(f"/my/caring/{joe.id}/worried", {"words": "Nobody came on Sunday"}, follow=True)
    assert "will answer you by" in words(sent)
    (worry,) = [one for one in telling.told_about(joe.gate, joe.id) if one.kind == "concern"]
    assert worry.to_name and worry.answer_by


# -- the record, who can see, changing one's mind -----------------------------------------------------------------


def result(joe: Joe, what: str, value: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": resource_id("RVR", "Observation", f"{joe.local_id} {what}"),
        "status": "final",
        "code": {"text": what},
        "subject": {"reference": f"Patient/{resource_id('RVR', 'Patient', joe.local_id)}"},
        "effectiveDateTime": "2026-11-20T09:00:00Z",
        "valueQuantity": {"value": value, "unit": "g/L"},
    }


def test_b23_a_test_result_is_on_the_persons_page_at_once_and_one_held_back_has_its_reason_in_a_label(
    joe: Joe,
) -> None:
    make.load("RVR", result(joe, "Haemoglobin", 128.0))
    make.load("RVR", result(joe, "A second opinion", 7.0), labels=("held-from-person",))
    page = words(own(joe.id).get("/my/record"))
    assert "Haemoglobin" in page and "128.0 g/L" in page and "A second opinion" not in page
    assert own(joe.annie, "carer").get(f"/my/caring/{joe.id}/record").status_code == 404


def test_b23_this_is_wrong_goes_to_a_named_person_who_answers_by_a_day(joe: Joe) -> None:
    his = own(joe.id)
    empty = his.post("/my/record/wrong", {"what": "Haemoglobin", "words": ""})
    assert empty.status_code == 422 and 'value="Haemoglobin"' in words(empty)
    sent = his.post("/my/record/wrong", {"what": "Haemoglobin", "words": "It is not my blood"}, follow=True)
    assert "Priya Nair will answer by" in words(sent) and "It is not my blood" in words(sent)
    assert any("It is not my blood" in one.words for one in telling.waiting_for_me(joe.gate))


def test_b23_who_can_see_names_the_team_and_who_was_allowed(joe: Joe) -> None:
    page = words(own(joe.id).get("/my/who-can-see"))
    assert "Priya Nair" in page and "care coordinator" in page
    assert "Annie Holloway</b> can see" in page


def test_b23_change_my_mind_has_one_button_for_each_thing_and_it_counts_at_once() -> None:
    joe = Joe()
    joe.share_with_annie()
    joe.write_plan()
    joe.publish()
    his, hers = own(joe.id), own(joe.annie, "carer")
    page = words(his.get("/my/change"))
    for said in (
        "Do not count me",
        "End this",
        "Send me none",
        "Say what I think of my plan",
        "No app looks for me.",
    ):
        assert said in page
    assert hers.get(f"/my/caring/{joe.id}/questions").status_code == 200
    end = next(part.partition('"')[0] for part in page.split('action="') if part.startswith("/my/acting/"))
    assert his.post(end).status_code == 302
    assert hers.get(f"/my/caring/{joe.id}/questions").status_code == 403, (
        "she had it, and reads that it ended"
    )
    his.post("/my/choices/opt-out")
    his.post("/my/change/notices", {"want": "none"})
    page = words(his.get("/my/change"))
    assert "Use it again" in page and "I get no e-mails and no texts." in page
    his.post("/my/change/notices", {"want": "some"})
    assert "Send me none" in words(his.get("/my/change"))


def test_b23_who_wants_no_messages_gets_none_and_whoever_is_in_charge_calls_instead(
    joe: Joe, database: Database
) -> None:
    sent: list[Notice] = []

    class Way:
        ways = frozenset({"email", "text"})

        def send(self, notice: Notice) -> Said:
            sent.append(notice)
            return Said("delivered", notice.reference)

        def find(self, reference: str) -> Said | None:
            return None

        def ask(self, provider_id: str) -> Said:
            return Said("delivered", provider_id)

    his = make.own_gate(joe.id)
    own(joe.id)  # an account with an e-mail address

    def answered(text: str) -> list[Notice]:
        sent.clear()
        stored = joe.gate.read("Communication", asked(joe, text, TEAM))
        assert stored is not None
        telling.answer(joe.gate, message_id=stored.id, version=stored.version, words="On Tuesday")
        send_due(way=Way())
        return list(sent)

    assert answered("Which day is the nurse?")
    notices_choice.stop_notices(his, joe.id)
    assert answered("Which day is the chiropodist?") == []
    waits = [one.body.get("description", "") for one in joe.gate.about(joe.id, ["Task"])]
    assert any("call, print it, or hand it over" in one for one in waits)
    notices_choice.take_notices_again(his, joe.id)


def test_b23_one_side_says_whom_to_call_and_what_comes_next(joe: Joe) -> None:
    for client, address in (
        (own(joe.id), "/my/print.pdf"),
        (own(joe.annie, "carer"), f"/my/caring/{joe.id}/fridge.pdf"),
    ):
        answer = client.get(address)
        reader = pypdf.PdfReader(io.BytesIO(answer.content))
        text = "".join(page.extract_text() for page in reader.pages)
        assert "Priya Nair is in charge" in text and "What happens next" in text
    stranger = make.person(("Y90001", make.patient("Y90001", "no fridge of joes", nhs_number="9990000050")))
    assert own(stranger, "carer").get(f"/my/caring/{joe.id}/fridge.pdf").status_code == 404


def test_b23_a_late_answer_to_one_reader_goes_to_the_manager_who_is_not_told_what_was_written() -> None:
    from tests.scenarios.coordination import Place

    place = Place()
    person = place.taken_on()
    his, to = make.own_gate(person), telling.in_charge_of(place.gate(place.priya), person)
    chosen = talking.readers_chosen(ONLY, (), to=to, possible=())
    assert not isinstance(chosen, Refusal)
    sent = talking.begin(
        his, person_id=person, words="I am afraid of Tom", to=chosen[0], readers=chosen[1], today=TODAY
    )
    assert isinstance(sent, Told)
    escalate_due(timezone.now() + timedelta(days=30))
    hers = place.gate(place.marta)
    (task,) = [
        one
        for one in hers.naming_me("Task", [("status", "requested")])
        if one.body.get("focus", {}).get("reference") == f"Communication/{sent.id}"
    ]
    assert task.body["owner"]["display"] == "Marta Lane" and "afraid" not in str(task.body)
    assert hers.read("Communication", sent.id) is None
    assert place.gate(place.tom).read("Communication", sent.id) is None
    assert place.gate(place.priya).read("Communication", sent.id) is not None


@pytest.mark.parametrize(
    ("kind", "basis", "sees"),
    [
        ("attorney-health", "person-agreed", {"questions", "readings", "record"}),
        ("attorney-property", "person-agreed", {"questions"}),
    ],
)
def test_b23_each_authority_opens_its_own_pages_and_a_stop_closes_them_all(
    kind: str, basis: str, sees: set[str]
) -> None:
    from tests.scenarios.test_acting_for_someone import Place as Acting

    place = Acting()
    place.appointed(kind, basis)
    client = own(place.proxy, "carer")
    for page in ("questions", "readings", "readings/weight", "record", "record/wrong"):
        answer = client.get(f"/my/caring/{place.person}/{page}")
        assert answer.status_code == (200 if page.partition("/")[0] in sees else 404), page
        if page == "record" and page in sees:
            assert "Dementia" in words(answer) and "Low mood" not in words(answer)
    stopped = representatives.freeze(
        place.priya, person_id=place.person, proxy_id=place.proxy, name="Colin", reason="Money is missing"
    )
    assert not isinstance(stopped, Refusal)
    for page in ("questions", "readings", "readings/weight", "record", "fridge.pdf"):
        assert client.get(f"/my/caring/{place.person}/{page}").status_code == 404, page


def test_b23_what_a_carer_wrote_to_one_reader_is_looked_at_before_a_copy_is_given(joe: Joe) -> None:
    hers = make.own_gate(joe.annie, "carer")
    to = telling.in_charge_of(joe.gate, joe.id)
    for how, is_looked_at in ((ONLY, True), (TEAM, False)):
        chosen = talking.readers_chosen(how, (), to=to, possible=(), joe="Joe")
        assert not isinstance(chosen, Refusal)
        sent = talking.begin(
            hers, person_id=joe.id, words="He hits me", to=chosen[0], readers=chosen[1], today=TODAY
        )
        assert isinstance(sent, Told)
        stored = joe.gate.read("Communication", sent.id)
        assert stored is not None and bool(why_look(stored, rules())) is is_looked_at


def test_b23_a_message_too_long_to_be_kept_is_not_sent_and_its_words_stay(joe: Joe) -> None:
    long, before = "x" * 10_001, len(talking.conversations(joe.gate, joe.id))
    nurse = staff(joe.team["district-nurse"], "district-nurse")
    for client, address in ((own(joe.id), "/my/questions"), (nurse, f"/people/{joe.id}/questions")):
        answer = client.post(address, {"words": long, "readers": TEAM})
        assert answer.status_code == 422
        assert "Keep it under 10,000" in words(answer) and long in answer.content.decode()
    assert len(talking.conversations(joe.gate, joe.id)) == before


def test_b23_nothing_is_written_to_someone_who_has_died(joe: Joe) -> None:
    dead = make.patient("Y90001", "died in october", nhs_number="9990000050", gp="Y90001")
    who = make.person(("Y90001", {**dead, "deceasedDateTime": "2026-10-01"}))
    gp = staff(make.staff("Dr Ann Lane", "gp", "Y90001"), "gp")
    address = f"/people/{who}/questions"
    assert "<textarea" not in gp.get(address).content.decode()
    answer = gp.post(address, {"words": "Come and see us"})
    assert answer.status_code == 422 and "has died" in words(answer)
    assert talking.conversations(make.gate(make.staff("Dr B", "gp", "Y90001"), "gp", "Y90001"), who) == ()
