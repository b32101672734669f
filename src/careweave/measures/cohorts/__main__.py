"""`python -m careweave.measures.cohorts`: one question as JSON in, the id of its answer or the refusal out."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.cohorts.asking import ask
from careweave.warehouse.cohorts import CohortError, load_words
from careweave.warehouse.store import WarehouseError


def told(question: dict[str, Any]) -> dict[str, Any]:
    words = load_words(date.fromisoformat(question["on"]))
    try:
        asked = ask(Path(question["home"]), words, question["rule"], by=question["by"])
    except (CohortError, WarehouseError) as error:
        return {"answer": "", "is_near": False, "refused": str(error)}
    return {"answer": asked.answer.id, "is_near": asked.is_near, "refused": ""}


if __name__ == "__main__":
    print(json.dumps(told(json.load(sys.stdin))))
