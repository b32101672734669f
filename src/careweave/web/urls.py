"""Every address of the product; each view says who may open it (tests/promises/test_urls_guarded.py)."""

from __future__ import annotations

from django.urls import path

from careweave.web import (
    frame,
    plain_pages,
    sign_in,
    sign_in_going_on,
    sign_in_keeping,
    sign_in_letters,
    sign_in_locking,
    sign_in_own,
    sign_in_passkeys,
    sign_in_provider,
    sign_in_roles,
    story,
    watching,
)
from careweave.web.fhir_api.urls import FHIR
from careweave.web.place import measures, population
from careweave.web.portal import caring, choices, own, visits
from careweave.web.portal import telling as portal_telling
from careweave.web.smart.urls import SMART
from careweave.web.staff import (
    adding,
    assessments,
    audit,
    messages,
    my_day,
    notes,
    organisation,
    people,
    plan_pages,
    plans,
    records,
    refused,
    review,
    sheets,
    suggested,
    team,
    undo,
)
from careweave.web.staff.governance.urls import GOVERNANCE

handler400 = "careweave.web.problems.bad_request"
handler403 = "careweave.web.problems.stale_form"
handler404 = "careweave.web.problems.not_found"
handler500 = "careweave.web.problems.our_fault"

DOORS = [
    path("", story.front, name="front"),
    path("story/again", story.again, name="story-again"),
    path("story/<slug:key>", story.be, name="story-be"),
    path("sign-in", sign_in.staff_sign_in, name="sign-in"),
    path("sign-in/second-step", sign_in_going_on.second_step, name="second-step"),
    path("sign-in/passkey", sign_in_passkeys.question, name="passkey-question"),
    path("sign-in/with/<slug:key>", sign_in_provider.leave, name="provider-leave"),
    path("sign-in/back", sign_in_provider.back, name="provider-back"),
    path("sign-in/keys", sign_in_provider.keys_of_ours, name="provider-keys"),
    path("sign-in/ended", sign_in_provider.ended, name="provider-ended"),
    path("my/letter", sign_in_letters.use, name="letter-use"),
    path("my/sign-in", sign_in.own_sign_in, name="my-sign-in"),
    path("change-role", sign_in.change_role, name="change-role"),
    path("lock", sign_in_locking.lock, name="lock"),
    path("locked", sign_in_locking.locked, name="locked"),
    path("prove", sign_in_locking.prove, name="prove"),
    path("keep", sign_in_keeping.keep, name="keep"),
    path("keep/throw-away", sign_in_keeping.throw_away, name="keep-throw-away"),
    path("your-sign-in", sign_in_own.own, name="your-sign-in"),
    path("your-sign-in/app", sign_in_own.app, name="your-app"),
    path("your-sign-in/passkey", sign_in_own.passkey, name="your-passkey"),
    path("your-sign-in/passkey/question", sign_in_own.passkey_question, name="your-passkey-question"),
    path("your-sign-in/recovery", sign_in_own.recovery, name="your-recovery"),
    path("your-sign-in/password", sign_in_own.password, name="your-password"),
    path("your-sign-in/end-others", sign_in_own.end_others, name="your-end-others"),
    path("your-sign-in/<int:step_id>/remove", sign_in_own.remove, name="your-step-remove"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("stay-signed-in", sign_in.stay_signed_in, name="stay-signed-in"),
    path("accessibility", plain_pages.accessibility, name="accessibility"),
    path("how-your-information-is-used", plain_pages.how_information_is_used, name="how-information-is-used"),
    path("brand.css", frame.brand_css, name="brand-css"),
    path("alive", watching.alive, name="alive"),
    path("ready", watching.ready, name="ready"),
    path("metrics", watching.metrics, name="metrics"),
]
DAY = [
    path("day", my_day.my_day, name="day"),
    path("day/print", my_day.print_day, name="day-print"),
    path("day/pass", my_day.tasks_passed, name="tasks-passed"),
    path("day/tasks/<uuid:task_id>/done", my_day.task_done, name="task-done"),
    path("day/tasks/<uuid:task_id>/take", my_day.task_taken, name="task-taken"),
    path("day/tasks/<uuid:task_id>/date", my_day.task_date, name="task-date"),
    path("day/tasks/<uuid:task_id>/undo/<int:version>", undo.task, name="task-undo"),
    path("day/messages", messages.messages, name="messages"),
    path("day/messages/<uuid:message_id>/answer", messages.answer, name="message-answer"),
    path("day/pass/undo", undo.passed, name="pass-undo"),
    path("suggested/<uuid:task_id>/not-now", suggested.not_now, name="not-now"),
    path("suggested/<uuid:task_id>/take-on", suggested.take_on, name="take-on"),
]
PERSON = "people/<uuid:person_id>"
PEOPLE = [
    path("find", people.find, name="find"),
    path("people/add", adding.add, name="person-add"),
    path("people/bring", adding.bring, name="people-bring"),
    path(PERSON, people.person, name="person"),
    path(f"{PERSON}/happened", people.happened, name="happened"),
    path(f"{PERSON}/who-looked", audit.who_looked, name="who-looked"),
    path(f"{PERSON}/team", team.team, name="team"),
    path(f"{PERSON}/team/add", team.add, name="team-add"),
    path(f"{PERSON}/team/remove", team.remove, name="team-remove"),
    path(f"{PERSON}/team/carer", team.carer, name="team-carer"),
    path(f"{PERSON}/team/visit", team.visit, name="team-visit"),
    path(f"{PERSON}/crisis", sheets.crisis_card, name="crisis"),
    path(f"{PERSON}/is-here", messages.is_here, name="is-here"),
    path(f"{PERSON}/print", sheets.summary, name="summary"),
    path(f"{PERSON}/letter", sign_in_letters.make, name="letter-make"),
    path(f"{PERSON}/letter/stop", sign_in_letters.stop, name="letter-stop"),
    path(f"{PERSON}/notes", notes.add, name="note-add"),
    path(f"{PERSON}/notes/draft", notes.draft, name="note-draft"),
    path(f"{PERSON}/notes/<uuid:note_id>/undo", notes.undo, name="note-undo"),
    path(f"{PERSON}/notes/<uuid:note_id>/mistake", notes.mistake, name="note-mistake"),
    path(f"{PERSON}/notes/<uuid:note_id>/wrong-person", notes.wrong_person, name="note-wrong-person"),
]
ASSESSMENTS = [
    path(f"{PERSON}/take-on/undo", undo.take_on, name="take-on-undo"),
    path(f"{PERSON}/records", records.records, name="records"),
    path(f"{PERSON}/assessment", assessments.form, name="assessment"),
    path(f"{PERSON}/assessment/draft", assessments.autosave, name="assessment-autosave"),
    path(f"{PERSON}/assessments/<uuid:response_id>", assessments.read, name="assessment-read"),
]
PLANS = [
    path(f"{PERSON}/plan", plan_pages.plan, name="plan"),
    path(f"{PERSON}/plan.pdf", plan_pages.pdf, name="plan-pdf"),
    path(f"{PERSON}/plan/draft", plan_pages.draft, name="plan-draft"),
    path(f"{PERSON}/plan/copies", plan_pages.copies, name="plan-copies"),
    path(f"{PERSON}/plan/copies/<uuid:copy_id>", plan_pages.hand_over, name="plan-hand-over"),
    path(f"{PERSON}/plan/withdraw", plan_pages.withdraw, name="plan-withdraw"),
    path(f"{PERSON}/plan/publish", plans.publish, name="plan-publish"),
    path(f"{PERSON}/plan/edit", plans.edit, name="plan-edit"),
    path(f"{PERSON}/plan/edit/<slug:key>", plans.part, name="plan-part"),
    path(f"{PERSON}/plan/edit/<slug:key>/draft", plans.autosave, name="plan-autosave"),
]
PORTAL = [
    path("my", own.home, name="my"),
    path("my/plan", own.plan, name="my-plan"),
    path("my/plan.pdf", own.plan_pdf, name="my-plan-pdf"),
    path("my/who-looked", own.who_looked, name="my-who-looked"),
    path("my/choices", choices.my_choices, name="my-choices"),
    path("my/choices/opt-out", choices.opt_out, name="my-opt-out"),
    path("my/choices/<uuid:choice_id>/take-back", choices.take_back, name="my-choice-back"),
    path("my/questions", portal_telling.questions, name="my-questions"),
    path("my/plan/goals/<uuid:goal_id>", portal_telling.goal_answer, name="my-goal-answer"),
    path("my/caring/<uuid:person_id>/change", portal_telling.change, name="caring-change"),
    path("my/caring", caring.home, name="caring"),
    path("my/caring/<uuid:person_id>/plan", caring.plan, name="caring-plan"),
    path("my/caring/<uuid:person_id>/plan.pdf", caring.plan_pdf, name="caring-plan-pdf"),
    path("visits", visits.visits, name="visits"),
    path("visits/<uuid:task_id>/been", visits.been, name="visit-been"),
    path("visits/<uuid:task_id>/cannot-go", visits.cannot_go, name="visit-cannot-go"),
    path("visits/<uuid:task_id>/worried", portal_telling.worried, name="visit-worried"),
]
KEEPING = [
    path("identity/review", review.queue, name="review"),
    path("identity/review/<uuid:pair_id>", review.pair, name="review-pair"),
    path("identity/review/<uuid:pair_id>/decide", review.decide, name="review-decide"),
    path("audit", audit.looks_of_all, name="audit"),
    path("intake/refused", refused.files, name="refused-files"),
    path("intake/refused/<uuid:batch_id>", refused.rows, name="refused-rows"),
    path("intake/refused/<uuid:batch_id>/rows.csv", refused.download, name="refused-download"),
    path("intake/refused/<uuid:batch_id>/list.csv", refused.list_for_sender, name="refused-list"),
    path("intake/refused/<uuid:batch_id>/send", refused.send, name="refused-send"),
    path("intake/refused/rows/<uuid:row_id>", refused.row, name="refused-row"),
    path("place", population.place, name="place"),
    path("place/measures", measures.measures, name="measures"),
    path("place/measures/<slug:id>", measures.measure, name="measure"),
    path("place/measures/<slug:id>.csv", measures.download, name="measure-download"),
    path("organisation", organisation.organisation, name="organisation"),
    path("organisation/staff", organisation.add, name="staff-add"),
    path("organisation/staff/<uuid:staff_id>/roles", sign_in_roles.of_staff, name="staff-roles"),
    path("organisation/staff/<uuid:staff_id>/card", sign_in_roles.link, name="staff-card"),
    path("organisation/staff/<uuid:staff_id>/afresh", sign_in_roles.afresh, name="staff-afresh"),
    path("organisation/roles", sign_in_roles.waiting, name="roles-waiting"),
    path("organisation/roles/<int:role_id>/decide", sign_in_roles.decide, name="role-decide"),
    path("organisation/roles/<int:role_id>/end", sign_in_roles.end, name="role-end"),
    path("organisation/staff/<uuid:staff_id>/leaves", organisation.leaves, name="staff-leaves"),
]
urlpatterns = [*DOORS, *DAY, *PEOPLE, *ASSESSMENTS, *PLANS, *PORTAL, *KEEPING, *GOVERNANCE, *SMART, *FHIR]
