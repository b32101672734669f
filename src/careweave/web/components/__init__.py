"""Parts that several pages share: form fields and drawings."""
