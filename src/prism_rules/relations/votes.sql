-- Votes: one row per unit and class, with n_uc (annotators who chose the class), m_u (labels of the unit) and the
-- time of the unit's newest label, which decides the window that the unit belongs to.
{units}, votes AS (
  SELECT "unit", {label}, count(*) AS n_uc FROM labels GROUP BY "unit", {label}
)
SELECT v."unit", v.{label}, v.n_uc, u.m_u, u.newest{unit_composition}{unit_dimensions}
FROM votes v JOIN units u ON v."unit" = u."unit"
