"""After counting: how complete and how late each source is, for the page that shows it."""

from __future__ import annotations

from careweave.configuration import Configuration
from careweave.measures.publishing_feeds import publish_feeds
from careweave.record.feeds import feed_lateness


def look_at_feeds(configuration: Configuration) -> int:
    """How many sources sent something that is counted."""
    late = {source: (one.half, one.most, one.newest.date()) for source, one in feed_lateness().items()}
    return len(publish_feeds(configuration.home, late).sources)
