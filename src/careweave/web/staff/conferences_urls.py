"""The addresses of case conferences, and of people who asked for help themselves."""

from __future__ import annotations

from django.urls import path

from careweave.web.staff import conferences, conferences_after, conferences_print, conferences_room, referrals

ONE = "conferences/<uuid:meeting_id>"
CASE = f"{ONE}/case/<int:number>"

CONFERENCES = [
    path("referrals/<uuid:task_id>", referrals.referral, name="self-referral"),
    path("conferences", conferences.conferences, name="conferences"),
    path("conferences/new", conferences.new, name="conference-new"),
    path("conferences/counter", conferences_after.counter, name="conference-counter"),
    path("conferences/asks/<uuid:task_id>", conferences_after.asked, name="conference-asked"),
    path("conferences/agree/<uuid:task_id>", conferences_after.agree, name="conference-agree"),
    path("conferences/reviews/<uuid:task_id>", conferences_after.review, name="conference-review"),
    path(ONE, conferences.conference, name="conference"),
    path(f"{ONE}/ask", conferences.ask, name="conference-ask"),
    path(f"{ONE}/choose", conferences.choose, name="conference-choose"),
    path(f"{ONE}/lock", conferences.lock, name="conference-lock"),
    path(f"{ONE}/papers", conferences_after.paper, name="conference-papers"),
    path(f"{ONE}/papers.pdf", conferences_print.papers, name="conference-papers-pdf"),
    path(f"{ONE}/minutes", conferences_after.minutes, name="conference-minutes"),
    path(f"{ONE}/minutes.pdf", conferences_print.minutes, name="conference-minutes-pdf"),
    path(CASE, conferences_room.case, name="conference-case"),
    path(f"{CASE}/off", conferences.take_off, name="conference-take-off"),
    path(f"{CASE}/begin", conferences_room.begin, name="conference-begin"),
    path(f"{CASE}/here", conferences_room.here, name="conference-here"),
    path(f"{CASE}/time", conferences_room.time_hint, name="conference-time"),
    path(f"{CASE}/question", conferences_room.question, name="conference-question"),
    path(f"{CASE}/decide", conferences_room.decide, name="conference-decide"),
    path(f"{CASE}/decisions/<uuid:task_id>/back", conferences_room.take_back, name="conference-take-back"),
    path(f"{CASE}/disagree", conferences_room.disagree, name="conference-disagree"),
    path(f"{CASE}/finish", conferences_room.finish, name="conference-finish"),
    path(f"{CASE}/later", conferences_room.later, name="conference-later"),
    path(f"{CASE}/after", conferences_after.after, name="conference-after"),
    path(f"{CASE}/read-out/<uuid:summary_id>", conferences_after.read_out, name="conference-read-out"),
]
