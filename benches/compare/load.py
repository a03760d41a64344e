"""The service under load: clients at once, threads, batches, start and rest; and a log that grows."""
import math
import os
import subprocess
import threading
import time

import grown
from report import row
from service import Server, best, child


def load(args):
    hdfs = (args.data / "hdfs100k.log").read_bytes()
    million = hdfs * 10
    yield from threads(args, hdfs, million)
    yield from batches(args, million)
    yield from clients(args, hdfs, million)
    yield from start(args)


def threads(args, hdfs, million):
    walls = {}
    for n in (1, 2):
        with Server(args.bin, threads=n) as server:
            server.train(hdfs)
            walls[n] = [server.cost(lambda: server.post("/v1/analyze", million), 0) for _ in range(args.reps)]
    costs = {n: min(runs, key=lambda run: run[1]) for n, runs in walls.items()}
    for n, (cpu, wall) in costs.items():
        ratio = f"{costs[1][1] / wall:.2f} × as fast" if n == 2 else ""
        yield row(f"`POST /v1/analyze`, trained model, threads: {n}", 1_000_000, cpu, wall, None, ratio, "1.7 ×" if n == 2 else "")


def batches(args, million):
    lines = million.splitlines(keepends=True)
    parts = {"one request": [million], "batches of 1,000": [b"".join(lines[i : i + 1000]) for i in range(0, len(lines), 1000)]}
    costs = {name: [] for name in parts}
    for _ in range(args.reps):
        for name, bodies in parts.items():
            with Server(args.bin) as server:
                cpu, begun = server.cpu(), time.perf_counter()
                for body in bodies:
                    server.post("/v1/train", body)
                wall = time.perf_counter() - begun
                server.settle()
                costs[name].append((server.cpu() - cpu, wall, server.memory()))
    one, many = best(costs["one request"]), best(costs["batches of 1,000"])
    yield row("`POST /v1/train` in one request, with the fit", len(lines), *one)
    yield row("the same in batches of 1,000", len(lines), *many, f"{many[0] / one[0]:.2f} × its CPU", "at most 1.5 ×")


def clients(args, hdfs, million, n_clients=50, n_requests=12):
    """Requests of 1,000 lines by clients at once, while a training and its fit run."""
    request = b"".join(hdfs.splitlines(keepends=True)[:1000])
    with Server(args.bin) as server:
        server.train(hdfs)
        times, stop = [], threading.Event()

        def learn():
            while not stop.is_set():
                server.post("/v1/train", million)

        def ask():
            for _ in range(n_requests):
                begun = time.perf_counter()
                while server.send("POST", "/v1/analyze", request)[0] == 503:
                    time.sleep(0.01)
                times.append(time.perf_counter() - begun)

        learner = threading.Thread(target=learn)
        askers = [threading.Thread(target=ask) for _ in range(n_clients)]
        cpu, begun = server.cpu(), time.perf_counter()
        for thread in [learner, *askers]:
            thread.start()
        for thread in askers:
            thread.join()
        wall = time.perf_counter() - begun
        stop.set()
        learner.join()
        times.sort()
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        what = f"1,000 lines to a trained model, {n_clients} clients at once, while a training runs: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
        yield row(what, 1000 * len(times), server.cpu() - cpu, wall, server.memory(), f"p99 {p99 / p50:.1f} × p50", "at most 5 ×")


def start(args):
    with Server(args.bin) as server:
        server.settle()
        yield row("a server that rests, no model", None, None, None, server.memory("VmRSS"), "", "at most 50 MB")
        server.train(grown.events(10_000))
        folder, kept = server.models, server.made
        server.made = None
    walls = []
    for _ in range(args.reps + 2):
        begun = time.perf_counter()
        with Server(args.bin, models=folder) as again:
            again.post("/v1/analyze", b"2024-01-01 00:00:01 INFO started\n")
            walls.append(time.perf_counter() - begun)
    yield row("start to first answer, model of 10,000 events", None, None, min(walls), None, f"{min(walls) * 1000:.0f} ms", "at most 100 ms")
    subprocess.run(["rm", "-r", kept], check=True)


def growth(args):
    """A log in which new shapes arrive for ever, as a stream to a model that has learnt its first lines."""
    log = args.data / "grown.log"
    sizes = [10_000, 100_000, 1_000_000, 10_000_000]
    marks = grown.write(log, sizes, [args.data / f"{name}.log" for name in ("hdfs100k", "mixed16k")])
    packed = args.data / "grown.log.zst"
    if not packed.exists():
        subprocess.run(["zstd", "-q", "-3", "-T2", str(log), "-o", str(packed)], check=True)
    models = args.data / "grown-models"
    client = [str(args.bin / "oddlog"), "--embedded", "--models-dir", str(models)]
    head = args.data / "grown-head.log"
    with open(log, "rb") as whole:
        head.write_bytes(whole.read(marks[100_000]))
    if not models.exists():
        child([*client, "-t", "--batch-size", "100000", "-f", str(head)])
    costs = {}
    for n in sizes:
        part = args.data / "grown-part.log"
        with open(log, "rb") as whole, open(part, "wb") as out:
            left = marks[n]
            while left:
                left -= out.write(whole.read(min(left, 1 << 24)))
        costs[n] = best([child([*client, "--stream", "-f", str(part)]) for _ in range(args.reps if n < 10_000_000 else 1)])
        part.unlink()
    for n in sizes:
        power = math.log(costs[n][0] / costs[sizes[0]][0]) / math.log(n / sizes[0]) if n > sizes[0] else None
        exponent = f"exponent {power:.2f}" if power else ""
        aim = "at most 1.05, 1 GiB" if n == sizes[-1] else ""
        yield row("`oddlog --stream`, trained model, new shapes arriving", n, *costs[n], exponent, aim)
    floor = best([child(f"zstd -dc {packed} | wc -w") for _ in range(2)])
    yield row(f"`zstd -dc | wc -w`, {log.stat().st_size / 1e9:.2f} GB", sizes[-1], floor[0], floor[1])
    first = min(first_outlier([*client, "--stream", "--json", "-f", str(packed)]) for _ in range(args.reps))
    whole = best([child([*client, "--stream", "-f", str(packed)]) for _ in range(2)])
    yield row("`oddlog --stream` of the packed file, to the first outlier", None, None, first, None, f"{first / floor[1]:.2f} × the wall time", "at most 1.5 ×")
    yield row("the same, whole file", sizes[-1], whole[0], whole[1], whole[2], f"{whole[1] / floor[1]:.2f} × the wall time", "at most 4 ×")


def first_outlier(command):
    """Seconds to the first row of an outlier; what follows is not waited for."""
    begun, tail = time.perf_counter(), b""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds = math.inf
    while block := process.stdout.read1(1 << 20):
        if b'"is_outlier":true' in tail + block:
            seconds = time.perf_counter() - begun
            break
        tail = block[-20:]
    process.kill()
    process.communicate()
    return seconds
