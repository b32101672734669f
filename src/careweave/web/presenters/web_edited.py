"""The web of care as the person sees it and says it is, and how it was before there was a team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from careweave.care.teams.around import Said
from careweave.web import wording
from careweave.web.presenters.facts import Held
from careweave.web.presenters.timeline import Sources
from careweave.web.presenters.web_of_care import Node, Web, summed, web_of_care

SPAN = timedelta(days=90)


@dataclass(frozen=True)
class Line:
    """One of the people around, in words."""

    node: Node
    said: str = ""
    is_theirs: bool = False


@dataclass(frozen=True)
class Around:
    """The drawing, the same as a list, and who was taken away, whom the person can put back."""

    web: Web
    lines: tuple[Line, ...]
    removed: tuple[str, ...]


def around(web: Web, said: Said, *, by: str = "") -> Around:
    """What the person said, beside what was counted. `by` is their name for other readers; empty on their own page.

    On their own page someone they took away is not drawn; to others the person's word stands beside the count.
    """
    added = [Node(one.key, one.name, one.what, "", "family") for one in said.added]
    known = {node.key for node in web.nodes}
    nodes = [*web.nodes, *(node for node in added if node.key not in known)]
    if not by:
        nodes = [node for node in nodes if node.key not in said.removed]
    left = {node.key for node in nodes} | {""}
    edges = tuple(edge for edge in web.edges if edge.start in left and edge.end in left)
    handovers = sum(edge.count for edge in edges if edge.handover)
    shown = replace(web, nodes=tuple(nodes), edges=edges, handovers=handovers)
    own = {one.key for one in said.added}
    lines = tuple(Line(node, _said(node.key, said, own, by or "You"), node.key in own) for node in nodes)
    return Around(shown, lines, tuple(said.removed.values()))


def _said(key: str, said: Said, own: set[str], who: str) -> str:
    if key in said.wrong:
        return f"{who} said: this is wrong. {said.wrong[key]}"
    if key in said.removed:
        return f"{who} said: not one of the people around me"
    return f"{who} added this" if key in own else ""


@dataclass(frozen=True)
class Span:
    """Ninety days or fewer, and what was counted in them."""

    title: str
    people: int
    organisations: int
    contacts: int
    handovers: int


def before_and_after(
    resources: Sequence[Held], sources: Sources, *, since: datetime | None, now: datetime
) -> tuple[Span, ...]:
    """The last 90 days before there was a team, beside the latest since; nothing without a team."""
    if since is None:
        return ()
    latest = max(since, now - SPAN)
    return (
        _span(f"Before the team: 90 days to {wording.day(since)}", resources, sources, since - SPAN, since),
        _span(f"With the team: since {wording.day(latest)}", resources, sources, latest, now),
    )


def _span(title: str, resources: Sequence[Held], sources: Sources, start: datetime, end: datetime) -> Span:
    within = [
        one for one in resources if one.type == "Encounter" and one.starts and start <= one.starts < end
    ]
    web = web_of_care("", within, sources)
    return Span(title, *summed(web))
