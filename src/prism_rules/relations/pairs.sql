-- Pairs: one row per unit and pair of its annotators, the first by name before the other, with the labels of both; and
-- one for its last annotator, who is before nobody, with '' for the other. Beside them m_u and newest as in votes.sql.
{units}
SELECT a."unit", a."annotator" AS one_annotator, coalesce(b."annotator", '') AS other_annotator,
  a."class" AS one_class, coalesce(b."class", '') AS other_class, u.m_u, u.newest{unit_dimensions}
FROM labels a
LEFT JOIN labels b ON a."unit" = b."unit" AND a."annotator" < b."annotator"
JOIN units u ON a."unit" = u."unit"
