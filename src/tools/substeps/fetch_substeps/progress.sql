SELECT json_build_object('total', n.total, 'completed', n.completed, 'blocked', n.blocked)::text
  FROM ({{counts}}{{where}}) n
