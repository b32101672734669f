"""Access policy: one small typed rule tree, one interpreter, one compiler to SQL; pure, and held as data."""

from careweave.record.policy.policy import (
    NOTHING_OPENS,
    Decision,
    NamedRule,
    Policy,
    RuleOutcome,
    Vocabulary,
    decide,
    explain,
    specialise,
    visible_labels,
)
from careweave.record.policy.reading import load_policy, read_policy
from careweave.record.policy.rules import Facts
from careweave.record.policy.sharing import (
    Option,
    Sharing,
    StillFlows,
    compile_flow_key,
    flow_key,
    load_sharing,
)
from careweave.record.policy.sql import PARAMETERS, compile_sql, fingerprint

__all__ = [
    "NOTHING_OPENS",
    "PARAMETERS",
    "Decision",
    "Facts",
    "NamedRule",
    "Option",
    "Policy",
    "RuleOutcome",
    "Sharing",
    "StillFlows",
    "Vocabulary",
    "compile_flow_key",
    "compile_sql",
    "decide",
    "explain",
    "fingerprint",
    "flow_key",
    "load_policy",
    "load_sharing",
    "read_policy",
    "specialise",
    "visible_labels",
]
