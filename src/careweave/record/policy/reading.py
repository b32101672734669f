"""Reads the access definitions into a policy, and refuses a word that the vocabulary does not have."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.record.policy.policy import NamedRule, Policy, Vocabulary
from careweave.record.policy.rules import (
    Agreed,
    All,
    Any,
    HasLabel,
    InteractionIn,
    KindIn,
    LabelsWithin,
    Named,
    Not,
    Objected,
    OwnSource,
    PlaceSource,
    PurposeIn,
    RoleIn,
    Rule,
    TypeIn,
)

Table = Mapping[str, typing.Any]


def load_policy(on: date | None = None) -> Policy:
    """The policy that holds on a day, today unless said."""
    day = on or datetime.now(UTC).date()
    words, labels, rules = (load_definition("access", id, day) for id in ("words", "labels", "rules"))
    return read_policy(words, labels, rules)


def read_policy(words: Definition, labels: Definition, rules: Definition) -> Policy:
    reader = _Reader(words, labels)
    allow = tuple(reader.named_rule(table, rules) for table in rules.content.get("allow", []))
    forbid = tuple(reader.named_rule(table, rules) for table in rules.content.get("forbid", []))
    held = tuple(rule for table in reader.label_tables for rule in reader.label_rules(table))
    names = [each.name for each in (*forbid, *held, *allow)]
    reader.problems += [
        f"{rules.name}: two rules are named {name}" for name in names if names.count(name) > 1
    ]
    if reader.problems:
        raise DefinitionError(sorted(set(reader.problems)))
    versions = tuple(f"{each.id} {each.version}" for each in (words, labels, rules))
    return Policy(allow, (reader.unknown_label, *held, *forbid), reader.vocabulary, versions)


class _Reader:
    """Turns tables into rules and collects every problem on the way."""

    def __init__(self, words: Definition, labels: Definition) -> None:
        self.problems: list[str] = []
        self.labels_file = labels.name
        self.label_tables: list[Table] = labels.content.get("label", [])
        self.also_for: list[Table] = labels.content.get("also_for", [])
        types = words.content["types"]
        self.role_groups: Mapping[str, list[str]] = words.content.get("role_groups", {})
        self.type_groups: Mapping[str, list[str]] = types
        self.vocabulary = Vocabulary(
            roles=words.content["roles"],
            purposes=words.content["purposes"],
            interactions=words.content["interactions"],
            kinds=words.content["kinds"],
            types={group: tuple(names) for group, names in types.items()},
            labels={each["name"]: each["title"] for each in self.label_tables},
            sensitive=frozenset(each["name"] for each in self.label_tables if each.get("sensitive")),
        )

    @property
    def unknown_label(self) -> NamedRule:
        known = LabelsWithin(frozenset(self.vocabulary.labels))
        reason = "it carries a label that no definition explains"
        return NamedRule("unknown-label", "An unknown label is closed to everyone", reason, Not(known))

    def label_rules(self, table: Table) -> Iterable[NamedRule]:
        name, title, where = table["name"], table["title"], f"{self.labels_file}: label {table['name']}"
        seers = self._roles(table.get("seen_by", []), where)
        rule = All((HasLabel(name), Not(RoleIn(seers)), *self._exceptions(name)))
        reason = f"it is marked “{title}”, which this role does not see"
        yield NamedRule(f"label-{name}", f"Marked “{title}”", reason, rule)
        if "purposes" in table:
            purposes = self._known(table["purposes"], self.vocabulary.purposes, where)
            rule = All((HasLabel(name), Not(PurposeIn(purposes))))
            reason = f"it is marked “{title}”, which is not seen for this purpose"
            yield NamedRule(f"label-{name}-purpose", f"Marked “{title}”, by purpose", reason, rule)

    def _exceptions(self, label: str) -> Iterable[Rule]:
        """Roles that meet a label for one purpose and for no other."""
        where = f"{self.labels_file}: also_for"
        for table in self.also_for:
            if label not in self._known(table.get("not_labels", []), self.vocabulary.labels, where):
                purposes = self._known([table["purpose"]], self.vocabulary.purposes, where)
                yield Not(All((RoleIn(self._roles(table["roles"], where)), PurposeIn(purposes))))

    def named_rule(self, table: Table, file: Definition) -> NamedRule:
        about = {key: table.get(key, "") for key in ("name", "title", "because")}
        where = f"{file.name}: rule {about['name'] or '(without a name)'}"
        self.problems += [f"{where}: {key} is missing" for key, text in about.items() if not text]
        rule = self._rule({key: table[key] for key in table if key not in about}, where)
        return NamedRule(about["name"], about["title"], about["because"], rule)

    def _rule(self, table: Table, where: str) -> Rule:
        if not table:
            self.problems.append(f"{where}: a rule without a condition would hold always")
        return All(tuple(self._condition(key, value, where) for key, value in table.items()))

    def _condition(self, key: str, value: typing.Any, where: str) -> Rule:
        words = self.vocabulary
        match key:
            case "roles":
                return RoleIn(self._roles(value, where))
            case "types":
                return TypeIn(self._types(value, where))
            case "purposes":
                return PurposeIn(self._known(value, words.purposes, where))
            case "interactions":
                return InteractionIn(self._known(value, words.interactions, where))
            case "kinds":
                return KindIn(self._known(value, words.kinds, where))
            case "labels_within":
                return LabelsWithin(self._known(value, words.labels, where))
            case "has_label":
                (label,) = self._known([value], words.labels, where)
                return HasLabel(label)
            case "named" if value is True:
                return Named()
            case "own_source" if value is True:
                return OwnSource()
            case "objected" if value is True:
                return Objected()
            case "agreed" if value is True:
                return Agreed()
            case "place_source" if value is True:
                return PlaceSource()
            case "any":
                return Any(tuple(self._rule(each, where) for each in value))
            case "not":
                return Not(self._rule(value, where))
        self.problems.append(f"{where}: {key} = {value!r} is not a condition")
        return Any(())

    def _roles(self, values: Iterable[str], where: str) -> frozenset[str]:
        return self._known(_expanded(values, self.role_groups), self.vocabulary.roles, where)

    def _types(self, values: Iterable[str], where: str) -> frozenset[str]:
        known = [name for group in self.type_groups.values() for name in group]
        return self._known(_expanded(values, self.type_groups), known, where)

    def _known(self, values: Iterable[str], known: Iterable[str], where: str) -> frozenset[str]:
        listed, words = frozenset(values), frozenset(known)
        self.problems += [f"{where}: {each} is not a known word" for each in listed - words]
        return listed


def _expanded(values: Iterable[str], groups: Mapping[str, list[str]]) -> list[str]:
    return [word for value in values for word in groups.get(value, [value])]
