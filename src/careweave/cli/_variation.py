"""After counting: which practices differ by more than chance, and one task for the clinical lead of each."""

from __future__ import annotations

from careweave.cli._warehouse import london_today
from careweave.configuration import Configuration
from careweave.identity.improving import Outlier, Raised, raise_tasks
from careweave.measures.published import Published
from careweave.measures.publishing_variation import publish_variation
from careweave.measures.variation import Variation, outlier_in_words


def ask_about_outliers(configuration: Configuration, published: list[Published]) -> Raised:
    """Safe to repeat: an outlier is asked about once a measure and quarter."""
    titles = {one.id: one.title for one in published}
    found = publish_variation(configuration.home, published, london_today())
    outliers = [each for one in found for each in outliers_of(one, titles[one.measure])]
    return raise_tasks(outliers, today=london_today())


def outliers_of(one: Variation, title: str) -> list[Outlier]:
    return [
        Outlier(one.measure, one.version, each.practice, outlier_in_words(one, each, title), one.last)
        for each in one.outliers
    ]
