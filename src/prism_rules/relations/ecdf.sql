-- ECDF: per scope how far the distribution of its n numbers lies from that of the m numbers of the reference's scope
-- that contains it. Of these i, of those j are at or below x, so the two functions differ by (i m - j n) / (n m) there.
-- That is counted in whole numbers, so that no order of rows shows: _gap is the greatest |i m - j n|, _area the area
-- below |i m - j n|, x in units of 10^-9. It holds while n times m times the range is below 10^28; beyond, the engine
-- refuses. The reference is gone through once, however many scopes are compared with it: between two numbers of a scope
-- i m stands still and j n grows, so the gap is greatest at an end, and its sign turns once, where j n reaches i m.
-- _under is the area below j up to x: j x less the sum of those j numbers. No dimension's name begins with an underscore.
WITH _here AS (
  SELECT {by}{column} AS _x, count(*) AS _rows FROM {relation} WHERE {conditions} GROUP BY ALL
), _there AS MATERIALIZED (
  SELECT *, CAST(sum(_rows) OVER _up AS BIGINT) AS _j, sum(_rows * CAST(_x * 1e9 AS HUGEINT)) OVER _up AS _sum FROM (
    SELECT {reference_by}{column} AS _x, count(*) AS _rows
    FROM {reference} WHERE {reference_conditions} AND {column} IS NOT NULL GROUP BY ALL
  ) WINDOW _up AS (PARTITION BY {reference_by}true ORDER BY _x ROWS UNBOUNDED PRECEDING)
), _spans AS (
  SELECT {reference_by}max(_j) AS _m, max(_x) AS _last, arg_max(_sum, _j) AS _whole, min(_x) AS _low,
    max(_x) - min(_x) AS _range
  FROM _there GROUP BY ALL
), _spreads AS (
  -- The standard deviation (divided by m) of places in 2^32 parts of the range.
  SELECT {place}_range / 4294967296 / _m
      * sqrt(CAST(_m * sum(_rows * _place * _place) - sum(_rows * _place) * sum(_rows * _place) AS DOUBLE)) AS _spread
  FROM (
    SELECT _t.*, _m, _range, CAST(coalesce((_x - _low) / nullif(_range, 0), 0) * 4294967296 AS HUGEINT) AS _place
    FROM _spans _s JOIN _there _t ON {contains}
  ) _t GROUP BY {place}_m, _range
), _ranked AS (
  -- A scope without any number keeps a row, which counts nothing.
  SELECT * EXCLUDE _rows, CAST(sum(_counted) OVER _up AS BIGINT) AS _i, CAST(sum(_counted) OVER _all AS BIGINT) AS _n
  FROM (SELECT *, CASE WHEN _x IS NULL THEN 0 ELSE _rows END AS _counted FROM _here)
  WINDOW _up AS (PARTITION BY {by}true ORDER BY _x NULLS FIRST ROWS UNBOUNDED PRECEDING),
    _all AS (PARTITION BY {by}true)
), _met AS (
  SELECT _s.*, coalesce(_t._j, 0) AS _j, coalesce(_t._j * CAST(_s._x * 1e9 AS HUGEINT) - _t._sum, 0) AS _under,
    CASE WHEN _t._x = _s._x THEN _t._rows ELSE 0 END AS _alike
  FROM _ranked _s ASOF LEFT JOIN _there _t ON {contains} AND _s._x >= _t._x
), _followed AS (
  SELECT *, lead(_x) OVER _up AS _next, lead(_under) OVER _up AS _next_under
  FROM _met WINDOW _up AS (PARTITION BY {by}true ORDER BY _x NULLS FIRST)
), _steps AS (
  SELECT _s.* EXCLUDE (_x, _next, _next_under), _m, CAST(_x * 1e9 AS HUGEINT) AS _at,
    CAST(coalesce(_next, greatest(_x, _last)) * 1e9 AS HUGEINT) AS _end,
    coalesce(_next_under, _m * CAST(greatest(_x, _last) * 1e9 AS HUGEINT) - _whole) AS _end_under,
    (_i * _m + _n - 1) // nullif(_n, 0) AS _turn
  FROM _followed _s LEFT JOIN _spans _t ON {contains}
), _turns AS (
  SELECT _s.*, least(greatest(_s._at, _t._at), _end) AS _bend, CASE WHEN _t._at <= _s._at THEN _under
    WHEN _t._at >= _end THEN _end_under ELSE _t._j * _t._at - _t._sum END AS _bend_under
  FROM _steps _s ASOF LEFT JOIN (SELECT *, CAST(_x * 1e9 AS HUGEINT) AS _at FROM _there) _t
    ON {contains} AND _s._turn <= _t._j
), _distances AS (
  SELECT {by}_n, _m,
    max(coalesce(greatest(abs(_i * _m - _j * _n), abs((_i - _counted) * _m - (_j - _alike) * _n)), 0)) AS _gap,
    coalesce(sum(_i * _m * (2 * _bend - _at - _end) - _n * (2 * _bend_under - _under - _end_under)
      + CASE WHEN _i = _counted THEN _n * _under ELSE 0 END), 0) AS _area
  FROM _turns GROUP BY {by}_n, _m
)
SELECT {scope}_n, coalesce(_m, 0) AS _m, CAST(_gap AS DOUBLE) AS _gap, CAST(_area AS DOUBLE) / 1e9 AS _area, _spread
FROM _distances _s LEFT JOIN _spreads _t ON {contains}
