-- Quantiles: per scope and probability the number of rows and the two order statistics between which the quantile lies.
-- Rows are counted in {bins} equal bins; only those bins in which a wanted row lies are read a second time, so that
-- memory does not grow with rows unless they crowd into one bin.
WITH measured AS NOT MATERIALIZED (
  SELECT {by}{column} AS x FROM {relation} WHERE {conditions}
), span AS MATERIALIZED (
  SELECT min(x) AS low, max(x) - min(x) AS width FROM measured
), binned AS NOT MATERIALIZED (
  SELECT {by}x, CAST(coalesce(floor((x - low) / nullif(width, 0) * {bins}), 0) AS SMALLINT) AS bin FROM measured, span
), counted AS MATERIALIZED (
  SELECT {by}bin, count(x) AS n, min(x) AS first, max(x) AS last FROM binned GROUP BY {by}bin
), ranked AS MATERIALIZED (
  SELECT *, CAST(sum(n) OVER (PARTITION BY {by}true ORDER BY bin) - n AS BIGINT) AS before,
    CAST(sum(n) OVER (PARTITION BY {by}true) AS BIGINT) AS total
  FROM counted
), wanted AS MATERIALIZED (
  -- Ranks count from 0; the quantile lies between the rank at or below probability * (total - 1) and the next.
  SELECT {by}bin, n, first, last, before, total, probability, side,
    least(CAST(floor(probability * (total - 1)) AS BIGINT) + side, total - 1) - before AS rank
  FROM ranked, (VALUES {probabilities}) p(probability), (VALUES (0), (1)) s(side)
  WHERE before <= least(floor(probability * (total - 1)) + side, total - 1)
    AND least(floor(probability * (total - 1)) + side, total - 1) < before + n
), listed AS MATERIALIZED (
  SELECT {by}bin, list_sort(list(x) FILTER (x IS NOT NULL)) AS sorted
  FROM binned SEMI JOIN (SELECT DISTINCT {by}bin FROM wanted WHERE first < last) USING ({by}bin) GROUP BY {by}bin
)
SELECT {by}probability, max(total) AS rows_of_scope,
  max(CASE WHEN side = 0 THEN coalesce(sorted[rank + 1], first) END) AS low,
  max(CASE WHEN side = 1 THEN coalesce(sorted[rank + 1], first) END) AS high
FROM wanted LEFT JOIN listed USING ({by}bin) GROUP BY {by}probability
UNION ALL
-- A scope in which nothing has a value is one all the same.
SELECT {by}probability, 0, NULL, NULL
FROM (SELECT DISTINCT {by}true FROM ranked WHERE total = 0), (VALUES {probabilities}) p(probability)
