"""The ways out: GOV.UK Notify (or what speaks like it), a mail server, and the demonstration's own outbox folder."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.mail import EmailMessage
from joserfc import jwt
from joserfc.jwk import OctKey

from careweave.configuration import Configuration, ConfigurationError, make_private_folder
from careweave.private_files import write_privately

SECONDS = 8
MOST_BYTES = 100_000
NOTIFY = "https://api.notifications.service.gov.uk"


@dataclass(frozen=True)
class Notice:
    """One message. `reference` is the same at every try, so that a provider can be asked whether it has it."""

    reference: str
    way: str  # email or text
    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class Said:
    """The provider's own word, and its name for the message; an empty word means that it did not answer."""

    word: str
    provider_id: str = ""
    detail: str = ""


class Way(Protocol):
    """What every way out can do."""

    ways: frozenset[str]

    def send(self, notice: Notice) -> Said: ...
    def find(self, reference: str) -> Said | None:
        """What the provider says of a message it was given before; None when it was not."""

    def ask(self, provider_id: str) -> Said: ...


def way_out(configuration: Configuration) -> Way | None:
    """The way this place has set up; None when it has not. The demonstration sends nothing to anyone."""
    if configuration.demonstration:
        return Outbox(configuration.home / "outbox")
    if configuration.delivery.get("notify_key_file"):
        return Notify(configuration.delivery)
    return MailServer() if configuration.mail_server else None


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


class Notify:
    """GOV.UK Notify: a template of the place with one word filled in, signed with a key that expires at once."""

    def __init__(self, set_up: Mapping[str, str]) -> None:
        key = _secret(set_up["notify_key_file"])
        self._service, self._key = key[-73:-37], key[-36:]
        self._url = set_up.get("notify_url", NOTIFY).rstrip("/")
        if not self._url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ConfigurationError("CAREWEAVE_DELIVERY_NOTIFY_URL must be https.")
        if len(key) < 73 or key[-37] != "-":
            raise ConfigurationError(f"{set_up['notify_key_file']} does not hold a Notify API key.")
        named = {"email": "email_template", "text": "text_template"}
        self._templates = {way: set_up[name] for way, name in named.items() if set_up.get(name)}
        self.ways = frozenset(self._templates)

    def send(self, notice: Notice) -> Said:
        kind, field = ("email", "email_address") if notice.way == "email" else ("sms", "phone_number")
        body = {
            field: notice.to,
            "template_id": self._templates[notice.way],
            "reference": notice.reference,
            "personalisation": {"subject": notice.subject, "text": notice.text},
        }
        status, answer = self._call(f"/v2/notifications/{kind}", body)
        if status == 201:
            return Said("created", str(answer["id"]))
        # 400 and 403 are refusals for good (a wrong number, a wrong key); anything else may be better later.
        return Said("permanent-failure" if status == 400 else "", detail=_why(status, answer))

    def find(self, reference: str) -> Said | None:
        status, answer = self._call(f"/v2/notifications?{urlencode({'reference': reference})}")
        found = answer.get("notifications") or []
        return Said(str(found[0]["status"]), str(found[0]["id"])) if status == 200 and found else None

    def ask(self, provider_id: str) -> Said:
        status, answer = self._call(f"/v2/notifications/{provider_id}")
        return Said(str(answer["status"]), provider_id) if status == 200 else Said("", provider_id)

    def _call(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        claims = {"iss": self._service, "iat": int(time.time())}
        token = jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(self._key))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = Request(self._url + path, data=data, headers=headers)  # noqa: S310 - the scheme was checked above
        try:
            with _opener.open(request, timeout=SECONDS) as answer:
                return answer.status, _object(answer.read(MOST_BYTES))
        except HTTPError as error:
            with error:
                return error.code, _object(error.read(MOST_BYTES))
        except (URLError, OSError) as error:
            return 0, {"errors": [{"message": f"no answer: {type(error).__name__}"}]}


class MailServer:
    """The place's mail server (CAREWEAVE_MAIL_SERVER): it takes a message over or says why not; no word comes later."""

    ways = frozenset({"email"})

    def __init__(self, connection: Any = None) -> None:
        self._connection = connection

    def send(self, notice: Notice) -> Said:
        sender = settings.DEFAULT_FROM_EMAIL
        name = f"<{notice.reference}@{sender.rpartition('@')[2]}>"
        headers = {"Message-ID": name, "Auto-Submitted": "auto-generated"}
        message = EmailMessage(
            notice.subject, notice.text, sender, [notice.to], headers=headers, connection=self._connection
        )
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return Said("permanent-failure" if code >= 500 else "temporary-failure", detail=str(code))
        except (smtplib.SMTPException, OSError) as error:
            return Said("", detail=type(error).__name__)
        return Said("sent", notice.reference)

    def find(self, reference: str) -> Said | None:
        return None  # a mail server is not asked; the same Message-ID lets the reader's program show it once

    def ask(self, provider_id: str) -> Said:
        return Said("sent", provider_id)


class Outbox:
    """The demonstration: a file for each message, so that one can look at what would have been sent."""

    ways = frozenset({"email", "text"})

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, notice: Notice) -> Said:
        file = make_private_folder(self._folder) / f"{notice.reference}.json"
        write_privately(file, json.dumps(asdict(notice), indent=2).encode(), replace=True)
        return Said("delivered", notice.reference)

    def find(self, reference: str) -> Said | None:
        return Said("delivered", reference) if (self._folder / f"{reference}.json").exists() else None

    def ask(self, provider_id: str) -> Said:
        return Said("delivered", provider_id)


def _secret(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.") from error


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _why(status: int, answer: dict[str, Any]) -> str:
    """The provider's reason without what it repeats of the message: an address does not belong into a table."""
    kinds = [str(one.get("error", "")) for one in answer.get("errors") or () if isinstance(one, dict)]
    return f"{status} {' '.join(filter(None, kinds))}".strip()
