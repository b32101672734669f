"""What every kind of test may ask for: a real database of its own, a served place, a browser; no network."""

import os
import shutil
import tempfile
from pathlib import Path

# Before Django's settings are read. The workers of one run inherit the variable and share the folder.
TEST_HOME = Path(os.environ.setdefault("CAREWEAVE_TEST_HOME", tempfile.mkdtemp(prefix="careweave-tests-")))
os.environ["CAREWEAVE_HOME"] = str(TEST_HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "careweave.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in the thread of the test
os.environ["CAREWEAVE_SECOND_STEP"] = (
    "nobody"  # journeys begin with a password; what asks for more says so itself
)
for name in ("CAREWEAVE_OWNER_URL", "CAREWEAVE_SERVING_URL"):
    os.environ.pop(name, None)

import pytest  # noqa: E402

from careweave.configuration import from_environment  # noqa: E402
from careweave.record.embedded import stop  # noqa: E402

pytest_plugins = ["tests.fixtures.database", "tests.fixtures.browser", "tests.fixtures.network"]


def pytest_configure(config: pytest.Config) -> None:
    import django

    django.setup()
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    # The same hash with fewer rounds; a test of times sets the full number.
    PBKDF2PasswordHasher.iterations = 20_000


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Only the process that made the folder takes it away; its workers have ended by now."""
    if not hasattr(session.config, "workerinput"):
        stop(from_environment(os.environ))
        shutil.rmtree(TEST_HOME, ignore_errors=True)
