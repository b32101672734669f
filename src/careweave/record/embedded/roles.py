"""The two roles: one owns and migrates the tables, one serves and owns nothing, checked at each start."""

from typing import Any, Protocol

import psycopg
from psycopg import sql

from careweave.configuration import DATABASE, OWNER_ROLE, SERVING_ROLE, ConfigurationError, key_text
from careweave.record.embedded.scram import verifier
from careweave.record.embedded.server import SUPERUSER, Server

# Restore makes a database beside ours.
CAN_DO = {OWNER_ROLE: "LOGIN CREATEDB", SERVING_ROLE: "LOGIN NOCREATEDB"}
CANNOT_DO = "NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"


class UnsafeServingRole(ConfigurationError):
    """The serving role could step around row-level security, so nothing is served."""


class Connection(Protocol):
    """A psycopg or a Django connection."""

    def cursor(self) -> Any: ...


# Each finds what makes the role unsafe, among itself and every role that it could become.
REACHABLE = "SELECT oid, rolname FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')"
FLAGGED = "SELECT rolname FROM reachable JOIN pg_roles USING (oid, rolname) WHERE"
OWN_SCHEMA = "left(nspname, 3) <> 'pg_' AND nspname <> 'information_schema'"
DANGEROUS_ROLES = (
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_execute_server_program",
    "pg_maintain",
)
DANGERS = {
    "is superuser, or may become {0}": f"{FLAGGED} rolsuper",
    "has BYPASSRLS through {0}": f"{FLAGGED} rolbypassrls",
    "has CREATEROLE through {0}": f"{FLAGGED} rolcreaterole",
    "is a member of {0}": f"SELECT rolname FROM reachable WHERE rolname IN {DANGEROUS_ROLES}",
    "owns the database, or may become its owner {0}": "SELECT rolname FROM reachable "
    "JOIN pg_database ON datdba = reachable.oid WHERE datname = current_database()",
    "owns the schema {0}": "SELECT nspname FROM reachable "
    f"JOIN pg_namespace ON nspowner = reachable.oid WHERE {OWN_SCHEMA}",
    "owns the table {0}": "SELECT relname FROM reachable JOIN pg_class ON relowner = reachable.oid "
    f"JOIN pg_namespace n ON n.oid = relnamespace WHERE relpersistence <> 't' AND {OWN_SCHEMA}",
    "owns the function {0}": "SELECT proname FROM reachable JOIN pg_proc ON proowner = reachable.oid "
    f"JOIN pg_namespace n ON n.oid = pronamespace WHERE {OWN_SCHEMA}",
    "may create things in the schema {0}": "SELECT nspname FROM pg_namespace WHERE "
    f"{OWN_SCHEMA} AND has_schema_privilege(session_user, oid, 'CREATE')",
}


def refuse_unsafe_serving_role(connection: Connection) -> None:
    """Refuse to start when the role that serves could own, become the owner, or bypass row-level security."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        role = cursor.fetchone()[0]
        found = []
        for words, query in DANGERS.items():
            cursor.execute(f"WITH reachable AS ({REACHABLE}) {query} ORDER BY 1 LIMIT 1")
            row = cursor.fetchone()
            if row is not None:
                found.append(words.format(row[0]))
    if found:
        raise UnsafeServingRole(
            f"Careweave does not start: the serving role {role} {'; it '.join(found)}. "
            "It could then see every record without being asked who it is. "
            "Connect CAREWEAVE_SERVING_URL as a plain login role that owns nothing and belongs to no other "
            f"role (CREATE ROLE {SERVING_ROLE} LOGIN PASSWORD '...'), and let another role own the database."
        )


def provision(server: Server) -> None:
    """Make our two roles and the database, or put them right; safe to repeat."""
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        make_roles(server, connection)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE} TEMPLATE template0")
        close_to_others(connection, DATABASE, SERVING_ROLE)
    with psycopg.connect(server.url(SUPERUSER), autocommit=True) as connection:
        connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER_ROLE}")
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(f"GRANT USAGE ON SCHEMA public TO {SERVING_ROLE}")


def make_roles(server: Server, connection: psycopg.Connection[Any]) -> None:
    for role, powers in CAN_DO.items():
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        password = verifier(key_text(server.place.configuration, f"password-{role}"))
        verb = "ALTER" if known else "CREATE"
        connection.execute(f"{verb} ROLE {role} {powers} {CANNOT_DO} PASSWORD '{password}'")
    # Restoring swaps databases, for which the sessions of the serving role are ended.
    connection.execute(f"GRANT pg_signal_backend TO {OWNER_ROLE}")


def close_to_others(connection: psycopg.Connection[Any], database: str, serving_role: str) -> None:
    """Only the serving role may come in, and may make nothing there but temporary tables."""
    names = {"database": sql.Identifier(database), "role": sql.Identifier(serving_role)}
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
