"""Apps and systems that act here: SMART App Launch 2.2 on OAuth 2.0 and OpenID Connect; Authlib speaks the protocols."""
