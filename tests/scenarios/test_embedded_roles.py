"""Nothing is served by a role that could step around row-level security, on any PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from careweave.configuration import embedded_url, from_environment
from careweave.record.embedded import UnsafeServingRole, Urls, refuse_unsafe_serving_role

BAD = {
    "superuser": ("ALTER ROLE {r} SUPERUSER", "superuser"),
    "bypass": ("ALTER ROLE {r} BYPASSRLS", "BYPASSRLS"),
    "createrole": ("ALTER ROLE {r} CREATEROLE", "CREATEROLE"),
    "member of owner": ("GRANT careweave_owner TO {r}", "may become its owner careweave_owner"),
    "member of owner by way of another": (
        "CREATE ROLE {r}_between; GRANT careweave_owner TO {r}_between; GRANT {r}_between TO {r}",
        "may become its owner careweave_owner",
    ),
    "member without inheritance": (
        "ALTER ROLE {r} NOINHERIT; GRANT careweave_owner TO {r}",
        "may become its owner",
    ),
    "member of a bypasser": (
        "CREATE ROLE {r}_between BYPASSRLS; GRANT {r}_between TO {r}",
        "BYPASSRLS through {r}_between",
    ),
    "reads everything": ("GRANT pg_read_all_data TO {r}", "member of pg_read_all_data"),
    "owns a table": ("CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO {r}", "owns the table theirs"),
    "owns a schema": ("CREATE SCHEMA theirs AUTHORIZATION {r}", "owns the schema theirs"),
    "owns the database": ("ALTER DATABASE {d} OWNER TO {r}", "owns the database"),
    "owns a function": (
        "CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION theirs OWNER TO {r}",
        "owns the function theirs",
    ),
    "creates in a schema": ("GRANT CREATE ON SCHEMA public TO {r}", "may create things in the schema public"),
}


@contextmanager
def serving_role(server: Urls) -> Iterator[tuple[psycopg.Connection, str, str]]:
    """A plain role and a database of the owner's, both thrown away: superuser's connection, role, its URL."""
    role = f"serving_{os.getpid()}"
    configuration = from_environment(os.environ)
    with psycopg.connect(embedded_url(configuration, "postgres", "postgres"), autocommit=True) as maintenance:
        maintenance.execute(f"CREATE DATABASE {role} OWNER careweave_owner TEMPLATE template0")
        maintenance.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
        try:
            with psycopg.connect(embedded_url(configuration, "postgres", role), autocommit=True) as superuser:
                superuser.execute("ALTER SCHEMA public OWNER TO careweave_owner")
                parts = urlsplit(server.serving)
                host = f"{role}:x@"
                yield superuser, role, urlunsplit(parts._replace(netloc=host, path=f"/{role}"))
        finally:
            maintenance.execute(f"DROP DATABASE {role} WITH (FORCE)")
            maintenance.execute(f"DROP ROLE {role}")
            maintenance.execute(f"DROP ROLE IF EXISTS {role}_between")


@pytest.mark.database
def test_a_plain_role_is_accepted_and_may_use_temporary_tables(bare_server: Urls) -> None:
    with serving_role(bare_server) as (_, _, url), psycopg.connect(url) as connection:
        connection.execute("CREATE TEMPORARY TABLE passing (n int)")
        refuse_unsafe_serving_role(connection)


@pytest.mark.database
@pytest.mark.parametrize("case", BAD)
def test_a_role_that_could_step_around_row_level_security_is_refused(bare_server: Urls, case: str) -> None:
    statement, words = BAD[case]
    with serving_role(bare_server) as (superuser, role, url):
        superuser.execute(statement.format(r=role, d=role))
        with (
            psycopg.connect(url) as connection,
            pytest.raises(UnsafeServingRole, match=words.format(r=role)) as refused,
        ):
            refuse_unsafe_serving_role(connection)
        assert "CREATE ROLE careweave_serving LOGIN" in str(refused.value)
