-- In the order of the years: no two calls can wait for each other. This year's is always among them, for a new NCR.
INSERT INTO {{ncr_counters}} AS n (tenant_id, year, last_number)
SELECT $1, y.year, 0
  FROM (SELECT extract(year FROM now() AT TIME ZONE {{time_zone}})::integer AS year
        UNION
        SELECT {{year_of_ncr}}
          FROM {{mes}}.issues i
         WHERE i.tenant_id = $1
           AND {{is_unnumbered_ncr}}) y
 ORDER BY y.year
    ON CONFLICT (tenant_id, year) DO UPDATE SET last_number = n.last_number
