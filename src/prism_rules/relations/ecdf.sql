-- ECDF: per scope how far the distribution of its n numbers lies from that of the reference's m. Of these i, of those j
-- are at or below x, so the two functions differ by (i m - j n) / (n m) there. That is counted in whole numbers, so that
-- no order of rows shows: _gap is the greatest |i m - j n|, _area its sum times the step to the next x, in units of
-- 10^-9. 128 bits hold n times m times the range up to 10^29; beyond it the engine refuses. Windows see each different
-- number once per scope. _spread is the reference's standard deviation (divided by m), of places in 2^32 parts of its
-- range. No dimension's name begins with an underscore.
WITH _here AS MATERIALIZED (
  SELECT {by}{column} AS _x, count(*) AS _rows FROM {relation} WHERE {conditions} GROUP BY ALL
), _there AS MATERIALIZED (
  SELECT {reference_by}{column} AS _x, count(*) AS _rows FROM {reference}
  WHERE {reference_conditions} AND {column} IS NOT NULL GROUP BY ALL
), _counted AS (
  SELECT {by}_x, sum(_i) AS _i, sum(_j) AS _j FROM (
    -- A scope without any number keeps a row that counts nothing.
    SELECT {by}_x, CASE WHEN _x IS NULL THEN 0 ELSE _rows END AS _i, 0 AS _j FROM _here
    UNION ALL
    SELECT {scope}_t._x, 0, _t._rows FROM (SELECT DISTINCT {by}true FROM _here) _s JOIN _there _t ON {contains}
  ) GROUP BY ALL
), _ranked AS (
  SELECT {by}_x, lead(_x) OVER _up AS _next, sum(_i) OVER _up AS _i, sum(_j) OVER _up AS _j,
    sum(_i) OVER _all AS _n, sum(_j) OVER _all AS _m
  FROM _counted
  WINDOW _up AS (PARTITION BY {by}true ORDER BY _x NULLS FIRST ROWS UNBOUNDED PRECEDING),
    _all AS (PARTITION BY {by}true)
), _steps AS (
  SELECT {by}_n, _m, abs(_i * _m - _j * _n) AS _gap,
    CAST(_next * 1e9 AS HUGEINT) - CAST(_x * 1e9 AS HUGEINT) AS _width
  FROM _ranked
), _distances AS (
  SELECT {by}_n, _m, max(_gap) AS _gap, coalesce(sum(_gap * _width), 0) AS _area FROM _steps GROUP BY ALL
), _ranges AS (
  SELECT {reference_by}min(_x) AS _low, max(_x) - min(_x) AS _range FROM _there GROUP BY ALL
), _places AS (
  SELECT {place}_range, _rows, CAST(coalesce((_x - _low) / nullif(_range, 0), 0) * 4294967296 AS HUGEINT) AS _y
  FROM _ranges _r JOIN _there _t ON {same}
), _spreads AS (
  SELECT {reference_by}_range / 4294967296 / sum(_rows)
    * sqrt(CAST(sum(_rows) * sum(_rows * _y * _y) - sum(_rows * _y) * sum(_rows * _y) AS DOUBLE)) AS _spread
  FROM _places GROUP BY {reference_by}_range
)
SELECT {scope}CAST(_n AS BIGINT) AS _n, CAST(_m AS BIGINT) AS _m, CAST(_gap AS DOUBLE) AS _gap,
  CAST(_area AS DOUBLE) / 1e9 AS _area, _spread
FROM _distances _s LEFT JOIN _spreads _t ON {contains}
