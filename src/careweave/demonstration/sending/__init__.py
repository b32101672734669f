"""Writers: one module an organisation, each turning the truth into the rows and resources that it would send."""
