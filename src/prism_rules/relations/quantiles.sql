-- Quantiles: per scope and probability the number of rows and the two order statistics between which the quantile lies.
-- Rows are counted in {bins} equal bins; only those bins in which a wanted row lies are read a second time, so that
-- memory does not grow with rows unless they crowd into one bin. No dimension's name begins with an underscore.
WITH _measured AS NOT MATERIALIZED (
  SELECT {by}{column} AS _x FROM {relation} WHERE {conditions}
), _span AS MATERIALIZED (
  SELECT min(_x) AS _low, max(_x) - min(_x) AS _width FROM _measured
), _binned AS NOT MATERIALIZED (
  SELECT {by}_x, CAST(coalesce(floor((_x - _low) / nullif(_width, 0) * {bins}), 0) AS SMALLINT) AS _bin
  FROM _measured, _span
), _counted AS MATERIALIZED (
  SELECT {by}_bin, count(_x) AS _n, min(_x) AS _first, max(_x) AS _last FROM _binned GROUP BY {by}_bin
), _ranked AS MATERIALIZED (
  SELECT *, CAST(sum(_n) OVER (PARTITION BY {by}true ORDER BY _bin) - _n AS BIGINT) AS _before,
    CAST(sum(_n) OVER (PARTITION BY {by}true) AS BIGINT) AS _total
  FROM _counted
), _wanted AS MATERIALIZED (
  -- Ranks count from 0; the quantile lies between the rank at or below probability * (total - 1) and the next.
  SELECT {by}_bin, _n, _first, _last, _before, _total, probability, _side,
    least(CAST(floor(probability * (_total - 1)) AS BIGINT) + _side, _total - 1) - _before AS _rank
  FROM _ranked, (VALUES {probabilities}) _p(probability), (VALUES (0), (1)) _s(_side)
  WHERE _before <= least(floor(probability * (_total - 1)) + _side, _total - 1)
    AND least(floor(probability * (_total - 1)) + _side, _total - 1) < _before + _n
), _listed AS MATERIALIZED (
  SELECT {by}_bin, list_sort(list(_x) FILTER (_x IS NOT NULL)) AS _sorted
  FROM _binned SEMI JOIN (
    -- The limit is beyond all that a rule may have; it tells the engine that this is the smaller side.
    SELECT DISTINCT {by}_bin FROM _wanted WHERE _first < _last LIMIT {most}
  ) USING ({by}_bin) GROUP BY {by}_bin
)
SELECT {by}probability, max(_total) AS rows_of_scope,
  max(CASE WHEN _side = 0 THEN coalesce(_sorted[_rank + 1], _first) END) AS low,
  max(CASE WHEN _side = 1 THEN coalesce(_sorted[_rank + 1], _first) END) AS high
FROM _wanted LEFT JOIN _listed USING ({by}_bin) GROUP BY {by}probability
UNION ALL
-- A scope in which nothing has a value is one all the same.
SELECT {by}probability, 0, NULL, NULL
FROM (SELECT DISTINCT {by}true FROM _ranked WHERE _total = 0), (VALUES {probabilities}) _p(probability)
