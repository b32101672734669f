"""One consistent file of the whole database, and the way back; the secret keys are never in it."""

from careweave.record.backup.beside import kept_in
from careweave.record.backup.dumping import BackedUp, back_up
from careweave.record.backup.restoring import Restored, restore
from careweave.record.backup.tools import BackupFailed

__all__ = ["BackedUp", "BackupFailed", "Restored", "back_up", "kept_in", "restore"]
