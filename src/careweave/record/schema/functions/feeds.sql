-- How complete and how late each source is: counts of rows and days between an event and its arrival; names no person.

CREATE OR REPLACE FUNCTION record.feed_rows() RETURNS TABLE
    (source text, files bigint, read bigint, accepted bigint, unchanged bigint, refused bigint, first timestamptz, last timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT b.source, count(*), sum(b.read)::bigint, sum(b.accepted)::bigint, sum(b.unchanged)::bigint, sum(b.refused)::bigint,
           min(b.started_at), max(coalesce(b.finished_at, b.started_at))
    FROM record.load_batch b GROUP BY b.source $$;

-- Of contacts that arrived in these days and began within them, after the source's first file: the history that a source
-- sends at its start is not late news.
CREATE OR REPLACE FUNCTION record.feed_lateness(days integer) RETURNS TABLE
    (source text, events bigint, half double precision, most double precision, newest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, record, pg_temp AS $$
    SELECT r.source, count(*),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(extract(epoch FROM r.updated - r.starts) / 86400, 0)),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY greatest(extract(epoch FROM r.updated - r.starts) / 86400, 0)),
           max(r.starts)
    FROM record.resource r
    JOIN (SELECT b.source, min(b.started_at) AS begun FROM record.load_batch b GROUP BY b.source) AS f
      ON f.source = r.source AND r.starts > f.begun
    WHERE r.type = 'Encounter' AND r.updated > now() - make_interval(days => days)
      AND r.starts BETWEEN now() - make_interval(days => days) AND now()
    GROUP BY r.source $$;
