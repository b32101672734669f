"""The place's directory of community and voluntary services: kept and assured, matched to needs, explained in words."""
