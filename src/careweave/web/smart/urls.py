"""Addresses for apps and systems, and the pages on which people answer them."""

from __future__ import annotations

from django.urls import path

from careweave.web.smart import addresses, apps, arriving, asking, discovery, registering, tokens

_UNDER_FHIR = "fhir/R4/.well-known"
SMART = [
    path(".well-known/smart-configuration", discovery.smart_configuration, name="smart-configuration"),
    path(
        f"{_UNDER_FHIR}/smart-configuration", discovery.smart_configuration, name="fhir-smart-configuration"
    ),
    path(".well-known/openid-configuration", discovery.openid_configuration, name="openid-configuration"),
    path(
        f"{_UNDER_FHIR}/openid-configuration",
        discovery.openid_configuration,
        name="fhir-openid-configuration",
    ),
    path(addresses.KEYS, discovery.jwks, name="jwks"),
    path(addresses.AUTHORIZE, asking.authorize, name="smart-authorize"),
    path("oauth/ask", asking.ask, name="app-ask"),
    path("my/app-asks", asking.my_ask, name="my-app-ask"),
    path(addresses.TOKEN, tokens.token, name="smart-token"),
    path(addresses.ALSO_TOKEN, tokens.token, name="smart-token-elsewhere"),
    path(addresses.REVOKE, tokens.revoke, name="smart-revoke"),
    path(addresses.INTROSPECT, tokens.introspect, name="smart-introspect"),
    path(addresses.OPEN, arriving.arrive, name="app-open"),
    path("oauth/opened", arriving.opened, name="app-opened"),
    path("people/<uuid:person_id>/apps", apps.person_apps, name="person-apps"),
    path(addresses.CONNECTED, apps.connected, name="connected-apps"),
    path("my/connected-apps", apps.my_connected, name="my-connected-apps"),
    path("organisation/programs", registering.programs, name="programs"),
    path("organisation/programs/add/<slug:program_kind>", registering.add, name="program-add"),
    path("organisation/programs/<slug:client_id>/approve", registering.approve, name="program-approve"),
    path("organisation/programs/<slug:client_id>/end", registering.end, name="program-end"),
]
