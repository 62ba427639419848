-- Labels: one row per settled label, with `_others`: the class that most of the unit's other labels have, null where
-- there are none or where two classes have as many. No logical column begins with an underscore.
WITH settled AS (
{settled}
), counted AS (
  SELECT "unit", "class", count(*) AS n FROM settled GROUP BY "unit", "class"
), others AS (
  -- Without one label of a class, the unit's other classes have as many as before, and it has one less.
  SELECT own."unit", own."class",
    CASE WHEN max(left_over, 2)[1] > coalesce(max(left_over, 2)[2], 0) THEN max_by(other, left_over) END AS _others
  FROM (
    SELECT own."unit", own."class", beside."class" AS other,
      beside.n - CASE WHEN beside."class" = own."class" THEN 1 ELSE 0 END AS left_over
    FROM counted own JOIN counted beside ON own."unit" = beside."unit"
  ) own
  GROUP BY own."unit", own."class"
)
SELECT s.*, o._others
FROM settled s JOIN others o ON s."unit" = o."unit" AND s."class" = o."class"
