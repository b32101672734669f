"""careweave work"""

import logging
import os
import signal
import threading

import click
from prometheus_client import Gauge

from careweave.cli._place import ready_place, running_place
from careweave.cli._reporting import Report, reporting

log = logging.getLogger("careweave.work")
BETWEEN_TICKS = 1.0  # the audit is sealed about once a second
LONGEST_REST = 60.0  # after repeated failures


@reporting()
@click.option("--once", is_flag=True, help="Do what waits now, then end.")
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer our parent.")
def command(once: bool, parent: int | None) -> Report | None:
    """Run the background work: seal the audit, hand on events, keep the clocks."""
    ready_place()
    from careweave.care.experience.asking import plan_surveys
    from careweave.care.experience.inviting import send_surveys
    from careweave.care.finding.moments import ask_at_moments
    from careweave.care.noticing.noticing import notice_changes
    from careweave.care.plans.daily_review_due import tick as ask_for_reviews
    from careweave.care.referrals.after_discharge import ask_networks
    from careweave.care.teams.clocks import escalate_due
    from careweave.care.teams.delivering_work import send_due
    from careweave.care.teams.digest import send_digests
    from careweave.care.teams.handover_due import tick as hand_over
    from careweave.care.teams.news import tell_news
    from careweave.care.teams.standing_in import tick as stand_in
    from careweave.care.teams.treatment_summary import ask_for_summaries
    from careweave.identity.clients_exchange import forget_spent
    from careweave.identity.keeping_up import refresh_changed_people
    from careweave.record.work import tick as tick_record

    def tick() -> dict[str, int]:
        return {
            **tick_record(),
            "refreshed": refresh_changed_people(),
            "told": tell_news(),
            "networks": ask_networks(),
            "planned": plan_surveys(),
            "surveys": send_surveys(),
            "delivered": send_due(),
            "noticed": notice_changes(),
            "asked": ask_at_moments(),
            "reviews": ask_for_reviews(),
            "summaries": ask_for_summaries(),
            "escalated": escalate_due(),
            "handed_over": hand_over(),
            "standing_in": stand_in(),
            "digests": send_digests(),
            "forgotten": forget_spent(),
        }

    if once:
        return Report({"ticks": 1, "done": tick()}, ["Done what waited."])
    return Report({"ticks": _keep_working(tick, parent)})


def _keep_working(tick: object, parent: int | None) -> int:
    """Until told to stop. A tick that fails is tried again, ever less often; nothing is lost meanwhile."""
    assert callable(tick)
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    last_done = Gauge("careweave_work_last_done_seconds", "When work was last done", multiprocess_mode="max")
    ticks, rest = 0, BETWEEN_TICKS
    while not told_to_stop.is_set() and parent in (None, os.getppid()):
        try:
            tick()
            last_done.set_to_current_time()
            ticks, rest = ticks + 1, BETWEEN_TICKS
        except Exception:
            log.exception("The background work failed and is tried again in %.0f seconds.", rest)
            _recover()
            rest = min(rest * 2, LONGEST_REST)
        told_to_stop.wait(rest)
    return ticks


def _recover() -> None:
    """Drop broken connections, and start the embedded database again if it was killed."""
    from django.db import connections

    connections.close_all()
    try:
        running_place()
    except Exception:
        log.exception("The database does not answer.")
