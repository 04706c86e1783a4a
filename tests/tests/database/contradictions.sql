-- Contradictions in the states of these jobs ($1). No rows: there are none.
WITH job AS (
    SELECT * FROM mes.jobs WHERE id = ANY ($1) AND deleted_at IS NULL
), part AS (
    SELECT p.*, j.status AS job_status FROM mes.parts p JOIN job j ON j.id = p.job_id WHERE p.deleted_at IS NULL
), operation AS (
    SELECT o.*, p.status AS part_status, p.job_status,
           EXISTS (SELECT 1 FROM mes.issues i
                    WHERE i.operation_id = o.id AND i.causes_standstill AND i.status = 'pending') AS stopped,
           (SELECT count(*) FROM mes.time_entries t WHERE t.operation_id = o.id AND t.end_time IS NULL) AS running,
           (SELECT sum(t.duration) FROM mes.time_entries t WHERE t.operation_id = o.id AND t.end_time IS NOT NULL) AS booked
      FROM mes.operations o JOIN part p ON p.id = o.part_id WHERE o.deleted_at IS NULL
), found (what, id) AS (
    SELECT 'an open part in a completed job', id FROM part WHERE job_status = 'completed' AND status <> 'completed'
    UNION ALL
    SELECT 'an open operation in a completed part', id FROM operation WHERE part_status = 'completed' AND status <> 'completed'
    UNION ALL
    -- Stopping a part or job leaves its running operations unchanged.
    SELECT 'a running operation in a part or job that is not started or is completed', id FROM operation
     WHERE status = 'in_progress' AND NOT (part_status IN ('in_progress', 'on_hold') AND job_status IN ('in_progress', 'on_hold'))
    UNION ALL
    SELECT 'a started operation in a part that is not started', id FROM operation
     WHERE part_status = 'not_started' AND (status IN ('in_progress', 'completed') OR status = 'on_hold' AND NOT stopped)
    UNION ALL
    SELECT 'a completed part in a job that is not started', id FROM part
     WHERE status = 'completed' AND job_status = 'not_started'
    UNION ALL
    SELECT 'a running part in a job that is not started or is completed', id FROM part
     WHERE status = 'in_progress' AND job_status NOT IN ('in_progress', 'on_hold')
    UNION ALL
    SELECT 'time runs on a completed operation', id FROM operation WHERE status = 'completed' AND running > 0
    UNION ALL
    SELECT 'a percentage out of range, or 100 and not completed, or completed and not 100', id FROM operation
     WHERE completion_percentage NOT BETWEEN 0 AND 100 OR (completion_percentage = 100) <> (status = 'completed')
    UNION ALL
    SELECT 'completed without completed_at, or completed_at without completed', id FROM operation
     WHERE (completed_at IS NOT NULL) <> (status = 'completed')
    UNION ALL
    SELECT 'a job completed without completed_at, or with completed_at and not completed', id FROM job
     WHERE (completed_at IS NOT NULL) <> (status = 'completed')
    UNION ALL
    SELECT 'a job in progress or completed that was never started', id FROM job
     WHERE status IN ('in_progress', 'completed') AND started_at IS NULL OR completed_at < started_at
    UNION ALL
    SELECT 'status_before_hold without a hold, or without an issue that causes it', id FROM operation
     WHERE status_before_hold IS NOT NULL AND NOT (status = 'on_hold' AND stopped)
    UNION ALL
    SELECT 'work continues although an issue stops it', id FROM operation
     WHERE stopped AND status NOT IN ('on_hold', 'completed')
    UNION ALL
    SELECT 'a completed part that is at a cell', id FROM part WHERE status = 'completed' AND current_cell_id IS NOT NULL
    UNION ALL
    SELECT 'a completed job that is at a cell', id FROM job WHERE status = 'completed' AND current_cell_id IS NOT NULL
    UNION ALL
    SELECT 'actual_time differs from the booked time', id FROM operation WHERE status = 'completed' AND actual_time <> booked
    UNION ALL
    SELECT 'a running pause in an ended time entry', z.id
      FROM mes.time_entry_pauses z JOIN mes.time_entries t ON t.id = z.time_entry_id JOIN operation o ON o.id = t.operation_id
     WHERE t.end_time IS NOT NULL AND z.resumed_at IS NULL
)
SELECT what || ': ' || id FROM found
