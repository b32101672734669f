"""One number for everything: calls, portal, referrals and walk-ins in one queue per team, answered here."""
