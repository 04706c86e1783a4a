-- Moves a locked counter past the highest number of its year that an issue has.
UPDATE {{ncr_counters}} n
   SET last_number = greatest(n.last_number, h.highest) + 1
  FROM (SELECT max(substring(i.ncr_number FROM '^NCR-[0-9]+-0*([0-9]{1,9})$')::integer) AS highest
          FROM {{numbered_issues}} i
         WHERE i.tenant_id = $1
           AND i.ncr_number LIKE 'NCR-' || $2 || '-%') h
 WHERE n.tenant_id = $1
   AND n.year = $2
RETURNING {{number_of_ncr}}
