"""Brings a database to this version of the program: schema, functions, access rules, the gate key and grants."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from .door import session_key
from .policy import PARAMETERS, compile_flow_key, compile_sql, load_policy, load_sharing

OWNER = "owner"
# A database of an earlier version holds the rule with fewer facts; it must not answer any more.
_BEFORE = (
    "DROP FUNCTION IF EXISTS record.policy_allows(text, text, text, text[], boolean, text, text[], boolean);"
    "DROP FUNCTION IF EXISTS record.policy_allows("
    "text, text, text, text[], boolean, text, text[], boolean, boolean, boolean)"
)


def migrate(*, verbosity: int = 0) -> None:
    """Run every migration as the owner, then install what depends on definitions and roles; safe to repeat."""
    call_command("migrate", database=OWNER, verbosity=verbosity, interactive=False)
    with connections[OWNER].cursor() as cursor:
        install_functions(cursor)
        install_policy(cursor)
        install_gate_key(cursor)
        grant(cursor, serving_role=str(settings.DATABASES["default"]["USER"]))


def install_functions(cursor: Any) -> None:
    """The functions of the door and of the loader, all or none; one whose result changes is dropped in its file first."""
    folder = files("careweave.record").joinpath("schema/functions")
    texts = sorted((file.name, file.read_text(encoding="utf-8")) for file in folder.iterdir())
    cursor.execute("\n".join(text for _, text in texts))


def install_policy(cursor: Any) -> None:
    """The access rules as a function, so that the database decides exactly as the interpreter does.

    In PL/pgSQL, which keeps the expression ready: 2.4 µs a row, where a function in SQL takes 29 unless it is inlined,
    and it is inlined only while every fact in a statement is a cheap one.
    """
    cursor.execute(_BEFORE)
    cursor.execute(
        f"CREATE OR REPLACE FUNCTION record.policy_allows({PARAMETERS}) RETURNS boolean"
        f" LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $policy$ BEGIN RETURN {compile_sql(load_policy())}; END $policy$"
    )

    cursor.execute(
        "CREATE OR REPLACE FUNCTION record.flow_key(type text, source text) RETURNS text"
        f" LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $flow$ SELECT {compile_flow_key(load_sharing())} $flow$"
    )


def install_gate_key(cursor: Any) -> None:
    inner, outer = session_key().pads()
    cursor.execute(
        "INSERT INTO record.gate_key (inner_pad, outer_pad) VALUES (%s, %s)"
        " ON CONFLICT (single) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
        [inner, outer],
    )


def grant(cursor: Any, *, serving_role: str) -> None:
    """What the serving role may do with the record, and with the tables of accounts and sessions."""
    role = sql.Identifier(serving_role)
    text = files("careweave.record").joinpath("schema/grants.sql").read_text(encoding="utf-8")
    cursor.execute(sql.SQL(text).format(serving=role))
    cursor.execute(
        sql.SQL(
            "GRANT USAGE ON SCHEMA public TO {serving};"
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {serving};"
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {serving};"
            "REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM {serving}"
        ).format(serving=role)
    )
