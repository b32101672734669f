"""A neighbourhood: a network with a worker and a volunteer, its services in the directory, and someone who is lonely."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from careweave.care.assessments.completing import complete
from careweave.care.assessments.drafting import save_answers
from careweave.care.assessments.questions import Answer
from careweave.care.directory.keeping import Entry, entries, offered
from careweave.care.directory.matching import Asked, Match, matches
from careweave.care.directory.rules import keeping_rules
from careweave.care.referrals.community import Ask, Choice, refer_to_service
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.intake.loading import load
from careweave.record import Gate, Refusal, Resource
from tests import factories as make
from tests.scenarios.coordination import PRACTICE, TODAY, Place

SAID = "I would like someone to play cards with"


class Neighbourhood(Place):
    """Priya coordinates; Nasreen answers for the network; Sam volunteers; Edith lives in RV1 and is lonely."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.code = f"V{uuid.uuid4().hex[:6].upper()}"
        make.organisation(self.code, "voluntary", name="Weir Neighbours")
        self.nasreen = make.staff("Nasreen Shah", "voluntary-worker", self.code)
        self.sam = make.staff("Sam Okoro", "volunteer", self.code)
        number = int(uuid.uuid4().hex[:8], 16)  # an area of postcodes that no other test has
        self.district = f"{chr(65 + number % 26)}{chr(65 + number // 26 % 26)}{number // 676 % 90 + 10}"

    def service(self, **changes: Any) -> dict[str, Any]:
        """A service as the network's feed sends it: all there and assured."""
        return {
            "id": f"{self.code}-visits",
            "name": "Befriending",
            "description": "A volunteer comes once a week.",
            "status": "active",
            "minimum_age": 60,
            "assured_date": (TODAY - timedelta(days=30)).isoformat(),
            "organization": {
                "id": f"{self.code}-o",
                "name": "Weir Neighbours",
                "organization_identifiers": [{"identifier_scheme": "GB-ODS", "identifier": self.code}],
            },
            "service_areas": [{"name": f"Weir ({self.district})"}],
            "attributes": [
                {"taxonomy_term": {"taxonomy": "esdNeeds", "name": "Befriending"}},
                {"taxonomy_term": {"taxonomy": "who may refer", "name": "Professional"}},
                {"taxonomy_term": {"taxonomy": "who may refer", "name": "Self referral"}},
            ],
        } | changes

    def sent(self, *services: dict[str, Any]) -> list[Entry]:
        """The feed loads; returns the network's entries."""
        path = self.folder / f"{uuid.uuid4().hex}.json"
        path.write_text(json.dumps({"total_items": 1, "page_number": 1, "contents": list(services)}))
        result = load([path], source=self.code, workers=1, today=TODAY)
        assert result.accepted == len(services), result
        return self.listed()

    def listed(self) -> list[Entry]:
        return [one for one in entries(self.gate(self.priya)) if one.service.organisation_code == self.code]

    def edith(self, *, lonely: bool = True, born: str = "1941-03-04") -> str:
        body = make.patient(
            PRACTICE, uuid.uuid4().hex, family="Smith", given="Edith", birth_date=born, gp=PRACTICE
        )
        body["address"] = [{"line": ["6 Ferry Road"], "postalCode": f"{self.district} 2BA"}]
        body["telecom"] = [{"system": "phone", "value": "01632 960031"}]
        person_id = make.person((PRACTICE, body))
        make.suggestion(person_id, self.priya.party)
        gate = self.gate(self.priya)
        taken = take_on(gate, person_id=person_id, coordinator=self.worker(self.priya))
        assert isinstance(taken, Enrolled), taken
        answers = {**ANSWERS, "social-contact": "Hardly ever" if lonely else "As often as I want"}
        save_answers(
            gate, person_id=person_id, answers={key: Answer(value) for key, value in answers.items()}
        )
        complete(gate, person_id=person_id, today=TODAY)
        return person_id

    def answering(self) -> Gate:
        return make.gate(self.nasreen, "voluntary-worker", self.code)

    def match(self, *, on: date = TODAY, **asked: Any) -> Match:
        facts = {"needs": ("loneliness",), "age": 85, "postcode": f"{self.district} 2BA", **asked}
        [found] = matches(self.listed(), Asked(**facts), keeping_rules(on), on)
        return found

    def offered(self, on: date = TODAY) -> list[str]:
        return [one.service.name for one in offered(self.listed(), on)]

    def referred(self, person_id: str, *, gate: Gate | None = None, **changes: Any) -> Resource | Refusal:
        facts = {
            "need": "loneliness",
            "words": "Someone to play cards with, on Tuesdays",
            "first_name": "Edith",
            "telephone": "01632 960031",
            "agreed": "She said so at home",
            **changes,
        }
        match = self.match()
        return refer_to_service(
            gate or self.gate(self.priya),
            person_id=person_id,
            match=match,
            ask=Ask(**facts),
            choice=Choice((match.service.name, "Lunch club"), match.service.name, SAID),
            today=TODAY,
        )


ANSWERS = {
    "accommodation": "Own home",
    "lives-with": "With family",
    "employment": "Retired",
    "social-contact": "Hardly ever",
    "moving": "With a frame or stick",
    "falls": "None",
    "eating": "As usual",
    "washing": "With some help",
    "memory": "No trouble",
    "mood": "Mostly well",
    "good-day": "A game of cards",
    "worry": "Nobody comes",
    "carer": "No one",
}
