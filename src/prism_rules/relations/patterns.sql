-- Patterns: one row per settled label, with `_pattern`, which units have in common whose annotators gave the same
-- classes, and the time of the unit's newest label, which decides the window that the unit belongs to.
WITH settled AS (
{settled}
), labels AS (
  SELECT * FROM settled WHERE {where}
), people AS (
  -- As in pairs.sql: a pattern is made of places in the order of names, so that no name can be tried against it.
  SELECT "annotator", row_number() OVER (ORDER BY "annotator") AS _place
  FROM (SELECT DISTINCT "annotator" FROM labels)
), units AS (
  -- As in votes.sql: a dimension that is not equal on all labels of a unit is null. With its length before it no class
  -- can be taken for two.
  SELECT "unit", {newest} AS _newest{dimensions}, md5(array_to_string(list_sort(list(
    concat(_place, ':', length({label}), ':', {label}))), ',')) AS _pattern
  FROM labels JOIN people USING ("annotator") GROUP BY "unit"
)
SELECT l."annotator", l.{label}, u._newest, u._pattern{unit_dimensions}
FROM labels l JOIN units u ON l."unit" = u."unit"
