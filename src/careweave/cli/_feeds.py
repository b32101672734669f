"""After counting: how complete and how late each source is, for the page that shows it."""

from __future__ import annotations

from careweave.cli._warehouse import london_today
from careweave.configuration import Configuration
from careweave.measures.feed_rules import load_feed_rules
from careweave.measures.publishing_feeds import publish_feeds
from careweave.record.feeds import feed_lateness


def look_at_feeds(configuration: Configuration) -> int:
    """How many sources sent something that is counted."""
    days = load_feed_rules(london_today()).looked_back_days
    late = {source: (one.half, one.most, one.newest.date()) for source, one in feed_lateness(days).items()}
    return len(publish_feeds(configuration.home, late).sources)
