#!/usr/bin/env python3
"""Run oddlog and every Python peer that is here on the same files, in turn, and write what it took into docs/performance.md.

    benches/compare/compare.py --peers ../shared/peers --python VENV/bin/python [--loglead PY] [--logai PY] [--long]

Needs only the standard library, `cargo build --release` and `wc`, `zstd`. The peers are the scripts of `--peers`; each needs the
Python of an environment that has it (`pip install -r PEERS/requirements.txt`). What is not here is left out, and said.
Processor time is user and system time of all threads of a process; the best of `--reps` runs, one program after the other.
`--long` also measures what takes gigabytes or minutes; `--only NAME,...` some parts: whole, warm, kernels, load, growth.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jobs
import load
import report

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin", type=pathlib.Path, default=ROOT / "target/release", help="folder of the two programs")
    ap.add_argument("--peers", type=pathlib.Path, default=ROOT.parent / "shared/peers")
    ap.add_argument("--data", type=pathlib.Path, help="folder for the files (default: made anew)")
    ap.add_argument("--python", help="Python with the peers of requirements.txt")
    ap.add_argument("--loglead", help="Python with loglead")
    ap.add_argument("--logai", help="Python with logai")
    ap.add_argument("--reps", type=int, default=3)
    ap.add_argument("--long", action="store_true", help="also a log of 10,000,000 lines")
    ap.add_argument("--only", default="whole,warm,kernels,load,growth")
    ap.add_argument("--cargo", default="cargo", help="what builds and runs the bench")
    ap.add_argument("--rows", type=pathlib.Path, help="keep the rows in this file, and those of parts that are not run")
    ap.add_argument("--write", type=pathlib.Path, default=ROOT / "docs/performance.md")
    return ap.parse_args()


def make_data(args):
    if all((args.data / f"{name}.log").exists() for name in ("mixed16k", "hdfs100k", "nezha171k")):
        return
    script = args.peers / "make_data.py"
    if not script.exists():
        sys.exit(f"{script} is not here: it makes the files that are measured")
    subprocess.run([sys.executable, str(script), "--out", str(args.data)], check=True, stdout=sys.stderr)


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as made:
        args.data = args.data or pathlib.Path(made)
        args.data.mkdir(parents=True, exist_ok=True)
        make_data(args)
        parts = {"whole": jobs.whole, "warm": jobs.warm, "kernels": jobs.kernels, "load": load.load, "growth": load.growth}
        rows = json.loads(args.rows.read_text()) if args.rows and args.rows.exists() else {}
        for name in args.only.split(","):
            if name == "growth" and not args.long:
                print("growth is left out: it needs --long", file=sys.stderr)
                continue
            print(f"== {name}", file=sys.stderr, flush=True)
            rows[name] = [row for row in parts[name](args)]
            if args.rows:
                args.rows.write_text(json.dumps(rows, indent=1))
        table = report.table([row for name in parts for row in rows.get(name, [])])
    print(table)
    if args.write and args.write != pathlib.Path("-"):
        report.write(args.write, table)


if __name__ == "__main__":
    main()
