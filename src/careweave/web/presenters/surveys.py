"""An answer to a survey in the words of the page."""

from __future__ import annotations

from careweave.care.experience.standing import Standing
from careweave.definitions.survey_definition import DECLINED

RATHER_NOT = (DECLINED, "I would rather not say")


def words_of(one: Standing, item_id: str) -> str:
    """One answer in the words of the page; never blank."""
    code = one.given.answers.get(item_id, "") if one.given else ""
    item = one.survey.item(item_id)
    option = item.option(code) if item else None
    return option.label if option else (RATHER_NOT[1] if code == DECLINED else "Not answered")
