"""Everything that the place's pages show, counted once the warehouse is up to date."""

from __future__ import annotations

from dataclasses import dataclass

from careweave.cli._experience import count_experience
from careweave.cli._feeds import look_at_feeds
from careweave.cli._variation import ask_about_outliers
from careweave.cli._warehouse import london_today, publish_measures, publish_performance
from careweave.configuration import Configuration
from careweave.measures.publishing_population import publish_population
from careweave.measures.publishing_social_care import publish_social_care
from careweave.money.publishing_capitation import publish_capitation


@dataclass(frozen=True)
class Counted:
    """How many measures and lists were counted, and how many clinical leads were asked about an outlier."""

    measures: int
    lists: int
    asked: int


def count_everything(configuration: Configuration) -> Counted:
    """Safe to repeat."""
    measures = publish_measures(configuration)
    lists = publish_performance(configuration)
    asked = ask_about_outliers(configuration, measures)
    look_at_feeds(configuration)
    publish_population(configuration.home, london_today())
    publish_social_care(configuration.home, london_today())
    publish_capitation(configuration.home, london_today())
    count_experience(configuration)
    return Counted(len(measures), len(lists), asked.made)
