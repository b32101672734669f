"""The addresses of the neighbourhood: support for someone, the directory, a network's own pages, and the person's."""

from __future__ import annotations

from django.urls import path

from careweave.web.portal import support as own_support
from careweave.web.staff import directory_pages, network, shared_tasks, support

_PERSON = "people/<uuid:person_id>"
NEIGHBOURHOOD = [
    path(f"{_PERSON}/support", support.find, name="support"),
    path(f"{_PERSON}/support/<uuid:service_id>", support.refer, name="support-refer"),
    path(f"{_PERSON}/who-does-what", shared_tasks.tasks, name="shared-tasks"),
    path("support/<uuid:task_id>", support.referral, name="community-referral"),
    path("directory", directory_pages.listed, name="directory"),
    path("directory/add", directory_pages.add, name="directory-add"),
    path("directory/<uuid:service_id>", directory_pages.entry, name="directory-entry"),
    path("network", network.home, name="network"),
    path("network/people/<uuid:person_id>", network.person, name="network-person"),
    path("network/tasks/<uuid:task_id>/done", network.task_done, name="network-task-done"),
    path("my/support", own_support.support, name="my-support"),
    path("my/support/<uuid:service_id>", own_support.ask, name="my-support-ask"),
]
