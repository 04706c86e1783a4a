-- Plans a load set in temporary tables. load_size, created by mes_seed_load, gives its name and numbers.
--
-- Rules for the load sets in all files here:
--   * A row's id is the md5 of a text, md5('load/<set>/<kind>/<n>')::uuid: the kinds are tenant, profile, cell, scrap_reason
--     (each <tenant>/<n>), job, part, operation (<part>/<step>), quantity, issue, key, call and activity. Tenants can also
--     be recognised by their names, "Load <set> <n>". Deleting them removes the whole set.
--   * Dates are relative to now(). Nothing is random: what looks random is pg_temp.load_share, a number from 0 to 1 derived
--     from two others.
--   * Numbers are exact: five jobs have 2 to 6 parts, 20 together, and five parts have 3 to 7 operations, 25 together. So
--     there are 4 parts, 20 operations, 25 ledger rows, one issue and 10 recorded calls per job.
--   * The first tenant holds 30 % of everything, the median tenant 0.2 %.
--   * States are consistent: what the application would roll up is rolled up, and a running part has one running operation
--     with everything before it completed. Booked time is in actual_time only, there are no time entries; nothing is
--     soft-deleted.
--   * Triggers and foreign keys are enabled. Loading is fast because rows come in large statements (the triggers that count
--     and notify fire once per statement) and in their final state (a part inserted as completed notifies nobody, and
--     nothing is updated afterwards). The large tables are filled in statements of 40000 parts, which limits the memory that
--     pending foreign key checks take. A table that others refer to is analysed as soon as it is filled: for a tenant that
--     is missing in the statistics, a check may be planned with an index other than the key's and read the whole tenant.

-- For statements that run once, JIT compilation costs more than it saves. Both settings end with the loading.
SET LOCAL jit = off;
SET LOCAL work_mem = '128MB';

CREATE OR REPLACE FUNCTION pg_temp.load_share(p_n bigint, p_salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(p_n, p_salt) & 4294967295) / 4294967296.0::double precision $$;

CREATE OR REPLACE FUNCTION pg_temp.load_id(p_seed text, p_kind text, p_n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(p_seed || p_kind || p_n)::uuid $$;

CREATE OR REPLACE FUNCTION pg_temp.load_id(p_seed text, p_kind text, p_n bigint, p_m bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(p_seed || p_kind || p_n || '/' || p_m)::uuid $$;

CREATE TEMP TABLE load_tenant ON COMMIT DROP AS
WITH shaped AS (
    SELECT s.*, n, s.tenants / 2 AS half,
           CASE WHEN n = 1 THEN 0.3 WHEN n >= s.tenants / 2 THEN 0.002 * least(1, (s.tenants / 2 + 0.5) / n) END AS fixed
      FROM load_size s CROSS JOIN LATERAL generate_series(1, s.tenants) AS n
), weighted AS (
    -- What the first tenant and the small half leave goes to the others; the earlier, the larger.
    SELECT *, coalesce(fixed, (1 - sum(fixed) OVER ()) * power(n, -0.8) / sum(CASE WHEN fixed IS NULL THEN power(n, -0.8) END) OVER ())
              AS weight
      FROM shaped
), placed AS (
    SELECT *, sum(weight) OVER (ORDER BY n) / sum(weight) OVER () AS upto FROM weighted
), counted AS (
    SELECT seed, name, n, upto, coalesce(lag(upto) OVER (ORDER BY n), 0) AS since, jobs AS all_jobs, keys AS all_keys, tenants,
           round(jobs * upto)::integer AS last_job
      FROM placed
)
SELECT c.*, pg_temp.load_id(seed, '/tenant/', n) AS id, p.previous AS jobs_before, last_job - p.previous AS jobs,
       -- One key for each tenant, and 30 % of all keys for the first.
       CASE n WHEN 1 THEN k.of_first ELSE 1 + round(k.spare * (upto - k.first) / (1 - k.first))::integer
                                            - round(k.spare * (since - k.first) / (1 - k.first))::integer END AS keys,
       CASE n WHEN 1 THEN 0 ELSE k.of_first + n - 2 + round(k.spare * (since - k.first) / (1 - k.first))::integer END AS keys_before,
       least(24, 4 + (last_job - p.previous) / 300) AS cells, 3 + least(40, (last_job - p.previous) / 150) AS operators,
       (ARRAY['Europe/Amsterdam', 'America/Chicago', 'Asia/Kolkata', 'UTC', 'Europe/London', 'America/Sao_Paulo',
              'Australia/Adelaide', 'Asia/Tokyo'])[1 + (n - 1) % 8] AS zone
  FROM counted c
 CROSS JOIN LATERAL (SELECT round(all_jobs * since)::integer AS previous) p
 CROSS JOIN (SELECT s.upto AS first, round(s.all_keys * s.upto)::integer AS of_first,
                    s.all_keys - round(s.all_keys * s.upto)::integer - s.tenants + 1 AS spare
               FROM counted s WHERE s.n = 1) k;

-- One after the other throughout the year, oldest first: nearly all of the oldest four fifths are completed.
CREATE TEMP TABLE load_job ON COMMIT DROP AS
SELECT j.*, j.created_at + interval '5 days' AS started_at,
       CASE j.status WHEN 'completed' THEN j.created_at + (5 + least(10 + 35 * pg_temp.load_share(j.n, 2), j.age - 6)) * interval '1 day'
                     ELSE now() - interval '2 hours' END AS end_at
  FROM (SELECT a.*, now() - a.age * interval '1 day' AS created_at,
               CASE WHEN a.age < 20 THEN 'not_started' WHEN a.age < 65 THEN
                         CASE WHEN a.share < 0.05 THEN 'completed' WHEN a.share < 0.15 THEN 'on_hold' ELSE 'in_progress' END
                    WHEN a.share < 0.01 THEN 'on_hold' ELSE 'completed' END::job_status AS status
          FROM (SELECT j.n, t.n AS tenant, j.n - t.jobs_before AS place, pg_temp.load_share(j.n, 1) AS share,
                       365 * (t.last_job - j.n + pg_temp.load_share(j.n, 0)) / t.jobs AS age,
                       2 + j.n % 5 AS parts, (j.n - 1) / 5 * 20 + (ARRAY[0, 3, 7, 12, 18])[1 + (j.n - 1) % 5] AS parts_before
                  FROM load_tenant t CROSS JOIN LATERAL generate_series(t.jobs_before + 1, t.last_job) AS j (n)) a) j;

-- Of a part's steps, `done` are completed: step s was completed at begin_at + (span_end - begin_at) * s / span_steps. The
-- next one is `active` if the part has been started. started_before counts the started operations of all preceding parts.
CREATE TEMP TABLE load_part ON COMMIT DROP AS
WITH numbered AS (
    SELECT j.n AS job, j.tenant, j.place, j.parts_before + k AS n, k, j.parts, j.status AS job_status, j.created_at, j.started_at, j.end_at,
           3 + (j.parts_before + k) % 5 AS steps, 5 + (j.parts_before + k) * 37 % 116 AS quantity, t.cells,
           pg_temp.load_share(j.parts_before + k, 3) AS share
      FROM load_job j
      JOIN load_tenant t ON t.n = j.tenant
     CROSS JOIN LATERAL generate_series(1, j.parts) AS k
), decided AS (
    SELECT *, CASE WHEN job_status IN ('not_started', 'completed') THEN job_status WHEN k = 1 THEN job_status
                   WHEN share < 0.35 THEN 'completed' WHEN share < 0.75 THEN job_status ELSE 'not_started' END AS status
      FROM numbered
), worked AS (
    SELECT *, CASE status WHEN 'completed' THEN steps WHEN 'not_started' THEN 0 ELSE floor(steps * pg_temp.load_share(n, 4))::integer END AS done,
           CASE WHEN status IN ('in_progress', 'on_hold') THEN status::text::task_status END AS active,
           started_at + (k - 1) * interval '2 hours' AS begin_at,
           CASE WHEN status = 'completed' AND job_status = 'completed' THEN started_at + (end_at - started_at) * (0.6 + 0.4 * k / parts)
                WHEN status = 'completed' THEN started_at + (end_at - started_at) * (0.5 + share) ELSE end_at END AS span_end
      FROM decided
)
SELECT w.*, CASE w.status WHEN 'completed' THEN w.steps ELSE w.done + 1 END AS span_steps, s.started,
       sum(s.started) OVER (ORDER BY w.n) - s.started AS started_before,
       CASE WHEN w.active = 'in_progress' THEN 1 + w.done * w.cells / w.steps + w.n % greatest(1, w.cells / w.steps) END AS running_cell
  FROM worked w CROSS JOIN LATERAL (SELECT w.done + (w.active IS NOT NULL)::integer AS started) s;

CREATE UNIQUE INDEX ON load_part (n);
ANALYZE load_tenant, load_job, load_part;
