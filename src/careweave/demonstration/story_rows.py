"""The CSV rows that hospital, community, council, housing and volunteers send about one person of the stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from careweave.demonstration import days
from careweave.demonstration.days import DAY, NONE
from careweave.demonstration.figures import Figures
from careweave.demonstration.formats import feeds
from careweave.demonstration.sending.community import FILE as COMMUNITY
from careweave.demonstration.sending.community import SERVICES
from careweave.demonstration.sending.council import periods
from careweave.demonstration.sending.hospital import ADMISSIONS, ATTENDANCES
from careweave.demonstration.sending.housing import FILE as TENANCIES
from careweave.demonstration.sending.mental_health import FILE as MENTAL_HEALTH
from careweave.demonstration.sending.mental_health import TEAMS
from careweave.demonstration.sending.outbox import Outbox
from careweave.demonstration.sending.voluntary import REFERRALS, VISITS

Person = Mapping[str, Any]
Cells = dict[str, str]
HOMES = {"social": "Tenant", "owned": "Owner occupier or shared ownership scheme"}
GOOD_VISIT = "Looked at the railway books."


class StoryRows:
    """Cells are named by the feeds' own columns; what is not named is empty."""

    def __init__(
        self,
        figures: Figures,
        today: int,
        person: Person,
        ids: Mapping[str, str],
        everyone: Mapping[str, Person],
        outbox: Outbox,
    ) -> None:
        self.figures, self.today, self.person, self.ids = figures, today, person, ids
        self.everyone, self.outbox = everyone, outbox
        self.key = person["gp_id"]

    def write(self) -> list[str]:
        """Returns the sources that have rows about this person."""
        person, written = self.person, []
        if person.get("admissions") or person.get("attendances"):
            self._hospital()
            written.append("RVR")
        for source, send in (("RVC", self._community), ("RVM", self._mental_health)):
            courses = [course for course in person.get("contacts", ()) if course["source"] == source]
            for place, course in enumerate(courses):
                send(place, course)
            written += [source] if courses else []
        if self._council():
            written.append("900")
        if "tenancy" in person:
            self._add("tenancies", TENANCIES, self._tenancy(person["tenancy"]))
            written.append("RVH01")
        if "voluntary" in person:
            self._voluntary(person["voluntary"])
            written.append("RVV01")
        return written

    def _add(self, feed: str, file: str, cells: Cells) -> None:
        unknown = set(cells) - set(feeds()[feed].columns)
        if unknown:
            raise ValueError(f"{feed} has no column {sorted(unknown)}")
        self.outbox.rows[file].append([cells.get(column, "") for column in feeds()[feed].columns])

    def _minute(self, ago: int, at: str) -> int:
        return (self.today - ago) * DAY + int(at[:2]) * 60 + int(at[3:])

    @property
    def _sex(self) -> str:
        return "2" if self.person["sex"] == "female" else "1"

    def _hospital_details(self, minute: int) -> Cells:
        """With a number, so without name and address."""
        return {
            "provider_code": "RVR",
            "site_code": "RVR01",
            "record_updated": days.utc_stamp(min(minute + 300, self.today * DAY + 240)),
            "nhs_number": self.person["nhs_number"],
            "nhs_number_status": "01",
            "local_patient_id": self.ids["RVR"],
            "postcode": self.person["address"][2],
            "birth_date": self.person["born"].isoformat(),
            "sex": self._sex,
            "ethnic_category": self.person["ethnicity"],
            "registered_gp_practice": "Y90001",
        }

    def _hospital(self) -> None:
        causes = {row["id"]: row for row in self.figures.causes["cause"]}
        for place, stay in enumerate(self.person.get("admissions", ())):
            self._admission(place, stay, causes[stay["cause"]])
        for place, visit in enumerate(self.person.get("attendances", ())):
            arrive = self._minute(visit["ago"], visit["at"])
            self._attendance(
                f"V{self.key}{place:03d}",
                arrive,
                visit["minutes"],
                visit["complaint"],
                visit["diagnosis"],
                "",
            )

    def _admission(self, place: int, stay: Person, cause: Person) -> None:
        start = self._minute(stay["ago"], stay["at"])
        end = start + stay["days"] * DAY - 360
        spell = f"S{self.key}{place:03d}"
        self._attendance(
            f"A{self.key}{place:03d}", start - 190, 190, cause["complaint"], cause["seen"], spell
        )
        ready = end // DAY - stay["ready_before_end"] if "ready_before_end" in stay else NONE
        cells = self._hospital_details(end) | {
            "spell_id": spell,
            "episode_number": "1",
            "admission_date": days.iso_minute(start),
            "admission_method": "21",
            "admission_source": "19",
            "patient_classification": "1",
            "episode_start": days.iso_minute(start),
            "episode_end": days.iso_minute(end),
            "treatment_function": cause["specialty"],
            "ward": cause["ward"],
            "consultant_code": "C7000001",
            "discharge_ready_date": days.iso(ready),
            "wait_reason": stay.get("wait", ""),
            "discharge_date": days.iso_minute(end),
            "discharge_method": "1",
            "discharge_destination": "19",
            "discharge_pathway": stay["path"],
        }
        cells |= {f"diagnosis_{number}": code for number, code in enumerate(stay["diagnoses"], start=1)}
        self._add("admissions", ADMISSIONS, cells)

    def _attendance(self, key: str, arrive: int, minutes: int, complaint: str, seen: str, spell: str) -> None:
        codes = self.figures.causes["codes"]
        leave = arrive + minutes
        self._add(
            "emergency",
            ATTENDANCES,
            self._hospital_details(leave)
            | {
                "department_type": "01",
                "attendance_id": key,
                "arrival_at": days.iso_minute(arrive),
                "arrival_mode": codes["arrival"]["ambulance"],
                "attendance_source": codes["came_from"]["line_111"],
                "acuity": codes["acuity"][2],
                "chief_complaint": complaint,
                "diagnosis_1": seen,
                "departure_at": days.iso_minute(leave),
                "discharge_status": codes["left"]["treated"],
                "discharge_destination": codes["went"]["ward" if spell else "home"],
                "spell_id": spell,
            },
        )

    def _details(self, source: str, course: Person) -> Cells:
        person = self.person
        return {
            "local_patient_id": self.ids[source],
            "nhs_number": "" if course.get("without_number") else person["nhs_number"],
            "family_name": person["family"],
            "given_name": person["known_as"] if course.get("without_number") else person["given"],
            "sex": self._sex,
            "ethnic_category": person["ethnicity"],
            "address": ", ".join(person["address"][:2]),
            "postcode": person["address"][2],
            "gp_practice": "Y90001",
            "referral_source": course.get("origin", "Y90001"),
            "referral_reason": course["reason"],
            "duration_minutes": "40",
            "medium": "02" if course.get("phone") else "01",
            "attended": "5",
        }

    def _community(self, place: int, course: Person) -> None:
        team, role, activity, *_ = SERVICES[course["service"]]
        for number, ago in enumerate(course["ago"]):
            minute = self._minute(ago, course["at"])
            cells = self._details("RVC", course) | {
                "contact_id": f"C{self.key}{place:02d}{number:03d}",
                "record_updated": days.utc_stamp(min(minute + 240, self.today * DAY + 240)),
                "birth_date": days.uk(days.number(self.person["born"])),
                "telephone": self.person["telephone"],
                "team_code": course["service"],
                "team_name": team,
                "referral_id": f"R{self.key}{place:02d}",
                "referral_date": days.uk(self.today - course["referral"]),
                "contact_at": days.uk_minute(minute),
                "place": "E" if course["service"] == "msk" else "A",
                "staff_role": role,
                "staff_name": course["staff"],
                "activity": activity,
            }
            self._add("community", COMMUNITY, cells)

    def _mental_health(self, place: int, course: Person) -> None:
        kind, team, role, *_ = TEAMS[course["service"]]
        for number, ago in enumerate(course["ago"]):
            minute = self._minute(ago, course["at"])
            cells = self._details("RVM", course) | {
                "contact_id": f"M{self.key}{place:02d}{number:03d}",
                "record_updated": days.utc_stamp(minute + 300),
                "birth_date": self.person["born"].isoformat(),
                "team_type": kind,
                "team_name": team,
                "referral_id": f"MR{self.key}{place:02d}",
                "referral_date": days.iso(self.today - course["referral"]),
                "primary_diagnosis": course.get("diagnosis", ""),
                "contact_at": days.iso_minute(minute),
                "staff_role": role,
                "staff_name": course["staff"],
            }
            self._add("mental-health", MENTAL_HEALTH, cells)

    def _council(self) -> bool:
        told = False
        for period in periods(self.today):
            for place, event in enumerate(self.person.get("council", ())):
                start, end = self._event_days(event)
                if start <= period.end and (end <= NONE or end >= period.start):
                    self._add(
                        "cld", period.file, self._case(place, event, start, end, period.start, period.end)
                    )
                    told = True
        return told

    def _event_days(self, event: Person) -> tuple[int, int]:
        start = (
            days.number(date.fromisoformat(event["since"])) if "since" in event else self.today - event["ago"]
        )
        if event["type"] != "Service":
            return start, start
        return start, self.today - event["ends"] if "ends" in event else NONE

    def _case(self, place: int, event: Person, start: int, end: int, first: int, last: int) -> Cells:
        over = NONE < end <= last
        cells = self._client(bool(event.get("carer"))) | {
            "Reporting Period Start Date": days.uk(first),
            "Reporting Period End Date": days.uk(last),
            "Event Type": event["type"],
            "Event Reference": f"{event['type'][0]}{self.key}{place:02d}",
            "Event Start Date": days.uk(start),
            "Event End Date": days.uk(end) if over else "",
            "Event Description": event["description"],
            "Event Outcome": event["outcome"] if over else "",
        }
        if "linked" in event:
            cells["Adult 1 Linked Person_ID"] = f"400{self.everyone[event['linked']]['gp_id']}"
        return cells | dict(event["more"])

    def _client(self, carer: bool) -> Cells:
        person = self.person
        return {
            "LA Code": "900",
            "NHS Number": person["nhs_number"],
            "LA Person Unique Identifier": self.ids["900"],
            "First Name": person["given"],
            "Last Name": person["family"],
            "GP Practice Name": self.figures.geography["practice_names"][0],
            "GP Practice Code": "Y90001",
            "Gender": person["sex"].capitalize(),
            "Ethnicity": self._ethnicity,
            "Date of Birth": days.uk(days.number(person["born"])),
            "Client Type": "Carer" if carer else "Service User",
            "Primary Support Reason": self._support_reason(carer),
            "Postcode": person["address"][2],
            "Accommodation Status": HOMES[person["tenure"]],
            "Employment Status": "Unknown",
            "Has Unpaid Carer": "Yes" if person["key"] in ("joe", "colins-father") else "No",
            "Client Funding Status": "Council & Client Funded",
        }

    @property
    def _ethnicity(self) -> str:
        groups = self.figures.population["ethnicity"]
        return next(str(group["title"]) for group in groups if group["code"] == self.person["ethnicity"])

    def _support_reason(self, carer: bool) -> str:
        if carer:
            return "Social Support: Support to Carer"
        memory = self.person["key"] in ("joe", "colins-father")
        return "Support with Memory & Cognition" if memory else "Physical Support: Personal care support"

    def _tenancy(self, tenancy: Person) -> Cells:
        person = self.person
        household = f"S{sum(map(ord, person['household'])):06d}"
        return {
            "tenancy_ref": f"T{household}",
            "household_ref": f"H{household}",
            "tenant_ref": self.ids["RVH01"],
            "record_updated": days.utc_stamp((self.today - 60) * DAY + 600),
            "title": person["title"],
            "first_name": person["given"],
            "last_name": person["family"],
            "date_of_birth": days.uk(days.number(person["born"])),
            "gender": "F" if person["sex"] == "female" else "M",
            "relationship": tenancy["relationship"],
            "address": ", ".join(person["address"][:2]),
            "postcode": person["address"][2],
            "uprn": f"99999{self.key}",
            "telephone": person["telephone"],
            "property_type": tenancy["type"],
            "tenancy_start": days.uk(self.today - tenancy["since"]),
            "adaptations": tenancy["adaptations"],
            "alarm": tenancy["alarm"],
            "alarm_calls_last_year": "3" if tenancy["alarm"] else "",
            "next_of_kin": tenancy["kin"],
            "next_of_kin_telephone": tenancy["kin_telephone"],
        }

    def _voluntary(self, course: Person) -> None:
        person, referral = self.person, f"VR{self.key}"
        start = self.today - course["ago"]
        self._add(
            "voluntary-referrals",
            REFERRALS,
            {
                "referral_id": referral,
                "record_updated": days.utc_stamp((start + 4) * DAY + 600),
                "member_ref": self.ids["RVV01"],
                "title": person["title"],
                "first_name": person["known_as"] or person["given"],
                "last_name": person["family"],
                "known_as": person["known_as"],
                "telephone": person["telephone"],
                "address": ", ".join(person["address"][:2]),
                "postcode": person["address"][2],
                "referred_by": course["referred_by"],
                "referrer_name": course["referrer"],
                "referral_date": days.uk(start),
                "service": course["service"],
                "reason": course["reason"],
                "agreed_to_share": "yes",
                "decision": "accepted",
                "decision_date": days.uk(start + 3),
            },
        )
        for number, ago in enumerate(course["visits"]):
            self._visit(course, referral, number, ago)

    def _visit(self, course: Person, referral: str, number: int, ago: int) -> None:
        worried = ago == course["worried"]
        minute = self._minute(ago, course["at"])
        happened = "yes" if ago > 0 else "planned"
        feels: Sequence[str] = ("", "", "")
        if happened == "yes":
            feels = ("worse", course["worry"], "yes") if worried else ("same", GOOD_VISIT, "no")
        self._add(
            "voluntary-visits",
            VISITS,
            {
                "visit_id": f"V{self.key}{number:03d}",
                "record_updated": days.utc_stamp(min(minute + 120, self.today * DAY + 200)),
                "referral_id": referral,
                "member_ref": self.ids["RVV01"],
                "volunteer_name": course["volunteer"],
                "visit_at": days.uk_minute(minute),
                "minutes": "60",
                "happened": happened,
                "wellbeing": feels[0],
                "note": feels[1],
                "worried": feels[2],
            },
        )
