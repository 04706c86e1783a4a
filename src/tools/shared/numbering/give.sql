-- An NCR of a year whose counter is not locked was committed meanwhile; it is numbered the next time.
WITH unnumbered AS MATERIALIZED (
    SELECT u.id, u.year, row_number() OVER (PARTITION BY u.year ORDER BY u.created_at, u.id) AS place
      FROM (SELECT i.id, i.created_at, {{year_of_ncr}} AS year
              FROM {{mes}}.issues i
             WHERE i.tenant_id = $1
               AND {{is_unnumbered_ncr}}) u
), counter AS MATERIALIZED (
    SELECT c.year, {{highest_ncr_number}} AS last_number
      FROM {{ncr_counters}} c
     WHERE c.tenant_id = $1
       AND c.year IN (SELECT u.year FROM unnumbered u)
), counted AS (
    UPDATE {{ncr_counters}} c
       SET last_number = n.last_number + u.count
      FROM counter n
      JOIN (SELECT year, count(*) FROM unnumbered GROUP BY year) u ON u.year = n.year
     WHERE c.tenant_id = $1
       AND c.year = n.year
)
INSERT INTO {{extension}}.mcp_ncr_numbers (tenant_id, issue_id, ncr_number)
SELECT $1, u.id, {{number_of_ncr}}
  FROM unnumbered u
  JOIN counter c ON c.year = u.year
 CROSS JOIN LATERAL (SELECT c.year, c.last_number + u.place AS last_number) n
