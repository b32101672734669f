"""Registers: rules that say whom a service is for, in a small language, with their reasons in words."""

from careweave.warehouse.registers.evaluate import Feature, Finding, find_person, holds
from careweave.warehouse.registers.model import (
    ConditionList,
    Measure,
    Register,
    Trigger,
    Wanted,
    load_register,
    read_register,
)
from careweave.warehouse.registers.rule import Rule, RuleError, read_rule

__all__ = [
    "ConditionList",
    "Feature",
    "Finding",
    "Measure",
    "Register",
    "Rule",
    "RuleError",
    "Trigger",
    "Wanted",
    "find_person",
    "holds",
    "load_register",
    "read_register",
    "read_rule",
]
