WITH lot AS (
    SELECT q.*, q.quantity_scrap AS scrap
      FROM {{mes}}.operation_quantities q
     WHERE q.tenant_id = $1 AND q.id = $2
), {{scrap_by_reason}}
SELECT json_build_object(
           'lot', json_build_object(
               'id', l.id, 'quantity_produced', l.quantity_produced, 'quantity_good', l.quantity_good,
               'quantity_scrap', l.quantity_scrap, 'quantity_rework', l.quantity_rework,
               'reasons', (SELECT json_agg(json_build_object(
                                      'scrap_reason_id', s.reason_id, 'code', r.code, 'description', r.description,
                                      'category', r.category, 'quantity', s.pieces,
                                      'notes', (SELECT x.notes FROM {{mes}}.operation_quantity_scrap_reasons x
                                                 WHERE x.operation_quantity_id = l.id AND x.scrap_reason_id = s.reason_id))
                                   ORDER BY s.pieces DESC, r.code)
                             FROM scrap s
                             LEFT JOIN {{mes}}.scrap_reasons r ON r.tenant_id = $1 AND r.id = s.reason_id),
               'material_lot', l.material_lot, 'material_supplier', l.material_supplier,
               'material_cert_number', l.material_cert_number, 'notes', l.notes, 'recorded_by', l.recorded_by,
               'recorded_by_name', (SELECT f.full_name FROM {{mes}}.profiles f WHERE f.tenant_id = $1 AND f.id = l.recorded_by),
               'recorded_at', l.recorded_at),
           'operation', json_build_object(
               'id', o.id, 'operation_name', o.operation_name, 'sequence', o.sequence,
               'status', coalesce(o.status, 'not_started'), 'part_id', p.id, 'part_number', p.part_number, 'job_id', j.id,
               'job_number', j.job_number, 'cell_id', o.cell_id, 'cell_name', c.name, 'part_quantity', p.quantity,
               'lots', n.lots, 'pieces', {{pieces}},
               'remaining', p.quantity - n.good - n.scrap,
               'pending_ncrs', (SELECT count(*) FROM {{mes}}.issues i
                                 WHERE i.tenant_id = $1 AND i.operation_id = o.id AND i.issue_type = 'ncr'
                                   AND {{is_pending}})))::text
  FROM lot l
 CROSS JOIN LATERAL (
    SELECT count(*) AS lots, sum(a.quantity_produced) AS produced, sum(a.quantity_good) AS good,
           sum(a.quantity_scrap) AS scrap, sum(a.quantity_rework) AS rework
      FROM {{mes}}.operation_quantities a
     WHERE a.tenant_id = $1 AND a.operation_id = l.operation_id) n
 CROSS JOIN {{live_operations}}
   AND o.id = l.operation_id
