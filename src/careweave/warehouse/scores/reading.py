"""Which score a definition holds, told by its `form`, and the day's version of one by its name."""

from __future__ import annotations

from datetime import date

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.warehouse.scores.definition import CodedScore, read_coded_score
from careweave.warehouse.scores.list_definition import ListScore, read_list_score
from careweave.warehouse.scores.stay_definition import StayScore, read_stay_score

AnyScore = CodedScore | StayScore | ListScore


def load_score(id: str, on: date) -> AnyScore:
    return read_score(load_definition("scores", id, on), on)


def read_score(definition: Definition, on: date | None = None) -> AnyScore:
    """The score as it is on a day; what it takes from other definitions is that day's too."""
    form = definition.content.get("form", "codes")
    if form == "codes":
        return read_coded_score(definition)
    if form == "stay":
        return read_stay_score(definition)
    if form == "lists":
        return read_list_score(definition, on)
    raise DefinitionError([f"{definition.name}: form {form!r} is not known"])
