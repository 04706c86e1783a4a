fact AS (
    SELECT coalesce(l.key, '') AS key, l.label, l.detail, l.counts, count(*) AS n, count(*) FILTER (WHERE l.scrap > 0) AS lots,
           sum(l.produced) AS produced, sum(l.scrap) AS scrap
      FROM lot l
     GROUP BY 1, 2, 3, 4)
