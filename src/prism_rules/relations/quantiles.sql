-- Quantiles: per scope and probability the number of rows and the quantile. One read that keeps every value in memory;
-- for many rows quantiles_binned.sql gives the same.
WITH measured AS NOT MATERIALIZED (
  SELECT {by}{column} AS x FROM {relation} WHERE {conditions}
), sorted AS MATERIALIZED (
  SELECT {by}count(x) AS rows_of_scope, quantile_cont(x, [{listed}]) AS found FROM measured GROUP BY ALL
)
SELECT {by}probability, rows_of_scope, found[place] AS low, found[place] AS high
FROM sorted, (VALUES {places}) p(place, probability)
WHERE rows_of_scope > 0
