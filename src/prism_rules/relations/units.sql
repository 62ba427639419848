WITH settled AS (
{settled}
), labels AS (
  SELECT * FROM settled WHERE {where}
), units AS (
  -- A unit's dimensions must be equal on all its labels; where they are not they are null, and rules by them leave the
  -- unit out.
  SELECT "unit", count(*) AS m_u, {newest} AS newest{composition}{dimensions}
  FROM labels GROUP BY "unit"
)
