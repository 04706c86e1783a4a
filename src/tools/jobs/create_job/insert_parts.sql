INSERT INTO {{mes}}.parts (tenant_id, job_id, id, part_number, material, quantity, drawing_no, cnc_program_name, notes, is_bullet_card)
SELECT $1, $2, n.id, n.part_number, n.material, n.quantity, n.drawing_no, n.cnc_program_name, n.notes, n.is_bullet_card
  FROM json_to_recordset($3::json)
       AS n (id uuid, part_number text, material text, quantity integer, drawing_no text, cnc_program_name text, notes text,
             is_bullet_card boolean)
    ON CONFLICT (tenant_id, part_number) DO NOTHING
RETURNING id
