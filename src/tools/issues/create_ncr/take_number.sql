-- The counter's row stays locked until the transaction ends: the next caller waits for it, and a number that is not used is not lost.
-- Also tells whether an issue already has the number, from before the numbers were taken from here.
WITH taken AS (
    INSERT INTO {{ncr_counters}} AS n (tenant_id, year, last_number)
    VALUES ($1, extract(year FROM now() AT TIME ZONE {{time_zone}}), 1)
    ON CONFLICT (tenant_id, year) DO UPDATE SET last_number = n.last_number + 1
    RETURNING year, {{number_of_ncr}} AS number
)
SELECT t.year, t.number, EXISTS (SELECT 1 FROM {{numbered_issues}} i WHERE i.tenant_id = $1 AND i.ncr_number = t.number)
  FROM taken t
