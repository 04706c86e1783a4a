WITH marked AS (
    UPDATE {{mes}}.parts p
       SET is_bullet_card = $3,
           updated_at = now()
     WHERE p.tenant_id = $1
       AND p.id = ANY ($2)
       AND coalesce(p.is_bullet_card, false) <> $3
    RETURNING p.id, p.part_number, coalesce(p.status, 'not_started') AS status, p.is_bullet_card
)
SELECT coalesce(json_agg(row_to_json(m) ORDER BY m.part_number, m.id), '[]')::text
  FROM marked m
