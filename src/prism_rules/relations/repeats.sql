-- Repeats: one row per annotator, unit and class that the annotator gave the unit, with `_same` (labels of the class),
-- `_all` (labels of the unit by the annotator), the time of the newest of them, and `_first`, true for one of the rows of
-- an annotator and unit. Labels that differ in what rules are measured by are no repeats of each other.
WITH labels AS (
  SELECT * FROM {relation} WHERE "unit" IS NOT NULL AND {seen} AND {where}
), counted AS (
  SELECT "unit", {grouped}, count(*) AS _same, {newest} AS _newest FROM labels GROUP BY "unit", {grouped}
)
SELECT * EXCLUDE (_newest), CAST(sum(_same) OVER pair AS BIGINT) AS _all, max(_newest) OVER pair AS _newest,
  row_number() OVER (pair ORDER BY {label}) = 1 AS _first
FROM counted WINDOW pair AS (PARTITION BY "unit", {repeated})
