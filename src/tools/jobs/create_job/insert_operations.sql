INSERT INTO {{mes}}.operations (tenant_id, id, part_id, cell_id, operation_name, sequence, estimated_time, notes)
SELECT $1, n.id, n.part_id, n.cell_id, n.operation_name, n.sequence, n.estimated_time, n.notes
  FROM json_to_recordset($2::json)
       AS n (id uuid, part_id uuid, cell_id uuid, operation_name text, sequence integer, estimated_time integer, notes text)
