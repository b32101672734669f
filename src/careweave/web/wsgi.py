"""The WSGI door for gunicorn and other servers."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careweave.settings")
application = get_wsgi_application()

# A worklist is 100,000 small objects that all go at once: looking for cycles among them took half of its time.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 50, 100)
