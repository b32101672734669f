"""Who cares for a person: enrolment, the one coordinator, the team, notes, visits and the web of care."""
