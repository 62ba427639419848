-- Votes: one row per unit and class, with n_uc (annotators who chose the class), m_u (labels of the unit) and the
-- time of the unit's newest label, which decides the window that the unit belongs to. Labels are counted as they are;
-- only units in which an annotator may stand twice are read again, and their duplicates settled first.
WITH _counted AS MATERIALIZED (
  SELECT "unit", {label}, {counted} AS n_uc, {newest_where} AS newest, count(*) AS _labels, {marks} AS _marks{ends_where}
  FROM {relation} WHERE "unit" IS NOT NULL AND {seen} GROUP BY "unit", {label}
), _units AS MATERIALIZED (
  -- A unit's dimensions must be equal on all its labels; where they are not they are null, and rules by them leave the
  -- unit out.
  SELECT "unit", CAST(sum(n_uc) AS BIGINT) AS m_u, max(newest) AS newest, bit_count(bit_or(_marks)) < sum(_labels) AS _doubtful{composition}{dimensions}
  FROM _counted GROUP BY "unit"
), _doubtful AS (
  SELECT "unit" FROM _units WHERE _doubtful
), _settled AS (
{settled}
), _again AS (
  SELECT "unit", {label}, count(*) AS n_uc, {newest} AS newest{ends} FROM _settled WHERE {where} GROUP BY "unit", {label}
), _units_again AS (
  SELECT "unit", CAST(sum(n_uc) AS BIGINT) AS m_u, max(newest) AS newest{composition}{dimensions} FROM _again GROUP BY "unit"
)
SELECT v."unit", v.{label}, v.n_uc, u.m_u, u.newest{unit_composition}{unit_dimensions}
FROM _counted v JOIN _units u ON v."unit" = u."unit" WHERE NOT u._doubtful AND v.n_uc > 0
UNION ALL
SELECT v."unit", v.{label}, v.n_uc, u.m_u, u.newest{unit_composition}{unit_dimensions}
FROM _again v JOIN _units_again u ON v."unit" = u."unit"
