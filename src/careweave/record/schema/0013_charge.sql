-- Which organisation answers for whoever is in charge, and who coordinates by choice.
ALTER TABLE record.responsibility ADD COLUMN organisation text NOT NULL DEFAULT '';
ALTER TABLE record.responsibility ADD COLUMN coordinates text NOT NULL DEFAULT '';
