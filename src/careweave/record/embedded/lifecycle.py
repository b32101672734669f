"""The one call that everything else makes: a database that answers, whoever else is starting it as well."""

import logging
from dataclasses import dataclass, field

from careweave.configuration import OWNER_ROLE, SERVING_ROLE, Configuration, database_url
from careweave.record.embedded.binaries import Binaries, NoServer, find_binaries
from careweave.record.embedded.place import Place
from careweave.record.embedded.roles import provision
from careweave.record.embedded.server import DidNotStart, Server, set_up, start, why_silent
from careweave.record.embedded.server import stop as stop_server

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Urls:
    owner: str = field(repr=False)  # they hold passwords
    serving: str = field(repr=False)


def ensure_running(configuration: Configuration, *, durable: bool = True) -> Urls:
    """The two addresses, once a query through the serving one has been answered."""
    urls = Urls(database_url(configuration, OWNER_ROLE), database_url(configuration, SERVING_ROLE))
    silence = why_silent(urls.serving)
    if silence is None:
        return urls
    if not configuration.is_embedded:
        raise DidNotStart(f"The database at CAREWEAVE_SERVING_URL does not answer: {silence}")
    place = Place(configuration)
    with place.lock():
        server = current_server(place, durable=durable)
        if not server.data.exists():
            set_up(place, server.binaries, server.data)
        start(server)
        provision(server)
    return urls


def is_running(configuration: Configuration) -> bool:
    return configuration.is_embedded and why_silent(database_url(configuration, SERVING_ROLE)) is None


def stop(configuration: Configuration) -> bool:
    """Stop the embedded server if one runs here; a database of the place's own is left alone."""
    place = Place(configuration)
    if not configuration.is_embedded or not place.folder.exists():
        return False
    with place.lock():
        unneeded = Binaries(place.folder, "0")
        folders = [path.parent for path in place.folder.glob("*/*/postmaster.pid")]
        stopped = [stop_server(Server(place, unneeded, folder)) for folder in folders]
        place.remove_socket_folder()
        return any(stopped)


def current_server(place: Place, *, durable: bool = True) -> Server:
    """The server for the data we have, by programs of its major version; without data, the preferred one."""
    major = place.newest_major()
    place.refuse_data_of_another_account(place.data(major or 0))
    try:
        binaries = find_binaries(place.configuration, major=major)
    except NoServer as missing:
        raise NoServer(
            f"{missing} The data in {place.data(major or 0)} were written by it; "
            "with both versions installed, `careweave upgrade` takes them to the newer one."
        ) from None
    preferred = find_binaries(place.configuration)
    if preferred.major > binaries.major:
        log.warning(
            "PostgreSQL %s is installed; `careweave upgrade` moves the data to it.", preferred.version
        )
    return Server(place, binaries, place.data(binaries.major), durable)
