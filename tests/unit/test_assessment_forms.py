"""The assessment's form without a browser: nothing typed is lost between writers, and stale answers are confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.care.assessments.drafting import answer_from, mark, merge
from careweave.care.assessments.knowing import Known
from careweave.care.assessments.questions import NONE, Answer, Assessment
from careweave.care.assessments.reading import assessment
from careweave.web.assessment_forms import as_typed, kept_as, left_out, read_answers
from careweave.web.components.forms import Form
from careweave.web.presenters import assessments as shaped

TODAY = date(2026, 11, 26)
WRITERS = ("priya", "maria", "joe")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WRITERS), st.sampled_from(("falls", "mood")), st.sampled_from("abc"), st.booleans()
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=150)
def test_whatever_several_people_type_is_kept_or_shown_to_whoever_comes_second(steps: list[Any]) -> None:
    draft: dict[str, dict[str, Any]] = {}
    pages: dict[tuple[str, str], str] = {}
    for who, question, word, looks_again in steps:
        if looks_again or (who, question) not in pages:
            pages[who, question] = mark(answer_from(draft.get(question)))
        before, typed = draft.get(question), Answer(word)
        changes, clashes = merge(draft, {question: typed}, {question: pages[who, question]}, who)
        if question in changes:
            unseen = (
                before is not None
                and before["by"] != who
                and mark(answer_from(before)) != pages[who, question]
            )
            assert not unseen, "words of someone else that this writer never saw were written over"
            draft[question] = {"value": word, "by": who, "name": who, "at": "2026-11-26T10:00:00Z"}
        elif clashes:
            assert clashes[0].theirs == answer_from(before) and draft[question] == before
        else:
            assert mark(typed) in (mark(answer_from(before)), pages[who, question])


def full() -> Assessment:
    return assessment("full-assessment", on=TODAY)


def test_a_stale_answer_is_offered_and_counts_only_when_it_is_confirmed() -> None:
    form = full()
    section = form.section("function")
    assert section
    known = {"falls": Known(Answer("One"), "Maria Lopez", date(2026, 9, 1), is_current=False)}
    (shown,) = [one for one in shaped.asked(form, {}, known) if one.id == "function"]
    falls = next(one for one in shown.questions if one.key == "falls")
    assert falls.offered == "One" and not falls.answer.value and shown.to_confirm == 1
    assert falls.known == "Answered 1 September 2026, Maria Lopez"
    posted = {"was-falls": falls.mark}
    assert read_answers(Form(posted), [section], known)["falls"] == Answer()
    assert read_answers(Form({**posted, "still-falls": "1"}), [section], known)["falls"] == Answer("One")


def test_a_list_that_is_still_so_is_confirmed_row_by_row() -> None:
    form = full()
    section = form.section("finance")
    assert section
    rows = {"savings.0.what": Answer("Bank"), "savings.0.amount": Answer("£5.00")}
    known = {"savings": Known(Answer(), "Priya", date(2025, 1, 1), is_current=False, rows=rows)}
    (shown,) = [one for one in shaped.asked(form, {}, known) if one.id == "finance"]
    savings = next(one for one in shown.questions if one.key == "savings")
    assert savings.offered == "Bank, £5.00"
    answers = read_answers(Form({"was-savings": savings.mark, "still-savings": "1"}), [section], known)
    assert answers["savings.0.amount"] == Answer("£5.00")


def test_a_section_that_is_left_out_says_why_for_each_blank_question_that_is_asked() -> None:
    form = full()
    section = form.section("finance")
    assert section
    left = left_out(form, section, {"savings": Answer(NONE)}, "Joe will bring his papers")
    assert set(left) == {"funding", "income", "benefits-check"}
    assert {one.why for one in left.values()} == {"Joe will bring his papers"}


@pytest.mark.parametrize(
    ("id_", "typed", "kept", "shown"),
    [
        ("contribution", "1234.5", "£1,234.50", "1,234.50"),
        ("contribution", " £1,234 ", "£1,234.00", "1,234.00"),
        ("contribution", "about 50", "about 50", "about 50"),
        ("contribution", "-5", "-5", "-5"),
        ("weight", " 071 ", "71", "71"),
        ("weight", "seventy", "seventy", "seventy"),
    ],
)
def test_what_is_typed_is_kept_in_one_form_and_never_thrown_away(
    id_: str, typed: str, kept: str, shown: str
) -> None:
    question = full().questions[id_]
    assert kept_as(question, typed.strip()) == kept and as_typed(question, kept) == shown
