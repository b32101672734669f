"""The addresses of the desk and of worries."""

from __future__ import annotations

from django.urls import path

from careweave.web.staff import alternatives, contacts, contacts_one, contacts_worries

ONE = "contacts/<uuid:task_id>"
PERSON = "people/<uuid:person_id>"

CONTACTS = [
    path("alternatives", alternatives.alternatives, name="alternatives"),
    path("alternatives/<slug:id>/free", alternatives.keep, name="alternatives-keep"),
    path("contacts", contacts.contacts, name="contacts"),
    path("contacts/take", contacts.take, name="contact-take"),
    path(ONE, contacts_one.contact, name="contact"),
    path(f"{ONE}/give", contacts_one.give, name="contact-give"),
    path(f"{ONE}/onward", contacts_one.onward, name="contact-onward"),
    path(f"{ONE}/care", contacts_one.care, name="contact-care"),
    path(f"{ONE}/care/<uuid:care_id>/reverse", contacts_one.reverse, name="contact-reverse"),
    path(f"{ONE}/answer", contacts_one.answer, name="contact-answer"),
    path(f"{PERSON}/one-is-enough", contacts_one.one_is_enough, name="one-is-enough"),
    path(f"{PERSON}/worries", contacts_worries.worried, name="worries"),
    path(f"{PERSON}/worries/<uuid:concern_id>/section-42", contacts_worries.section_42, name="section-42"),
]
