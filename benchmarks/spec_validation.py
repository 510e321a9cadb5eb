"""Schema validation from bytes, against ajv on the same plan: `python benchmarks/spec_validation.py`.

Both sides decode the same UTF-8 bytes and validate the result against the published schema,
in a loop inside one process; the median of a loop counts. The limit is 1.3 times ajv's time.
ajv is taken from NODE_PATH, else installed by npm into a temporary folder.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from plans import make_plan

from buildrunner.spec import layout, schema

LIMIT = 1.3
ROUNDS = 15

NODE_LOOP = """
const [planFile, schemaFile, rounds] = process.argv.slice(2);
const fs = require("fs");
const Ajv = require("ajv/dist/2020");
const ajv = new Ajv({ strict: false });
require("ajv-formats")(ajv);
const validate = ajv.compile(JSON.parse(fs.readFileSync(schemaFile, "utf8")));
const bytes = fs.readFileSync(planFile);
const times = [];
for (let round = 0; round < Number(rounds) + 3; round++) {
  const begin = process.hrtime.bigint();
  const valid = validate(JSON.parse(bytes.toString("utf8")));
  const end = process.hrtime.bigint();
  if (!valid) throw new Error(JSON.stringify(validate.errors));
  if (round >= 3) times.push(Number(end - begin) / 1e6);
}
times.sort((a, b) => a - b);
console.log(times[Math.floor(times.length / 2)]);
"""


def modules_with_ajv(folder: Path) -> str:
    """A NODE_PATH that has ajv and ajv-formats, installing them into `folder` if need be."""
    for entry in filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)):
        if (Path(entry) / "ajv" / "dist" / "2020.js").exists() and (
            Path(entry) / "ajv-formats"
        ).exists():
            return entry
    command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder)]
    subprocess.run([*command, "ajv@8", "ajv-formats@3"], check=True, stdout=sys.stderr)
    return str(folder / "node_modules")


def ajv_milliseconds(plan: bytes, folder: Path, node_path: str) -> float:
    """The median time ajv takes for `plan`."""
    (folder / "plan.json").write_bytes(plan)
    (folder / "schema.json").write_text(json.dumps(schema.schema()), "utf-8")
    (folder / "loop.js").write_text(NODE_LOOP, "utf-8")
    names = ["loop.js", "plan.json", "schema.json"]
    command = ["node", *(str(folder / name) for name in names), str(ROUNDS)]
    environment = {**os.environ, "NODE_PATH": node_path}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def our_milliseconds(plan: bytes) -> float:
    """The median time `schema.validate_bytes` takes for `plan`."""
    times = []
    for number in range(ROUNDS + 3):
        begin = time.perf_counter()
        violations = schema.validate_bytes(plan)
        end = time.perf_counter()
        if violations:
            raise SystemExit(f"the generated plan is invalid: {violations[0]}")
        if number >= 3:
            times.append((end - begin) * 1000)
    return statistics.median(times)


def main() -> int:
    """Print the table; exit 1 when a ratio is above the limit, 2 without node and npm."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("this benchmark compares with ajv: install Node.js (node and npm)", file=sys.stderr)
        return 2
    worst = 0.0
    print(f"{'plan':28} {'bytes':>10} {'ours ms':>9} {'ajv ms':>9} {'ratio':>7}  limit {LIMIT}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node_path = modules_with_ajv(folder)
        for count in (100, 10_000):
            plan = make_plan(count)
            for kind, text in (
                ("indented", layout.dumps(plan)),
                ("minified", json.dumps(plan, separators=(",", ":"))),
            ):
                data = text.encode()
                ours, theirs = our_milliseconds(data), ajv_milliseconds(data, folder, node_path)
                worst = max(worst, ours / theirs)
                label = f"{count} microsteps, {kind}"
                print(
                    f"{label:28} {len(data):>10} {ours:>9.2f} {theirs:>9.2f} {ours / theirs:>7.2f}"
                )
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
