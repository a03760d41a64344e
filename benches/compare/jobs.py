"""The whole job, the service with a trained model, and the kernels, beside their peers."""
import json
import subprocess
import sys

from report import row
from service import Server, best, child


def left_out(what):
    print(f"left out: {what}", file=sys.stderr, flush=True)
    return iter(())


def said(command):
    """The JSON that a peer prints last; nothing where it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        return left_out(f"{command[1]}: {done.stderr.strip().splitlines()[-1:]}") and None
    return json.loads(lines[-1])


def whole(args):
    """The original's job in one request, by a service that was never trained, and by the Python stack."""
    script = args.peers / "reference_pipeline.py"
    for name, lines, aim in (("mixed16k", 10_000, "100 × CPU"), ("hdfs100k", 50_000, "300 × CPU, 10 × memory")):
        logs = json.loads((args.data / f"{name}.json").read_text())["logs"][:lines]
        body = json.dumps({"logs": logs}).encode()
        ours, theirs, peak = [], [], 0
        for rep in range(args.reps):
            with Server(args.bin) as server:
                ours.append(server.cost(lambda: server.post("/analyze_logs", body, "application/json")))
                peak = max(peak, server.memory())
            if args.python and script.exists() and (rep == 0 or lines <= 10_000):
                found = said([args.python, script, args.data / f"{name}.json", "-n", lines, "--as-service"])
                if found:
                    theirs.append((found["total"]["cpu_s"], found["total"]["wall_s"], found["peak_rss_mb"]))
        cpu, wall = best(ours)
        yield row(f"`POST /analyze_logs`, {name}, no model, with picture", lines, cpu, wall, peak)
        if theirs:
            peer = best(theirs)
            ratio = f"{peer[0] / cpu:.0f} × CPU, {peer[2] / peak:.1f} × memory"
            yield row("`reference_pipeline.py --as-service`, without imports", lines, *peer, ratio, aim)
        else:
            yield from left_out("reference_pipeline.py: needs --python")


def bench(args, *prefixes):
    """The rows of the bench in Rust."""
    command = [*args.cargo.split(), "bench", "-q", "--bench", "compare", "--", str(args.data), *prefixes]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=args.bin.parents[1])
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {found["kernel"]: found for found in rows}


def warm(args):
    """Lines to a trained model, beside the loop that splits and hashes, and the text tools."""
    for name, aim in (("hdfs100k", "300,000 lines/s; aim 1,000,000"), ("nezha171k", "100,000 lines/s; aim 300,000"), ("mixed16k", "")):
        text = (args.data / f"{name}.log").read_bytes()
        lines = text.count(b"\n")
        ours, floors, words = [], [], []
        with Server(args.bin) as server:
            server.train(text)
            for _ in range(args.reps):
                ours.append(server.cost(lambda: server.post("/v1/analyze", text), 1.0))
                floors.append(bench(args, f"split_and_hash/{name}")[f"split_and_hash/{name}"])
                words.append(child(["wc", "-w", str(args.data / f"{name}.log")]))
            peak = server.memory()
        cpu, wall = best(ours)
        floor = min(floors, key=lambda found: found["cpu_s"])
        rate = f"{lines / cpu:,.0f} lines/s and core"
        yield row(f"`POST /v1/analyze`, {name}, trained model", lines, cpu, wall, peak, rate, aim)
        ratio = f"{cpu / floor['cpu_s']:.1f} × its CPU"
        yield row("a loop in Rust that splits at white space and hashes", lines, floor["cpu_s"], floor["wall_s"], None, ratio, "at most 6 ×; aim 2 ×")
        wc = best(words)
        yield row("`wc -w`", lines, *wc, f"{cpu / wc[0]:.1f} × its CPU")


#: kernel of ours, kernels of kernels.py of which the best counts, how it is called, what it must reach
KERNELS = [
    ("mine/mixed10k", ["drain3_default/mixed10k"], "events mined, mixed, against Drain3", "10 ×"),
    ("mine/hdfs100k", ["drain3_default/hdfs100k"], "events mined, HDFS, against Drain3", "10 ×"),
    ("tfidf_100_transform/mixed10k", ["tfidf_100_transform/mixed10k"], "TF-IDF transform, 100 terms", "20 ×"),
    ("iforest_fit/mixed10k", ["iforest_sklearn_fit_auto/mixed10k"], "isolation forest, fit", "5 ×"),
    ("iforest_score/mixed10k", ["iforest_sklearn_score_samples/mixed10k", "iforest_pyod_predict/mixed10k"], "isolation forest, score", "10 ×"),
    ("dbscan/mixed10k", ["dbscan/mixed10k"], "DBSCAN, mixed", "50 ×"),
    ("dbscan/mixed10k", ["dbscan_on_unique_rows/mixed10k"], "DBSCAN, mixed, against equal rows joined by hand", "50 ×"),
    ("dbscan/hdfs10k", ["dbscan/hdfs10k"], "DBSCAN, HDFS", "50 ×"),
    ("dbscan/hdfs10k", ["dbscan_on_unique_rows/hdfs10k"], "DBSCAN, HDFS, against equal rows joined by hand", "50 ×"),
    ("word2vec/mixed10k", ["word2vec_1w/mixed10k"], "word2vec, one thread, a word", "1.5 ×"),
    ("picture/100000", ["matplotlib_scatter_png/100000"], "picture of 100,000 lines", "5 ×"),
]


def kernels(args):
    script = args.peers / "kernels.py"
    theirs = {}
    if args.python and script.exists():
        names = ",".join(name for _, names, _, _ in KERNELS for name in names)
        for _ in range(2):
            done = subprocess.run([args.python, script, "--data", args.data, "--only", names], capture_output=True, text=True, check=True)
            for found in json.loads(done.stdout)["rows"]:
                known = theirs.get(found["kernel"])
                if "error" not in found and (known is None or found["cpu_s"] < known["cpu_s"]):
                    theirs[found["kernel"]] = found
    else:
        left_out("kernels.py: needs --python")
    ours = bench(args, *(name for name, _, _, _ in KERNELS))
    for name, peers, what, aim in KERNELS:
        mine = ours[name]
        yield row(what, mine["units"], mine["cpu_s"], mine["wall_s"])
        known = [theirs[peer] for peer in peers if peer in theirs]
        if not known:
            continue
        peer = min(known, key=lambda found: found["cpu_s"])
        ratio = peer["cpu_s"] / mine["cpu_s"]
        if mine["words"]:
            ratio *= mine["words"] / peer["words_x_epochs"]
        yield row(f"`kernels.py`: {peer['kernel']}", peer["units"], peer["cpu_s"], peer["wall_s"], None, f"{ratio:.1f} ×", aim)
    yield from others(args)


def others(args):
    """LogLead and LogAI, which have environments of their own."""
    for python, name, label in ((args.loglead, "peer_loglead.py", "LogLead"), (args.logai, "peer_logai.py", "LogAI")):
        script = args.peers / name
        if not python or not script.exists():
            yield from left_out(f"{name}: needs --{label.lower()}")
            continue
        found = said([python, script, args.data / "hdfs100k.messages", 20_000])
        for stage, cost in (found or {}).items():
            if isinstance(cost, dict):
                yield row(f"{label}, {stage}, HDFS", 20_000, cost["cpu_s"], cost["wall_s"], found["peak_rss_mb"], f"{cost['lines_per_cpu_s']:,} lines/s")
            elif isinstance(cost, str) and "Error" in cost:
                left_out(f"{label}, {stage}: {cost}")
