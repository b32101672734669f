"""A PostgreSQL of our own on this machine: found, set up, started and stopped without anyone's help.

It never runs as root, has no TCP, wants a password from everyone, and syncs and checksums every page.
https://www.postgresql.org/docs/current/server-start.html
"""

from careweave.record.embedded.binaries import NoServer
from careweave.record.embedded.lifecycle import Urls, ensure_running, is_running, stop
from careweave.record.embedded.roles import UnsafeServingRole, refuse_unsafe_serving_role
from careweave.record.embedded.server import DidNotStart
from careweave.record.embedded.upgrade import upgrade

__all__ = [
    "DidNotStart",
    "NoServer",
    "UnsafeServingRole",
    "Urls",
    "ensure_running",
    "is_running",
    "refuse_unsafe_serving_role",
    "stop",
    "upgrade",
]
