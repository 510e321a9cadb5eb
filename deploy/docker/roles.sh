#!/bin/sh
# The three roles and the database, made once when PostgreSQL makes its cluster. The owner migrates;
# web and reader own nothing, so that row-level security binds them.
set -eu
psql --set=ON_ERROR_STOP=1 --quiet --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=owner="$OWNER_PASSWORD" --set=web="$WEB_PASSWORD" --set=reader="$READER_PASSWORD" <<'SQL'
CREATE ROLE buildrunner LOGIN PASSWORD :'owner';
CREATE ROLE buildrunner_web LOGIN PASSWORD :'web';
CREATE ROLE buildrunner_reader LOGIN PASSWORD :'reader';
-- An idle writer would hold back every reader of the event table.
ALTER ROLE buildrunner_web SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE buildrunner_reader SET idle_in_transaction_session_timeout = '60s';
CREATE DATABASE buildrunner OWNER buildrunner;
REVOKE ALL ON DATABASE buildrunner FROM PUBLIC;
GRANT CONNECT ON DATABASE buildrunner TO buildrunner_web, buildrunner_reader;
SQL
