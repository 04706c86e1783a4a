-- $2: JSON array of dates. Counted from 0.
SELECT min(n.place) - 1
  FROM (SELECT r.ordinality AS place, r.value ->> 'planned_start' AS planned_start, r.value ->> 'planned_end' AS planned_end
          FROM json_array_elements($2::json) WITH ORDINALITY AS r) n
 WHERE {{listed_end}} < {{listed_start}}
