"""Every address of the product; each view says who may open it (tests/promises/test_urls_guarded.py)."""

from __future__ import annotations

from django.urls import path

from careweave.web import frame, plain_pages, sign_in, story
from careweave.web.staff import people

handler400 = "careweave.web.problems.bad_request"
handler403 = "careweave.web.problems.stale_form"
handler404 = "careweave.web.problems.not_found"
handler500 = "careweave.web.problems.our_fault"

DOORS = [
    path("", story.front, name="front"),
    path("story/again", story.again, name="story-again"),
    path("story/<slug:key>", story.be, name="story-be"),
    path("sign-in", sign_in.staff_sign_in, name="sign-in"),
    path("my/sign-in", sign_in.own_sign_in, name="my-sign-in"),
    path("change-role", sign_in.change_role, name="change-role"),
    path("lock", sign_in.lock, name="lock"),
    path("locked", sign_in.locked, name="locked"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("stay-signed-in", sign_in.stay_signed_in, name="stay-signed-in"),
    path("accessibility", plain_pages.accessibility, name="accessibility"),
    path("how-your-information-is-used", plain_pages.how_information_is_used, name="how-information-is-used"),
    path("brand.css", frame.brand_css, name="brand-css"),
]
PEOPLE = [
    path("find", people.find, name="find"),
    path("people/<uuid:person_id>", people.person, name="person"),
    path("people/<uuid:person_id>/happened", people.happened, name="happened"),
]
urlpatterns = [*DOORS, *PEOPLE]
