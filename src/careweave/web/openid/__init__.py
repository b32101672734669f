"""Signing in with a provider elsewhere: OpenID Connect Core 1.0 as a client, https://openid.net/specs/openid-connect-core-1_0.html."""

from careweave.web.openid.provider import Provider, provider, providers

__all__ = ["Provider", "provider", "providers"]
