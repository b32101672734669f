"""careweave train"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting

if TYPE_CHECKING:
    from careweave.measures.performance import Month, Performance


@reporting()
@click.argument("model", default="one-year")
@click.option("--refresh/--no-refresh", default=True, help="Whether to bring the warehouse up to date first.")
def command(model: str, refresh: bool) -> Report:
    """Train a model on this place's own past and judge it on a later year; nobody is suggested by it."""
    configuration = ready_place()
    from careweave.cli._warehouse import publish_performance, refresh_warehouse, train_model
    from careweave.warehouse.models.trained import ModelError

    if refresh:
        refresh_warehouse(configuration)
    try:
        trained = train_model(configuration, model)
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    judged = next(one for one in publish_performance(configuration) if one.id == model)
    figures = {
        "model": trained.model,
        "version": trained.name,
        "people": trained.people,
        "events": trained.events,
        "chosen": trained.chosen,
        "valid_to": trained.valid_to.isoformat(),
        "months": len(judged.months),
    }
    last = next((month for month in reversed(judged.months) if month.is_held_out), None)
    if last and last.auc:
        figures |= {"auc": last.auc.value, "auc_lower": last.auc.lower, "auc_upper": last.auc.upper}
    return Report(figures, _lines(judged, last, trained.chosen))


def _lines(judged: Performance, last: Month | None, chosen: str) -> list[str]:
    card = judged.card
    assert card
    lines = [
        f"{judged.title}: learnt from {card.people:,} people as known on {card.learnt_on:%d %B %Y} ({chosen}).",
        f"Valid to {card.valid_to:%d %B %Y}.",
    ]
    if last is None or last.auc is None:
        return [*lines, "There is no later year to judge it by yet: do not rely on it."]
    told = f"Judged as at {last.on:%d %B %Y}: AUC {last.auc.value:.3f} ({last.auc.lower:.3f} to {last.auc.upper:.3f})"
    gain, more = last.gain, ""
    if gain:
        more = f", {gain.value:+.3f} ({gain.lower:+.3f} to {gain.upper:+.3f}) over age, sex and earlier stays"
    return [*lines, f"{told}{more}.", *_calibration(last)]


def _calibration(last: Month) -> list[str]:
    if last.slope is None or last.intercept is None:
        return []
    return [
        f"Calibration slope {last.slope.value:.2f} (1 is right), intercept {last.intercept.value:.2f} (0 is right)."
    ]
