"""Reserve, settle and charge, each in one statement of the database.

They run with the caller's rights, so row-level security holds in them. All of them lock balances in
the order of (budget, period), and a hold before its balances: two of them never wait for each
other in a circle. What a budget says is read after its balance is locked; whoever changes a budget
locks its balances first (`actions/budgets.py`), so a change is seen by whoever waited for it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

from buildrunner.server.platform.db.operations import definer_function

FUNCTIONS = """
CREATE FUNCTION metering_period(period text, moment timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE WHEN period IN ('day', 'month')
        THEN date_trunc(period, moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
        ELSE timestamptz '2000-01-01 00:00:00+00' END
$body$;

CREATE FUNCTION metering_lock(org uuid, ids uuid[], starts timestamptz[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    FOR place IN 1..coalesce(cardinality(ids), 0) LOOP
        PERFORM 1 FROM metering_balance x
          WHERE x.org_id = org AND x.budget_id = ids[place] AND x.start = starts[place] FOR UPDATE;
        CONTINUE WHEN FOUND;
        INSERT INTO metering_balance (org_id, budget_id, start)
        VALUES (org, ids[place], starts[place]) ON CONFLICT DO NOTHING;
        CONTINUE WHEN FOUND;
        PERFORM 1 FROM metering_balance x
          WHERE x.org_id = org AND x.budget_id = ids[place] AND x.start = starts[place] FOR UPDATE;
    END LOOP;
END $body$;

CREATE FUNCTION metering_tell(org uuid, wanted text, budget_id uuid, beginning timestamptz,
                              level numeric) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $body$
    INSERT INTO events_event (created_at, org_id, kind, project_id, subject, actor, data)
    SELECT statement_timestamp(), org, wanted, b.project_id, b.id::text,
           '{"kind": "system", "id": null, "name": "BuildRunner"}'::jsonb,
           jsonb_build_object(
               'budget', b.id, 'name', b.name, 'scope', b.scope, 'subject', b.subject,
               'period', b.period, 'period_start', to_char(x.start AT TIME ZONE 'UTC',
                   'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'level', level::text, 'cap', (b.amount + x.lifted)::text,
               'spent', x.spent::text, 'reserved', x.reserved::text, 'hard', b.hard,
               'origin', b.origin)
      FROM metering_budget b
      JOIN metering_balance x ON x.org_id = b.org_id AND x.budget_id = b.id
     WHERE b.org_id = org AND b.id = metering_tell.budget_id AND x.start = beginning;
    SELECT pg_notify('buildrunner_events', '');
$body$;

CREATE FUNCTION metering_warn(org uuid, ids uuid[], starts timestamptz[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    due record;
BEGIN
    FOR due IN
        SELECT x.budget_id, x.start, level
          FROM unnest(ids, starts) AS w (budget_id, start)
          JOIN metering_balance x
            ON x.org_id = org AND x.budget_id = w.budget_id AND x.start = w.start
          JOIN metering_budget b ON b.org_id = org AND b.id = x.budget_id
         CROSS JOIN LATERAL (SELECT DISTINCT v AS level
                               FROM unnest(ARRAY[b.alert_threshold, 0.9, 1.0]) AS v) AS levels
         WHERE b.enabled AND b.ended_at IS NULL AND x.spent > 0 AND level > x.told
           AND x.spent >= level * (b.amount + x.lifted)
         ORDER BY x.budget_id, x.start, level
    LOOP
        PERFORM metering_tell(org, 'budget.alert', due.budget_id, due.start, due.level);
        UPDATE metering_balance x SET told = due.level
         WHERE x.org_id = org AND x.budget_id = due.budget_id AND x.start = due.start;
    END LOOP;
END $body$;

CREATE FUNCTION metering_reserve(
    org uuid, name uuid, how text, project uuid, wanted numeric, at_least numeric, causes text[],
    seconds double precision, moment timestamptz,
    OUT o_state text, OUT o_granted numeric, OUT o_expires timestamptz, OUT o_causes text[],
    OUT o_budget uuid, OUT o_start timestamptz)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    at_time timestamptz := coalesce(moment, clock_timestamp());
    ids uuid[];
    begins timestamptz[];
    tight record;
BEGIN
    SELECT h.state, h.amount, h.expires_at, h.targets
      INTO o_state, o_granted, o_expires, o_causes
      FROM metering_hold h WHERE h.org_id = org AND h.id = name;
    IF FOUND THEN RETURN; END IF;

    SELECT array_agg(b.id ORDER BY b.id),
           array_agg(metering_period(b.period, at_time) ORDER BY b.id)
      INTO ids, begins
      FROM metering_budget b
     WHERE b.org_id = org AND b.target = ANY (causes) AND b.ended_at IS NULL;
    o_granted := coalesce(wanted, 0);
    IF ids IS NOT NULL THEN
        PERFORM metering_lock(org, ids, begins);
        -- A new statement: it sees what was changed while the locks were waited for.
        SELECT b.id, x.start, x.spent, b.amount + x.lifted AS cap, x.refused_at,
               b.amount + x.lifted - x.spent - x.reserved AS room
          INTO tight
          FROM unnest(ids, begins) AS w (budget_id, start)
          JOIN metering_budget b ON b.org_id = org AND b.id = w.budget_id
          JOIN metering_balance x ON x.org_id = org AND x.budget_id = b.id AND x.start = w.start
         WHERE b.hard AND b.enabled AND b.ended_at IS NULL
         ORDER BY CASE WHEN wanted IS NULL THEN 0
                       ELSE b.amount + x.lifted - x.spent - x.reserved END, b.id
         LIMIT 1;
        IF FOUND THEN
            IF at_least IS NOT NULL THEN
                o_granted := least(wanted, greatest(at_least, round(tight.room / 4, 10)));
            END IF;
            IF wanted IS NULL OR o_granted > tight.room THEN
                o_state := CASE WHEN wanted IS NULL THEN 'unpriced' ELSE 'refused' END;
                o_budget := tight.id;
                o_start := tight.start;
                IF wanted IS NOT NULL AND tight.refused_at IS NULL
                   AND tight.spent + coalesce(at_least, wanted) > tight.cap THEN
                    UPDATE metering_balance x SET refused_at = at_time
                     WHERE x.org_id = org AND x.budget_id = tight.id AND x.start = tight.start;
                    PERFORM metering_tell(org, 'budget.blocked', tight.id, tight.start, NULL);
                END IF;
                RETURN;
            END IF;
        END IF;
        SELECT array_agg(w.budget_id ORDER BY w.budget_id, w.start),
               array_agg(w.start ORDER BY w.budget_id, w.start)
          INTO ids, begins
          FROM unnest(ids, begins) AS w (budget_id, start)
          JOIN metering_budget b
            ON b.org_id = org AND b.id = w.budget_id AND b.ended_at IS NULL;
    END IF;
    o_state := 'open';
    o_expires := clock_timestamp() + make_interval(secs => seconds);
    o_causes := causes;
    INSERT INTO metering_hold (id, created_at, org_id, kind, project_id, amount, state, targets,
                               budgets, starts, expires_at)
    VALUES (name, at_time, org, how, project, o_granted, 'open', causes,
            coalesce(ids, '{}'), coalesce(begins, '{}'), o_expires)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN  -- the same name at the same moment: the other one stands
        o_state := 'twice';
        RETURN;
    END IF;
    UPDATE metering_balance x SET reserved = x.reserved + o_granted
      FROM unnest(ids, begins) AS w (budget_id, start)
     WHERE x.org_id = org AND x.budget_id = w.budget_id AND x.start = w.start;
END $body$;

CREATE FUNCTION metering_settle(org uuid, name uuid, paid numeric, ending text,
                                OUT o_state text, OUT o_amount numeric, OUT o_actual numeric)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    held metering_hold%ROWTYPE;
    ids uuid[];
    begins timestamptz[];
BEGIN
    SELECT * INTO held FROM metering_hold h WHERE h.org_id = org AND h.id = name FOR UPDATE;
    IF NOT FOUND THEN
        o_state := 'absent';
        RETURN;
    END IF;
    o_amount := held.amount;
    o_actual := held.actual;
    o_state := held.state;
    IF held.state IN ('settled', 'released') OR (ending = 'expired' AND held.state <> 'open')
       OR (ending = 'expired' AND held.expires_at > clock_timestamp()) THEN
        RETURN;
    END IF;
    o_actual := CASE ending WHEN 'expired' THEN held.amount WHEN 'released' THEN 0 ELSE paid END;
    -- A budget that began while this was held counts it too.
    SELECT array_agg(u.id ORDER BY u.id, u.start), array_agg(u.start ORDER BY u.id, u.start)
      INTO ids, begins
      FROM (SELECT h.id, h.start FROM unnest(held.budgets, held.starts) AS h (id, start)
            UNION ALL
            SELECT b.id, metering_period(b.period, held.created_at) FROM metering_budget b
             WHERE b.org_id = org AND b.target = ANY (held.targets) AND b.ended_at IS NULL
               AND b.id <> ALL (held.budgets) AND o_actual > 0) AS u;
    PERFORM metering_lock(org, ids, begins);
    UPDATE metering_balance x
       SET reserved = x.reserved - CASE
               WHEN held.state = 'open' AND x.budget_id = ANY (held.budgets) THEN held.amount
               ELSE 0 END,
           spent = x.spent + o_actual - CASE
               WHEN held.state = 'expired' AND x.budget_id = ANY (held.budgets) THEN held.amount
               ELSE 0 END
      FROM unnest(ids, begins) AS w (budget_id, start)
     WHERE x.org_id = org AND x.budget_id = w.budget_id AND x.start = w.start;
    UPDATE metering_hold h
       SET state = ending, actual = o_actual, ended_at = clock_timestamp(),
           budgets = coalesce(ids, '{}'), starts = coalesce(begins, '{}')
     WHERE h.org_id = org AND h.id = name;
    IF o_actual > 0 THEN PERFORM metering_warn(org, ids, begins); END IF;
END $body$;

CREATE FUNCTION metering_charge(org uuid, items jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    ids uuid[];
    begins timestamptz[];
    costs numeric[];
BEGIN
    SELECT array_agg(found.id ORDER BY found.id, found.start),
           array_agg(found.start ORDER BY found.id, found.start),
           array_agg(found.cost ORDER BY found.id, found.start)
      INTO ids, begins, costs
      FROM (SELECT b.id, metering_period(b.period, i.moment) AS start, sum(i.cost) AS cost
              FROM jsonb_to_recordset(items) AS i (targets text[], moment timestamptz, cost numeric)
              JOIN metering_budget b ON b.org_id = org AND b.ended_at IS NULL
                                    AND b.target = ANY (i.targets)
             GROUP BY 1, 2) AS found;
    IF ids IS NULL THEN RETURN 0; END IF;
    PERFORM metering_lock(org, ids, begins);
    UPDATE metering_balance x SET spent = x.spent + w.cost
      FROM unnest(ids, begins, costs) AS w (budget_id, start, cost)
     WHERE x.org_id = org AND x.budget_id = w.budget_id AND x.start = w.start;
    PERFORM metering_warn(org, ids, begins);
    RETURN cardinality(ids);
END $body$;
"""
GONE = """
DROP FUNCTION metering_charge(uuid, jsonb);
DROP FUNCTION metering_settle(uuid, uuid, numeric, text);
DROP FUNCTION metering_reserve(uuid, uuid, text, uuid, numeric, numeric, text[], double precision,
                               timestamptz);
DROP FUNCTION metering_warn(uuid, uuid[], timestamptz[]);
DROP FUNCTION metering_tell(uuid, text, uuid, timestamptz, numeric);
DROP FUNCTION metering_lock(uuid, uuid[], timestamptz[]);
DROP FUNCTION metering_period(text, timestamptz);
"""

# For schedules, which then enter each tenant by itself.
DUE = definer_function(
    "metering_due_holds(integer)",
    "TABLE (org_id uuid, hold_id uuid)",
    """
    SELECT h.org_id, h.id FROM public.metering_hold h
     WHERE h.state = 'open' AND h.expires_at <= now() ORDER BY h.expires_at LIMIT most
""",
    header="most integer",
)
PURGE = definer_function(
    "metering_purge_holds(integer)",
    "bigint",
    """
    WITH gone AS (
        DELETE FROM public.metering_hold
         WHERE state <> 'open' AND ended_at < now() - make_interval(days => greatest(days, 1))
        RETURNING 1)
    SELECT count(*) FROM gone
""",
    volatility="VOLATILE",
    header="days integer",
)
# A budget is asked for by its id alone.
LOCATE = definer_function(
    "metering_locate_budget(uuid)",
    "TABLE (org_id uuid, project_id uuid)",
    """
    SELECT b.org_id, b.project_id FROM public.metering_budget b
     WHERE b.id = wanted AND b.ended_at IS NULL
""",
    header="wanted uuid",
)

ORGS = definer_function(
    "metering_orgs()",
    "TABLE (org_id uuid)",
    "SELECT o.id FROM public.tenancy_organization o ORDER BY o.id",
    header="",
)


class Migration(migrations.Migration):
    """Functions on the tables of 0002."""

    dependencies: ClassVar = [("metering", "0002_budgets")]
    operations: ClassVar = [migrations.RunSQL(FUNCTIONS, GONE), DUE, PURGE, LOCATE, ORGS]
