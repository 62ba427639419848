-- Pairs: one row per unit and pair of its annotators, with the labels of both; and one for its last annotator, whom
-- nobody follows, with 0 for the other. Beside them m_u and newest as in votes.sql.
WITH settled AS (
{settled}
), labels AS (
  SELECT * FROM settled WHERE {where}
), units AS (
  -- A unit's dimensions must be equal on all its labels; where they are not they are null, and rules by them leave the
  -- unit out.
  SELECT "unit", count(*) AS m_u, {newest} AS newest{dimensions}
  FROM labels GROUP BY "unit"
), people AS (
  -- Who they are stays here: all that is told of annotators is their place in the order of names.
  SELECT "annotator", row_number() OVER (ORDER BY "annotator") AS place
  FROM (SELECT DISTINCT "annotator" FROM labels)
), placed AS (
  SELECT l."unit", l."class", p.place FROM labels l JOIN people p ON l."annotator" = p."annotator"
)
SELECT a."unit", a.place AS one_annotator, coalesce(b.place, 0) AS other_annotator,
  a."class" AS one_class, coalesce(b."class", '') AS other_class, u.m_u, u.newest{unit_dimensions}
FROM placed a
LEFT JOIN placed b ON a."unit" = b."unit" AND a.place < b.place
JOIN units u ON a."unit" = u."unit"
