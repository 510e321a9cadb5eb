"""Kept answers with the functions that reach them, and the counts of requests."""

from django.db import migrations, models

from buildrunner.server.platform.db.operations import definer_function

# Advisory locks live as long as the transaction: whoever runs the action holds the key, and a
# process that dies lets go of it. Looking after locking is a statement of its own, with a snapshot
# of its own, else it would miss the answer of the holder before.
CLAIM = definer_function(
    "http_claim_answer(bytea, bytea)",
    "TABLE (outcome text, status integer, headers jsonb, body text)",
    """
DECLARE known bytea;
BEGIN
    IF NOT pg_try_advisory_xact_lock(
        ('x' || encode(substring(wanted FROM 1 FOR 8), 'hex'))::bit(64)::bigint) THEN
        outcome := 'busy';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT k.fingerprint, k.status, k.headers, k.body INTO known, status, headers, body
      FROM public.http_keptanswer k
     WHERE k.id = wanted AND k.created_at > now() - interval '24 hours';
    IF NOT FOUND THEN
        outcome := 'free';
    ELSIF known <> print THEN
        status := NULL;
        headers := NULL;
        body := NULL;
        outcome := 'other';
    ELSE
        outcome := 'kept';
    END IF;
    RETURN NEXT;
END
    """,
    header="wanted bytea, print bytea",
    language="plpgsql",
    volatility="VOLATILE",
)

# In the transaction of the action. Two of one key cannot both commit, whatever happened before.
KEEP = definer_function(
    "http_keep_answer(bytea, bytea, integer, jsonb, text)",
    "void",
    """
BEGIN
    DELETE FROM public.http_keptanswer
     WHERE id = wanted AND created_at <= now() - interval '24 hours';
    INSERT INTO public.http_keptanswer (id, created_at, fingerprint, status, headers, body)
    VALUES (wanted, now(), print, answered, told, content);
END
    """,
    header="wanted bytea, print bytea, answered integer, told jsonb, content text",
    language="plpgsql",
    volatility="VOLATILE",
)

PURGE = definer_function(
    "http_purge_answers()",
    "bigint",
    """
    WITH gone AS (
        DELETE FROM public.http_keptanswer
         WHERE created_at <= now() - interval '24 hours' RETURNING 1)
    SELECT count(*) FROM gone
    """,
    header="",
    volatility="VOLATILE",
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("id", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status", models.SmallIntegerField()),
                ("headers", models.JSONField(default=dict)),
                ("body", models.TextField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="http_keptanswer_age")],
            },
        ),
        migrations.CreateModel(
            name="RequestCount",
            fields=[
                ("subject", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("window", models.BigIntegerField(db_index=True)),
                ("taken", models.IntegerField()),
                ("granted", models.IntegerField()),
            ],
            options={"abstract": False},
        ),
        migrations.RunSQL(
            "ALTER TABLE http_requestcount SET UNLOGGED", "ALTER TABLE http_requestcount SET LOGGED"
        ),
        CLAIM,
        KEEP,
        PURGE,
    ]
