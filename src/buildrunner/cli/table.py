"""Every command of `br`: where it lives, what it does, what it takes.

This table is the single source of dispatch, parsing, completion and the reference page.
A row is (module, function, summary, signature). The signature reads like a usage line:
`ID` a required argument, `[ID]` an optional one, `ID...` one or more, `[ID...]` any number;
`--flag`, `--option=VALUE`, `--option=VALUE...` for one that may be repeated, `-n|--limit=N`
for one with a short form, `--format=md|csv` for a choice.
"""

from __future__ import annotations

_C = "buildrunner.cli.commands."

# Global options, taken anywhere on the line; (spelling, metavar or "", meaning).
GLOBALS = (
    ("--json", "", "print exactly one JSON object on stdout"),
    ("--quiet", "", "no words on stderr but errors"),
    ("--no-color", "", "no colour (so does NO_COLOR in the environment)"),
    ("-C", "DIR", "work as if started in DIR"),
    ("--help", "", "show the help of the command"),
)

STATUS = "todo|doing|blocked|done"

# What the bare name of a group means; the others tell their commands.
BARE = {"analytics": "analytics show"}

GROUPS = (
    ("Start here", ("init", "create", "status", "next", "lint")),
    ("Work", ("start", "done", "block", "todo", "claim", "release")),
    ("Look", ("list", "show", "tui", "context", "explain", "graph", "log", "diff")),
    ("Change the plan", (
        "plan add", "plan edit", "plan move", "plan split", "plan merge", "plan remove", "plan patch",
        "plan import", "plan export", "rescope", "undo",
    )),
    ("Begin from a pack", (
        "blueprint list", "blueprint show", "blueprint apply", "blueprint lint", "blueprint export",
    )),
    ("Together", (
        "login", "logout", "whoami", "project list", "project create", "project archive",
        "project export", "project import", "link", "sync", "reconcile", "drift", "comment", "who", "team list", "team create", "team add", "team remove", "inbox", "open", "api",
        "overlap", "merge", "git install", "git uninstall",
    )),
    ("Prove", ("qa add", "qa templates", "qa run", "qa list", "qa signoff", "qa audit", "qa stale", "qa trust", "qa ingest", "qa push", "qa pull", "ci init")),
    ("Govern", (
        "governance init", "governance validate", "governance check", "governance explain",
        "governance simulate", "governance waive", "governance scan",
    )),
    ("Record", ("audit export", "audit checkpoint", "audit verify", "audit key")),
    ("Spend", ("usage", "cost prices", "cost set", "cost reprice", "cost reconcile", "cost export", "budget list", "budget set", "budget end", "analytics show", "analytics rows", "analytics anomalies", "analytics collect", "analytics report", "analytics schedule")),
    ("Models", ("models list", "models set", "models remove", "models recommend", "models compare", "models performance", "models settings", "models eval", "models routes", "models arbitrations")),
    ("Agents", ("mcp", "agent list", "agent create", "agent key", "agent remove", "agent runs", "timeline", "hooks install", "hooks start", "hooks end")),
    ("Run and set up", ("up", "server", "env verify", "completion", "help")),
)  # fmt: skip

_EDIT = "--as=NAME --dry-run"
_FIELDS = (
    "--criterion=TEXT... --depends-on=ID... --owner=NAME --priority=P1|P2|P3 --effort=N --impact=N"
    " --risk=low|medium|high|critical --link=URL... --set=FIELD=VALUE..."
)
_TAKE = "--as=NAME --local"

COMMANDS = {
    "init": (_C + "init", "run_init", "start a plan in this repository", "[DIR] --title=TEXT"),
    "create": (_C + "create", "run_create", "from a prompt, a PRD or a repository to the plan", f"[TEXT] --prd=FILE --repo --from=FILE --format=NAME --answer=QUESTION=TEXT... --accept=LIST... --send --server=URL {_EDIT}"),
    "status": (_C + "progress", "run_status", "where the plan stands", "--milestone=ID --offline"),
    "next": (_C + "progress", "run_next", "what to do next, and why", "-n|--limit=N --claim --start --ttl=TIME --as=NAME --local"),
    "lint": (_C + "lint", "run_lint", "check the plan", "[PATH...] --strict --staged"),
    "start": (_C + "work", "run_start", "take a microstep and begin", f"ID --ttl=TIME {_TAKE} --dry-run"),
    "done": (_C + "work", "run_done", "finish a microstep", f"ID... {_TAKE} --dry-run"),
    "block": (_C + "work", "run_block", "say what a microstep waits for", f"ID [REASON] --reason=TEXT {_TAKE} --dry-run"),
    "todo": (_C + "work", "run_todo", "put a microstep back", f"ID... {_TAKE} --dry-run"),
    "claim": (_C + "lease", "run_claim", "hold a microstep for a while", f"[ID] --ttl=TIME --renew {_TAKE}"),
    "release": (_C + "lease", "run_release", "give a held microstep back", f"ID... --force {_TAKE}"),
    "tui": (_C + "tui", "run_tui", "the plan on the whole terminal, to look at and work with", "--as=NAME --offline"),
    "list": (_C + "look", "run_list", "list microsteps", f"[ID] -s|--status={STATUS}... --milestone=ID --owner=NAME --priority=P1|P2|P3... --ready --waiting --search=TEXT -n|--limit=N"),
    "show": (_C + "look", "run_show", "everything about one entity", "ID"),
    "context": (_C + "briefing", "run_context", "what is needed to do a microstep, in few words", "ID --budget=TOKENS"),
    "explain": (_C + "explain", "run_explain", "the plan or a part of it in prose, or a guided tour", "[ID] --audience=technical|business|general --language=TAG --overview --tour"),
    "graph": (_C + "graph", "run_graph", "dependencies, readiness, critical path", "[ID] --format=tree|mermaid|dot|json --ready --blocked --critical-path --affected=ID"),
    "log": (_C + "history", "run_log", "what was changed, when, by whom", "[ID] -n|--limit=N"),
    "undo": (_C + "history", "run_undo", "take back the last change", "[ENTRY] --redo --as=NAME --dry-run"),
    "diff": (_C + "compare", "run_diff", "what changed between two plans", "[A] [B]"),
    "overlap": (_C + "overlap", "run_overlap", "what open branches both touch", "[BRANCH] [OTHER] --base=REF --all --report"),
    "merge": (_C + "compare", "run_merge", "three-way merge of plan files", "BASE OURS THEIRS -o|--output=PATH"),
    "qa templates": (_C + "templates", "run_templates", "criteria and checks to start from", "[NAME] --category=NAME"),
    "qa add": (_C + "qa_plan", "run_add", "write down what proves a criterion", f"ID --kind=command|http|file|junit|sarif|coverage|manual --criterion=N --run=COMMAND --path=PATH... --expect=KEY=VALUE... --name=ID --url=URL --file=PATH --report=PATH --cwd=DIR --timeout=TIME --env=NAME... --template=NAME --set=NAME=VALUE... {_EDIT}"),
    "qa list": (_C + "qa_proof", "run_list", "what is proven, criterion by criterion", "[ID...]"),
    "qa trust": (_C + "qa_plan", "run_trust", "let checks that came from elsewhere run here", "[ID...] --all --as=NAME"),
    "qa signoff": (_C + "qa_proof", "run_signoff", "vouch for what no check can prove", "ID --criterion=N... --note=TEXT --as=NAME"),
    "qa pull": (_C + "qa_pull", "run_pull", "take sign-offs and evidence of CI from the server", "--server=URL"),
    "qa stale": (_C + "qa_proof", "run_stale", "evidence of other content, and what builds on it", ""),
    "qa audit": (_C + "qa_proof", "run_audit", "find what is done without proof", ""),
    "plan add": (_C + "structure", "run_add", "add a milestone, step or microstep", f"[PARENT] TITLE --id=ID --after=ID --first {_FIELDS} {_EDIT}"),
    "plan edit": (_C + "structure", "run_edit", "change fields of an entity", f"[ID] --title=TEXT {_FIELDS} --drop-criterion=N... --drop-depends-on=ID... --unset=FIELD... --rename=ID {_EDIT}"),
    "plan move": (_C + "structure", "run_move", "move an entity among its siblings or elsewhere", f"ID --to=PARENT --after=ID --first --renumber {_EDIT}"),
    "plan split": (_C + "structure", "run_split", "split one microstep or step into several", f"ID TITLE... --part=LIST... {_EDIT}"),
    "plan merge": (_C + "structure", "run_merge", "merge siblings into one", f"ID OTHER... --title=TEXT {_EDIT}"),
    "plan remove": (_C + "structure", "run_remove", "remove an entity and what is in it", f"ID... --cascade {_EDIT}"),
    "rescope": (_C + "rescope", "run_rescope", "defer, drop, split or cut what is planned", "TEXT --apply --dry-run"),
    "plan patch": (_C + "patch", "run_patch", "apply operations, all or none", f"FILE {_EDIT}"),
    "plan import": (_C + "transfer", "run_import", "take in tasks from another tool", f"PATH --format=NAME --into=ID --source=NAME --prefer=plan|source {_EDIT}"),
    "plan export": (_C + "transfer", "run_export", "write the plan in another format", "--format=NAME -o|--output=FILE"),
    "blueprint list": (_C + "blueprint", "run_list", "packs of work that come with br", ""),
    "blueprint show": (_C + "blueprint", "run_show", "what a pack brings and what it asks", "PACK"),
    "blueprint apply": (_C + "blueprint", "run_apply", "merge packs into the plan", "PACK... --set=NAME=VALUE... --resolve=ID.FIELD=CHOICE... --as=NAME --dry-run"),
    "blueprint lint": (_C + "blueprint", "run_lint", "check a pack", "FILE"),
    "blueprint export": (_C + "blueprint", "run_export", "make a pack of parts of the plan", "[ID...] --out=FILE --name=NAME --title=TEXT --summary=TEXT --pack-version=VERSION"),
    "login": (_C + "auth", "run_login", "sign in to a server", "--server=URL --api-key=KEY --device --no-browser"),
    "logout": (_C + "auth", "run_logout", "forget the key of a server", "--server=URL"),
    "whoami": (_C + "auth", "run_whoami", "who you are there", "--server=URL"),
    "project list": (_C + "projects", "run_list", "the projects you see on the server", "--org=ID --archived --server=URL"),
    "project create": (_C + "projects", "run_create", "make a project on the server", "TITLE --org=ID --link --branch=NAME --server=URL"),
    "project archive": (_C + "projects", "run_archive", "put a project away, or take it out again", "PROJECT_ID --restore --server=URL"),
    "project export": (_C + "projects", "run_export", "a project with its history as one file", "PROJECT_ID -o|--output=FILE --server=URL"),
    "project import": (_C + "projects", "run_import", "take such a file in", "FILE --org=ID --as-copy --server=URL"),
    "api": (_C + "projects", "run_api", "call the server's API", "METHOD PATH --field=NAME=VALUE... --input=FILE --server=URL"),
    "link": (_C + "link", "run_link", "tie this clone to a project on a server", "PROJECT_ID --server=URL --branch=NAME"),
    "open": (_C + "link", "run_open", "show the project in the browser", "[ID] --no-browser"),
    "sync": (_C + "sync", "run_sync", "exchange changes with the server", "--push --pull --dry-run --branch=NAME --message=TEXT"),
    "reconcile": (_C + "sync", "run_reconcile", "resolve conflicts", "[ID...] --ours --theirs --set=ID.FIELD=VALUE... --dry-run"),
    "drift": (_C + "drift", "run_drift", "where plan, repository, evidence and server disagree", "--base=REF --run --days=N --report --sarif --format=text|json|sarif|junit|github -o|--output=FILE"),
    "git install": (_C + "gitsetup", "run_install", "merge plans by field, lint before commits", "--no-hook --dry-run"),
    "git uninstall": (_C + "gitsetup", "run_uninstall", "take that back", "--dry-run"),
    "qa run": (_C + "qa_run", "run_run", "run checks, keep the evidence", f"[ID...] --changed --all -s|--status={STATUS}... --check=ID... -j|--jobs=N --junit=FILE --sarif=FILE --no-upload --dry-run"),
    "qa ingest": (_C + "qa_ingest", "run_ingest", "evidence from reports made elsewhere", "FILE... --microstep=ID --check=ID --no-upload"),
    "qa push": (_C + "qa_push", "run_push", "send the evidence to the linked project", "--server=URL"),
    "ci init": (_C + "ci", "run_init", "a workflow that proves the plan in CI", "HOST --branch=NAME --key --force --dry-run"),
    "audit export": (_C + "audit", "run_export", "the ledger as a file that anybody can verify", "--out=FILE --format=jsonl|csv --from-seq=N --redact --org=ID --server=URL"),
    "audit checkpoint": (_C + "audit", "run_checkpoint", "sign how far the ledger has come", "--out=FILE --org=ID --server=URL"),
    "audit verify": (_C + "audit_verify", "run_verify", "verify such a file, offline", "FILE --checkpoint=FILE..."),
    "audit key": (_C + "audit_key", "run_key", "the keys you vouch for", "[ACTION] [KEY] --name=NAME --class=local|ci|server --remote --org=ID --server=URL"),
    "governance init": (_C + "governance_init", "run_init", "write a policy, owners, template, workflow, hooks", "--force --no-hooks --dry-run"),
    "governance validate": (_C + "governance", "run_validate", "check the policy file", "[PATH] --strict --format=text|json|sarif|junit|github -o|--output=FILE"),
    "governance check": (_C + "governance_check", "run_check", "what the policy says of a change", "--base=REF --head=REF --title=TEXT --body=TEXT --branch=NAME --target=NAME --approvals=FILE --request --offline --format=text|json|sarif|junit|github -o|--output=FILE"),
    "governance explain": (_C + "governance", "run_explain", "what a rule denies, why, and how to mend it", "[RULE]"),
    "governance simulate": (_C + "governance_simulate", "run_simulate", "what a policy would have said lately", "--since=TIME --policy=FILE --head=REF -n|--limit=N"),
    "governance waive": (_C + "governance_waive", "run_waive", "set a denial aside for a while", "RULE --path=PATH --fingerprint=HEX... --reason=TEXT --approver=NAME --expires=DAY --base=REF --head=REF --title=TEXT --body=TEXT --branch=NAME --target=NAME --approvals=FILE"),
    "governance scan": (_C + "scan", "run_scan", "find secrets in files, commits and history", "[PATH] --staged --diff=BASE --history --pii --format=text|json|sarif --baseline=FILE --update-baseline"),
    "hooks install": (_C + "hooks", "run_install", "wire a coding agent to the plan", "HOST --dry-run"),
    "hooks start": (_C + "hooks", "run_start", "an agent's session starts: what it holds, what is next", "--as=NAME --cursor"),
    "hooks end": (_C + "hooks", "run_end", "an agent's session ends: give back what it holds", "--as=NAME"),
    "comment": (_C + "comment", "run_comment", "talk about the plan", "[ID] [TEXT] --answer=COMMENT --attach=FILE... --resolve=COMMENT --reopen=COMMENT --promote=COMMENT --title=TEXT --criterion=TEXT... --search=TEXT -n|--limit=N --server=URL"),
    "timeline": (_C + "timeline", "run_timeline", "who did what, when, at which commit", "[ID] --who=NAME --local -n|--limit=N --server=URL"),
    "agent list": (_C + "agent", "run_list", "members that are no people", "--org=ID --server=URL"),
    "agent create": (_C + "agent", "run_create", "make an agent, with a key", "NAME --project=ID --role=contributor|viewer --org=ID --server=URL"),
    "agent key": (_C + "agent", "run_key", "one more key of an agent", "AGENT --project=ID --org=ID --server=URL"),
    "agent remove": (_C + "agent", "run_remove", "take an agent out; its keys end at once", "AGENT --org=ID --server=URL"),
    "agent runs": (_C + "agent", "run_runs", "what agents did, run by run", "[RUN] --state=open|ended|lost -n|--limit=N --server=URL"),
    "team list": (_C + "team", "run_list", "teams, or who is in one", "[TEAM] --org=ID --server=URL"),
    "team create": (_C + "team", "run_create", "make a team that comments can mention", "NAME --title=TEXT --org=ID --server=URL"),
    "team add": (_C + "team", "run_add", "put members into a team", "TEAM PERSON... --org=ID --server=URL"),
    "team remove": (_C + "team", "run_remove", "take people out of a team, or the team away", "TEAM [PERSON...] --org=ID --server=URL"),
    "who": (_C + "who", "run_who", "who is on the project right now", "--server=URL"),
    "usage": (_C + "usage", "run_usage", "what was used, and what it cost", "--by=GROUP --type=TYPE --events --status=accepted|duplicate|rejected|aggregated --month=MONTH --from=TIME --until=TIME --org=ID --send=FILE -n|--limit=N"),
    "cost prices": (_C + "cost", "run_prices", "what models cost", "[MODEL] --provider=NAME --org=ID"),
    "cost set": (_C + "cost", "run_set", "a price of your own", "MODEL --provider=NAME --type=TYPE --input=USD --cache-read=USD --cache-write=USD --output=USD --reasoning=USD --per-unit=USD --from=TIME --org=ID"),
    "cost reprice": (_C + "cost", "run_reprice", "charge what was used by the prices that hold now", "--from=TIME --until=TIME --model=NAME --apply --org=ID"),
    "cost reconcile": (_C + "cost", "run_reconcile", "a provider's invoice against the meter, by model", "INVOICE --provider=NAME --from=TIME --until=TIME --org=ID"),
    "cost export": (_C + "cost", "run_export", "costs in the FOCUS format", "--format=csv|parquet --out=FILE --from=TIME --until=TIME --org=ID"),
    "budget list": (_C + "budget", "run_budget_list", "what may be spent, and what is", ""),
    "budget set": (_C + "budget", "run_budget_set", "limit what a project, a milestone, a person costs", "USD --for=SCOPE --period=month|day|total --hard --alert=N"),
    "analytics show": (_C + "analytics", "run_show", "velocity, quality, duration and cost", "--from=DAY --until=DAY --who=ID --phase=NAME --out=FILE --format=csv|json|pdf"),
    "analytics rows": (_C + "analytics", "run_rows", "what a figure is made from", "FIGURE --by=GROUP --key=KEY --from=DAY --until=DAY --who=ID --phase=NAME"),
    "analytics anomalies": (_C + "analytics_watch", "run_anomalies", "what was unusual, and why", "--status=open|acknowledged|resolved|dismissed"),
    "analytics collect": (_C + "analytics_watch", "run_collect", "read what providers say was used, now", "--since=DAY --until=DAY"),
    "analytics report": (_C + "analytics_watch", "run_report", "what the report of a day, week or month says", "[WHICH]"),
    "analytics schedule": (_C + "analytics_watch", "run_schedule", "have a report mailed, or see what is", "[WHICH] --to=PERSON... --hour=N"),
    "budget end": (_C + "budget", "run_budget_end", "end a budget", "ID"),
    "models list": (_C + "model_profiles", "run_list", "the models that may be chosen", ""),
    "models set": (_C + "model_profiles", "run_set", "say what a model is good for", "MODEL --provider=NAME --tasks=LIST --quality=N --speed=N --context=N --max-output=N --state=on|off"),
    "models remove": (_C + "model_profiles", "run_remove", "take a profile of one's own back", "MODEL"),
    "models recommend": (_C + "models", "run_recommend", "which model would do a task, and why", "TASK"),
    "models compare": (_C + "models", "run_compare", "what models did here", "--task=TASK --period=30d"),
    "models performance": (_C + "models", "run_performance", "how models did, what changed, what to do", "--task=TASK --period=30d --format=csv|json"),
    "models settings": (_C + "models", "run_settings", "how the project wants its tasks done", "[TASK] --prefer=MODEL --minimum=N --dual=on|off --multiplier=N"),
    "models eval": (_C + "models", "run_eval", "judge a change of settings before it is made", "[TASK] --prefer=MODEL --minimum=N --cases=FILE"),
    "models routes": (_C + "models", "run_routes", "which model did what, and why", "-n|--limit=N"),
    "models arbitrations": (_C + "arbitrations", "run", "two models side by side, and who was taken", "[ID] --waiting -n|--limit=N"),
    "inbox": (_C + "inbox", "run_inbox", "what you are told", "[ID...] --all --mark-read --priority=low|normal|high|urgent -n|--limit=N --server=URL"),
    "mcp": (_C + "mcp", "run_mcp", "serve the plan to a coding agent", "--as=NAME"),
    "up": (_C + "server", "run_up", "start BuildRunner's server here", "[OPTION...]"),
    "server": (_C + "server", "run_server", "administer BuildRunner's server", "[OPTION...]"),
    "env verify": (_C + "env", "run_verify", "check the keys in .env", "[PATH] --only=FEATURE..."),
    "completion": (_C + "completion", "run_completion", "completion for your shell", "SHELL"),
    "help": (_C + "help", "run_help", "the help of a command or topic", "[TOPIC...]"),
}  # fmt: skip

# For git and completion scripts, not for people: left out of help and completion.
HIDDEN = {
    "git merge-driver": (_C + "mergedriver", "run_driver", "git calls this", "BASE OURS THEIRS PATH --ancestor"),
    "governance commit-msg": (_C + "governance_init", "run_commit_message", "git calls this", "FILE"),
    "git pre-commit": (_C + "mergedriver", "run_pre_commit", "git calls this", ""),
    "hooks beat": (_C + "hooks", "run_beat", "br mcp calls this", "--as=NAME"),
    "complete": (_C + "completion", "run_complete", "completion scripts call this", "[WHAT]"),
}  # fmt: skip

TOPICS = {
    "exit-codes": "what the exit codes mean",
    "config": "settings and where they come from",
    "json": "the shape of --json answers",
}

# Commands that hand everything after their name to another program.
PASS_THROUGH = ("up", "server")
