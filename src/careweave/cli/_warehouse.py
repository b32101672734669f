"""The warehouse's jobs as commands run them: under the system's own name, on today's London day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from careweave.care.finding.finding import Found, find_candidates
from careweave.care.teams.staff_facts import workers
from careweave.configuration import Configuration
from careweave.definitions import all_definitions, load_definition
from careweave.identity.directory import directory, team_for_practice
from careweave.measures import judging
from careweave.measures.performance import Performance
from careweave.measures.published import Published
from careweave.measures.publishing import publish
from careweave.record import Actor, Gate, Purpose
from careweave.record.feeds import last_received
from careweave.record.invitations import Invitation, ever_asked, response_id
from careweave.warehouse.areas import areas_in
from careweave.warehouse.models import load_model
from careweave.warehouse.models.trained import ModelError, Trained, in_use, keep
from careweave.warehouse.models.training import train
from careweave.warehouse.pseudonyms import open_key, rotate_key
from careweave.warehouse.refreshing import Refreshed, refresh
from careweave.warehouse.registers import load_register
from careweave.warehouse.store import SECONDARY_USE, open_warehouse

LONDON = ZoneInfo("Europe/London")
WAREHOUSE, FINDER = Actor("system:warehouse", "system"), Actor("system:finder", "system")


def london_today() -> date:
    return datetime.now(LONDON).date()


def refresh_warehouse(
    configuration: Configuration, *, is_full: bool = False, has_new_key: bool = False
) -> Refreshed:
    keys = configuration.home / "keys"
    key = (rotate_key if has_new_key else open_key)(keys, by=WAREHOUSE.id)
    return refresh(
        Gate(WAREHOUSE, Purpose.CASE_FINDING),
        counting=Gate(WAREHOUSE, Purpose.SECONDARY_USE),
        folder=configuration.home / "warehouse",
        key=key,
        sectors=directory().sectors,
        as_at=london_today(),
        by=WAREHOUSE.id,
        is_full=is_full,
        areas=areas_in(configuration.home / "reference"),
        invitations=(_counted(one) for one in ever_asked()),
    )


def _counted(one: Invitation) -> dict[str, object]:
    """An invitation as the warehouse takes it: days, and the ids that are hidden there."""
    asked, closes = (each.astimezone(LONDON).date() for each in (one.opens_at, one.closes_at))
    return {
        "resource": one.id,
        "subject": one.person_id,
        "questionnaire": one.survey,
        "version": one.version,
        "event": one.event,
        "asked": asked,
        "closes": closes,
        "state": one.state,
        "response": response_id(one.id),
    }


def publish_measures(configuration: Configuration) -> list[Published]:
    """Count every indicator in use, for the pages that show them."""
    received = {source: at.date() for source, at in last_received().items()}
    return publish(configuration.home, london_today(), received)


def publish_performance(configuration: Configuration) -> list[Performance]:
    """Judge every list by the place's own past, for the page that says how well they find people."""
    today = london_today()
    return judging.publish(configuration.home, today, places=places_of_coordinators(today))


def places_of_coordinators(today: date) -> int:
    """How many people the place's coordinators can be in charge of at one time."""
    usual = int(load_definition("caseload", "caseload", today).content["limit"])
    return sum(each.caseload_limit or usual for each in workers(roles=("coordinator",)))


def lists_in_use(configuration: Configuration, on: date) -> list[str]:
    """Those of rules, then those of models that were trained here; the list of another waits until its model is."""
    ids = sorted({each.id for each in all_definitions("registers") if each.holds_on(on)})
    models = {id: load_register(id, on).models for id in ids}
    ready = [id for id in ids if all(in_use(configuration.home, model) for model in models[id])]
    return sorted(ready, key=lambda id: (bool(models[id]), id))


def registers_of(configuration: Configuration, model: str, on: date) -> list[str]:
    """The list that is named, or those that a model orders; either name may be given."""
    registers = [each.id for each in all_definitions("registers") if each.holds_on(on)]
    ordered = sorted({id for id in registers if model in load_register(id, on).models})
    return ordered or [model]


def train_model(configuration: Configuration, id: str) -> Trained:
    """Learn from the place's own past, as it may be counted; the model takes the place of the one before it."""
    with open_warehouse(configuration.home, purpose=SECONDARY_USE) as warehouse:
        model = load_model(id, warehouse.as_at)
        trained = train(warehouse.engine, warehouse.tables, model, warehouse.as_at)
    keep(configuration.home, trained)
    return trained


def train_models(configuration: Configuration, say: Callable[[str], None]) -> list[str]:
    """Each model that was never trained here and for which the past is long enough; of another it says why not."""
    trained = []
    for id in sorted({each.id for each in all_definitions("models") if each.holds_on(london_today())}):
        try:
            if in_use(configuration.home, id) is None:
                train_model(configuration, id)
            trained.append(id)
        except ModelError as error:
            say(f"No model of the place's own yet: {error}")
    return trained


def find_people(configuration: Configuration, register: str) -> Found:
    today = london_today()
    return find_candidates(
        Gate(FINDER, Purpose.CASE_FINDING),
        register=load_register(register, today),
        home=configuration.home,
        key=open_key(configuration.home / "keys", by=FINDER.id),
        team_for_practice=team_for_practice,
        today=today,
    )
