"""Everyone around a person, as nodes and edges counted from contacts, and as the same list in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from careweave.care.teams.notes import TAKE_CHARGE
from careweave.care.teams.shapes import has_code
from careweave.web import wording
from careweave.web.presenters import facts
from careweave.web.presenters.facts import Held
from careweave.web.presenters.roles import role_name
from careweave.web.presenters.timeline import SECTORS, Sources

# A handover is counted when the next contact, within this time, is with another organisation.
HANDOVER_WITHIN = timedelta(days=30)
PASSED_ON_LATELY = timedelta(days=14)


# Each sector's mark has a letter, so that colour never speaks alone.
LETTERS = {
    "gp": "G",
    "hospital": "H",
    "community": "C",
    "mental-health": "M",
    "social-care": "S",
    "housing": "R",
    "voluntary": "V",
    "team": "T",
    "family": "F",
    "other": "O",
}


@dataclass(frozen=True)
class Node:
    """Someone, or a service, that touches the person's life."""

    key: str
    name: str
    role: str
    organisation: str
    sector: str
    contacts: int = 0
    last: str = ""

    @property
    def sector_name(self) -> str:
        names = {"family": "Family and friends", "team": "Care team"}
        return names.get(self.sector) or SECTORS.get(self.sector, "Other")


@dataclass(frozen=True)
class Edge:
    """A line between two nodes (“” is the person), and how often it was walked."""

    start: str
    end: str
    count: int
    handover: bool = False


@dataclass(frozen=True)
class Web:
    """The web, ready for a drawing and for a list."""

    centre: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    handovers: int
    questions: tuple[str, ...]

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The letters of the drawing and what they stand for."""
        found = {node.sector: node.sector_name for node in self.nodes}
        return tuple((LETTERS.get(sector, "O"), name) for sector, name in sorted(found.items()))

    @property
    def summary(self) -> str:
        return f"{wording.people(len(self.nodes))}, {wording.people(self.handovers, 'handover', 'handovers')}"


def web_of_care(centre: str, resources: Sequence[Held], sources: Sources) -> Web:
    """Count touch-points and handovers from contacts, the team and the family."""
    contacts = sorted(
        (one for one in resources if one.type == "Encounter" and not facts.is_mistake(one.body)),
        key=lambda one: one.starts or one.updated,
    )
    seen: dict[str, list[Node]] = {}
    walked: Counter[tuple[str, str]] = Counter()
    before: tuple[str, str, datetime] | None = None
    for held in contacts:
        found = _of_contact(held, sources)
        for node in found:
            seen.setdefault(node.key, []).append(node)
        at = held.starts or held.updated
        here = (found[0].key, found[0].organisation, at)
        if before and before[1] != here[1] and at - before[2] <= HANDOVER_WITHIN:
            walked[(before[0], here[0])] += 1
        before = here
    named = {node.key: node for node in _named(resources)}
    nodes = {**named, **{key: _with_role(node, named.get(key)) for key, node in _counted(seen).items()}}
    ordered = tuple(sorted(nodes.values(), key=lambda node: (-node.contacts, node.name)))
    edges = [Edge("", node.key, node.contacts) for node in ordered]
    edges += [Edge(start, end, count, handover=True) for (start, end), count in walked.items()]
    return Web(centre, ordered, tuple(edges), sum(walked.values()), _questions(resources, ordered))


def summed(web: Web) -> tuple[int, int, int, int]:
    """People or services, organisations, contacts and handovers that were counted."""
    met = [node for node in web.nodes if node.contacts]
    organisations = {node.organisation for node in met if node.organisation}
    return len(met), len(organisations), sum(node.contacts for node in met), web.handovers


def _with_role(node: Node, named: Node | None) -> Node:
    """Someone in the team keeps the role that the team gives them."""
    return replace(node, role=named.role) if named and named.role and not node.role else node


def _counted(seen: Mapping[str, list[Node]]) -> dict[str, Node]:
    return {
        key: Node(
            key,
            some[-1].name,
            some[-1].role,
            some[-1].organisation,
            some[-1].sector,
            len(some),
            some[-1].last,
        )
        for key, some in seen.items()
    }


def _of_contact(held: Held, sources: Sources) -> list[Node]:
    body = held.body
    organisation = facts.shown(body.get("serviceProvider")) or sources.names.get(held.source, held.source)
    sector, last = sources.sector(held.source), wording.day(held.starts)
    people = []
    for one in body.get("participant") or ():
        name, said = name_and_role(facts.shown(one.get("individual")))
        if name:
            role = said or next((facts.words(kind) for kind in one.get("type") or ()), "")
            people.append(Node(_key(name), name, _role(role), organisation, sector, 1, last))
    if people:
        return people
    service = facts.words(body.get("serviceType")) or _setting(body)
    name = f"{organisation}: {service}" if service else organisation
    return [Node(_key(name), name, "", organisation, sector, 1, last)]


def name_and_role(shown: str) -> tuple[str, str]:
    """“Dr Ruth Cole (General practitioner)”, as some sources write it, taken apart."""
    name, bracket, rest = shown.partition(" (")
    return (name, rest.removesuffix(")").lower()) if bracket and rest.endswith(")") else (shown, "")


def _setting(body: facts.Body) -> str:
    return {"EMER": "A&E", "IMP": "ward", "ACUTE": "ward"}.get(str((body.get("class") or {}).get("code")), "")


def _role(role: str) -> str:
    return "" if role.casefold() in ("participation", "primary performer", "attender") else role


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _named(resources: Sequence[Held]) -> list[Node]:
    """The team and the family, who count even without a recorded contact."""
    found = []
    for held in resources:
        if held.type == "CareTeam" and held.body.get("status", "active") == "active":
            found += [_member(one) for one in members(held.body)]
        if held.type == "RelatedPerson" and held.body.get("active", True):
            found.append(_relative(held))
    return [node for node in found if node.name]


def members(team: facts.Body) -> list[facts.Body]:
    """Participants of a CareTeam whose time has not ended, the person left out."""
    return [
        one
        for one in team.get("participant") or ()
        if not (one.get("period") or {}).get("end")
        and not str((one.get("member") or {}).get("reference", "")).startswith("Patient/")
    ]


def _member(one: facts.Body) -> Node:
    name = facts.shown(one.get("member"))
    role = _first_role(one)
    return Node(_key(name), name, role, facts.shown(one.get("onBehalfOf")), "team")


def _relative(held: Held) -> Node:
    name, _ = name_and_role(facts.person_name(held.body.get("name")))
    roles = [facts.words(kind) for kind in held.body.get("relationship") or ()]
    return Node(_key(name), name, wording.listed([role.lower() for role in roles if role]), "", "family")


# Of these it is usual to have several.
_USUALLY_SEVERAL = frozenset(
    ("gp", "general practitioner", "visitor", "volunteer", "paramedic", "doctor", "nurse")
)


def _questions(resources: Sequence[Held], nodes: Sequence[Node]) -> tuple[str, ...]:
    """“Two occupational therapists: is this right?” for a role twice in the team, or from two organisations."""
    in_team: Counter[str] = Counter()
    changing = _changing_hands(resources)
    for held in resources:
        if held.type == "CareTeam" and held.body.get("status", "active") == "active":
            in_team.update(
                _first_role(one).lower()
                for one in members(held.body)
                if _key(facts.shown(one.get("member"))) not in changing
            )
    names: dict[str, set[str]] = {}
    bodies: dict[str, set[str]] = {}
    for node in nodes:
        if node.sector != "family" and node.role and node.key not in changing:
            names.setdefault(node.role.lower(), set()).add(node.key)
            bodies.setdefault(node.role.lower(), set()).add(node.organisation)
    several = {role: len(keys) for role, keys in names.items() if len(keys) > 1 and len(bodies[role]) > 1}
    counted = {**several, **{role: count for role, count in in_team.items() if count > several.get(role, 1)}}
    numbers = {2: "Two", 3: "Three", 4: "Four"}
    return tuple(
        f"{numbers.get(count, str(count))} {role}s: is this right?"
        for role, count in counted.items()
        if role and role not in _USUALLY_SEVERAL
    )


def _changing_hands(resources: Sequence[Held]) -> frozenset[str]:
    """Who is asked to take charge, and who has just passed it on: for that time two of one role are right."""
    found = set()
    for held in resources:
        if held.type != "Task" or not has_code(held.body.get("code"), TAKE_CHARGE):
            continue
        status = held.body.get("status")
        if status in ("requested", "accepted"):
            found.add(_key(facts.shown(held.body.get("owner"))))
        elif status == "completed" and datetime.now(UTC) - held.updated <= PASSED_ON_LATELY:
            found.add(_key(facts.shown(held.body.get("requester"))))
    return frozenset(found - {""})


def _first_role(member: facts.Body) -> str:
    return role_name(next((facts.words(kind) for kind in member.get("role") or ()), ""))
