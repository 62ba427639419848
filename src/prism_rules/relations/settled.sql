  -- The same annotator on the same unit counts once: duplicates are settled before anything is counted.
  SELECT * FROM {relation}
  WHERE "unit" IS NOT NULL AND {seen}
  QUALIFY row_number() OVER (PARTITION BY "unit", "annotator" ORDER BY {order}) = 1
