"""Counts a group in a process of its own, so that no page carries the libraries that count."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from careweave.measures.cohorts.remembering import Answer, answer
from careweave.warehouse.cohorts import CohortError, load_words, read_group

_LONGEST_SECONDS = 120
NOT_COUNTED = "The group could not be counted now. Try again in a minute, or ask for a shorter rule."


@dataclass(frozen=True)
class Counted:
    """`is_near`: the answer is that of an earlier group, the same but for a few people or for none."""

    answer: Answer
    is_near: bool


def count_group(home: Path, rule: str, *, by: str, on: date) -> Counted:
    """Raises CohortError with what to do."""
    read_group(load_words(on), rule)  # what cannot be read need not be counted to be refused
    question = json.dumps({"home": str(home), "rule": rule, "by": by, "on": on.isoformat()})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "careweave.measures.cohorts"],
            input=question,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise CohortError(NOT_COUNTED) from error
    told = json.loads(done.stdout)
    found = answer(home, told["answer"]) if told["answer"] else None
    if found is None:
        raise CohortError(told["refused"] or NOT_COUNTED)
    return Counted(found, told["is_near"])
