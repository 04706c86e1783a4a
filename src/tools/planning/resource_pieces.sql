(SELECT (r.metadata ->> n.name)::numeric
   FROM unnest(ARRAY['total_quantity', 'stock_quantity', 'quantity', 'pieces', 'sheets']) WITH ORDINALITY AS n (name, place)
  WHERE jsonb_typeof(r.metadata -> n.name) = 'number'
  ORDER BY n.place LIMIT 1)
