-- What the migrations make, written by “make tables”; see tables.py.
-- server 18
-- migration clients 0001_initial 2608c7542bde5fb1
-- migration clients 0002_advice_agreement 7acf8e557b95271a
-- migration clients 0003_inbound_text 3f3e3c67419c4692
-- migration clients 0004_conditions cdd07e1b2a34380d
-- migration clients 0005_segment_trees f0317b5e0545ab2a
-- migration clients 0006_accounts b7313c8ba0c92d74
-- migration clients 0007_balances 5701ed824a0c2d60
-- migration clients 0008_inbound_lists 18e11f4477a7e4f2
-- migration clients 0009_duplicates 04b4489bbad0c654
-- migration clients 0010_holdings_by_account cced7d672cfa405b
-- migration contenttypes 0001_initial 35ed8489a147e0b4
-- migration contenttypes 0002_remove_content_type_name 7d36494075750f0e
-- migration core 0001_initial 6786ff7009e595e5
-- migration core 0002_ledger_chain bdf86b477013c5cf
-- migration core 0003_ledger_cursor 2ab6ce5a6991dddc
-- migration core 0004_rule_withdrawn deeb3f39bafe7d5d
-- migration core 0005_webhooks 45db123bb74b5095
-- migration core 0006_ledger_by_actor 37d280cb2a8a9aff
-- migration desk 0001_initial e46385606d6f1c0d
-- migration desk 0002_guards_and_counts 9621b8de4e80cbef
-- migration desk 0003_calls_home d4d7a5cd153295ff
-- migration desk 0004_complaints 82844becf1a80bdc
-- migration desk 0005_guards_of_complaints 0ccce99278154673
-- migration desk 0006_promises a7288abc3547fa7d
-- migration desk 0007_guards_of_promises 9cce0904127de015
-- migration desk 0008_client_side 4e1ef908791c291f
-- migration desk 0009_lists_from_the_index b3a92dacb85347d4
-- migration desk 0010_comfort 4f05d82c0717a689
-- migration desk 0011_mails_of_clocks bb131bf37abb0cfd
-- migration desk 0012_kinds a04178c1f9ecc0ef
-- migration desk 0013_guards_of_kinds c4b98ee526d6c274
-- migration desk 0014_routes 804474a21bcfe881
-- migration desk 0015_guards_of_routes d38b16e283826a12
-- migration desk 0016_clock_mail_resends a12bdadf7db21b6a
-- migration knowledge 0001_initial 7b9e70d302441b69
-- migration knowledge 0002_guards 8c2469209214adf8
-- migration library 0001_initial 0c3246756a7e945f
-- migration library 0002_advice 2d0055fc68d70020
-- migration mailroom 0001_initial 9a681a2f01f88d90
-- migration mailroom 0002_guards 8a1f00494caacccb
-- migration mailroom 0003_resend ad47f2ea71340ffd
-- migration mailroom 0004_notices 18ef562721bac0c9
-- migration offerings 0001_initial fe9cca48806e7f91
-- migration offerings 0002_designs b47034a2e1a96f17
-- migration offerings 0003_keep_present_designs 45e7a651b050e261
-- migration outreach 0001_initial 52c948cf8b9a6e65
-- migration outreach 0002_messages 671cae4380d131b6
-- migration outreach 0003_topics_and_handing a42852380563e115
-- migration outreach 0004_message_columns 2da73fdd74995c9b
-- migration outreach 0005_shares 800a8f06dd007f09
-- migration outreach 0006_reading 991556f579466f82
-- migration outreach 0007_call_done fec17e97a7c5e040
-- migration outreach 0008_parts_and_quarantine e87faa082e430135
-- migration outreach 0009_campaigns 3fa0c192ac2831cf
-- migration outreach 0010_gateway_switch a6880f7fed1493ad
-- migration outreach 0011_briefings b36e95c7f3cc1eb4
-- migration procrastinate 0001_initial be81516c79d02f26
-- migration procrastinate 0002_drop_started_at_column 2ead163c1ce2991d
-- migration procrastinate 0003_drop_started_at_column 740f2d8ff02c0bb5
-- migration procrastinate 0004_drop_procrastinate_version_table 9f48b76f59a9cc8c
-- migration procrastinate 0005_fix_procrastinate_fetch_job 6a8e4055ab8e463d
-- migration procrastinate 0006_fix_trigger_status_events_insert d9d2f532a094aa09
-- migration procrastinate 0007_add_queueing_lock_column dc12645a882f2067
-- migration procrastinate 0008_close_fetch_job_race_condition 74c7c44a68d3c204
-- migration procrastinate 0009_add_defer_job_function b9d529f1bb143b09
-- migration procrastinate 0010_add_procrastinate_periodic_defers bd1aa56a04f86df5
-- migration procrastinate 0011_add_foreign_key_index 25cc0914481114fd
-- migration procrastinate 0012_add_locks_to_periodic_defer 7cf8863ace39220c
-- migration procrastinate 0013_fix_procrastinate_defer_periodic_job 4d5072911b8c904c
-- migration procrastinate 0014_add_finish_job_and_retry_job_functions 20ebed9ca30246c8
-- migration procrastinate 0015_add_trigger_on_job_deletion 41bec3a5111ff97f
-- migration procrastinate 0016_delete_finished_jobs aa4d841aae25c4b1
-- migration procrastinate 0017_add_checks_to_finish_job fa9f208ddf3368de
-- migration procrastinate 0018_add_checks_to_retry_job 893bfc867f1594eb
-- migration procrastinate 0019_fix_finish_job_compat_issue 4c85f00a990bb3d7
-- migration procrastinate 0020_add_index_on_procrastinate_jobs 5a93c4ea92b856f5
-- migration procrastinate 0021_add_kwargs_to_defer_periodic_job 88dd3371cbdee2ba
-- migration procrastinate 0022_null_locks_excluded 2d5b088f88e89d69
-- migration procrastinate 0023_remove_old_finish_job_function 89267383eac7bb81
-- migration procrastinate 0024_job_id_bigint 27108dc62abe6372
-- migration procrastinate 0025_add_models 29580ceb9d30811c
-- migration procrastinate 0026_add_job_priority 4f7746b8edef802a
-- migration procrastinate 0027_add_periodic_job_priority 17e24782e5f4b56e
-- migration procrastinate 0028_add_cancel_states 2831656624aa9165
-- migration procrastinate 0029_add_additional_params_to_retry_job 50d48f155234960c
-- migration procrastinate 0030_alter_procrastinateevent_options 94486414b944e707
-- migration procrastinate 0031_add_indexes_for_fetch_job c7235c71c0c003fd
-- migration procrastinate 0032_pre_cancel_notification 42c97f730f7f0edd
-- migration procrastinate 0033_post_cancel_notification 8bd0e84d1e45311e
-- migration procrastinate 0034_pre_add_heartbeat 844ed448222ba8b1
-- migration procrastinate 0035_post_add_heartbeat 0cbd71b8406c14f4
-- migration procrastinate 0036_add_worker_model f996e8059968a3a4
-- migration procrastinate 0037_pre_batch_defer_jobs 0d7d4294e8aa2749
-- migration procrastinate 0038_post_batch_defer_jobs 503152d687e3e49b
-- migration procrastinate 0039_pre_priority_lock_fetch_job aba2087cb2b69233
-- migration procrastinate 0040_pre_retry_failed_job f6d2a552fbbc5088
-- migration procrastinate 0041_post_retry_failed_job 2c8dc359b30362a9
-- migration sessions 0001_initial 2aa438e2393ee513
-- migration staff 0001_initial af6ab280dbf41a29
-- migration staff 0002_notification f7c9ba253d765528
-- migration staff 0003_draft cd6691e685d39cfe
-- migration staff 0004_temporary_password b1143684dd628009
-- migration staff 0005_own_addresses 13d62d28f66ccf57
-- migration staff 0006_mails_of_clocks 9cddad6fd63014ac
-- migration visits 0001_initial 1a61cfc2dd8b05e3
-- migration visits 0002_guards 338c8b625f1c0457
-- migration visits 0003_referrals fdbb614d672162c8

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

COMMENT ON EXTENSION btree_gin IS 'support for indexing common datatypes in GIN';

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

CREATE FUNCTION public.core_ledger_chain() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE last_number bigint; last_hash bytea;
BEGIN
  -- Writers queue here until commit, so numbers have no gaps and the chain one order.
  PERFORM pg_advisory_xact_lock(7236281);
  SELECT number, hash INTO last_number, last_hash FROM core_ledger ORDER BY number DESC LIMIT 1;
  NEW.number := coalesce(last_number, 0) + 1;
  NEW.previous_hash := coalesce(last_hash, '');
  NEW.hash := core_ledger_hash(NEW.previous_hash, NEW.number, NEW.at, NEW.actor, NEW.client_id, NEW.kind,
                               NEW.object_kind, NEW.object_id, NEW.facts);
  RETURN NEW;
END $$;

CREATE FUNCTION public.core_ledger_frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.core_ledger_hash(previous bytea, number bigint, at timestamp with time zone, actor text, client_id bigint, kind text, object_kind text, object_id text, facts jsonb) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  -- Lengths before texts: no two different rows give the same bytes. Time as whole microseconds.
  SELECT sha256(previous || convert_to(
    number || '|' || (extract(epoch FROM at) * 1000000)::bigint || '|' ||
    length(actor) || ':' || actor || '|' || coalesce(client_id::text, '-') || '|' ||
    length(kind) || ':' || kind || '|' || length(object_kind) || ':' || object_kind || '|' ||
    length(object_id) || ':' || object_id || '|' || facts::text, 'UTF8'))
$$;

CREATE FUNCTION public.core_ledger_move_head() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO core_ledger_head (id, number, hash)
  SELECT 1, number, hash FROM core_ledger ORDER BY number DESC LIMIT 1
  ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash;
  RETURN NULL;
END $$;

CREATE FUNCTION public.desk_count_made() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO desk_casecountchange (branch_id, team, owner_id, kind_id, state, number)
  SELECT branch_id, team, coalesce(owner_id, 0), kind_id, state, count(*) FROM fresh GROUP BY 1, 2, 3, 4, 5;
  RETURN NULL;
END $$;

CREATE FUNCTION public.desk_count_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO desk_casecountchange (branch_id, team, owner_id, kind_id, state, number)
  SELECT branch_id, team, owner, kind_id, state, sum(n) FROM (
    SELECT branch_id, team, coalesce(owner_id, 0) AS owner, kind_id, state, 1 AS n FROM fresh
    UNION ALL SELECT branch_id, team, coalesce(owner_id, 0), kind_id, state, -1 FROM stale) AS moved
  GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0;
  RETURN NULL;
END $$;

CREATE FUNCTION public.desk_kind_version_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF NEW.definition <> OLD.definition OR NEW.code <> OLD.code OR NEW.number <> OLD.number OR NEW.maker <> OLD.maker
     OR OLD.state <> 'proposed' THEN
    RAISE EXCEPTION 'a version of a kind of case is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION public.desk_pause_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL OR NEW.case_id <> OLD.case_id OR NEW.began_at <> OLD.began_at THEN
    RAISE EXCEPTION 'a pause that has ended is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION public.desk_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: cases and what was written in them stay', lower(TG_OP), TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.desk_route_version_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF NEW.definition <> OLD.definition OR NEW.book <> OLD.book OR NEW.number <> OLD.number OR NEW.maker <> OLD.maker
     OR OLD.state <> 'proposed' THEN
    RAISE EXCEPTION 'a version of the routing rules is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION public.knowledge_file_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM knowledge_version v WHERE v.id = OLD.version_id AND v.state NOT IN ('draft', 'submitted')) THEN
    RAISE EXCEPTION 'a file of a version that was put into force stays' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION public.knowledge_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: articles and their versions stay', lower(TG_OP), TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.knowledge_version_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF OLD.state NOT IN ('draft', 'submitted') AND ROW(OLD.title, OLD.questions, OLD.answer, OLD.inside, OLD.facing, OLD.levels,
      OLD.number, OLD.article_id, OLD.maker, OLD.checker) IS DISTINCT FROM ROW(NEW.title, NEW.questions, NEW.answer, NEW.inside,
      NEW.facing, NEW.levels, NEW.number, NEW.article_id, NEW.maker, NEW.checker) THEN
    RAISE EXCEPTION 'a version that was put into force is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION public.mailroom_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: what came by mail stays', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.outreach_message_partition(wanted date) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE name text := 'outreach_message_' || to_char(wanted, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NULL THEN
    PERFORM pg_advisory_xact_lock(7236283);
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF outreach_message FOR VALUES FROM (%L) TO (%L)',
                   name, wanted, wanted + 1);
  END IF;
END $$;

CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    queueing_lock text,
    priority integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);

CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.visits_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: visits stay', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TABLE public.clients_accountholding (
    account_number character varying(20) NOT NULL,
    symbol character varying(6) NOT NULL,
    client_id bigint NOT NULL,
    quantity bigint NOT NULL,
    cost numeric(12,4)
);

CREATE TABLE public.clients_adviceagreement (
    id bigint NOT NULL,
    number character varying(40) NOT NULL,
    disclosed_at timestamp with time zone NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    fee character varying(120) NOT NULL,
    evidence character varying(300) NOT NULL,
    cooling_ends_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    end_reason character varying(200) NOT NULL,
    actor character varying(60) NOT NULL,
    client_id bigint NOT NULL
);

ALTER TABLE public.clients_adviceagreement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_adviceagreement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_assessment (
    id bigint NOT NULL,
    questionnaire_version bigint NOT NULL,
    answers jsonb NOT NULL,
    score smallint NOT NULL,
    risk_class smallint NOT NULL,
    reasons jsonb NOT NULL,
    started_by character varying(60) NOT NULL,
    channel character varying(20) NOT NULL,
    at timestamp with time zone NOT NULL,
    valid_until date NOT NULL,
    client_id bigint NOT NULL
);

ALTER TABLE public.clients_assessment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_assessment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_cashflow (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    account_number character varying(20) NOT NULL,
    at timestamp with time zone NOT NULL,
    amount numeric(16,2) NOT NULL,
    reference character varying(40) NOT NULL,
    run_id bigint
);

ALTER TABLE public.clients_cashflow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_cashflow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_client (
    id bigint NOT NULL,
    state character varying(8) NOT NULL,
    institution boolean NOT NULL,
    investor_class character varying(12) NOT NULL,
    risk_class smallint NOT NULL,
    risk_valid_until date,
    level_rank smallint NOT NULL,
    consent_bits integer NOT NULL,
    address_bits smallint NOT NULL,
    assets numeric(16,2) NOT NULL,
    opened_on date,
    last_contact_at timestamp with time zone,
    branch_id bigint NOT NULL,
    manager_id bigint,
    outlet_id bigint,
    advised boolean DEFAULT false NOT NULL,
    merged_into_id bigint
);

ALTER TABLE public.clients_client ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_client_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_clienttag (
    client_id bigint NOT NULL,
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    tag_id bigint NOT NULL
);

CREATE TABLE public.clients_consent (
    id bigint NOT NULL,
    message_class smallint NOT NULL,
    channel smallint NOT NULL,
    granted boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    source character varying(30) NOT NULL,
    proof character varying(300) NOT NULL,
    actor character varying(60) NOT NULL,
    client_id bigint NOT NULL
);

ALTER TABLE public.clients_consent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_consent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_contactpoint (
    id bigint NOT NULL,
    kind character varying(5) NOT NULL,
    value bytea NOT NULL,
    value_token bigint NOT NULL,
    verified_at timestamp with time zone,
    bounced_at timestamp with time zone,
    "primary" boolean NOT NULL,
    client_id bigint NOT NULL
);

ALTER TABLE public.clients_contactpoint ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_contactpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_coverage (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    reason character varying(120) NOT NULL,
    client_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.clients_coverage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_coverage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_duplicatepair (
    id bigint NOT NULL,
    evidence smallint NOT NULL,
    score smallint NOT NULL,
    state character varying(9) NOT NULL,
    found_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    decided_by character varying(60) DEFAULT ''::character varying NOT NULL,
    decided_at timestamp with time zone,
    reason character varying(200) DEFAULT ''::character varying NOT NULL,
    first_id bigint NOT NULL,
    second_id bigint NOT NULL,
    CONSTRAINT duplicate_pair_in_order CHECK ((first_id < second_id))
);

ALTER TABLE public.clients_duplicatepair ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_duplicatepair_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_follow (
    client_id bigint NOT NULL,
    what character varying(30) NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.clients_fundaccount (
    id bigint NOT NULL,
    number character varying(20) NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    commission_rate numeric(4,2),
    cash numeric(16,2) NOT NULL,
    client_id bigint NOT NULL,
    balance numeric(16,2) DEFAULT 0 NOT NULL,
    balance_at timestamp with time zone,
    merged_from bigint
);

ALTER TABLE public.clients_fundaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_fundaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_holding (
    client_id bigint NOT NULL,
    symbol character varying(6) NOT NULL,
    quantity bigint NOT NULL,
    cost numeric(12,4)
);

CREATE TABLE public.clients_importrun (
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    file_name character varying(200) NOT NULL,
    digest character varying(64) NOT NULL,
    dry_run boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying(60) NOT NULL,
    rows_in integer NOT NULL,
    stored integer NOT NULL,
    unchanged integer NOT NULL,
    rejected integer NOT NULL,
    rejected_file character varying(200) NOT NULL
);

ALTER TABLE public.clients_importrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_importrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_inboundtext (
    id bigint NOT NULL,
    gateway character varying(20) NOT NULL,
    reference character varying(64) NOT NULL,
    client_id bigint,
    phone_token bigint NOT NULL,
    text bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    meaning character varying(8) NOT NULL,
    event_id bigint
);

ALTER TABLE public.clients_inboundtext ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_inboundtext_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_merge (
    id bigint NOT NULL,
    state character varying(8) NOT NULL,
    choices jsonb NOT NULL,
    digest character varying(64) NOT NULL,
    reason character varying(300) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    answer character varying(300) NOT NULL,
    done_at timestamp with time zone,
    before bytea NOT NULL,
    journal jsonb NOT NULL,
    undone_by character varying(60) NOT NULL,
    undone_at timestamp with time zone,
    undo_reason character varying(300) NOT NULL,
    absorbed_id bigint NOT NULL,
    survivor_id bigint NOT NULL,
    CONSTRAINT merge_of_two_records CHECK ((NOT (survivor_id = absorbed_id)))
);

ALTER TABLE public.clients_merge ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_merge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_personaldata (
    client_id bigint NOT NULL,
    name bytea NOT NULL,
    id_number bytea NOT NULL,
    home_address bytea NOT NULL,
    gender character varying(1) NOT NULL,
    birthday date,
    initials character varying(20) NOT NULL,
    id_number_token bigint,
    search_tokens bigint[] NOT NULL,
    birth_day smallint GENERATED ALWAYS AS (((EXTRACT(month FROM birthday) * (100)::numeric) + EXTRACT(day FROM birthday))) STORED,
    id_valid_until date,
    id_form smallint DEFAULT 0 NOT NULL,
    name_token bigint
);

CREATE TABLE public.clients_portalaccess (
    client_id bigint NOT NULL,
    password character varying(160) NOT NULL,
    failed_attempts smallint NOT NULL,
    locked_until timestamp with time zone,
    signed_in_at timestamp with time zone
);

CREATE TABLE public.clients_preference (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    value character varying(200) NOT NULL,
    noted_by character varying(60) NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    client_id bigint NOT NULL
);

ALTER TABLE public.clients_preference ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_preference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_price (
    symbol character varying(6) NOT NULL,
    day date NOT NULL,
    close numeric(12,4) NOT NULL,
    volume_lots bigint NOT NULL
);

CREATE TABLE public.clients_security (
    symbol character varying(6) NOT NULL,
    exchange character varying(4) NOT NULL,
    name character varying(30) NOT NULL,
    name_en character varying(60) NOT NULL,
    industry character varying(30) NOT NULL,
    area character varying(20) NOT NULL,
    listed boolean NOT NULL
);

CREATE TABLE public.clients_segment (
    id bigint NOT NULL,
    name character varying(60) NOT NULL,
    conditions jsonb NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    version integer NOT NULL
);

ALTER TABLE public.clients_segment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_segment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_segmentversion (
    id bigint NOT NULL,
    number integer NOT NULL,
    conditions jsonb NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    segment_id bigint NOT NULL
);

ALTER TABLE public.clients_segmentversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_segmentversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_tag (
    id bigint NOT NULL,
    name character varying(30) NOT NULL,
    name_en character varying(40) NOT NULL
);

ALTER TABLE public.clients_tag ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_tag_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_trade (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    account_number character varying(20) NOT NULL,
    at timestamp with time zone NOT NULL,
    symbol character varying(6) NOT NULL,
    side character varying(1) NOT NULL,
    quantity bigint NOT NULL,
    price numeric(14,4) NOT NULL,
    amount numeric(18,2) NOT NULL,
    commission numeric(14,2) NOT NULL,
    reference character varying(40) NOT NULL,
    run_id bigint
);

ALTER TABLE public.clients_trade ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_trade_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.clients_tradingpermission (
    id bigint NOT NULL,
    kind character varying(12) NOT NULL,
    since date NOT NULL,
    until date,
    client_id bigint NOT NULL,
    CONSTRAINT permission_ends_after_its_start CHECK (((until IS NULL) OR (until >= since)))
);

ALTER TABLE public.clients_tradingpermission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clients_tradingpermission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.core_calendar (
    code character varying(30) NOT NULL,
    title character varying(60) NOT NULL,
    title_en character varying(80) NOT NULL,
    follows character varying(10) NOT NULL,
    hours jsonb NOT NULL,
    basis character varying(300) NOT NULL
);

CREATE TABLE public.core_calendarday (
    kind character varying(8) NOT NULL,
    day date NOT NULL,
    open boolean NOT NULL,
    note character varying(60) NOT NULL,
    provisional boolean NOT NULL,
    source character varying(200) NOT NULL,
    imported_by_id bigint
);

CREATE TABLE public.core_calendarimport (
    id bigint NOT NULL,
    file_name character varying(200) NOT NULL,
    digest character varying(64) NOT NULL,
    source character varying(300) NOT NULL,
    rows jsonb NOT NULL,
    state character varying(10) NOT NULL,
    maker character varying(60) NOT NULL,
    checker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checked_at timestamp with time zone
);

ALTER TABLE public.core_calendarimport ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.core_calendarimport_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.core_ledger (
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying(60) NOT NULL,
    client_id bigint,
    kind character varying(60) NOT NULL,
    object_kind character varying(40) NOT NULL,
    object_id character varying(60) NOT NULL,
    facts jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE public.core_ledger_cursor (
    name character varying(60) NOT NULL,
    number bigint NOT NULL,
    handled_at timestamp with time zone,
    failures integer NOT NULL,
    failed_number bigint,
    last_error character varying(300) NOT NULL,
    retry_at timestamp with time zone
);

CREATE TABLE public.core_ledger_head (
    id smallint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE public.core_rule (
    id bigint NOT NULL,
    book character varying(20) NOT NULL,
    key character varying(80) NOT NULL,
    value jsonb NOT NULL,
    unit character varying(30) NOT NULL,
    basis character varying(400) NOT NULL,
    basis_en character varying(400) NOT NULL,
    title character varying(120) NOT NULL,
    title_en character varying(120) NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    state character varying(10) NOT NULL,
    maker character varying(60) NOT NULL,
    checker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checked_at timestamp with time zone,
    reason character varying(400) NOT NULL,
    CONSTRAINT rule_maker_is_not_checker CHECK (((NOT ((state)::text = 'approved'::text)) OR (NOT ((maker)::text = (checker)::text))))
);

ALTER TABLE public.core_rule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.core_rule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.core_webhook (
    id bigint NOT NULL,
    name character varying(60) NOT NULL,
    url character varying(300) NOT NULL,
    secret bytea NOT NULL,
    kinds jsonb NOT NULL,
    state character varying(8) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    number bigint NOT NULL,
    failures integer NOT NULL,
    retry_at timestamp with time zone,
    last_error character varying(200) NOT NULL,
    CONSTRAINT webhook_maker_is_not_checker CHECK ((((checker)::text = ''::text) OR (NOT ((maker)::text = (checker)::text))))
);

ALTER TABLE public.core_webhook ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.core_webhook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.core_webhookcall (
    id bigint NOT NULL,
    first_number bigint NOT NULL,
    last_number bigint NOT NULL,
    rows integer NOT NULL,
    at timestamp with time zone NOT NULL,
    milliseconds integer NOT NULL,
    status smallint,
    error character varying(200) NOT NULL,
    webhook_id bigint NOT NULL
);

ALTER TABLE public.core_webhookcall ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.core_webhookcall_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_appliedpolicy (
    id bigint NOT NULL,
    digest character varying(64) NOT NULL,
    value jsonb NOT NULL
);

ALTER TABLE public.desk_appliedpolicy ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_appliedpolicy_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_approval (
    id bigint NOT NULL,
    round smallint NOT NULL,
    step smallint NOT NULL,
    role character varying(20) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    verdict character varying(3) NOT NULL,
    reason character varying(400) NOT NULL,
    decided_at timestamp with time zone,
    member_id bigint,
    complaint_id bigint NOT NULL,
    CONSTRAINT approval_decided_has_a_verdict CHECK ((((decided_at IS NULL) AND ((verdict)::text = ''::text)) OR ((decided_at IS NOT NULL) AND (NOT ((verdict)::text = ''::text)))))
);

ALTER TABLE public.desk_approval ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_approval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_attachment (
    id bigint NOT NULL,
    purpose character varying(8) NOT NULL,
    public boolean NOT NULL,
    name character varying(200) NOT NULL,
    content_type character varying(100) NOT NULL,
    size bigint NOT NULL,
    digest character varying(64) NOT NULL,
    file character varying(100) NOT NULL,
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    case_id bigint NOT NULL,
    entry_id bigint
);

ALTER TABLE public.desk_attachment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_attachment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_case (
    id bigint NOT NULL,
    ref character varying(20) NOT NULL,
    book character varying(12) NOT NULL,
    state character varying(14) NOT NULL,
    is_open boolean GENERATED ALWAYS AS (((state)::text = ANY ((ARRAY['open'::character varying, 'reopened'::character varying, 'waiting_client'::character varying, 'waiting_others'::character varying])::text[]))) STORED,
    priority smallint NOT NULL,
    team character varying(12) NOT NULL,
    level_rank smallint NOT NULL,
    channel character varying(10) NOT NULL,
    net character varying(6) NOT NULL,
    subject character varying(120) NOT NULL,
    answers jsonb NOT NULL,
    private bytea NOT NULL,
    opened_by character varying(60) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    last_entry_at timestamp with time zone NOT NULL,
    last_client_at timestamp with time zone,
    last_reply_at timestamp with time zone,
    next_due_at timestamp with time zone NOT NULL,
    result character varying(10) NOT NULL,
    resolved_at timestamp with time zone,
    closed_at timestamp with time zone,
    reopened smallint NOT NULL,
    satisfaction smallint,
    branch_id bigint NOT NULL,
    client_id bigint,
    merged_into_id bigint,
    owner_id bigint,
    parent_id bigint,
    responsible_id bigint,
    kind_id bigint NOT NULL,
    client_seen_at timestamp with time zone,
    form_version smallint DEFAULT 1 NOT NULL,
    CONSTRAINT case_is_not_its_own_parent CHECK ((NOT ((parent_id = id) AND (parent_id IS NOT NULL)))),
    CONSTRAINT case_is_not_merged_into_itself CHECK ((NOT ((merged_into_id = id) AND (merged_into_id IS NOT NULL)))),
    CONSTRAINT case_merged_has_a_survivor CHECK ((((merged_into_id IS NOT NULL) AND ((state)::text = 'merged'::text)) OR ((NOT ((state)::text = 'merged'::text)) AND (merged_into_id IS NULL)))),
    CONSTRAINT case_satisfaction_1_to_5 CHECK (((satisfaction IS NULL) OR ((satisfaction >= 1) AND (satisfaction <= 5))))
);

ALTER TABLE public.desk_case ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_case_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_casecount (
    id bigint NOT NULL,
    branch_id bigint NOT NULL,
    team character varying(12) NOT NULL,
    owner_id bigint NOT NULL,
    kind_id bigint NOT NULL,
    state character varying(14) NOT NULL,
    number bigint NOT NULL
);

ALTER TABLE public.desk_casecount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_casecount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_casecountchange (
    id bigint NOT NULL,
    branch_id bigint NOT NULL,
    team character varying(12) NOT NULL,
    owner_id bigint NOT NULL,
    kind_id bigint NOT NULL,
    state character varying(14) NOT NULL,
    number integer NOT NULL
);

ALTER TABLE public.desk_casecountchange ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_casecountchange_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_casekind (
    id bigint NOT NULL,
    code character varying(30) NOT NULL,
    book character varying(12) NOT NULL,
    name character varying(30) NOT NULL,
    name_en character varying(40) NOT NULL,
    hint character varying(120) NOT NULL,
    hint_en character varying(160) NOT NULL,
    icon character varying(20) NOT NULL,
    fields jsonb NOT NULL,
    policy character varying(30) NOT NULL,
    team character varying(12) NOT NULL,
    priority smallint NOT NULL,
    complaint boolean NOT NULL,
    portal boolean NOT NULL,
    active boolean NOT NULL,
    "position" smallint NOT NULL,
    changed_by character varying(60) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    retired_because character varying(200) NOT NULL,
    version smallint NOT NULL
);

ALTER TABLE public.desk_casekind ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_casekind_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_casenumber (
    day date NOT NULL,
    last integer NOT NULL
);

CREATE TABLE public.desk_casetag (
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    case_id bigint NOT NULL,
    tag_id bigint NOT NULL
);

CREATE TABLE public.desk_casetext (
    case_id bigint NOT NULL,
    block integer NOT NULL,
    search tsvector NOT NULL
);

CREATE TABLE public.desk_cause (
    id bigint NOT NULL,
    code character varying(30) NOT NULL,
    name character varying(40) NOT NULL,
    name_en character varying(60) NOT NULL,
    active boolean NOT NULL,
    "position" smallint NOT NULL
);

ALTER TABLE public.desk_cause ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_cause_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_clientdraft (
    id bigint NOT NULL,
    kind character varying(30) NOT NULL,
    fields bytea NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    case_id bigint,
    client_id bigint NOT NULL
);

ALTER TABLE public.desk_clientdraft ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_clientdraft_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_clock (
    id bigint NOT NULL,
    kind character varying(12) NOT NULL,
    state character varying(9) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    counted_from timestamp with time zone NOT NULL,
    minutes double precision NOT NULL,
    due_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone,
    fired smallint NOT NULL,
    extra integer NOT NULL,
    breached_at timestamp with time zone,
    stopped_at timestamp with time zone,
    case_id bigint NOT NULL,
    policy_id bigint NOT NULL,
    CONSTRAINT clock_breach_is_dated CHECK ((((breached_at IS NOT NULL) AND ((state)::text = 'breached'::text)) OR ((NOT ((state)::text = 'breached'::text)) AND (breached_at IS NULL))))
);

ALTER TABLE public.desk_clock ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_clock_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_clockcall (
    at timestamp with time zone NOT NULL,
    clock_id bigint NOT NULL,
    member_id bigint NOT NULL
);

CREATE TABLE public.desk_clockmail (
    id bigint NOT NULL,
    step smallint NOT NULL,
    state character varying(10) NOT NULL,
    at timestamp with time zone NOT NULL,
    tried_at timestamp with time zone,
    ended_at timestamp with time zone,
    clock_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.desk_clockmail ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_clockmail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_clockmailresend (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    state_before character varying(10) NOT NULL,
    mail_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.desk_clockmailresend ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_clockmailresend_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_complaint (
    case_id bigint NOT NULL,
    name bytea NOT NULL,
    account character varying(20) NOT NULL,
    phone bytea NOT NULL,
    reported_on date NOT NULL,
    happened character varying(120) NOT NULL,
    people character varying(200) NOT NULL,
    what text NOT NULL,
    wanted text NOT NULL,
    special text NOT NULL,
    answer_points text NOT NULL,
    identity bytea NOT NULL,
    kind character varying(20) NOT NULL,
    severity character varying(10) NOT NULL,
    business character varying(10) NOT NULL,
    number character varying(10) NOT NULL,
    urgency character varying(10) NOT NULL,
    reason character varying(12) NOT NULL,
    department character varying(12) NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    accepted boolean,
    accepted_at timestamp with time zone,
    not_accepted_because character varying(400) NOT NULL,
    finding text NOT NULL,
    liability character varying(8) NOT NULL,
    found_at timestamp with time zone,
    remedy character varying(12) NOT NULL,
    remedy_amount numeric(14,2),
    remedy_note character varying(400) NOT NULL,
    remedy_state character varying(8) NOT NULL,
    remedy_reference character varying(80) NOT NULL,
    remedied_at timestamp with time zone,
    confirmation character varying(8) NOT NULL,
    confirmed_at timestamp with time zone,
    proof character varying(120) NOT NULL,
    extended_days smallint NOT NULL,
    extended_at timestamp with time zone,
    extended_because character varying(400) NOT NULL,
    mediation character varying(400) NOT NULL,
    lessons text NOT NULL,
    cause_id bigint,
    extended_letter_id bigint,
    proof_file_id bigint,
    remedy_by_id bigint,
    CONSTRAINT remedy_not_negative CHECK (((remedy_amount IS NULL) OR (remedy_amount >= (0)::numeric)))
);

CREATE TABLE public.desk_draft (
    id bigint NOT NULL,
    kind character varying(12) NOT NULL,
    body text NOT NULL,
    facts jsonb NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    case_id bigint,
    member_id bigint NOT NULL
);

ALTER TABLE public.desk_draft ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_draft_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_effectcheck (
    id bigint NOT NULL,
    passed boolean NOT NULL,
    note text NOT NULL,
    since integer NOT NULL,
    at timestamp with time zone NOT NULL,
    member_id bigint NOT NULL,
    improvement_id bigint NOT NULL
);

ALTER TABLE public.desk_effectcheck ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_effectcheck_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_entry (
    id bigint NOT NULL,
    kind character varying(6) NOT NULL,
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    channel character varying(10) NOT NULL,
    net character varying(6) NOT NULL,
    body text NOT NULL,
    facts jsonb NOT NULL,
    reference character varying(80) NOT NULL,
    case_id bigint NOT NULL
);

ALTER TABLE public.desk_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_escalation (
    step smallint NOT NULL,
    who character varying(16) NOT NULL,
    members jsonb NOT NULL,
    how jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    fired_at timestamp with time zone NOT NULL,
    clock_id bigint NOT NULL
);

CREATE TABLE public.desk_improvement (
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    title character varying(120) NOT NULL,
    trend boolean NOT NULL,
    found jsonb NOT NULL,
    team character varying(12) NOT NULL,
    root_cause text NOT NULL,
    action text NOT NULL,
    state character varying(9) NOT NULL,
    made_by character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    done_note text NOT NULL,
    check_at timestamp with time zone,
    closed_at timestamp with time zone,
    next_at timestamp with time zone,
    branch_id bigint NOT NULL,
    case_id bigint,
    cause_id bigint,
    owner_id bigint
);

ALTER TABLE public.desk_improvement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_improvement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_kindversion (
    id bigint NOT NULL,
    code character varying(30) NOT NULL,
    number smallint NOT NULL,
    base smallint NOT NULL,
    definition jsonb NOT NULL,
    state character varying(10) NOT NULL,
    note character varying(300) NOT NULL,
    reason character varying(300) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    kind_id bigint,
    CONSTRAINT kind_version_maker_is_not_checker CHECK (((NOT ((state)::text = 'approved'::text)) OR (NOT ((maker)::text = (checker)::text))))
);

ALTER TABLE public.desk_kindversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_kindversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_letter (
    id bigint NOT NULL,
    source character varying(12) NOT NULL,
    number character varying(60) NOT NULL,
    received_at timestamp with time zone NOT NULL,
    asks text NOT NULL,
    actor character varying(60) NOT NULL,
    answered_at timestamp with time zone,
    answer character varying(400) NOT NULL,
    answered_by character varying(60) NOT NULL,
    case_id bigint NOT NULL,
    clock_id bigint NOT NULL,
    file_id bigint
);

ALTER TABLE public.desk_letter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_letter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_link (
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    case_id bigint NOT NULL,
    entry_id bigint,
    other_id bigint NOT NULL,
    CONSTRAINT link_is_between_two CHECK ((NOT (case_id = other_id)))
);

ALTER TABLE public.desk_link ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_link_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_macro (
    id bigint NOT NULL,
    name character varying(30) NOT NULL,
    name_en character varying(40) NOT NULL,
    take boolean NOT NULL,
    tag character varying(30) NOT NULL,
    priority smallint,
    note text NOT NULL,
    answer text NOT NULL,
    "then" character varying(14) NOT NULL,
    team character varying(12) NOT NULL,
    active boolean NOT NULL,
    changed_by character varying(60) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    branch_id bigint NOT NULL,
    CONSTRAINT macro_result_has_words CHECK (((NOT (("then")::text = ANY ((ARRAY['solved'::character varying, 'answered'::character varying])::text[]))) OR (NOT (answer = ''::text))))
);

ALTER TABLE public.desk_macro ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_macro_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_merge (
    id bigint NOT NULL,
    state_before character varying(14) NOT NULL,
    kept jsonb NOT NULL,
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    undone_by character varying(60) NOT NULL,
    undone_at timestamp with time zone,
    case_id bigint NOT NULL,
    survivor_id bigint NOT NULL
);

ALTER TABLE public.desk_merge ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_merge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_named (
    at timestamp with time zone NOT NULL,
    actor character varying(60) NOT NULL,
    case_id bigint NOT NULL,
    member_id bigint NOT NULL
);

CREATE TABLE public.desk_neglect (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    case_id bigint NOT NULL,
    clock_id bigint NOT NULL,
    member_id bigint
);

ALTER TABLE public.desk_neglect ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_neglect_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_pause (
    id bigint NOT NULL,
    state character varying(14) NOT NULL,
    reason character varying(200) NOT NULL,
    actor character varying(60) NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    case_id bigint NOT NULL,
    CONSTRAINT pause_ends_after_it_began CHECK (((ended_at IS NULL) OR (ended_at >= began_at)))
);

ALTER TABLE public.desk_pause ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_pause_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_phrase (
    id bigint NOT NULL,
    moment character varying(10) NOT NULL,
    name character varying(30) NOT NULL,
    body text NOT NULL,
    active boolean NOT NULL,
    changed_by character varying(60) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    branch_id bigint NOT NULL
);

ALTER TABLE public.desk_phrase ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_phrase_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_presence (
    typing boolean NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    case_id bigint NOT NULL,
    member_id bigint NOT NULL
);

CREATE TABLE public.desk_promise (
    id bigint NOT NULL,
    what character varying(200) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by character varying(60) NOT NULL,
    state character varying(6) NOT NULL,
    next_at timestamp with time zone,
    reminded_at timestamp with time zone,
    kept_at timestamp with time zone,
    broken_at timestamp with time zone,
    moves smallint NOT NULL,
    case_id bigint,
    client_id bigint NOT NULL,
    entry_id bigint,
    keeper_id bigint NOT NULL,
    CONSTRAINT promise_broken_is_dated CHECK ((((broken_at IS NOT NULL) AND ((state)::text = 'broken'::text)) OR ((NOT ((state)::text = 'broken'::text)) AND (broken_at IS NULL)))),
    CONSTRAINT promise_is_for_later CHECK ((due_at > made_at))
);

ALTER TABLE public.desk_promise ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_promise_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_promisemove (
    id bigint NOT NULL,
    before timestamp with time zone NOT NULL,
    after timestamp with time zone NOT NULL,
    reason character varying(200) NOT NULL,
    told text NOT NULL,
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    entry_id bigint,
    promise_id bigint NOT NULL
);

ALTER TABLE public.desk_promisemove ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_promisemove_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_refusal (
    id bigint NOT NULL,
    what character varying(200) NOT NULL,
    because character varying(400) NOT NULL,
    at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    lifted_because character varying(400) NOT NULL,
    case_id bigint,
    client_id bigint NOT NULL,
    lifted_by_id bigint,
    member_id bigint NOT NULL
);

ALTER TABLE public.desk_refusal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_refusal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_route (
    id bigint NOT NULL,
    name character varying(60) NOT NULL,
    name_en character varying(80) NOT NULL,
    book character varying(12) NOT NULL,
    "position" smallint NOT NULL,
    conditions jsonb NOT NULL,
    team character varying(12) NOT NULL,
    owner character varying(20) NOT NULL,
    priority smallint,
    active boolean NOT NULL,
    changed_by character varying(60) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    key character varying(40) NOT NULL,
    version smallint NOT NULL
);

ALTER TABLE public.desk_route ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_route_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_routeversion (
    id bigint NOT NULL,
    book character varying(12) NOT NULL,
    number smallint NOT NULL,
    base smallint NOT NULL,
    definition jsonb NOT NULL,
    state character varying(10) NOT NULL,
    note character varying(300) NOT NULL,
    reason character varying(300) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    CONSTRAINT route_version_maker_is_not_checker CHECK (((NOT ((state)::text = 'approved'::text)) OR (NOT ((maker)::text = (checker)::text))))
);

ALTER TABLE public.desk_routeversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_routeversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_savedview (
    id bigint NOT NULL,
    name character varying(20) NOT NULL,
    filters jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.desk_savedview ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_savedview_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_tag (
    id bigint NOT NULL,
    name character varying(30) NOT NULL,
    name_en character varying(40) NOT NULL
);

ALTER TABLE public.desk_tag ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.desk_tag_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.desk_watch (
    at timestamp with time zone NOT NULL,
    case_id bigint NOT NULL,
    member_id bigint NOT NULL
);

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);

CREATE TABLE public.knowledge_article (
    id bigint NOT NULL,
    state character varying(9) NOT NULL,
    made_by character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    title character varying(120) NOT NULL,
    lead character varying(160) NOT NULL,
    facing character varying(7) NOT NULL,
    levels smallint[] NOT NULL,
    kinds character varying(30)[] NOT NULL,
    tags character varying(30)[] NOT NULL,
    published_at timestamp with time zone,
    review_on date,
    reminded_on date,
    search tsvector,
    client_search tsvector,
    title_search tsvector,
    owner_id bigint NOT NULL,
    CONSTRAINT article_published_has_a_review_date CHECK (((NOT ((state)::text = 'published'::text)) OR ((review_on IS NOT NULL) AND (version >= 1))))
);

ALTER TABLE public.knowledge_article ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_article_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_articlefile (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    content_type character varying(100) NOT NULL,
    size bigint NOT NULL,
    digest character varying(64) NOT NULL,
    file character varying(100) NOT NULL,
    actor character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    version_id bigint NOT NULL
);

ALTER TABLE public.knowledge_articlefile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_articlefile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_feedback (
    id bigint NOT NULL,
    version integer NOT NULL,
    helped boolean NOT NULL,
    note bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    article_id bigint NOT NULL,
    client_id bigint,
    member_id bigint,
    CONSTRAINT feedback_is_of_one_reader CHECK ((((client_id IS NULL) AND (member_id IS NOT NULL)) OR ((client_id IS NOT NULL) AND (member_id IS NULL))))
);

ALTER TABLE public.knowledge_feedback ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_feedback_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_gap (
    id bigint NOT NULL,
    words character varying(40) NOT NULL,
    query text NOT NULL,
    state character varying(9) NOT NULL,
    by_staff integer NOT NULL,
    by_clients integer NOT NULL,
    asked integer GENERATED ALWAYS AS ((by_staff + by_clients)) STORED,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    decided_by character varying(60) NOT NULL,
    reason character varying(200) NOT NULL,
    article_id bigint
);

ALTER TABLE public.knowledge_gap ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_gap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_gapasker (
    id bigint NOT NULL,
    who bigint NOT NULL,
    day date NOT NULL,
    gap_id bigint NOT NULL
);

ALTER TABLE public.knowledge_gapasker ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_gapasker_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_review (
    id bigint NOT NULL,
    version integer NOT NULL,
    at timestamp with time zone NOT NULL,
    until date NOT NULL,
    note character varying(200) NOT NULL,
    article_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.knowledge_review ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_review_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_term (
    term character varying(60) NOT NULL,
    articles integer NOT NULL,
    CONSTRAINT term_count_not_negative CHECK ((articles >= 0))
);

CREATE TABLE public.knowledge_use (
    id bigint NOT NULL,
    version integer NOT NULL,
    how character varying(5) NOT NULL,
    at timestamp with time zone NOT NULL,
    article_id bigint NOT NULL,
    case_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.knowledge_use ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_use_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_version (
    id bigint NOT NULL,
    number integer NOT NULL,
    state character varying(9) NOT NULL,
    title character varying(120) NOT NULL,
    questions text NOT NULL,
    answer text NOT NULL,
    inside text NOT NULL,
    facing character varying(7) NOT NULL,
    levels smallint[] NOT NULL,
    kinds character varying(30)[] NOT NULL,
    tags character varying(30)[] NOT NULL,
    review_on date,
    change character varying(200) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    submitted_at timestamp with time zone,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    reason character varying(300) NOT NULL,
    article_id bigint NOT NULL
);

ALTER TABLE public.knowledge_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.knowledge_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.knowledge_worth (
    article_id bigint NOT NULL,
    used integer NOT NULL,
    helped integer NOT NULL,
    not_helped integer NOT NULL,
    weight integer NOT NULL
);

CREATE TABLE public.library_announcement (
    id bigint NOT NULL,
    symbol character varying(6) NOT NULL,
    kind character varying(30) NOT NULL,
    title character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL,
    reference character varying(60) NOT NULL,
    last_day date,
    run_id bigint
);

ALTER TABLE public.library_announcement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.library_announcement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.library_pick (
    id bigint NOT NULL,
    symbol character varying(6) NOT NULL,
    direction character varying(6) NOT NULL,
    price_low numeric(12,3) NOT NULL,
    price_high numeric(12,3) NOT NULL,
    target_price numeric(12,3),
    stop_price numeric(12,3),
    risk smallint NOT NULL,
    reason character varying(400) NOT NULL,
    source character varying(120) NOT NULL,
    valid_until date NOT NULL,
    state character varying(6) NOT NULL,
    licence_number character varying(40) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    signed_at timestamp with time zone,
    closed_at timestamp with time zone,
    result character varying(7) NOT NULL,
    price_at_signing numeric(12,3),
    price_at_close numeric(12,3),
    adviser_id bigint NOT NULL,
    report_id bigint
);

ALTER TABLE public.library_pick ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.library_pick_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.library_picknote (
    id bigint NOT NULL,
    text character varying(300) NOT NULL,
    at timestamp with time zone NOT NULL,
    closes boolean NOT NULL,
    adviser_id bigint NOT NULL,
    pick_id bigint NOT NULL
);

ALTER TABLE public.library_picknote ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.library_picknote_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.library_rating (
    id bigint NOT NULL,
    symbol character varying(6) NOT NULL,
    house character varying(60) NOT NULL,
    analyst character varying(60) NOT NULL,
    old smallint,
    new smallint NOT NULL,
    target_price numeric(12,3),
    risk smallint NOT NULL,
    "on" date NOT NULL,
    reason character varying(300) NOT NULL,
    reference character varying(60) NOT NULL,
    run_id bigint,
    signed_at timestamp with time zone,
    report_id bigint,
    signed_by_id bigint
);

ALTER TABLE public.library_rating ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.library_rating_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.library_report (
    id bigint NOT NULL,
    title character varying(160) NOT NULL,
    summary character varying(500) NOT NULL,
    body text NOT NULL,
    stars smallint,
    risk smallint,
    house character varying(60) NOT NULL,
    author character varying(60) NOT NULL,
    author_licence character varying(40) NOT NULL,
    securities character varying(6)[] NOT NULL,
    industries character varying(30)[] NOT NULL,
    catalysts character varying(120)[] NOT NULL,
    stages character varying(120)[] NOT NULL,
    pdf character varying(100) NOT NULL,
    pdf_pages smallint,
    state character varying(10) NOT NULL,
    maker character varying(60) NOT NULL,
    checker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    search tsvector,
    replaces_id bigint,
    kind_id character varying(40)
);

ALTER TABLE public.library_report ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.library_report_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.library_reportkind (
    code character varying(40) NOT NULL,
    name character varying(30) NOT NULL,
    name_en character varying(50) NOT NULL,
    "order" smallint NOT NULL,
    family_id character varying(40)
);

CREATE TABLE public.mailroom_letter (
    id bigint NOT NULL,
    "to" bytea NOT NULL,
    message_id character varying(250) NOT NULL,
    state character varying(8) NOT NULL,
    at timestamp with time zone NOT NULL,
    tried_at timestamp with time zone,
    sent_at timestamp with time zone,
    problem character varying(200) NOT NULL,
    case_id bigint,
    entry_id bigint,
    rejects_id bigint,
    CONSTRAINT letter_is_an_answer_or_a_notice CHECK ((((case_id IS NOT NULL) AND (entry_id IS NOT NULL) AND (rejects_id IS NULL)) OR ((case_id IS NULL) AND (entry_id IS NULL) AND (rejects_id IS NOT NULL))))
);

ALTER TABLE public.mailroom_letter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mailroom_letter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mailroom_mail (
    id bigint NOT NULL,
    uidvalidity bigint NOT NULL,
    uid bigint NOT NULL,
    state character varying(8) NOT NULL,
    reason character varying(14) NOT NULL,
    detail character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    sender bytea NOT NULL,
    sender_name bytea NOT NULL,
    sender_token bigint,
    subject bytea NOT NULL,
    words bytea NOT NULL,
    parts bytea NOT NULL,
    message_id character varying(250) NOT NULL,
    digest character varying(64) NOT NULL,
    size bigint NOT NULL,
    raw character varying(100) NOT NULL,
    decided_by character varying(60) NOT NULL,
    decided_at timestamp with time zone,
    note character varying(200) NOT NULL,
    about_id bigint,
    case_id bigint,
    entry_id bigint,
    mailbox_id bigint NOT NULL,
    CONSTRAINT mail_taken_has_a_case CHECK ((((case_id IS NOT NULL) AND (entry_id IS NOT NULL) AND ((state)::text = 'taken'::text)) OR (NOT ((state)::text = 'taken'::text))))
);

ALTER TABLE public.mailroom_mail ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mailroom_mail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mailroom_mailbox (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    uidvalidity bigint NOT NULL,
    last_uid bigint NOT NULL,
    fetched bigint NOT NULL,
    looked_at timestamp with time zone,
    read_at timestamp with time zone,
    problem character varying(200) NOT NULL
);

ALTER TABLE public.mailroom_mailbox ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mailroom_mailbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mailroom_resend (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    state_before character varying(8) NOT NULL,
    letter_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.mailroom_resend ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mailroom_resend_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.offerings_commissionexport (
    id bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by character varying(60) NOT NULL,
    effective_on date NOT NULL,
    rows integer NOT NULL,
    digest character varying(64) NOT NULL,
    content text NOT NULL
);

ALTER TABLE public.offerings_commissionexport ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.offerings_commissionexport_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.offerings_levelchange (
    id bigint NOT NULL,
    state character varying(10) NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    applied_by character varying(60) NOT NULL,
    channel character varying(20) NOT NULL,
    checks jsonb NOT NULL,
    rule_version bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decided_by character varying(60) NOT NULL,
    reason character varying(400) NOT NULL,
    effective_on date,
    client_id bigint NOT NULL,
    export_id bigint,
    from_level_id bigint,
    to_level_id bigint NOT NULL
);

ALTER TABLE public.offerings_levelchange ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.offerings_levelchange_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.offerings_levelcontent (
    id bigint NOT NULL,
    what character varying(12) NOT NULL,
    key character varying(40) NOT NULL,
    number integer NOT NULL,
    level_id bigint NOT NULL
);

ALTER TABLE public.offerings_levelcontent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.offerings_levelcontent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.offerings_leveldesign (
    id bigint NOT NULL,
    code character varying(30) NOT NULL,
    version integer NOT NULL,
    "values" jsonb NOT NULL,
    contents jsonb NOT NULL,
    retires boolean NOT NULL,
    state character varying(10) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    reason character varying(400) NOT NULL,
    CONSTRAINT level_design_maker_is_not_checker CHECK (((NOT ((state)::text = 'approved'::text)) OR (NOT ((maker)::text = (checker)::text))))
);

ALTER TABLE public.offerings_leveldesign ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.offerings_leveldesign_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.offerings_servicelevel (
    id bigint NOT NULL,
    code character varying(30) NOT NULL,
    name character varying(30) NOT NULL,
    name_en character varying(40) NOT NULL,
    rank smallint NOT NULL,
    slogan character varying(120) NOT NULL,
    slogan_en character varying(160) NOT NULL,
    description text NOT NULL,
    description_en text NOT NULL,
    commission_rate numeric(4,2) NOT NULL,
    suggested_assets numeric(16,2) NOT NULL,
    state character varying(10) NOT NULL,
    version integer NOT NULL,
    maker character varying(60) NOT NULL,
    checker character varying(60) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    contains_id bigint
);

ALTER TABLE public.offerings_servicelevel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.offerings_servicelevel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.offerings_subscription (
    id bigint NOT NULL,
    period daterange NOT NULL,
    commission_rate numeric(4,2) NOT NULL,
    change_id bigint,
    client_id bigint NOT NULL,
    level_id bigint NOT NULL
);

ALTER TABLE public.offerings_subscription ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.offerings_subscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_allotment (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    account_number character varying(20) NOT NULL,
    quantity bigint NOT NULL,
    due numeric(16,2) NOT NULL,
    funded numeric(16,2) NOT NULL,
    state character varying(9) NOT NULL,
    arrived_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    issue_id bigint NOT NULL,
    CONSTRAINT allotment_funded_not_negative CHECK ((funded >= (0)::numeric)),
    CONSTRAINT allotment_positive CHECK (((due > (0)::numeric) AND (quantity > 0)))
);

ALTER TABLE public.outreach_allotment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_allotment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_attempt (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    event_id bigint NOT NULL,
    channel smallint NOT NULL,
    number smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    gateway character varying(20) NOT NULL,
    reference character varying(64) NOT NULL,
    state smallint NOT NULL,
    error character varying(40) NOT NULL
);

ALTER TABLE public.outreach_attempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_briefing (
    id bigint NOT NULL,
    title character varying(60) NOT NULL,
    summary character varying(600) NOT NULL,
    speaker character varying(60) NOT NULL,
    place character varying(100) NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    sign_up_by timestamp with time zone NOT NULL,
    seats integer NOT NULL,
    audience jsonb NOT NULL,
    state character varying(10) NOT NULL,
    revision integer NOT NULL,
    moves integer NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    proposer character varying(60) NOT NULL,
    proposed_at timestamp with time zone,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    reason character varying(300) NOT NULL,
    reminded_at timestamp with time zone,
    over_at timestamp with time zone,
    notes text NOT NULL,
    notes_by character varying(60) NOT NULL,
    notes_at timestamp with time zone,
    CONSTRAINT briefing_has_seats CHECK ((seats > 0)),
    CONSTRAINT briefing_maker_is_not_checker CHECK (((NOT ((state)::text = ANY ((ARRAY['open'::character varying, 'held'::character varying])::text[]))) OR (NOT ((proposer)::text = (checker)::text)))),
    CONSTRAINT briefing_times_in_order CHECK (((ends_at > starts_at) AND (sign_up_by <= starts_at)))
);

ALTER TABLE public.outreach_briefing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_briefing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_calltask (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    queue character varying(8) NOT NULL,
    due_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    state character varying(9) NOT NULL,
    result character varying(12) NOT NULL,
    attempts smallint NOT NULL,
    note character varying(300) NOT NULL,
    done_at timestamp with time zone,
    done_by character varying(60) NOT NULL,
    event_id bigint NOT NULL,
    member_id bigint
);

ALTER TABLE public.outreach_calltask ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_calltask_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_campaign (
    id bigint NOT NULL,
    name character varying(40) NOT NULL,
    definition jsonb NOT NULL,
    revision integer NOT NULL,
    version integer NOT NULL,
    state character varying(8) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    proposer character varying(60) NOT NULL,
    proposed_at timestamp with time zone,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    reason character varying(300) NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    budget numeric(12,2),
    warned_at timestamp with time zone,
    used_up_at timestamp with time zone,
    started_at timestamp with time zone,
    started_by character varying(60) NOT NULL,
    paused_at timestamp with time zone,
    pause character varying(6) NOT NULL,
    ended_at timestamp with time zone,
    members integer NOT NULL,
    controls integer NOT NULL,
    digest character varying(64) NOT NULL,
    copied_from_id bigint,
    topic_id bigint,
    CONSTRAINT campaign_maker_is_not_checker CHECK (((NOT ((state)::text = ANY ((ARRAY['approved'::character varying, 'running'::character varying, 'paused'::character varying, 'ended'::character varying, 'stopped'::character varying])::text[]))) OR (NOT ((proposer)::text = (checker)::text))))
);

ALTER TABLE public.outreach_campaign ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_campaign_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_campaignmember (
    client_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    arm smallint NOT NULL,
    state smallint NOT NULL,
    step character varying(8) NOT NULL,
    due_at timestamp with time zone,
    round_id bigint,
    entered_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    done_round_id bigint,
    left_for character varying(9) NOT NULL,
    left_at timestamp with time zone,
    CONSTRAINT campaign_control_gets_nothing CHECK ((((arm = 0) AND (state = 0)) OR ((arm > 0) AND (NOT (state = 0))))),
    CONSTRAINT campaign_member_due_while_under_way CHECK ((((due_at IS NOT NULL) AND (state = 1)) OR ((NOT (state = 1)) AND (due_at IS NULL))))
);

CREATE TABLE public.outreach_campaignround (
    id bigint NOT NULL,
    step character varying(8) NOT NULL,
    arm smallint NOT NULL,
    way character varying(4) NOT NULL,
    at timestamp with time zone NOT NULL,
    count integer NOT NULL,
    campaign_id bigint NOT NULL,
    event_id bigint
);

ALTER TABLE public.outreach_campaignround ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_campaignround_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_contactcount (
    client_id bigint NOT NULL,
    day date NOT NULL,
    day_count smallint NOT NULL,
    month_count smallint NOT NULL
);

CREATE TABLE public.outreach_default (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    "on" date NOT NULL,
    allotment_id bigint NOT NULL
);

ALTER TABLE public.outreach_default ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_default_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_delivery (
    id bigint NOT NULL,
    channel smallint NOT NULL,
    block integer NOT NULL,
    count integer NOT NULL,
    state character varying(8) NOT NULL,
    not_before timestamp with time zone,
    worker integer,
    claimed_at timestamp with time zone,
    done_at timestamp with time zone,
    attempts smallint NOT NULL,
    handed integer NOT NULL,
    delivered integer NOT NULL,
    failed integer NOT NULL,
    unknown integer NOT NULL,
    cost bigint NOT NULL,
    event_id bigint NOT NULL,
    priority smallint NOT NULL,
    withheld integer NOT NULL,
    refusals smallint DEFAULT 0 NOT NULL
);

ALTER TABLE public.outreach_delivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_event (
    id bigint NOT NULL,
    object_kind character varying(20) NOT NULL,
    object_id bigint NOT NULL,
    fact_key character varying(120) NOT NULL,
    title character varying(200) NOT NULL,
    facts jsonb NOT NULL,
    state character varying(8) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decide_seconds double precision,
    rule_version bigint,
    rules jsonb NOT NULL,
    texts jsonb NOT NULL,
    counts jsonb NOT NULL,
    audience_count integer NOT NULL,
    verdict_digest character varying(64) NOT NULL,
    sent_by character varying(60) NOT NULL,
    sent_at timestamp with time zone,
    done_at timestamp with time zone,
    topic_id bigint NOT NULL,
    deferred jsonb NOT NULL,
    expires_at timestamp with time zone,
    not_before timestamp with time zone,
    signer character varying(60) NOT NULL,
    topic_version integer NOT NULL
);

ALTER TABLE public.outreach_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_gatewayreport (
    name character varying(20) NOT NULL,
    worker integer NOT NULL,
    line character varying(5) NOT NULL,
    per_second double precision NOT NULL,
    last_error character varying(120) NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.outreach_gatewaystate (
    name character varying(20) NOT NULL,
    channel smallint NOT NULL,
    line character varying(5) NOT NULL,
    since timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    per_second double precision NOT NULL,
    handed bigint NOT NULL,
    refused bigint NOT NULL,
    reconnects integer NOT NULL,
    last_error character varying(120) NOT NULL
);

CREATE TABLE public.outreach_gatewayswitch (
    name character varying(20) NOT NULL,
    at timestamp with time zone NOT NULL,
    by character varying(60) NOT NULL,
    reason character varying(200) NOT NULL
);

CREATE TABLE public.outreach_guest (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    state character varying(7) NOT NULL,
    code character varying(12) NOT NULL,
    question bytea NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    signed_by character varying(60) NOT NULL,
    seated_at timestamp with time zone,
    gone_at timestamp with time zone,
    came_at timestamp with time zone,
    let_in_by character varying(60) NOT NULL,
    briefing_id bigint NOT NULL,
    CONSTRAINT briefing_came_with_a_seat CHECK (((came_at IS NULL) OR ((state)::text = 'seated'::text))),
    CONSTRAINT briefing_seated_since CHECK ((((seated_at IS NOT NULL) AND ((state)::text = 'seated'::text)) OR (NOT ((state)::text = 'seated'::text))))
);

ALTER TABLE public.outreach_guest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_guest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_handing (
    delivery_id bigint NOT NULL,
    number integer NOT NULL,
    client_ids bigint[] NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.outreach_handing ALTER COLUMN client_ids SET STORAGE EXTERNAL;

CREATE TABLE public.outreach_inboundpart (
    id bigint NOT NULL,
    gateway character varying(20) NOT NULL,
    sender bytea NOT NULL,
    sender_token bigint NOT NULL,
    chain integer NOT NULL,
    total smallint NOT NULL,
    number smallint NOT NULL,
    octets bytea NOT NULL,
    coding smallint NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE public.outreach_inboundpart ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_inboundpart_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_issue (
    id bigint NOT NULL,
    symbol character varying(6) NOT NULL,
    subscription_code character varying(6) NOT NULL,
    name character varying(30) NOT NULL,
    kind character varying(11) NOT NULL,
    exchange character varying(4) NOT NULL,
    board character varying(8) NOT NULL,
    price numeric(10,3) NOT NULL,
    risk smallint NOT NULL,
    subscribe_on date NOT NULL,
    pay_by timestamp with time zone NOT NULL,
    list_on date,
    steps_fired jsonb NOT NULL,
    settled_at timestamp with time zone,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT issue_price_positive CHECK ((price > (0)::numeric))
);

ALTER TABLE public.outreach_issue ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_issue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_message (
    client_id bigint NOT NULL,
    event_id bigint NOT NULL,
    channel smallint NOT NULL,
    day date NOT NULL,
    at timestamp with time zone NOT NULL,
    state smallint NOT NULL,
    parts smallint DEFAULT 1 NOT NULL,
    cost integer DEFAULT 0 NOT NULL,
    reference character varying(64),
    changed_at timestamp with time zone,
    error character varying(40),
    gateway character varying(20),
    attempts smallint DEFAULT 1 NOT NULL
)
PARTITION BY RANGE (day);

CREATE TABLE public.outreach_message_rest (
    client_id bigint CONSTRAINT outreach_message_client_id_not_null NOT NULL,
    event_id bigint CONSTRAINT outreach_message_event_id_not_null NOT NULL,
    channel smallint CONSTRAINT outreach_message_channel_not_null NOT NULL,
    day date CONSTRAINT outreach_message_day_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT outreach_message_at_not_null NOT NULL,
    state smallint CONSTRAINT outreach_message_state_not_null NOT NULL,
    parts smallint DEFAULT 1 CONSTRAINT outreach_message_parts_not_null NOT NULL,
    cost integer DEFAULT 0 CONSTRAINT outreach_message_cost_not_null NOT NULL,
    reference character varying(64),
    changed_at timestamp with time zone,
    error character varying(40),
    gateway character varying(20),
    attempts smallint DEFAULT 1 CONSTRAINT outreach_message_attempts_not_null NOT NULL
);

CREATE TABLE public.outreach_messagepart (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    event_id bigint NOT NULL,
    channel smallint NOT NULL,
    attempt smallint NOT NULL,
    number smallint NOT NULL,
    total smallint NOT NULL,
    gateway character varying(20) NOT NULL,
    reference character varying(64) NOT NULL,
    state smallint NOT NULL
);

ALTER TABLE public.outreach_messagepart ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_messagepart_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_notice (
    id bigint NOT NULL,
    title character varying(200) NOT NULL,
    text text NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL
);

ALTER TABLE public.outreach_notice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_personalfact (
    event_id bigint NOT NULL,
    client_id bigint NOT NULL,
    facts jsonb NOT NULL
);

CREATE TABLE public.outreach_quarantined (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    source character varying(40) NOT NULL,
    reason character varying(200) NOT NULL,
    content bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone,
    seen_by character varying(60) NOT NULL
);

ALTER TABLE public.outreach_quarantined ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_quarantined_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_strangereceipt (
    id bigint NOT NULL,
    gateway character varying(20) NOT NULL,
    reference character varying(64) NOT NULL,
    delivered boolean NOT NULL,
    error character varying(40) NOT NULL,
    to_token bigint,
    at timestamp with time zone NOT NULL,
    whole boolean NOT NULL
);

ALTER TABLE public.outreach_strangereceipt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_strangereceipt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_topic (
    id bigint NOT NULL,
    code character varying(40) NOT NULL,
    name character varying(40) NOT NULL,
    name_en character varying(60) NOT NULL,
    message_class smallint NOT NULL,
    critical boolean NOT NULL,
    audience character varying(40) NOT NULL,
    channel_mask smallint NOT NULL,
    templates jsonb NOT NULL,
    suitability boolean NOT NULL,
    active boolean NOT NULL,
    maker character varying(60) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    advice boolean NOT NULL,
    automatic boolean NOT NULL,
    budget_month numeric(12,2),
    budget_year numeric(12,2),
    by_level boolean NOT NULL,
    conditions jsonb NOT NULL,
    expires_minutes integer,
    ledger_kinds character varying(60)[] NOT NULL,
    legal_basis character varying(8) NOT NULL,
    paused_at timestamp with time zone,
    repeat_days smallint,
    timing jsonb NOT NULL,
    trigger character varying(12) NOT NULL,
    version integer NOT NULL
);

ALTER TABLE public.outreach_topic ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_topic_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_topicversion (
    id bigint NOT NULL,
    number integer NOT NULL,
    definition jsonb NOT NULL,
    state character varying(10) NOT NULL,
    reason character varying(300) NOT NULL,
    maker character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    checker character varying(60) NOT NULL,
    checked_at timestamp with time zone,
    topic_id bigint NOT NULL,
    CONSTRAINT topic_version_maker_is_not_checker CHECK (((NOT ((state)::text = 'approved'::text)) OR (NOT ((maker)::text = (checker)::text))))
);

ALTER TABLE public.outreach_topicversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_topicversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_trial (
    id bigint NOT NULL,
    step character varying(8) NOT NULL,
    arm smallint NOT NULL,
    channel smallint NOT NULL,
    "to" bytea NOT NULL,
    subject character varying(200) NOT NULL,
    text text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    state character varying(9) NOT NULL,
    gateway character varying(20) NOT NULL,
    reference character varying(64) NOT NULL,
    error character varying(120) NOT NULL,
    done_at timestamp with time zone,
    campaign_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.outreach_trial ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_trial_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_triggeredrow (
    topic_id bigint NOT NULL,
    number bigint NOT NULL
);

CREATE TABLE public.outreach_verdictblock (
    event_id bigint NOT NULL,
    block integer NOT NULL,
    client_ids integer[] NOT NULL,
    outcomes bytea NOT NULL
);
ALTER TABLE ONLY public.outreach_verdictblock ALTER COLUMN client_ids SET STORAGE EXTERNAL;

CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);

CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;

CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;

CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;

CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_apitoken (
    id bigint NOT NULL,
    title character varying(60) NOT NULL,
    digest bytea NOT NULL,
    scopes jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    member_id bigint NOT NULL
);

ALTER TABLE public.staff_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_apitoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_branch (
    id bigint NOT NULL,
    code character varying(12) NOT NULL,
    name character varying(60) NOT NULL,
    name_en character varying(80) NOT NULL,
    phone character varying(20) NOT NULL,
    monthly_sms_budget numeric(12,2) NOT NULL
);

ALTER TABLE public.staff_branch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_branch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_draft (
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    key character varying(60) NOT NULL,
    title character varying(120) NOT NULL,
    "values" jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.staff_draft ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_draft_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_idempotencykey (
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    request_digest bytea NOT NULL,
    status smallint NOT NULL,
    body jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    token_id bigint NOT NULL
);

ALTER TABLE public.staff_idempotencykey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_idempotencykey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_member (
    id bigint NOT NULL,
    sign_in_name character varying(40) NOT NULL,
    password character varying(160) NOT NULL,
    name character varying(40) NOT NULL,
    name_en character varying(60) NOT NULL,
    initials character varying(12) NOT NULL,
    centre character varying(12) NOT NULL,
    role character varying(20) NOT NULL,
    phone character varying(20) NOT NULL,
    licence_number character varying(40) NOT NULL,
    active boolean NOT NULL,
    failed_attempts smallint NOT NULL,
    locked_until timestamp with time zone,
    joined_on date,
    branch_id bigint NOT NULL,
    outlet_id bigint,
    password_is_temporary boolean NOT NULL,
    email bytea NOT NULL,
    mobile bytea NOT NULL,
    language character varying(7) NOT NULL
);

ALTER TABLE public.staff_member ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_member_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_membersession (
    id bigint NOT NULL,
    session_key character varying(40) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    address inet,
    browser character varying(200) NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE public.staff_membersession ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_membersession_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_notification (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind character varying(60) NOT NULL,
    facts jsonb NOT NULL,
    url character varying(200) NOT NULL,
    read_at timestamp with time zone,
    member_id bigint NOT NULL
);

ALTER TABLE public.staff_notification ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.staff_outlet (
    id bigint NOT NULL,
    code character varying(12) NOT NULL,
    name character varying(60) NOT NULL,
    name_en character varying(80) NOT NULL,
    branch_id bigint NOT NULL
);

ALTER TABLE public.staff_outlet ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.staff_outlet_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.visits_referral (
    id bigint NOT NULL,
    known boolean NOT NULL,
    basis character varying(7) NOT NULL,
    proof bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    client_id bigint NOT NULL,
    member_id bigint NOT NULL,
    referrer_id bigint NOT NULL,
    visit_id bigint NOT NULL
);

ALTER TABLE public.visits_referral ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.visits_referral_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.visits_visit (
    id bigint NOT NULL,
    number smallint NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    place bytea NOT NULL,
    state character varying(9) NOT NULL,
    made_by character varying(60) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    found bytea NOT NULL,
    taught bytea NOT NULL,
    thanked boolean NOT NULL,
    referral_asked boolean NOT NULL,
    referral bytea NOT NULL,
    again_id bigint,
    case_id bigint NOT NULL,
    member_id bigint NOT NULL,
    CONSTRAINT visit_ends_after_it_starts CHECK ((ends_at > starts_at))
);

ALTER TABLE public.visits_visit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.visits_visit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.outreach_message ATTACH PARTITION public.outreach_message_rest DEFAULT;

ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);

SELECT pg_catalog.setval('public.clients_adviceagreement_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_assessment_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_cashflow_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_client_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_consent_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_contactpoint_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_coverage_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_duplicatepair_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_fundaccount_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_importrun_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_inboundtext_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_merge_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_preference_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_segment_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_segmentversion_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_tag_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_trade_id_seq', 1, false);

SELECT pg_catalog.setval('public.clients_tradingpermission_id_seq', 1, false);

SELECT pg_catalog.setval('public.core_calendarimport_id_seq', 1, false);

SELECT pg_catalog.setval('public.core_rule_id_seq', 1, false);

SELECT pg_catalog.setval('public.core_webhook_id_seq', 1, false);

SELECT pg_catalog.setval('public.core_webhookcall_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_appliedpolicy_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_approval_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_attachment_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_case_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_casecount_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_casecountchange_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_casekind_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_cause_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_clientdraft_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_clock_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_clockmail_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_clockmailresend_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_draft_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_effectcheck_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_entry_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_improvement_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_kindversion_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_letter_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_link_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_macro_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_merge_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_neglect_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_pause_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_phrase_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_promise_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_promisemove_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_refusal_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_route_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_routeversion_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_savedview_id_seq', 1, false);

SELECT pg_catalog.setval('public.desk_tag_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_article_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_articlefile_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_feedback_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_gap_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_gapasker_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_review_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_use_id_seq', 1, false);

SELECT pg_catalog.setval('public.knowledge_version_id_seq', 1, false);

SELECT pg_catalog.setval('public.library_announcement_id_seq', 1, false);

SELECT pg_catalog.setval('public.library_pick_id_seq', 1, false);

SELECT pg_catalog.setval('public.library_picknote_id_seq', 1, false);

SELECT pg_catalog.setval('public.library_rating_id_seq', 1, false);

SELECT pg_catalog.setval('public.library_report_id_seq', 1, false);

SELECT pg_catalog.setval('public.mailroom_letter_id_seq', 1, false);

SELECT pg_catalog.setval('public.mailroom_mail_id_seq', 1, false);

SELECT pg_catalog.setval('public.mailroom_mailbox_id_seq', 1, false);

SELECT pg_catalog.setval('public.mailroom_resend_id_seq', 1, false);

SELECT pg_catalog.setval('public.offerings_commissionexport_id_seq', 1, false);

SELECT pg_catalog.setval('public.offerings_levelchange_id_seq', 1, false);

SELECT pg_catalog.setval('public.offerings_levelcontent_id_seq', 1, false);

SELECT pg_catalog.setval('public.offerings_leveldesign_id_seq', 1, false);

SELECT pg_catalog.setval('public.offerings_servicelevel_id_seq', 1, false);

SELECT pg_catalog.setval('public.offerings_subscription_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_allotment_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_attempt_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_briefing_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_calltask_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_campaign_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_campaignround_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_default_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_delivery_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_event_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_guest_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_inboundpart_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_issue_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_messagepart_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_notice_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_quarantined_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_strangereceipt_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_topic_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_topicversion_id_seq', 1, false);

SELECT pg_catalog.setval('public.outreach_trial_id_seq', 1, false);

SELECT pg_catalog.setval('public.procrastinate_events_id_seq', 1, false);

SELECT pg_catalog.setval('public.procrastinate_jobs_id_seq', 1, false);

SELECT pg_catalog.setval('public.procrastinate_periodic_defers_id_seq', 1, false);

SELECT pg_catalog.setval('public.procrastinate_workers_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_apitoken_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_branch_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_draft_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_idempotencykey_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_member_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_membersession_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_notification_id_seq', 1, false);

SELECT pg_catalog.setval('public.staff_outlet_id_seq', 1, false);

SELECT pg_catalog.setval('public.visits_referral_id_seq', 1, false);

SELECT pg_catalog.setval('public.visits_visit_id_seq', 1, false);

ALTER TABLE ONLY public.desk_approval
    ADD CONSTRAINT approval_once UNIQUE (complaint_id, round, step);

ALTER TABLE ONLY public.knowledge_use
    ADD CONSTRAINT article_used_once_in_a_case UNIQUE (case_id, article_id, how);

ALTER TABLE ONLY public.outreach_guest
    ADD CONSTRAINT briefing_code_once UNIQUE (code);

ALTER TABLE ONLY public.desk_casecount
    ADD CONSTRAINT case_count_once UNIQUE (branch_id, team, owner_id, kind_id, state);

ALTER TABLE ONLY public.clients_cashflow
    ADD CONSTRAINT cash_flow_once UNIQUE (account_number, reference);

ALTER TABLE ONLY public.clients_accountholding
    ADD CONSTRAINT clients_accountholding_pkey PRIMARY KEY (account_number, symbol);

ALTER TABLE ONLY public.clients_adviceagreement
    ADD CONSTRAINT clients_adviceagreement_number_key UNIQUE (number);

ALTER TABLE ONLY public.clients_adviceagreement
    ADD CONSTRAINT clients_adviceagreement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_assessment
    ADD CONSTRAINT clients_assessment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_cashflow
    ADD CONSTRAINT clients_cashflow_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_client
    ADD CONSTRAINT clients_client_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_clienttag
    ADD CONSTRAINT clients_clienttag_pkey PRIMARY KEY (client_id, tag_id);

ALTER TABLE ONLY public.clients_consent
    ADD CONSTRAINT clients_consent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_contactpoint
    ADD CONSTRAINT clients_contactpoint_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_coverage
    ADD CONSTRAINT clients_coverage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_duplicatepair
    ADD CONSTRAINT clients_duplicatepair_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_follow
    ADD CONSTRAINT clients_follow_pkey PRIMARY KEY (client_id, what);

ALTER TABLE ONLY public.clients_fundaccount
    ADD CONSTRAINT clients_fundaccount_number_key UNIQUE (number);

ALTER TABLE ONLY public.clients_fundaccount
    ADD CONSTRAINT clients_fundaccount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_holding
    ADD CONSTRAINT clients_holding_pkey PRIMARY KEY (client_id, symbol);

ALTER TABLE ONLY public.clients_importrun
    ADD CONSTRAINT clients_importrun_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_inboundtext
    ADD CONSTRAINT clients_inboundtext_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_merge
    ADD CONSTRAINT clients_merge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_personaldata
    ADD CONSTRAINT clients_personaldata_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.clients_portalaccess
    ADD CONSTRAINT clients_portalaccess_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.clients_preference
    ADD CONSTRAINT clients_preference_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_price
    ADD CONSTRAINT clients_price_pkey PRIMARY KEY (symbol, day);

ALTER TABLE ONLY public.clients_security
    ADD CONSTRAINT clients_security_pkey PRIMARY KEY (symbol);

ALTER TABLE ONLY public.clients_segment
    ADD CONSTRAINT clients_segment_name_key UNIQUE (name);

ALTER TABLE ONLY public.clients_segment
    ADD CONSTRAINT clients_segment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_segmentversion
    ADD CONSTRAINT clients_segmentversion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_tag
    ADD CONSTRAINT clients_tag_name_key UNIQUE (name);

ALTER TABLE ONLY public.clients_tag
    ADD CONSTRAINT clients_tag_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_trade
    ADD CONSTRAINT clients_trade_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients_tradingpermission
    ADD CONSTRAINT clients_tradingpermission_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_clockmail
    ADD CONSTRAINT clock_mail_once UNIQUE (clock_id, step, member_id);

ALTER TABLE ONLY public.core_calendar
    ADD CONSTRAINT core_calendar_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.core_calendarday
    ADD CONSTRAINT core_calendarday_pkey PRIMARY KEY (kind, day);

ALTER TABLE ONLY public.core_calendarimport
    ADD CONSTRAINT core_calendarimport_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.core_ledger_cursor
    ADD CONSTRAINT core_ledger_cursor_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.core_ledger_head
    ADD CONSTRAINT core_ledger_head_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.core_ledger
    ADD CONSTRAINT core_ledger_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.core_rule
    ADD CONSTRAINT core_rule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.core_webhook
    ADD CONSTRAINT core_webhook_name_key UNIQUE (name);

ALTER TABLE ONLY public.core_webhook
    ADD CONSTRAINT core_webhook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.core_webhookcall
    ADD CONSTRAINT core_webhookcall_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT delivery_once UNIQUE (event_id, channel, block);

ALTER TABLE ONLY public.desk_appliedpolicy
    ADD CONSTRAINT desk_appliedpolicy_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.desk_appliedpolicy
    ADD CONSTRAINT desk_appliedpolicy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_approval
    ADD CONSTRAINT desk_approval_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_attachment
    ADD CONSTRAINT desk_attachment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_ref_key UNIQUE (ref);

ALTER TABLE ONLY public.desk_casecount
    ADD CONSTRAINT desk_casecount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_casecountchange
    ADD CONSTRAINT desk_casecountchange_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_casekind
    ADD CONSTRAINT desk_casekind_code_key UNIQUE (code);

ALTER TABLE ONLY public.desk_casekind
    ADD CONSTRAINT desk_casekind_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_casenumber
    ADD CONSTRAINT desk_casenumber_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.desk_casetag
    ADD CONSTRAINT desk_casetag_pkey PRIMARY KEY (case_id, tag_id);

ALTER TABLE ONLY public.desk_casetext
    ADD CONSTRAINT desk_casetext_pkey PRIMARY KEY (case_id);

ALTER TABLE ONLY public.desk_cause
    ADD CONSTRAINT desk_cause_code_key UNIQUE (code);

ALTER TABLE ONLY public.desk_cause
    ADD CONSTRAINT desk_cause_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_clientdraft
    ADD CONSTRAINT desk_clientdraft_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_clock
    ADD CONSTRAINT desk_clock_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_clockcall
    ADD CONSTRAINT desk_clockcall_pkey PRIMARY KEY (member_id, clock_id);

ALTER TABLE ONLY public.desk_clockmail
    ADD CONSTRAINT desk_clockmail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_clockmailresend
    ADD CONSTRAINT desk_clockmailresend_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_complaint
    ADD CONSTRAINT desk_complaint_pkey PRIMARY KEY (case_id);

ALTER TABLE ONLY public.desk_draft
    ADD CONSTRAINT desk_draft_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_effectcheck
    ADD CONSTRAINT desk_effectcheck_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_entry
    ADD CONSTRAINT desk_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_escalation
    ADD CONSTRAINT desk_escalation_pkey PRIMARY KEY (clock_id, step);

ALTER TABLE ONLY public.desk_improvement
    ADD CONSTRAINT desk_improvement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_kindversion
    ADD CONSTRAINT desk_kindversion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_letter
    ADD CONSTRAINT desk_letter_clock_id_key UNIQUE (clock_id);

ALTER TABLE ONLY public.desk_letter
    ADD CONSTRAINT desk_letter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_link
    ADD CONSTRAINT desk_link_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_macro
    ADD CONSTRAINT desk_macro_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_merge
    ADD CONSTRAINT desk_merge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_named
    ADD CONSTRAINT desk_named_pkey PRIMARY KEY (case_id, member_id);

ALTER TABLE ONLY public.desk_neglect
    ADD CONSTRAINT desk_neglect_clock_id_key UNIQUE (clock_id);

ALTER TABLE ONLY public.desk_neglect
    ADD CONSTRAINT desk_neglect_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_pause
    ADD CONSTRAINT desk_pause_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_phrase
    ADD CONSTRAINT desk_phrase_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_presence
    ADD CONSTRAINT desk_presence_pkey PRIMARY KEY (case_id, member_id);

ALTER TABLE ONLY public.desk_promise
    ADD CONSTRAINT desk_promise_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_promisemove
    ADD CONSTRAINT desk_promisemove_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_refusal
    ADD CONSTRAINT desk_refusal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_route
    ADD CONSTRAINT desk_route_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_routeversion
    ADD CONSTRAINT desk_routeversion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_savedview
    ADD CONSTRAINT desk_savedview_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_tag
    ADD CONSTRAINT desk_tag_name_key UNIQUE (name);

ALTER TABLE ONLY public.desk_tag
    ADD CONSTRAINT desk_tag_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_watch
    ADD CONSTRAINT desk_watch_pkey PRIMARY KEY (case_id, member_id);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);

ALTER TABLE ONLY public.clients_duplicatepair
    ADD CONSTRAINT duplicate_pair_once UNIQUE (first_id, second_id);

ALTER TABLE ONLY public.knowledge_gapasker
    ADD CONSTRAINT gap_counted_once_a_day UNIQUE (gap_id, who);

ALTER TABLE ONLY public.staff_idempotencykey
    ADD CONSTRAINT idempotency_key_once UNIQUE (token_id, key);

ALTER TABLE ONLY public.clients_inboundtext
    ADD CONSTRAINT inbound_once UNIQUE (gateway, reference);

ALTER TABLE ONLY public.outreach_inboundpart
    ADD CONSTRAINT inbound_part_once UNIQUE (sender_token, gateway, chain, total, number);

ALTER TABLE ONLY public.desk_casekind
    ADD CONSTRAINT kind_name_en_once UNIQUE (book, name_en);

ALTER TABLE ONLY public.desk_casekind
    ADD CONSTRAINT kind_name_once UNIQUE (book, name);

ALTER TABLE ONLY public.desk_kindversion
    ADD CONSTRAINT kind_version_once UNIQUE (code, number);

ALTER TABLE ONLY public.knowledge_article
    ADD CONSTRAINT knowledge_article_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_articlefile
    ADD CONSTRAINT knowledge_articlefile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_feedback
    ADD CONSTRAINT knowledge_feedback_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_gap
    ADD CONSTRAINT knowledge_gap_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_gap
    ADD CONSTRAINT knowledge_gap_words_key UNIQUE (words);

ALTER TABLE ONLY public.knowledge_gapasker
    ADD CONSTRAINT knowledge_gapasker_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_review
    ADD CONSTRAINT knowledge_review_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_term
    ADD CONSTRAINT knowledge_term_pkey PRIMARY KEY (term);

ALTER TABLE ONLY public.knowledge_use
    ADD CONSTRAINT knowledge_use_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_version
    ADD CONSTRAINT knowledge_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knowledge_worth
    ADD CONSTRAINT knowledge_worth_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY public.desk_letter
    ADD CONSTRAINT letter_once UNIQUE (source, number);

ALTER TABLE ONLY public.offerings_levelcontent
    ADD CONSTRAINT level_content_once UNIQUE (level_id, what, key);

ALTER TABLE ONLY public.offerings_leveldesign
    ADD CONSTRAINT level_design_version_once UNIQUE (code, version);

ALTER TABLE ONLY public.library_announcement
    ADD CONSTRAINT library_announcement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.library_announcement
    ADD CONSTRAINT library_announcement_reference_key UNIQUE (reference);

ALTER TABLE ONLY public.library_pick
    ADD CONSTRAINT library_pick_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.library_picknote
    ADD CONSTRAINT library_picknote_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.library_rating
    ADD CONSTRAINT library_rating_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.library_rating
    ADD CONSTRAINT library_rating_reference_key UNIQUE (reference);

ALTER TABLE ONLY public.library_report
    ADD CONSTRAINT library_report_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.library_reportkind
    ADD CONSTRAINT library_reportkind_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.desk_link
    ADD CONSTRAINT link_once UNIQUE (case_id, other_id, kind);

ALTER TABLE ONLY public.desk_macro
    ADD CONSTRAINT macro_once UNIQUE (branch_id, name);

ALTER TABLE ONLY public.mailroom_letter
    ADD CONSTRAINT mailroom_letter_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY public.mailroom_letter
    ADD CONSTRAINT mailroom_letter_message_id_key UNIQUE (message_id);

ALTER TABLE ONLY public.mailroom_letter
    ADD CONSTRAINT mailroom_letter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mailroom_letter
    ADD CONSTRAINT mailroom_letter_rejects_id_key UNIQUE (rejects_id);

ALTER TABLE ONLY public.mailroom_mail
    ADD CONSTRAINT mailroom_mail_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY public.mailroom_mail
    ADD CONSTRAINT mailroom_mail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mailroom_mailbox
    ADD CONSTRAINT mailroom_mailbox_name_key UNIQUE (name);

ALTER TABLE ONLY public.mailroom_mailbox
    ADD CONSTRAINT mailroom_mailbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mailroom_resend
    ADD CONSTRAINT mailroom_resend_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offerings_commissionexport
    ADD CONSTRAINT offerings_commissionexport_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offerings_levelchange
    ADD CONSTRAINT offerings_levelchange_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offerings_levelcontent
    ADD CONSTRAINT offerings_levelcontent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offerings_leveldesign
    ADD CONSTRAINT offerings_leveldesign_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offerings_servicelevel
    ADD CONSTRAINT offerings_servicelevel_code_key UNIQUE (code);

ALTER TABLE ONLY public.offerings_servicelevel
    ADD CONSTRAINT offerings_servicelevel_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offerings_servicelevel
    ADD CONSTRAINT offerings_servicelevel_rank_key UNIQUE (rank);

ALTER TABLE ONLY public.offerings_subscription
    ADD CONSTRAINT offerings_subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_allotment
    ADD CONSTRAINT one_allotment_of_an_account UNIQUE (issue_id, account_number);

ALTER TABLE ONLY public.outreach_calltask
    ADD CONSTRAINT one_call_for_one_event UNIQUE (event_id, client_id);

ALTER TABLE ONLY public.desk_clientdraft
    ADD CONSTRAINT one_client_draft_of_a_kind UNIQUE NULLS NOT DISTINCT (client_id, case_id, kind);

ALTER TABLE ONLY public.desk_draft
    ADD CONSTRAINT one_draft_of_a_kind UNIQUE NULLS NOT DISTINCT (member_id, case_id, kind);

ALTER TABLE ONLY public.outreach_event
    ADD CONSTRAINT one_event_for_one_object UNIQUE (topic_id, object_kind, object_id);

ALTER TABLE ONLY public.offerings_subscription
    ADD CONSTRAINT one_level_at_a_time EXCLUDE USING gist (client_id WITH =, period WITH &&);

ALTER TABLE ONLY public.mailroom_mail
    ADD CONSTRAINT one_mail_of_a_uid UNIQUE (mailbox_id, uidvalidity, uid);

ALTER TABLE ONLY public.clients_tradingpermission
    ADD CONSTRAINT one_permission_of_a_kind_at_a_time EXCLUDE USING gist (client_id WITH =, kind WITH =, daterange(since, until, '[]'::text) WITH &&);

ALTER TABLE ONLY public.outreach_guest
    ADD CONSTRAINT one_seat_for_one_client UNIQUE (briefing_id, client_id);

ALTER TABLE ONLY public.knowledge_version
    ADD CONSTRAINT one_version_of_a_number UNIQUE (article_id, number);

ALTER TABLE ONLY public.visits_visit
    ADD CONSTRAINT one_visit_of_a_number UNIQUE (case_id, number);

ALTER TABLE ONLY public.outreach_allotment
    ADD CONSTRAINT outreach_allotment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_briefing
    ADD CONSTRAINT outreach_briefing_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_calltask
    ADD CONSTRAINT outreach_calltask_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_campaign
    ADD CONSTRAINT outreach_campaign_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_campaignmember
    ADD CONSTRAINT outreach_campaignmember_pkey PRIMARY KEY (client_id, campaign_id);

ALTER TABLE ONLY public.outreach_campaignround
    ADD CONSTRAINT outreach_campaignround_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_contactcount
    ADD CONSTRAINT outreach_contactcount_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.outreach_default
    ADD CONSTRAINT outreach_default_allotment_id_key UNIQUE (allotment_id);

ALTER TABLE ONLY public.outreach_default
    ADD CONSTRAINT outreach_default_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_event
    ADD CONSTRAINT outreach_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_gatewayreport
    ADD CONSTRAINT outreach_gatewayreport_pkey PRIMARY KEY (name, worker);

ALTER TABLE ONLY public.outreach_gatewaystate
    ADD CONSTRAINT outreach_gatewaystate_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.outreach_gatewayswitch
    ADD CONSTRAINT outreach_gatewayswitch_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.outreach_guest
    ADD CONSTRAINT outreach_guest_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_handing
    ADD CONSTRAINT outreach_handing_pkey PRIMARY KEY (delivery_id, number);

ALTER TABLE ONLY public.outreach_inboundpart
    ADD CONSTRAINT outreach_inboundpart_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_issue
    ADD CONSTRAINT outreach_issue_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_issue
    ADD CONSTRAINT outreach_issue_symbol_key UNIQUE (symbol);

ALTER TABLE ONLY public.outreach_message
    ADD CONSTRAINT outreach_message_pkey PRIMARY KEY (client_id, event_id, channel, day);

ALTER TABLE ONLY public.outreach_message_rest
    ADD CONSTRAINT outreach_message_rest_pkey PRIMARY KEY (client_id, event_id, channel, day);

ALTER TABLE ONLY public.outreach_messagepart
    ADD CONSTRAINT outreach_messagepart_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_notice
    ADD CONSTRAINT outreach_notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_personalfact
    ADD CONSTRAINT outreach_personalfact_pkey PRIMARY KEY (event_id, client_id);

ALTER TABLE ONLY public.outreach_quarantined
    ADD CONSTRAINT outreach_quarantined_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_strangereceipt
    ADD CONSTRAINT outreach_strangereceipt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_topic
    ADD CONSTRAINT outreach_topic_code_key UNIQUE (code);

ALTER TABLE ONLY public.outreach_topic
    ADD CONSTRAINT outreach_topic_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_topicversion
    ADD CONSTRAINT outreach_topicversion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_trial
    ADD CONSTRAINT outreach_trial_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_triggeredrow
    ADD CONSTRAINT outreach_triggeredrow_pkey PRIMARY KEY (topic_id, number);

ALTER TABLE ONLY public.outreach_verdictblock
    ADD CONSTRAINT outreach_verdictblock_pkey PRIMARY KEY (event_id, block);

ALTER TABLE ONLY public.clients_tradingpermission
    ADD CONSTRAINT permission_once UNIQUE (client_id, kind, since);

ALTER TABLE ONLY public.desk_phrase
    ADD CONSTRAINT phrase_once UNIQUE (branch_id, name);

ALTER TABLE ONLY public.clients_preference
    ADD CONSTRAINT preference_once UNIQUE (client_id, key);

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.desk_route
    ADD CONSTRAINT route_key_once UNIQUE (book, key);

ALTER TABLE ONLY public.desk_routeversion
    ADD CONSTRAINT route_version_once UNIQUE (book, number);

ALTER TABLE ONLY public.desk_savedview
    ADD CONSTRAINT saved_view_once UNIQUE (member_id, name);

ALTER TABLE ONLY public.clients_segmentversion
    ADD CONSTRAINT segment_version_once UNIQUE (segment_id, number);

ALTER TABLE ONLY public.staff_apitoken
    ADD CONSTRAINT staff_apitoken_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.staff_apitoken
    ADD CONSTRAINT staff_apitoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff_branch
    ADD CONSTRAINT staff_branch_code_key UNIQUE (code);

ALTER TABLE ONLY public.staff_branch
    ADD CONSTRAINT staff_branch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff_draft
    ADD CONSTRAINT staff_draft_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff_idempotencykey
    ADD CONSTRAINT staff_idempotencykey_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff_member
    ADD CONSTRAINT staff_member_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff_member
    ADD CONSTRAINT staff_member_sign_in_name_key UNIQUE (sign_in_name);

ALTER TABLE ONLY public.staff_membersession
    ADD CONSTRAINT staff_membersession_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff_membersession
    ADD CONSTRAINT staff_membersession_session_key_key UNIQUE (session_key);

ALTER TABLE ONLY public.staff_notification
    ADD CONSTRAINT staff_notification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.staff_outlet
    ADD CONSTRAINT staff_outlet_code_key UNIQUE (code);

ALTER TABLE ONLY public.staff_outlet
    ADD CONSTRAINT staff_outlet_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_strangereceipt
    ADD CONSTRAINT strange_receipt_once UNIQUE (gateway, reference);

ALTER TABLE ONLY public.outreach_topicversion
    ADD CONSTRAINT topic_version_once UNIQUE (topic_id, number);

ALTER TABLE ONLY public.clients_trade
    ADD CONSTRAINT trade_once UNIQUE (account_number, reference);

ALTER TABLE ONLY public.visits_referral
    ADD CONSTRAINT visits_referral_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.visits_referral
    ADD CONSTRAINT visits_referral_visit_id_key UNIQUE (visit_id);

ALTER TABLE ONLY public.visits_visit
    ADD CONSTRAINT visits_visit_again_id_key UNIQUE (again_id);

ALTER TABLE ONLY public.visits_visit
    ADD CONSTRAINT visits_visit_pkey PRIMARY KEY (id);

CREATE INDEX account_client ON public.clients_fundaccount USING btree (client_id, number);

CREATE INDEX account_holding_client ON public.clients_accountholding USING btree (client_id, symbol);

CREATE INDEX allotment_client ON public.outreach_allotment USING btree (client_id, id DESC);

CREATE INDEX allotment_of_issue ON public.outreach_allotment USING btree (issue_id, state, client_id);

CREATE INDEX allotment_waiting ON public.outreach_allotment USING btree (account_number) WHERE ((state)::text = ANY ((ARRAY['open'::character varying, 'funded'::character varying])::text[]));

CREATE INDEX announcement_last_day ON public.library_announcement USING btree (last_day) WHERE (last_day IS NOT NULL);

CREATE INDEX announcement_run ON public.library_announcement USING btree (run_id) WHERE (run_id IS NOT NULL);

CREATE INDEX announcement_symbol ON public.library_announcement USING btree (symbol, at DESC);

CREATE INDEX approval_open ON public.desk_approval USING btree (role) WHERE (decided_at IS NULL);

CREATE INDEX article_client_search ON public.knowledge_article USING gin (client_search);

CREATE INDEX article_latest ON public.knowledge_article USING btree (state, published_at DESC, id DESC);

CREATE INDEX article_owner ON public.knowledge_article USING btree (owner_id, state);

CREATE INDEX article_review ON public.knowledge_article USING btree (review_on, id) WHERE ((state)::text = 'published'::text);

CREATE INDEX article_search ON public.knowledge_article USING gin (search);

CREATE INDEX assessment_latest ON public.clients_assessment USING btree (client_id, at DESC);

CREATE INDEX attempt_message ON public.outreach_attempt USING btree (client_id, event_id, channel, number);

CREATE INDEX attempt_reference ON public.outreach_attempt USING btree (reference) WHERE (NOT ((reference)::text = ''::text));

CREATE INDEX briefing_guest_client ON public.outreach_guest USING btree (client_id, signed_at DESC);

CREATE INDEX briefing_guest_state ON public.outreach_guest USING btree (briefing_id, state, signed_at);

CREATE INDEX briefing_latest ON public.outreach_briefing USING btree (starts_at DESC, id DESC);

CREATE INDEX briefing_open ON public.outreach_briefing USING btree (starts_at) WHERE ((state)::text = 'open'::text);

CREATE INDEX call_done ON public.outreach_calltask USING btree (done_at DESC) WHERE ((state)::text = 'done'::text);

CREATE INDEX call_of_client ON public.outreach_calltask USING btree (client_id, opened_at DESC);

CREATE INDEX call_of_member ON public.outreach_calltask USING btree (member_id, due_at) WHERE ((state)::text = 'open'::text);

CREATE INDEX call_of_queue ON public.outreach_calltask USING btree (queue, due_at) WHERE ((state)::text = 'open'::text);

CREATE INDEX campaign_latest ON public.outreach_campaign USING btree (changed_at DESC, id DESC);

CREATE INDEX campaign_member_due ON public.outreach_campaignmember USING btree (campaign_id, step, due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX campaign_member_group ON public.outreach_campaignmember USING btree (campaign_id, arm, state);

CREATE INDEX campaign_member_round ON public.outreach_campaignmember USING btree (round_id) WHERE (round_id IS NOT NULL);

CREATE INDEX campaign_open ON public.outreach_campaign USING btree (state) WHERE ((state)::text = ANY ((ARRAY['approved'::character varying, 'running'::character varying, 'paused'::character varying])::text[]));

CREATE INDEX campaign_round_step ON public.outreach_campaignround USING btree (campaign_id, step, arm);

CREATE INDEX case_channel_due ON public.desk_case USING btree (channel, next_due_at, id) INCLUDE (branch_id, team, kind_id, priority, level_rank, owner_id, responsible_id, state) WHERE (is_open AND (NOT ((channel)::text = ANY ((ARRAY['portal'::character varying, 'phone'::character varying, 'counter'::character varying, 'sms'::character varying, 'email'::character varying])::text[]))));

CREATE INDEX case_channel_latest ON public.desk_case USING btree (channel, last_entry_at DESC, id DESC) INCLUDE (branch_id, team, kind_id, priority, level_rank, owner_id, responsible_id, state) WHERE (NOT ((channel)::text = ANY ((ARRAY['portal'::character varying, 'phone'::character varying, 'counter'::character varying, 'sms'::character varying, 'email'::character varying])::text[])));

CREATE INDEX case_client ON public.desk_case USING btree (client_id, id DESC) INCLUDE (branch_id, team, kind_id, channel, priority, level_rank, owner_id, responsible_id, state, is_open, next_due_at, last_entry_at);

CREATE INDEX case_count_owner ON public.desk_casecount USING btree (owner_id) WHERE (NOT (owner_id = 0));

CREATE INDEX case_due ON public.desk_case USING btree (branch_id, next_due_at, id) INCLUDE (team, kind_id, channel, priority, level_rank, owner_id, responsible_id, state) WHERE is_open;

CREATE INDEX case_kind_due ON public.desk_case USING btree (kind_id, next_due_at, id) INCLUDE (branch_id, team, channel, priority, level_rank, owner_id, responsible_id, state) WHERE is_open;

CREATE INDEX case_kind_latest ON public.desk_case USING btree (kind_id, last_entry_at DESC, id DESC) INCLUDE (branch_id, team, channel, priority, level_rank, owner_id, responsible_id, state);

CREATE INDEX case_latest ON public.desk_case USING btree (branch_id, last_entry_at DESC, id DESC) INCLUDE (team, kind_id, channel, priority, level_rank, owner_id, responsible_id, state);

CREATE INDEX case_merged ON public.desk_case USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);

CREATE INDEX case_named_member ON public.desk_named USING btree (member_id, case_id);

CREATE INDEX case_owner_due ON public.desk_case USING btree (owner_id, next_due_at, id) INCLUDE (branch_id, team, kind_id, channel, priority, level_rank, responsible_id, state) WHERE is_open;

CREATE INDEX case_owner_latest ON public.desk_case USING btree (owner_id, last_entry_at DESC, id DESC) INCLUDE (branch_id, team, kind_id, channel, priority, level_rank, responsible_id, state) WHERE (owner_id IS NOT NULL);

CREATE INDEX case_parent ON public.desk_case USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX case_priority_due ON public.desk_case USING btree (priority, next_due_at, id) INCLUDE (branch_id, team, kind_id, channel, level_rank, owner_id, responsible_id, state) WHERE (is_open AND (NOT (priority = 1)));

CREATE INDEX case_priority_latest ON public.desk_case USING btree (priority, last_entry_at DESC, id DESC) INCLUDE (branch_id, team, kind_id, channel, level_rank, owner_id, responsible_id, state) WHERE (NOT (priority = 1));

CREATE INDEX case_responsible_due ON public.desk_case USING btree (responsible_id, next_due_at, id) INCLUDE (branch_id, team, kind_id, channel, priority, level_rank, owner_id, state) WHERE is_open;

CREATE INDEX case_responsible_latest ON public.desk_case USING btree (responsible_id, last_entry_at DESC, id DESC) INCLUDE (branch_id, team, kind_id, channel, priority, level_rank, owner_id, state) WHERE (responsible_id IS NOT NULL);

CREATE INDEX case_state_due ON public.desk_case USING btree (state, next_due_at, id) INCLUDE (branch_id, team, kind_id, channel, priority, level_rank, owner_id, responsible_id) WHERE is_open;

CREATE INDEX case_state_latest ON public.desk_case USING btree (state, last_entry_at DESC, id DESC) INCLUDE (branch_id, team, kind_id, channel, priority, level_rank, owner_id, responsible_id) WHERE ((state)::text = ANY ((ARRAY['resolved'::character varying, 'merged'::character varying])::text[]));

CREATE INDEX case_tag_tag ON public.desk_casetag USING btree (tag_id, case_id);

CREATE INDEX case_team_due ON public.desk_case USING btree (team, next_due_at, id) INCLUDE (branch_id, kind_id, channel, priority, level_rank, owner_id, responsible_id, state) WHERE is_open;

CREATE INDEX case_team_latest ON public.desk_case USING btree (team, last_entry_at DESC, id DESC) INCLUDE (branch_id, kind_id, channel, priority, level_rank, owner_id, responsible_id, state);

CREATE INDEX case_watch_member ON public.desk_watch USING btree (member_id, case_id);

CREATE INDEX case_words ON public.desk_casetext USING gin (block, search) WITH (gin_pending_list_limit='1024');

CREATE INDEX cash_flow_client ON public.clients_cashflow USING btree (client_id, at DESC);

CREATE INDEX cash_flow_run ON public.clients_cashflow USING btree (run_id) WHERE (run_id IS NOT NULL);

CREATE INDEX client_assets ON public.clients_client USING btree (assets);

CREATE INDEX client_branch ON public.clients_client USING btree (branch_id, state, id);

CREATE INDEX client_manager ON public.clients_client USING btree (manager_id, state, id);

CREATE INDEX client_merged_into ON public.clients_client USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);

CREATE INDEX client_opened_on ON public.clients_client USING btree (opened_on);

CREATE INDEX client_risk_valid_until ON public.clients_client USING btree (risk_valid_until);

CREATE INDEX client_without_manager ON public.clients_client USING btree (id) WHERE ((manager_id IS NULL) AND (NOT ((state)::text = 'closed'::text)));

CREATE INDEX clients_adviceagreement_client_id_909d1fda ON public.clients_adviceagreement USING btree (client_id);

CREATE INDEX clients_adviceagreement_number_d64b77ea_like ON public.clients_adviceagreement USING btree (number varchar_pattern_ops);

CREATE INDEX clients_assessment_client_id_6275a320 ON public.clients_assessment USING btree (client_id);

CREATE INDEX clients_client_branch_id_bfe239b1 ON public.clients_client USING btree (branch_id);

CREATE INDEX clients_client_manager_id_656c7ef3 ON public.clients_client USING btree (manager_id);

CREATE INDEX clients_client_outlet_id_6236091c ON public.clients_client USING btree (outlet_id);

CREATE INDEX clients_clienttag_tag_id_97dc7194 ON public.clients_clienttag USING btree (tag_id);

CREATE INDEX clients_consent_client_id_ab9e1fcc ON public.clients_consent USING btree (client_id);

CREATE INDEX clients_contactpoint_client_id_07aa1c8c ON public.clients_contactpoint USING btree (client_id);

CREATE INDEX clients_coverage_client_id_3774ef95 ON public.clients_coverage USING btree (client_id);

CREATE INDEX clients_coverage_member_id_498f0c3a ON public.clients_coverage USING btree (member_id);

CREATE INDEX clients_duplicatepair_first_id_54e3d98e ON public.clients_duplicatepair USING btree (first_id);

CREATE INDEX clients_duplicatepair_second_id_f417b64c ON public.clients_duplicatepair USING btree (second_id);

CREATE INDEX clients_fundaccount_client_id_1d13eed0 ON public.clients_fundaccount USING btree (client_id);

CREATE INDEX clients_fundaccount_number_4dcefb31_like ON public.clients_fundaccount USING btree (number varchar_pattern_ops);

CREATE INDEX clients_merge_absorbed_id_5eebc10c ON public.clients_merge USING btree (absorbed_id);

CREATE INDEX clients_merge_survivor_id_9995b023 ON public.clients_merge USING btree (survivor_id);

CREATE INDEX clients_preference_client_id_ed800e28 ON public.clients_preference USING btree (client_id);

CREATE INDEX clients_security_industry_14fbb098 ON public.clients_security USING btree (industry);

CREATE INDEX clients_security_industry_14fbb098_like ON public.clients_security USING btree (industry varchar_pattern_ops);

CREATE INDEX clients_security_symbol_8bb9897f_like ON public.clients_security USING btree (symbol varchar_pattern_ops);

CREATE INDEX clients_segment_name_24baa713_like ON public.clients_segment USING btree (name varchar_pattern_ops);

CREATE INDEX clients_segmentversion_segment_id_0547dbf3 ON public.clients_segmentversion USING btree (segment_id);

CREATE INDEX clients_tag_name_2c570027_like ON public.clients_tag USING btree (name varchar_pattern_ops);

CREATE INDEX clients_tradingpermission_client_id_c938a28f ON public.clients_tradingpermission USING btree (client_id);

CREATE INDEX clock_case ON public.desk_clock USING btree (case_id, kind);

CREATE INDEX clock_mail_missed ON public.desk_clockmail USING btree (state, id DESC) WHERE ((state)::text = ANY ((ARRAY['refused'::character varying, 'unknown'::character varying, 'no_address'::character varying, 'needless'::character varying])::text[]));

CREATE INDEX clock_mail_open ON public.desk_clockmail USING btree (id) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'sending'::character varying])::text[]));

CREATE INDEX clock_next ON public.desk_clock USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX complaint_cause ON public.desk_complaint USING btree (cause_id, found_at) WHERE (cause_id IS NOT NULL);

CREATE INDEX complaint_reported ON public.desk_complaint USING btree (reported_on);

CREATE INDEX consent_latest ON public.clients_consent USING btree (client_id, message_class, channel, at DESC);

CREATE INDEX contact_token ON public.clients_contactpoint USING btree (value_token);

CREATE INDEX core_calendar_code_1499b0aa_like ON public.core_calendar USING btree (code varchar_pattern_ops);

CREATE INDEX core_calendarday_imported_by_id_1c025bd9 ON public.core_calendarday USING btree (imported_by_id);

CREATE INDEX core_ledger_cursor_name_3a28a4b7_like ON public.core_ledger_cursor USING btree (name varchar_pattern_ops);

CREATE INDEX core_webhook_name_fde908a3_like ON public.core_webhook USING btree (name varchar_pattern_ops);

CREATE INDEX core_webhookcall_webhook_id_cf05d025 ON public.core_webhookcall USING btree (webhook_id);

CREATE INDEX coverage_member ON public.clients_coverage USING btree (member_id, kind, client_id);

CREATE INDEX default_client ON public.outreach_default USING btree (client_id, "on" DESC);

CREATE INDEX delivery_claimed ON public.outreach_delivery USING btree (claimed_at);

CREATE INDEX delivery_open ON public.outreach_delivery USING btree (channel, priority, id) WHERE ((state)::text = ANY ((ARRAY['queued'::character varying, 'claimed'::character varying])::text[]));

CREATE INDEX desk_appliedpolicy_digest_aea16fcf_like ON public.desk_appliedpolicy USING btree (digest varchar_pattern_ops);

CREATE INDEX desk_approval_complaint_id_a4e3aa55 ON public.desk_approval USING btree (complaint_id);

CREATE INDEX desk_approval_member_id_bc3473ac ON public.desk_approval USING btree (member_id);

CREATE INDEX desk_attachment_case_id_3108e2f2 ON public.desk_attachment USING btree (case_id);

CREATE INDEX desk_attachment_entry_id_1ba711fe ON public.desk_attachment USING btree (entry_id);

CREATE INDEX desk_case_ref_b3b80e8a_like ON public.desk_case USING btree (ref varchar_pattern_ops);

CREATE INDEX desk_casekind_code_19735fb0_like ON public.desk_casekind USING btree (code varchar_pattern_ops);

CREATE INDEX desk_casekind_policy_38bad8fd ON public.desk_casekind USING btree (policy);

CREATE INDEX desk_casekind_policy_38bad8fd_like ON public.desk_casekind USING btree (policy varchar_pattern_ops);

CREATE INDEX desk_cause_code_69b2e2be_like ON public.desk_cause USING btree (code varchar_pattern_ops);

CREATE INDEX desk_clockcall_clock_id_dd5eab59 ON public.desk_clockcall USING btree (clock_id);

CREATE INDEX desk_clockmailresend_mail_id_f8b5bf79 ON public.desk_clockmailresend USING btree (mail_id);

CREATE INDEX desk_complaint_cause_id_f2a9f2c6 ON public.desk_complaint USING btree (cause_id);

CREATE INDEX desk_complaint_extended_letter_id_70ac4386 ON public.desk_complaint USING btree (extended_letter_id);

CREATE INDEX desk_complaint_proof_file_id_2d329607 ON public.desk_complaint USING btree (proof_file_id);

CREATE INDEX desk_complaint_remedy_by_id_c9fb63d4 ON public.desk_complaint USING btree (remedy_by_id);

CREATE INDEX desk_effectcheck_improvement_id_9468f5f5 ON public.desk_effectcheck USING btree (improvement_id);

CREATE INDEX desk_effectcheck_member_id_579b03c5 ON public.desk_effectcheck USING btree (member_id);

CREATE INDEX desk_improvement_branch_id_5841e5e7 ON public.desk_improvement USING btree (branch_id);

CREATE INDEX desk_improvement_case_id_c4c9fd15 ON public.desk_improvement USING btree (case_id);

CREATE INDEX desk_improvement_cause_id_385f64b2 ON public.desk_improvement USING btree (cause_id);

CREATE INDEX desk_improvement_owner_id_8fe1b0c5 ON public.desk_improvement USING btree (owner_id);

CREATE INDEX desk_kindversion_code_e646e3c6 ON public.desk_kindversion USING btree (code);

CREATE INDEX desk_kindversion_code_e646e3c6_like ON public.desk_kindversion USING btree (code varchar_pattern_ops);

CREATE INDEX desk_kindversion_kind_id_7461ff65 ON public.desk_kindversion USING btree (kind_id);

CREATE INDEX desk_letter_case_id_1d68742e ON public.desk_letter USING btree (case_id);

CREATE INDEX desk_letter_file_id_57d50f7f ON public.desk_letter USING btree (file_id);

CREATE INDEX desk_link_case_id_2ba1fc1f ON public.desk_link USING btree (case_id);

CREATE INDEX desk_link_entry_id_d49e1f5d ON public.desk_link USING btree (entry_id);

CREATE INDEX desk_link_other_id_d46d33e3 ON public.desk_link USING btree (other_id);

CREATE INDEX desk_merge_case_id_4df0c43e ON public.desk_merge USING btree (case_id);

CREATE INDEX desk_merge_survivor_id_7bb706ed ON public.desk_merge USING btree (survivor_id);

CREATE INDEX desk_neglect_case_id_9d257c32 ON public.desk_neglect USING btree (case_id);

CREATE INDEX desk_neglect_member_id_3005f956 ON public.desk_neglect USING btree (member_id);

CREATE INDEX desk_pause_case_id_6046e504 ON public.desk_pause USING btree (case_id);

CREATE INDEX desk_promise_case_id_fa9f86d7 ON public.desk_promise USING btree (case_id);

CREATE INDEX desk_promise_entry_id_daabefda ON public.desk_promise USING btree (entry_id);

CREATE INDEX desk_promisemove_entry_id_aa9b34dc ON public.desk_promisemove USING btree (entry_id);

CREATE INDEX desk_promisemove_promise_id_377bee61 ON public.desk_promisemove USING btree (promise_id);

CREATE INDEX desk_refusal_case_id_5effbf7e ON public.desk_refusal USING btree (case_id);

CREATE INDEX desk_refusal_lifted_by_id_2735ce62 ON public.desk_refusal USING btree (lifted_by_id);

CREATE INDEX desk_refusal_member_id_5e478dbc ON public.desk_refusal USING btree (member_id);

CREATE INDEX desk_route_key_c25c2ae4 ON public.desk_route USING btree (key);

CREATE INDEX desk_route_key_c25c2ae4_like ON public.desk_route USING btree (key varchar_pattern_ops);

CREATE INDEX desk_tag_name_a887525d_like ON public.desk_tag USING btree (name varchar_pattern_ops);

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);

CREATE INDEX draft_member ON public.staff_draft USING btree (member_id, kind, saved_at DESC);

CREATE INDEX duplicate_open ON public.clients_duplicatepair USING btree (score DESC, id) WHERE ((state)::text = 'open'::text);

CREATE INDEX duplicate_second ON public.clients_duplicatepair USING btree (second_id);

CREATE INDEX entry_case ON public.desk_entry USING btree (case_id, id);

CREATE UNIQUE INDEX entry_reference_once ON public.desk_entry USING btree (channel, reference) WHERE (NOT ((reference)::text = ''::text));

CREATE INDEX event_fact ON public.outreach_event USING btree (fact_key, sent_at DESC);

CREATE INDEX event_latest ON public.outreach_event USING btree (made_at DESC);

CREATE INDEX event_open ON public.outreach_event USING btree (state, made_at) WHERE ((state)::text = ANY ((ARRAY['decided'::character varying, 'sending'::character varying, 'paused'::character varying])::text[]));

CREATE INDEX event_topic ON public.outreach_event USING btree (topic_id, sent_at DESC);

CREATE INDEX feedback_latest ON public.knowledge_feedback USING btree (article_id, at DESC);

CREATE INDEX follow_what ON public.clients_follow USING btree (what, client_id);

CREATE INDEX gap_asker_day ON public.knowledge_gapasker USING btree (day);

CREATE INDEX gap_most_asked ON public.knowledge_gap USING btree (state, asked DESC, last_at DESC, id DESC);

CREATE INDEX holding_symbol ON public.clients_holding USING btree (symbol, client_id);

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);

CREATE INDEX import_latest ON public.clients_importrun USING btree (at DESC);

CREATE INDEX improvement_next ON public.desk_improvement USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX improvement_state ON public.desk_improvement USING btree (state, due_at);

CREATE INDEX inbound_client ON public.clients_inboundtext USING btree (client_id, at DESC);

CREATE INDEX inbound_latest ON public.clients_inboundtext USING btree (at DESC);

CREATE INDEX inbound_questions ON public.clients_inboundtext USING btree (at DESC) WHERE ((meaning)::text = 'question'::text);

CREATE INDEX issue_latest ON public.outreach_issue USING btree (subscribe_on DESC);

CREATE INDEX issue_open ON public.outreach_issue USING btree (pay_by) WHERE (settled_at IS NULL);

CREATE INDEX knowledge_articlefile_version_id_5e0de589 ON public.knowledge_articlefile USING btree (version_id);

CREATE INDEX knowledge_feedback_article_id_af26d6d8 ON public.knowledge_feedback USING btree (article_id);

CREATE INDEX knowledge_feedback_member_id_06cc7adf ON public.knowledge_feedback USING btree (member_id);

CREATE INDEX knowledge_gap_article_id_8ed91a9a ON public.knowledge_gap USING btree (article_id);

CREATE INDEX knowledge_gap_words_aadf8163_like ON public.knowledge_gap USING btree (words varchar_pattern_ops);

CREATE INDEX knowledge_review_article_id_63691d2c ON public.knowledge_review USING btree (article_id);

CREATE INDEX knowledge_review_member_id_7736d48b ON public.knowledge_review USING btree (member_id);

CREATE INDEX knowledge_term_term_33c811cb_like ON public.knowledge_term USING btree (term varchar_pattern_ops);

CREATE INDEX knowledge_use_article_id_5f4ef94f ON public.knowledge_use USING btree (article_id);

CREATE INDEX knowledge_use_member_id_ebf56806 ON public.knowledge_use USING btree (member_id);

CREATE INDEX ledger_actor ON public.core_ledger USING btree (actor, number DESC);

CREATE INDEX ledger_client ON public.core_ledger USING btree (client_id, number DESC);

CREATE INDEX ledger_kind ON public.core_ledger USING btree (kind, number DESC);

CREATE INDEX ledger_object ON public.core_ledger USING btree (object_kind, object_id, number DESC);

CREATE INDEX letter_open ON public.mailroom_letter USING btree (at) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'sending'::character varying])::text[]));

CREATE INDEX level_change_client ON public.offerings_levelchange USING btree (client_id, applied_at DESC);

CREATE INDEX level_change_due ON public.offerings_levelchange USING btree (state, due_at);

CREATE INDEX library_announcement_reference_08d0f510_like ON public.library_announcement USING btree (reference varchar_pattern_ops);

CREATE INDEX library_pick_adviser_id_c090d960 ON public.library_pick USING btree (adviser_id);

CREATE INDEX library_pick_report_id_51bd927f ON public.library_pick USING btree (report_id);

CREATE INDEX library_picknote_adviser_id_7f84878b ON public.library_picknote USING btree (adviser_id);

CREATE INDEX library_picknote_pick_id_cbcb036a ON public.library_picknote USING btree (pick_id);

CREATE INDEX library_rating_reference_adaa04d2_like ON public.library_rating USING btree (reference varchar_pattern_ops);

CREATE INDEX library_rating_report_id_b0c1bb32 ON public.library_rating USING btree (report_id);

CREATE INDEX library_rating_signed_by_id_8e02a22b ON public.library_rating USING btree (signed_by_id);

CREATE INDEX library_report_kind_id_1ac439b9 ON public.library_report USING btree (kind_id);

CREATE INDEX library_report_kind_id_1ac439b9_like ON public.library_report USING btree (kind_id varchar_pattern_ops);

CREATE INDEX library_report_replaces_id_bc6e7056 ON public.library_report USING btree (replaces_id);

CREATE INDEX library_reportkind_code_9df54a95_like ON public.library_reportkind USING btree (code varchar_pattern_ops);

CREATE INDEX library_reportkind_family_id_72c2f8ce ON public.library_reportkind USING btree (family_id);

CREATE INDEX library_reportkind_family_id_72c2f8ce_like ON public.library_reportkind USING btree (family_id varchar_pattern_ops);

CREATE INDEX mail_digest ON public.mailroom_mail USING btree (digest);

CREATE INDEX mail_message_id ON public.mailroom_mail USING btree (message_id) WHERE (NOT ((message_id)::text = ''::text));

CREATE INDEX mail_sender ON public.mailroom_mail USING btree (sender_token, at DESC);

CREATE INDEX mail_state ON public.mailroom_mail USING btree (state, id DESC);

CREATE INDEX mailroom_letter_case_id_85587e61 ON public.mailroom_letter USING btree (case_id);

CREATE INDEX mailroom_letter_message_id_fc6c4246_like ON public.mailroom_letter USING btree (message_id varchar_pattern_ops);

CREATE INDEX mailroom_mail_case_id_3a3693a6 ON public.mailroom_mail USING btree (case_id);

CREATE INDEX mailroom_mailbox_name_f009fbb7_like ON public.mailroom_mailbox USING btree (name varchar_pattern_ops);

CREATE INDEX mailroom_resend_letter_id_f730ad3a ON public.mailroom_resend USING btree (letter_id);

CREATE INDEX member_role ON public.staff_member USING btree (branch_id, role, active);

CREATE INDEX merge_state ON public.clients_merge USING btree (state, id DESC);

CREATE INDEX merge_survivor ON public.clients_merge USING btree (survivor_id, id DESC);

CREATE UNIQUE INDEX merged_once_at_a_time ON public.desk_merge USING btree (case_id) WHERE (undone_at IS NULL);

CREATE INDEX message_failed ON ONLY public.outreach_message USING btree (at DESC) WHERE (state = 3);

CREATE INDEX message_in_doubt ON ONLY public.outreach_message USING btree (event_id, channel, client_id) WHERE (state = ANY (ARRAY[5, 7]));

CREATE INDEX message_reference ON ONLY public.outreach_message USING btree (reference) WHERE (reference IS NOT NULL);

CREATE INDEX message_trouble ON ONLY public.outreach_message USING btree (event_id, channel, state, error) WHERE (state = ANY (ARRAY[3, 6]));

CREATE INDEX notification_member ON public.staff_notification USING btree (member_id, id DESC);

CREATE INDEX notification_unread ON public.staff_notification USING btree (member_id) WHERE (read_at IS NULL);

CREATE INDEX offerings_levelchange_client_id_4ad36bb4 ON public.offerings_levelchange USING btree (client_id);

CREATE INDEX offerings_levelchange_export_id_696ab61d ON public.offerings_levelchange USING btree (export_id);

CREATE INDEX offerings_levelchange_from_level_id_dae531f9 ON public.offerings_levelchange USING btree (from_level_id);

CREATE INDEX offerings_levelchange_to_level_id_3aab22a6 ON public.offerings_levelchange USING btree (to_level_id);

CREATE INDEX offerings_levelcontent_level_id_8828a378 ON public.offerings_levelcontent USING btree (level_id);

CREATE INDEX offerings_leveldesign_code_106f1875 ON public.offerings_leveldesign USING btree (code);

CREATE INDEX offerings_leveldesign_code_106f1875_like ON public.offerings_leveldesign USING btree (code varchar_pattern_ops);

CREATE INDEX offerings_servicelevel_code_8f661d3f_like ON public.offerings_servicelevel USING btree (code varchar_pattern_ops);

CREATE INDEX offerings_servicelevel_contains_id_14d95764 ON public.offerings_servicelevel USING btree (contains_id);

CREATE INDEX offerings_subscription_change_id_69160f29 ON public.offerings_subscription USING btree (change_id);

CREATE INDEX offerings_subscription_client_id_3ebaacac ON public.offerings_subscription USING btree (client_id);

CREATE INDEX offerings_subscription_level_id_9f6cd33d ON public.offerings_subscription USING btree (level_id);

CREATE UNIQUE INDEX one_agreement_in_force ON public.clients_adviceagreement USING btree (client_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX one_answer_of_a_client ON public.knowledge_feedback USING btree (client_id, article_id, version) WHERE (client_id IS NOT NULL);

CREATE UNIQUE INDEX one_answer_of_a_member ON public.knowledge_feedback USING btree (member_id, article_id, version) WHERE (member_id IS NOT NULL);

CREATE UNIQUE INDEX one_draft_for_one_object ON public.staff_draft USING btree (member_id, kind, key) WHERE (NOT ((key)::text = ''::text));

CREATE UNIQUE INDEX one_merge_of_a_record ON public.clients_merge USING btree (absorbed_id) WHERE ((state)::text = ANY ((ARRAY['proposed'::character varying, 'done'::character varying])::text[]));

CREATE UNIQUE INDEX one_open_action_of_a_trend ON public.desk_improvement USING btree (branch_id, cause_id) WHERE (trend AND (NOT ((state)::text = 'effective'::text)));

CREATE UNIQUE INDEX one_open_application ON public.offerings_levelchange USING btree (client_id) WHERE ((state)::text = 'applied'::text);

CREATE UNIQUE INDEX one_open_clock_of_a_kind ON public.desk_clock USING btree (case_id, kind) WHERE ((stopped_at IS NULL) AND (NOT ((state)::text = 'cancelled'::text)) AND (NOT ((kind)::text = 'letter'::text)));

CREATE UNIQUE INDEX one_open_coverage_of_a_kind ON public.clients_coverage USING btree (client_id, kind) WHERE (until IS NULL);

CREATE UNIQUE INDEX one_open_level_design ON public.offerings_leveldesign USING btree (code) WHERE ((state)::text = 'submitted'::text);

CREATE UNIQUE INDEX one_open_pause_of_a_case ON public.desk_pause USING btree (case_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX one_open_version ON public.knowledge_version USING btree (article_id) WHERE ((state)::text = ANY ((ARRAY['draft'::character varying, 'submitted'::character varying])::text[]));

CREATE UNIQUE INDEX one_open_version_of_a_kind ON public.desk_kindversion USING btree (code) WHERE ((state)::text = 'proposed'::text);

CREATE UNIQUE INDEX one_open_version_of_routes ON public.desk_routeversion USING btree (book) WHERE ((state)::text = 'proposed'::text);

CREATE UNIQUE INDEX one_person_one_client ON public.clients_personaldata USING btree (id_number_token) WHERE (id_number_token IS NOT NULL);

CREATE UNIQUE INDEX one_planned_visit_of_a_case ON public.visits_visit USING btree (case_id) WHERE ((state)::text = 'planned'::text);

CREATE UNIQUE INDEX one_primary_contact_of_a_kind ON public.clients_contactpoint USING btree (client_id, kind) WHERE "primary";

CREATE UNIQUE INDEX one_version_in_force ON public.knowledge_version USING btree (article_id) WHERE ((state)::text = 'published'::text);

CREATE INDEX outreach_allotment_issue_id_0461de0c ON public.outreach_allotment USING btree (issue_id);

CREATE INDEX outreach_calltask_event_id_08112896 ON public.outreach_calltask USING btree (event_id);

CREATE INDEX outreach_calltask_member_id_6bf0d66a ON public.outreach_calltask USING btree (member_id);

CREATE INDEX outreach_campaign_copied_from_id_66d3b7d7 ON public.outreach_campaign USING btree (copied_from_id);

CREATE INDEX outreach_campaign_topic_id_e4ab6b65 ON public.outreach_campaign USING btree (topic_id);

CREATE INDEX outreach_campaignround_campaign_id_dbd3e833 ON public.outreach_campaignround USING btree (campaign_id);

CREATE INDEX outreach_campaignround_event_id_01f10896 ON public.outreach_campaignround USING btree (event_id);

CREATE INDEX outreach_delivery_event_id_37fbfa36 ON public.outreach_delivery USING btree (event_id);

CREATE INDEX outreach_event_topic_id_cdb93c15 ON public.outreach_event USING btree (topic_id);

CREATE INDEX outreach_gatewaystate_name_e9f0bb51_like ON public.outreach_gatewaystate USING btree (name varchar_pattern_ops);

CREATE INDEX outreach_gatewayswitch_name_b78916e4_like ON public.outreach_gatewayswitch USING btree (name varchar_pattern_ops);

CREATE INDEX outreach_guest_briefing_id_3ac59749 ON public.outreach_guest USING btree (briefing_id);

CREATE INDEX outreach_issue_subscription_code_64454b47 ON public.outreach_issue USING btree (subscription_code);

CREATE INDEX outreach_issue_subscription_code_64454b47_like ON public.outreach_issue USING btree (subscription_code varchar_pattern_ops);

CREATE INDEX outreach_issue_symbol_8feb164b_like ON public.outreach_issue USING btree (symbol varchar_pattern_ops);

CREATE INDEX outreach_message_rest_at_idx ON public.outreach_message_rest USING btree (at DESC) WHERE (state = 3);

CREATE INDEX outreach_message_rest_event_id_channel_client_id_idx ON public.outreach_message_rest USING btree (event_id, channel, client_id) WHERE (state = ANY (ARRAY[5, 7]));

CREATE INDEX outreach_message_rest_event_id_channel_state_error_idx ON public.outreach_message_rest USING btree (event_id, channel, state, error) WHERE (state = ANY (ARRAY[3, 6]));

CREATE INDEX outreach_message_rest_reference_idx ON public.outreach_message_rest USING btree (reference) WHERE (reference IS NOT NULL);

CREATE INDEX outreach_topic_code_ef57f295_like ON public.outreach_topic USING btree (code varchar_pattern_ops);

CREATE INDEX outreach_topicversion_topic_id_6fabe2aa ON public.outreach_topicversion USING btree (topic_id);

CREATE INDEX outreach_trial_campaign_id_f312f041 ON public.outreach_trial USING btree (campaign_id);

CREATE INDEX outreach_trial_member_id_cb4f03dc ON public.outreach_trial USING btree (member_id);

CREATE INDEX part_message ON public.outreach_messagepart USING btree (client_id, event_id, channel);

CREATE INDEX part_reference ON public.outreach_messagepart USING btree (reference);

CREATE INDEX permission_kind ON public.clients_tradingpermission USING btree (kind, client_id);

CREATE INDEX person_birth_day ON public.clients_personaldata USING btree (birth_day, client_id);

CREATE INDEX person_birthday ON public.clients_personaldata USING btree (birthday, client_id);

CREATE INDEX person_id_valid_until ON public.clients_personaldata USING btree (id_valid_until, client_id);

CREATE INDEX person_name ON public.clients_personaldata USING btree (name_token, birthday);

CREATE INDEX person_tokens ON public.clients_personaldata USING gin (search_tokens);

CREATE INDEX pick_state ON public.library_pick USING btree (state, made_at DESC);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);

CREATE INDEX promise_client ON public.desk_promise USING btree (client_id, due_at DESC);

CREATE INDEX promise_keeper ON public.desk_promise USING btree (keeper_id, state, due_at);

CREATE INDEX promise_next ON public.desk_promise USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX quarantined_at ON public.outreach_quarantined USING btree (at DESC);

CREATE INDEX rating_latest ON public.library_rating USING btree ("on" DESC, id DESC);

CREATE INDEX rating_symbol ON public.library_rating USING btree (symbol, "on" DESC);

CREATE INDEX referral_member ON public.visits_referral USING btree (member_id, at);

CREATE INDEX refusal_client ON public.desk_refusal USING btree (client_id, at DESC);

CREATE INDEX report_industries ON public.library_report USING gin (industries);

CREATE INDEX report_kind ON public.library_report USING btree (kind_id, state, published_at DESC);

CREATE INDEX report_latest ON public.library_report USING btree (state, published_at DESC, id DESC);

CREATE INDEX report_search ON public.library_report USING gin (search);

CREATE INDEX report_securities ON public.library_report USING gin (securities);

CREATE INDEX rule_lookup ON public.core_rule USING btree (book, key, valid_from);

CREATE INDEX staff_apitoken_member_id_d39f5a1a ON public.staff_apitoken USING btree (member_id);

CREATE INDEX staff_branch_code_7477ca34_like ON public.staff_branch USING btree (code varchar_pattern_ops);

CREATE INDEX staff_draft_member_id_247de37c ON public.staff_draft USING btree (member_id);

CREATE INDEX staff_idempotencykey_token_id_f6b6a124 ON public.staff_idempotencykey USING btree (token_id);

CREATE INDEX staff_member_branch_id_3ea21eba ON public.staff_member USING btree (branch_id);

CREATE INDEX staff_member_outlet_id_b70c9b68 ON public.staff_member USING btree (outlet_id);

CREATE INDEX staff_member_sign_in_name_1ca98df1_like ON public.staff_member USING btree (sign_in_name varchar_pattern_ops);

CREATE INDEX staff_membersession_member_id_5ced1c03 ON public.staff_membersession USING btree (member_id);

CREATE INDEX staff_membersession_session_key_9f5ff57b_like ON public.staff_membersession USING btree (session_key varchar_pattern_ops);

CREATE INDEX staff_notification_member_id_44741a36 ON public.staff_notification USING btree (member_id);

CREATE INDEX staff_outlet_branch_id_189fd1a6 ON public.staff_outlet USING btree (branch_id);

CREATE INDEX staff_outlet_code_ec3d7c56_like ON public.staff_outlet USING btree (code varchar_pattern_ops);

CREATE INDEX strange_receipt_at ON public.outreach_strangereceipt USING btree (at DESC);

CREATE INDEX strange_receipt_to ON public.outreach_strangereceipt USING btree (to_token);

CREATE INDEX trade_client ON public.clients_trade USING btree (client_id, at DESC);

CREATE INDEX trade_run ON public.clients_trade USING btree (run_id) WHERE (run_id IS NOT NULL);

CREATE INDEX trial_campaign ON public.outreach_trial USING btree (campaign_id, id DESC);

CREATE INDEX trial_reference ON public.outreach_trial USING btree (reference) WHERE (NOT ((reference)::text = ''::text));

CREATE INDEX trial_waiting ON public.outreach_trial USING btree (channel, id) WHERE ((state)::text = 'waiting'::text);

CREATE INDEX verdict_client ON public.outreach_verdictblock USING btree (block, event_id);

CREATE INDEX version_maker ON public.knowledge_version USING btree (maker, changed_at DESC) WHERE ((state)::text = 'draft'::text);

CREATE INDEX version_waiting ON public.knowledge_version USING btree (state, submitted_at) WHERE ((state)::text = 'submitted'::text);

CREATE INDEX visit_day ON public.visits_visit USING btree (member_id, starts_at);

CREATE INDEX visits_referral_client_id_5c475d5f ON public.visits_referral USING btree (client_id);

CREATE INDEX visits_referral_referrer_id_93a3dc38 ON public.visits_referral USING btree (referrer_id);

CREATE INDEX visits_visit_case_id_7c6d6fe4 ON public.visits_visit USING btree (case_id);

CREATE INDEX webhook_call_latest ON public.core_webhookcall USING btree (webhook_id, id DESC);

CREATE INDEX worth_weight ON public.knowledge_worth USING btree (weight DESC, article_id);

ALTER INDEX public.message_failed ATTACH PARTITION public.outreach_message_rest_at_idx;

ALTER INDEX public.message_in_doubt ATTACH PARTITION public.outreach_message_rest_event_id_channel_client_id_idx;

ALTER INDEX public.message_trouble ATTACH PARTITION public.outreach_message_rest_event_id_channel_state_error_idx;

ALTER INDEX public.outreach_message_pkey ATTACH PARTITION public.outreach_message_rest_pkey;

ALTER INDEX public.message_reference ATTACH PARTITION public.outreach_message_rest_reference_idx;

CREATE TRIGGER chain BEFORE INSERT ON public.core_ledger FOR EACH ROW EXECUTE FUNCTION public.core_ledger_chain();

CREATE TRIGGER count_made AFTER INSERT ON public.desk_case REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.desk_count_made();

CREATE TRIGGER count_moved AFTER UPDATE ON public.desk_case REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.desk_count_moved();

CREATE TRIGGER frozen BEFORE DELETE OR UPDATE ON public.core_ledger FOR EACH ROW EXECUTE FUNCTION public.core_ledger_frozen();

CREATE TRIGGER head AFTER INSERT ON public.core_ledger FOR EACH STATEMENT EXECUTE FUNCTION public.core_ledger_move_head();

CREATE TRIGGER kept BEFORE UPDATE ON public.desk_kindversion FOR EACH ROW EXECUTE FUNCTION public.desk_kind_version_kept();

CREATE TRIGGER kept BEFORE UPDATE ON public.desk_pause FOR EACH ROW EXECUTE FUNCTION public.desk_pause_kept();

CREATE TRIGGER kept BEFORE UPDATE ON public.desk_routeversion FOR EACH ROW EXECUTE FUNCTION public.desk_route_version_kept();

CREATE TRIGGER kept BEFORE DELETE OR UPDATE ON public.knowledge_articlefile FOR EACH ROW EXECUTE FUNCTION public.knowledge_file_kept();

CREATE TRIGGER kept BEFORE UPDATE ON public.knowledge_version FOR EACH ROW EXECUTE FUNCTION public.knowledge_version_kept();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.desk_appliedpolicy FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.desk_attachment FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.desk_effectcheck FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.desk_entry FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.desk_escalation FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.desk_neglect FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.desk_promisemove FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_changed BEFORE UPDATE ON public.mailroom_resend FOR EACH ROW EXECUTE FUNCTION public.mailroom_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_appliedpolicy FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_approval FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_attachment FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_case FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_casekind FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_clock FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_clockmail FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_complaint FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_effectcheck FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_entry FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_escalation FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_improvement FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_kindversion FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_letter FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_merge FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_neglect FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_pause FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_promise FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_promisemove FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_refusal FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_route FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.desk_routeversion FOR EACH STATEMENT EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.knowledge_article FOR EACH STATEMENT EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.knowledge_review FOR EACH STATEMENT EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.knowledge_use FOR EACH STATEMENT EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.knowledge_version FOR EACH STATEMENT EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.mailroom_letter FOR EACH STATEMENT EXECUTE FUNCTION public.mailroom_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.mailroom_mail FOR EACH STATEMENT EXECUTE FUNCTION public.mailroom_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.mailroom_resend FOR EACH STATEMENT EXECUTE FUNCTION public.mailroom_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.visits_referral FOR EACH STATEMENT EXECUTE FUNCTION public.visits_refuse();

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.visits_visit FOR EACH STATEMENT EXECUTE FUNCTION public.visits_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_appliedpolicy FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_approval FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_attachment FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_case FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_casekind FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_clock FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_clockmail FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_complaint FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_effectcheck FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_entry FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_escalation FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_improvement FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_kindversion FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_letter FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_merge FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_neglect FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_pause FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_promise FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_promisemove FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_refusal FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_route FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.desk_routeversion FOR EACH ROW EXECUTE FUNCTION public.desk_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.knowledge_article FOR EACH ROW EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.knowledge_review FOR EACH ROW EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.knowledge_use FOR EACH ROW EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.knowledge_version FOR EACH ROW EXECUTE FUNCTION public.knowledge_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.mailroom_letter FOR EACH ROW EXECUTE FUNCTION public.mailroom_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.mailroom_mail FOR EACH ROW EXECUTE FUNCTION public.mailroom_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.mailroom_resend FOR EACH ROW EXECUTE FUNCTION public.mailroom_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.visits_referral FOR EACH ROW EXECUTE FUNCTION public.visits_refuse();

CREATE TRIGGER never_gone BEFORE DELETE ON public.visits_visit FOR EACH ROW EXECUTE FUNCTION public.visits_refuse();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();

ALTER TABLE ONLY public.clients_adviceagreement
    ADD CONSTRAINT clients_adviceagreement_client_id_909d1fda_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_assessment
    ADD CONSTRAINT clients_assessment_client_id_6275a320_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_client
    ADD CONSTRAINT clients_client_branch_id_bfe239b1_fk_staff_branch_id FOREIGN KEY (branch_id) REFERENCES public.staff_branch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_client
    ADD CONSTRAINT clients_client_manager_id_656c7ef3_fk_staff_member_id FOREIGN KEY (manager_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_client
    ADD CONSTRAINT clients_client_merged_into_id_fad7ad41_fk_clients_client_id FOREIGN KEY (merged_into_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_client
    ADD CONSTRAINT clients_client_outlet_id_6236091c_fk_staff_outlet_id FOREIGN KEY (outlet_id) REFERENCES public.staff_outlet(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_clienttag
    ADD CONSTRAINT clients_clienttag_tag_id_97dc7194_fk_clients_tag_id FOREIGN KEY (tag_id) REFERENCES public.clients_tag(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_consent
    ADD CONSTRAINT clients_consent_client_id_ab9e1fcc_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_contactpoint
    ADD CONSTRAINT clients_contactpoint_client_id_07aa1c8c_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_coverage
    ADD CONSTRAINT clients_coverage_client_id_3774ef95_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_coverage
    ADD CONSTRAINT clients_coverage_member_id_498f0c3a_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_duplicatepair
    ADD CONSTRAINT clients_duplicatepair_first_id_54e3d98e_fk_clients_client_id FOREIGN KEY (first_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_duplicatepair
    ADD CONSTRAINT clients_duplicatepair_second_id_f417b64c_fk_clients_client_id FOREIGN KEY (second_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_fundaccount
    ADD CONSTRAINT clients_fundaccount_client_id_1d13eed0_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_merge
    ADD CONSTRAINT clients_merge_absorbed_id_5eebc10c_fk_clients_client_id FOREIGN KEY (absorbed_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_merge
    ADD CONSTRAINT clients_merge_survivor_id_9995b023_fk_clients_client_id FOREIGN KEY (survivor_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_personaldata
    ADD CONSTRAINT clients_personaldata_client_id_f6a80271_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_portalaccess
    ADD CONSTRAINT clients_portalaccess_client_id_b76e5748_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_preference
    ADD CONSTRAINT clients_preference_client_id_ed800e28_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_segmentversion
    ADD CONSTRAINT clients_segmentversi_segment_id_0547dbf3_fk_clients_s FOREIGN KEY (segment_id) REFERENCES public.clients_segment(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.clients_tradingpermission
    ADD CONSTRAINT clients_tradingpermi_client_id_c938a28f_fk_clients_c FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.core_calendarday
    ADD CONSTRAINT core_calendarday_imported_by_id_1c025bd9_fk_core_cale FOREIGN KEY (imported_by_id) REFERENCES public.core_calendarimport(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.core_webhookcall
    ADD CONSTRAINT core_webhookcall_webhook_id_cf05d025_fk_core_webhook_id FOREIGN KEY (webhook_id) REFERENCES public.core_webhook(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_approval
    ADD CONSTRAINT desk_approval_complaint_id_a4e3aa55_fk_desk_complaint_case_id FOREIGN KEY (complaint_id) REFERENCES public.desk_complaint(case_id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_approval
    ADD CONSTRAINT desk_approval_member_id_bc3473ac_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_attachment
    ADD CONSTRAINT desk_attachment_case_id_3108e2f2_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_attachment
    ADD CONSTRAINT desk_attachment_entry_id_1ba711fe_fk_desk_entry_id FOREIGN KEY (entry_id) REFERENCES public.desk_entry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_branch_id_1e9fbeb7_fk_staff_branch_id FOREIGN KEY (branch_id) REFERENCES public.staff_branch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_client_id_24abcd15_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_kind_id_b7ae4101_fk_desk_casekind_id FOREIGN KEY (kind_id) REFERENCES public.desk_casekind(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_merged_into_id_53a5873f_fk_desk_case_id FOREIGN KEY (merged_into_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_owner_id_c86f2420_fk_staff_member_id FOREIGN KEY (owner_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_parent_id_2066274c_fk_desk_case_id FOREIGN KEY (parent_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_case
    ADD CONSTRAINT desk_case_responsible_id_f979dac8_fk_staff_member_id FOREIGN KEY (responsible_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_casetag
    ADD CONSTRAINT desk_casetag_case_id_b2d05490_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_casetag
    ADD CONSTRAINT desk_casetag_tag_id_a52f8393_fk_desk_tag_id FOREIGN KEY (tag_id) REFERENCES public.desk_tag(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_casetext
    ADD CONSTRAINT desk_casetext_case_id_3c38ba04_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clientdraft
    ADD CONSTRAINT desk_clientdraft_case_id_cdf45e86_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clientdraft
    ADD CONSTRAINT desk_clientdraft_client_id_f39a8332_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clock
    ADD CONSTRAINT desk_clock_case_id_9cf9cac9_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clock
    ADD CONSTRAINT desk_clock_policy_id_2a1b3320_fk_desk_appliedpolicy_id FOREIGN KEY (policy_id) REFERENCES public.desk_appliedpolicy(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clockcall
    ADD CONSTRAINT desk_clockcall_clock_id_dd5eab59_fk_desk_clock_id FOREIGN KEY (clock_id) REFERENCES public.desk_clock(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clockcall
    ADD CONSTRAINT desk_clockcall_member_id_ba9f17dc_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clockmail
    ADD CONSTRAINT desk_clockmail_clock_id_a261cf67_fk_desk_clock_id FOREIGN KEY (clock_id) REFERENCES public.desk_clock(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clockmail
    ADD CONSTRAINT desk_clockmail_member_id_610db8c5_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clockmailresend
    ADD CONSTRAINT desk_clockmailresend_mail_id_f8b5bf79_fk_desk_clockmail_id FOREIGN KEY (mail_id) REFERENCES public.desk_clockmail(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_clockmailresend
    ADD CONSTRAINT desk_clockmailresend_member_id_1ecc122e_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_complaint
    ADD CONSTRAINT desk_complaint_case_id_7e92ea77_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_complaint
    ADD CONSTRAINT desk_complaint_cause_id_f2a9f2c6_fk_desk_cause_id FOREIGN KEY (cause_id) REFERENCES public.desk_cause(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_complaint
    ADD CONSTRAINT desk_complaint_extended_letter_id_70ac4386_fk_desk_atta FOREIGN KEY (extended_letter_id) REFERENCES public.desk_attachment(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_complaint
    ADD CONSTRAINT desk_complaint_proof_file_id_2d329607_fk_desk_attachment_id FOREIGN KEY (proof_file_id) REFERENCES public.desk_attachment(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_complaint
    ADD CONSTRAINT desk_complaint_remedy_by_id_c9fb63d4_fk_staff_member_id FOREIGN KEY (remedy_by_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_draft
    ADD CONSTRAINT desk_draft_case_id_626321c0_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_draft
    ADD CONSTRAINT desk_draft_member_id_bf416e91_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_effectcheck
    ADD CONSTRAINT desk_effectcheck_improvement_id_9468f5f5_fk_desk_improvement_id FOREIGN KEY (improvement_id) REFERENCES public.desk_improvement(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_effectcheck
    ADD CONSTRAINT desk_effectcheck_member_id_579b03c5_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_entry
    ADD CONSTRAINT desk_entry_case_id_9edf648e_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_escalation
    ADD CONSTRAINT desk_escalation_clock_id_9435cd35_fk_desk_clock_id FOREIGN KEY (clock_id) REFERENCES public.desk_clock(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_improvement
    ADD CONSTRAINT desk_improvement_branch_id_5841e5e7_fk_staff_branch_id FOREIGN KEY (branch_id) REFERENCES public.staff_branch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_improvement
    ADD CONSTRAINT desk_improvement_case_id_c4c9fd15_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_improvement
    ADD CONSTRAINT desk_improvement_cause_id_385f64b2_fk_desk_cause_id FOREIGN KEY (cause_id) REFERENCES public.desk_cause(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_improvement
    ADD CONSTRAINT desk_improvement_owner_id_8fe1b0c5_fk_staff_member_id FOREIGN KEY (owner_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_kindversion
    ADD CONSTRAINT desk_kindversion_kind_id_7461ff65_fk_desk_casekind_id FOREIGN KEY (kind_id) REFERENCES public.desk_casekind(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_letter
    ADD CONSTRAINT desk_letter_case_id_1d68742e_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_letter
    ADD CONSTRAINT desk_letter_clock_id_b1b8dea0_fk_desk_clock_id FOREIGN KEY (clock_id) REFERENCES public.desk_clock(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_letter
    ADD CONSTRAINT desk_letter_file_id_57d50f7f_fk_desk_attachment_id FOREIGN KEY (file_id) REFERENCES public.desk_attachment(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_link
    ADD CONSTRAINT desk_link_case_id_2ba1fc1f_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_link
    ADD CONSTRAINT desk_link_entry_id_d49e1f5d_fk_desk_entry_id FOREIGN KEY (entry_id) REFERENCES public.desk_entry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_link
    ADD CONSTRAINT desk_link_other_id_d46d33e3_fk_desk_case_id FOREIGN KEY (other_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_macro
    ADD CONSTRAINT desk_macro_branch_id_d11e61b5_fk_staff_branch_id FOREIGN KEY (branch_id) REFERENCES public.staff_branch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_merge
    ADD CONSTRAINT desk_merge_case_id_4df0c43e_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_merge
    ADD CONSTRAINT desk_merge_survivor_id_7bb706ed_fk_desk_case_id FOREIGN KEY (survivor_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_named
    ADD CONSTRAINT desk_named_case_id_a420e730_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_named
    ADD CONSTRAINT desk_named_member_id_00a7a29f_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_neglect
    ADD CONSTRAINT desk_neglect_case_id_9d257c32_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_neglect
    ADD CONSTRAINT desk_neglect_clock_id_ee330f30_fk_desk_clock_id FOREIGN KEY (clock_id) REFERENCES public.desk_clock(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_neglect
    ADD CONSTRAINT desk_neglect_member_id_3005f956_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_pause
    ADD CONSTRAINT desk_pause_case_id_6046e504_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_phrase
    ADD CONSTRAINT desk_phrase_branch_id_3a600eba_fk_staff_branch_id FOREIGN KEY (branch_id) REFERENCES public.staff_branch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_presence
    ADD CONSTRAINT desk_presence_case_id_2fdf8677_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_presence
    ADD CONSTRAINT desk_presence_member_id_adebd4ba_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_promise
    ADD CONSTRAINT desk_promise_case_id_fa9f86d7_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_promise
    ADD CONSTRAINT desk_promise_client_id_8a50a87b_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_promise
    ADD CONSTRAINT desk_promise_entry_id_daabefda_fk_desk_entry_id FOREIGN KEY (entry_id) REFERENCES public.desk_entry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_promise
    ADD CONSTRAINT desk_promise_keeper_id_e23f511e_fk_staff_member_id FOREIGN KEY (keeper_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_promisemove
    ADD CONSTRAINT desk_promisemove_entry_id_aa9b34dc_fk_desk_entry_id FOREIGN KEY (entry_id) REFERENCES public.desk_entry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_promisemove
    ADD CONSTRAINT desk_promisemove_promise_id_377bee61_fk_desk_promise_id FOREIGN KEY (promise_id) REFERENCES public.desk_promise(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_refusal
    ADD CONSTRAINT desk_refusal_case_id_5effbf7e_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_refusal
    ADD CONSTRAINT desk_refusal_client_id_71e3c161_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_refusal
    ADD CONSTRAINT desk_refusal_lifted_by_id_2735ce62_fk_staff_member_id FOREIGN KEY (lifted_by_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_refusal
    ADD CONSTRAINT desk_refusal_member_id_5e478dbc_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_savedview
    ADD CONSTRAINT desk_savedview_member_id_cc570ff2_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_watch
    ADD CONSTRAINT desk_watch_case_id_4832a53f_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.desk_watch
    ADD CONSTRAINT desk_watch_member_id_7292f9e6_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_article
    ADD CONSTRAINT knowledge_article_owner_id_b40ac797_fk_staff_member_id FOREIGN KEY (owner_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_articlefile
    ADD CONSTRAINT knowledge_articlefil_version_id_5e0de589_fk_knowledge FOREIGN KEY (version_id) REFERENCES public.knowledge_version(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_feedback
    ADD CONSTRAINT knowledge_feedback_article_id_af26d6d8_fk_knowledge_article_id FOREIGN KEY (article_id) REFERENCES public.knowledge_article(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_feedback
    ADD CONSTRAINT knowledge_feedback_client_id_c7264192_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_feedback
    ADD CONSTRAINT knowledge_feedback_member_id_06cc7adf_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_gap
    ADD CONSTRAINT knowledge_gap_article_id_8ed91a9a_fk_knowledge_article_id FOREIGN KEY (article_id) REFERENCES public.knowledge_article(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_gapasker
    ADD CONSTRAINT knowledge_gapasker_gap_id_c0df35ca_fk_knowledge_gap_id FOREIGN KEY (gap_id) REFERENCES public.knowledge_gap(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_review
    ADD CONSTRAINT knowledge_review_article_id_63691d2c_fk_knowledge_article_id FOREIGN KEY (article_id) REFERENCES public.knowledge_article(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_review
    ADD CONSTRAINT knowledge_review_member_id_7736d48b_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_use
    ADD CONSTRAINT knowledge_use_article_id_5f4ef94f_fk_knowledge_article_id FOREIGN KEY (article_id) REFERENCES public.knowledge_article(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_use
    ADD CONSTRAINT knowledge_use_case_id_244ae7b0_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_use
    ADD CONSTRAINT knowledge_use_member_id_ebf56806_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_version
    ADD CONSTRAINT knowledge_version_article_id_452d3a63_fk_knowledge_article_id FOREIGN KEY (article_id) REFERENCES public.knowledge_article(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.knowledge_worth
    ADD CONSTRAINT knowledge_worth_article_id_e4025332_fk_knowledge_article_id FOREIGN KEY (article_id) REFERENCES public.knowledge_article(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_pick
    ADD CONSTRAINT library_pick_adviser_id_c090d960_fk_staff_member_id FOREIGN KEY (adviser_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_pick
    ADD CONSTRAINT library_pick_report_id_51bd927f_fk_library_report_id FOREIGN KEY (report_id) REFERENCES public.library_report(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_picknote
    ADD CONSTRAINT library_picknote_adviser_id_7f84878b_fk_staff_member_id FOREIGN KEY (adviser_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_picknote
    ADD CONSTRAINT library_picknote_pick_id_cbcb036a_fk_library_pick_id FOREIGN KEY (pick_id) REFERENCES public.library_pick(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_rating
    ADD CONSTRAINT library_rating_report_id_b0c1bb32_fk_library_report_id FOREIGN KEY (report_id) REFERENCES public.library_report(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_rating
    ADD CONSTRAINT library_rating_signed_by_id_8e02a22b_fk_staff_member_id FOREIGN KEY (signed_by_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_report
    ADD CONSTRAINT library_report_kind_id_1ac439b9_fk_library_reportkind_code FOREIGN KEY (kind_id) REFERENCES public.library_reportkind(code) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_report
    ADD CONSTRAINT library_report_replaces_id_bc6e7056_fk_library_report_id FOREIGN KEY (replaces_id) REFERENCES public.library_report(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.library_reportkind
    ADD CONSTRAINT library_reportkind_family_id_72c2f8ce_fk_library_r FOREIGN KEY (family_id) REFERENCES public.library_reportkind(code) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_letter
    ADD CONSTRAINT mailroom_letter_case_id_85587e61_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_letter
    ADD CONSTRAINT mailroom_letter_entry_id_5da63a6b_fk_desk_entry_id FOREIGN KEY (entry_id) REFERENCES public.desk_entry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_letter
    ADD CONSTRAINT mailroom_letter_rejects_id_f4f81e7a_fk_mailroom_mail_id FOREIGN KEY (rejects_id) REFERENCES public.mailroom_mail(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_mail
    ADD CONSTRAINT mailroom_mail_about_id_26e72fce_fk_desk_case_id FOREIGN KEY (about_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_mail
    ADD CONSTRAINT mailroom_mail_case_id_3a3693a6_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_mail
    ADD CONSTRAINT mailroom_mail_entry_id_ee75a2f7_fk_desk_entry_id FOREIGN KEY (entry_id) REFERENCES public.desk_entry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_mail
    ADD CONSTRAINT mailroom_mail_mailbox_id_63d5fa8b_fk_mailroom_mailbox_id FOREIGN KEY (mailbox_id) REFERENCES public.mailroom_mailbox(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_resend
    ADD CONSTRAINT mailroom_resend_letter_id_f730ad3a_fk_mailroom_letter_id FOREIGN KEY (letter_id) REFERENCES public.mailroom_letter(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mailroom_resend
    ADD CONSTRAINT mailroom_resend_member_id_e5cd28c3_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_levelchange
    ADD CONSTRAINT offerings_levelchang_export_id_696ab61d_fk_offerings FOREIGN KEY (export_id) REFERENCES public.offerings_commissionexport(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_levelchange
    ADD CONSTRAINT offerings_levelchang_from_level_id_dae531f9_fk_offerings FOREIGN KEY (from_level_id) REFERENCES public.offerings_servicelevel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_levelchange
    ADD CONSTRAINT offerings_levelchang_to_level_id_3aab22a6_fk_offerings FOREIGN KEY (to_level_id) REFERENCES public.offerings_servicelevel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_levelchange
    ADD CONSTRAINT offerings_levelchange_client_id_4ad36bb4_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_levelcontent
    ADD CONSTRAINT offerings_levelconte_level_id_8828a378_fk_offerings FOREIGN KEY (level_id) REFERENCES public.offerings_servicelevel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_servicelevel
    ADD CONSTRAINT offerings_servicelev_contains_id_14d95764_fk_offerings FOREIGN KEY (contains_id) REFERENCES public.offerings_servicelevel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_subscription
    ADD CONSTRAINT offerings_subscripti_change_id_69160f29_fk_offerings FOREIGN KEY (change_id) REFERENCES public.offerings_levelchange(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_subscription
    ADD CONSTRAINT offerings_subscripti_level_id_9f6cd33d_fk_offerings FOREIGN KEY (level_id) REFERENCES public.offerings_servicelevel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.offerings_subscription
    ADD CONSTRAINT offerings_subscription_client_id_3ebaacac_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_allotment
    ADD CONSTRAINT outreach_allotment_issue_id_0461de0c_fk_outreach_issue_id FOREIGN KEY (issue_id) REFERENCES public.outreach_issue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_calltask
    ADD CONSTRAINT outreach_calltask_event_id_08112896_fk_outreach_event_id FOREIGN KEY (event_id) REFERENCES public.outreach_event(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_calltask
    ADD CONSTRAINT outreach_calltask_member_id_6bf0d66a_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_campaign
    ADD CONSTRAINT outreach_campaign_copied_from_id_66d3b7d7_fk_outreach_ FOREIGN KEY (copied_from_id) REFERENCES public.outreach_campaign(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_campaign
    ADD CONSTRAINT outreach_campaign_topic_id_e4ab6b65_fk_outreach_topic_id FOREIGN KEY (topic_id) REFERENCES public.outreach_topic(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_campaignround
    ADD CONSTRAINT outreach_campaignrou_campaign_id_dbd3e833_fk_outreach_ FOREIGN KEY (campaign_id) REFERENCES public.outreach_campaign(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_campaignround
    ADD CONSTRAINT outreach_campaignround_event_id_01f10896_fk_outreach_event_id FOREIGN KEY (event_id) REFERENCES public.outreach_event(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_default
    ADD CONSTRAINT outreach_default_allotment_id_9462f6a8_fk_outreach_allotment_id FOREIGN KEY (allotment_id) REFERENCES public.outreach_allotment(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_event_id_37fbfa36_fk_outreach_event_id FOREIGN KEY (event_id) REFERENCES public.outreach_event(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_event
    ADD CONSTRAINT outreach_event_topic_id_cdb93c15_fk_outreach_topic_id FOREIGN KEY (topic_id) REFERENCES public.outreach_topic(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_guest
    ADD CONSTRAINT outreach_guest_briefing_id_3ac59749_fk_outreach_briefing_id FOREIGN KEY (briefing_id) REFERENCES public.outreach_briefing(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_topicversion
    ADD CONSTRAINT outreach_topicversion_topic_id_6fabe2aa_fk_outreach_topic_id FOREIGN KEY (topic_id) REFERENCES public.outreach_topic(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_trial
    ADD CONSTRAINT outreach_trial_campaign_id_f312f041_fk_outreach_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.outreach_campaign(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_trial
    ADD CONSTRAINT outreach_trial_member_id_cb4f03dc_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);

ALTER TABLE ONLY public.staff_apitoken
    ADD CONSTRAINT staff_apitoken_member_id_d39f5a1a_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.staff_draft
    ADD CONSTRAINT staff_draft_member_id_247de37c_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.staff_idempotencykey
    ADD CONSTRAINT staff_idempotencykey_token_id_f6b6a124_fk_staff_apitoken_id FOREIGN KEY (token_id) REFERENCES public.staff_apitoken(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.staff_member
    ADD CONSTRAINT staff_member_branch_id_3ea21eba_fk_staff_branch_id FOREIGN KEY (branch_id) REFERENCES public.staff_branch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.staff_member
    ADD CONSTRAINT staff_member_outlet_id_b70c9b68_fk_staff_outlet_id FOREIGN KEY (outlet_id) REFERENCES public.staff_outlet(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.staff_membersession
    ADD CONSTRAINT staff_membersession_member_id_5ced1c03_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.staff_notification
    ADD CONSTRAINT staff_notification_member_id_44741a36_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.staff_outlet
    ADD CONSTRAINT staff_outlet_branch_id_189fd1a6_fk_staff_branch_id FOREIGN KEY (branch_id) REFERENCES public.staff_branch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.visits_referral
    ADD CONSTRAINT visits_referral_client_id_5c475d5f_fk_clients_client_id FOREIGN KEY (client_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.visits_referral
    ADD CONSTRAINT visits_referral_member_id_045cf113_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.visits_referral
    ADD CONSTRAINT visits_referral_referrer_id_93a3dc38_fk_clients_client_id FOREIGN KEY (referrer_id) REFERENCES public.clients_client(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.visits_referral
    ADD CONSTRAINT visits_referral_visit_id_1ddaa2c3_fk_visits_visit_id FOREIGN KEY (visit_id) REFERENCES public.visits_visit(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.visits_visit
    ADD CONSTRAINT visits_visit_again_id_5ce2ef83_fk_visits_visit_id FOREIGN KEY (again_id) REFERENCES public.visits_visit(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.visits_visit
    ADD CONSTRAINT visits_visit_case_id_7c6d6fe4_fk_desk_case_id FOREIGN KEY (case_id) REFERENCES public.desk_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.visits_visit
    ADD CONSTRAINT visits_visit_member_id_c95b88bf_fk_staff_member_id FOREIGN KEY (member_id) REFERENCES public.staff_member(id) DEFERRABLE INITIALLY DEFERRED;
