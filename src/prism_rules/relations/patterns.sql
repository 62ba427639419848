-- Patterns: one row per settled label, with `_pattern`, which units have in common whose annotators gave the same
-- classes, and the time of the unit's newest label, which decides the window that the unit belongs to.
WITH settled AS (
{settled}
), labels AS (
  SELECT * FROM settled WHERE {where}
), units AS (
  -- As in votes.sql: a dimension that is not equal on all labels of a unit is null. With its length before it no name
  -- can be taken for two.
  SELECT "unit", {newest} AS _newest{dimensions}, md5(array_to_string(list_sort(list(
    concat(length("annotator"), ':', "annotator", length({label}), ':', {label}))), ',')) AS _pattern
  FROM labels GROUP BY "unit"
)
SELECT l."annotator", l.{label}, u._newest, u._pattern{unit_dimensions}
FROM labels l JOIN units u ON l."unit" = u."unit"
