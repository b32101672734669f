"""careweave check"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting
from careweave.configuration import OWNER_ROLE, Configuration, database_url

if TYPE_CHECKING:
    from careweave.record.audit_check import Problem
    from careweave.record.invariants import Broken


@dataclass(frozen=True)
class Found:
    """What each part of the check found; `waiting` is the number of audit rows that no seal covers yet."""

    audit: list[Problem]
    invariants: list[Broken]
    definitions: list[str]
    overdue: list[str]
    sealed: int
    waiting: int
    anchors: int

    @property
    def is_well(self) -> bool:
        return not self.audit and not self.definitions and all(each.is_only_told for each in self.invariants)


@reporting()
def command() -> Report:
    """Check the audit chain and its anchors, what must always hold, the definitions, and orphans.

    Ends with 1 and names what is broken. What waits is sealed afterwards, so that the next check covers it.
    """
    configuration = ready_place()
    with psycopg.connect(database_url(configuration, OWNER_ROLE), autocommit=True) as connection:
        found = _look(connection, configuration)
    if not found.audit:
        from careweave.record.work import seal_everything

        seal_everything()
    return Report(_figures(found), _lines(found), succeeded=found.is_well)


def _look(connection: psycopg.Connection[Any], configuration: Configuration) -> Found:
    from django.conf import settings

    from careweave.care.assessments.reading import assessment_problems
    from careweave.care.finding.triggers import trigger_problems
    from careweave.care.pathways.reading import pathway_problems
    from careweave.care.readings.kinds import reading_problems
    from careweave.definitions import DefinitionError, definition_problems, overdue_reviews
    from careweave.definitions.survey_definition import survey_problems
    from careweave.intake.reading.mappings import mapping_problems
    from careweave.measures.experience.definition import experience_problems
    from careweave.measures.feed_rules import feed_rule_problems
    from careweave.measures.measure_sets import set_problems
    from careweave.measures.scorecard_definition import scorecard_problems
    from careweave.money.contract import contract_problems
    from careweave.record.audit_anchor import anchor_files
    from careweave.record.audit_check import verify
    from careweave.record.invariants import broken_invariants
    from careweave.record.work import anchor_key, anchors_folder
    from careweave.warehouse.checking import warehouse_problems
    from careweave.warehouse.indicators import measure_problems

    today = datetime.now(UTC).date()
    wrong = definition_problems()
    wrong = wrong or [
        *warehouse_problems(configuration.home, today),
        *measure_problems(),
        *contract_problems(),
        *set_problems(),
        *feed_rule_problems(),
        *scorecard_problems(),
        *mapping_problems(today),
        *assessment_problems(),
        *pathway_problems(),
        *trigger_problems(),
        *reading_problems(),
        *survey_problems(),
        *experience_problems(),
    ]
    try:
        broken = broken_invariants(connection, serving_role=str(settings.DATABASES["default"]["USER"]))
    except DefinitionError as error:
        broken = []
        wrong = sorted({*wrong, *error.problems})
    sealed, waiting = _counts(connection)
    return Found(
        audit=verify(connection, anchor_key().public_key(), anchors_folder()),
        invariants=broken,
        definitions=wrong,
        overdue=[] if wrong else [f"{each.name}, due {each.review_on}" for each in overdue_reviews(today)],
        sealed=sealed,
        waiting=waiting,
        anchors=len(anchor_files(anchors_folder())),
    )


def _counts(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM record.audit_seal), (SELECT count(*) FROM record.audit)"
    ).fetchone()
    sealed, rows = row or (0, 0)
    return sealed, max(0, rows - sealed)


def _figures(found: Found) -> dict[str, Any]:
    return {
        "well": found.is_well,
        "audit": [asdict(each) for each in found.audit],
        "broken": [asdict(each) for each in found.invariants if not each.is_only_told],
        "told": [asdict(each) for each in found.invariants if each.is_only_told],
        "definitions": found.definitions,
        "reviews_overdue": found.overdue,
        "sealed": found.sealed,
        "not_yet_sealed": found.waiting,
        "anchors": found.anchors,
    }


def _lines(found: Found) -> list[str]:
    lines = [f"Audit: row {each.audit_id} {each.what}" for each in found.audit if each.audit_id is not None]
    lines += [f"Audit: {each.what}" for each in found.audit if each.audit_id is None]
    lines += [f"{'Note' if each.is_only_told else 'Broken'}: {each}" for each in found.invariants]
    lines += [f"Definition: {problem}" for problem in found.definitions]
    lines += [f"Note: review overdue: {each}" for each in found.overdue]
    lines.append(
        f"Audit: {found.sealed} rows sealed, {found.anchors} anchors, {found.waiting} rows not sealed before this check."
    )
    lines.append("Everything holds." if found.is_well else "Something is broken: see above.")
    return lines
