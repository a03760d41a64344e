"""A server of oddlog, what it costs, and what a child costs."""
import http.client
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server on a free port with models of its own; `models` keeps them."""

    def __init__(self, folder, models=None, threads=None):
        self.port = free_port()
        self.made = None if models else tempfile.mkdtemp()
        self.models = models or self.made
        env = {**os.environ, **({"RAYON_NUM_THREADS": str(threads)} if threads else {})}
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [str(folder / "oddlog-server"), "--listen", f"127.0.0.1:{self.port}", "--models-dir", str(self.models)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)

    def __enter__(self):
        while True:
            try:
                if self.send("GET", "/ready")[0] == 200:
                    return self
            except OSError:
                if self.process.poll() is not None:
                    raise
            time.sleep(0.002)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        if self.made:
            shutil.rmtree(self.made)

    def send(self, method, path, body=None, kind="text/plain"):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)
        link.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        reply = link.getresponse()
        data = reply.read()
        link.close()
        return reply.status, data

    def post(self, path, body, kind="text/plain"):
        status, data = self.send("POST", path, body, kind)
        assert status == 200, (status, data[:300])
        return data

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, what="VmHWM"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(l for l in status.splitlines() if l.startswith(what + ":")).split()[1]) / 1024

    def train(self, body):
        """Learns, and waits for the fit and the embeddings."""
        self.post("/v1/train", body)
        self.post("/v1/analyze?include=nlp", body[: body.index(b"\n") + 1])
        self.settle()

    def settle(self):
        """Until nothing runs."""
        before = -1.0
        while self.cpu() != before:
            before = self.cpu()
            time.sleep(0.6)

    def cost(self, request, seconds=0.6):
        """CPU and wall seconds of one request, over as many as take a while: ticks are coarse."""
        n, cpu, begun = 0, self.cpu(), time.perf_counter()
        while n == 0 or self.cpu() - cpu < seconds:
            request()
            n += 1
        return (self.cpu() - cpu) / n, (time.perf_counter() - begun) / n


def child(command, stdout=subprocess.DEVNULL, env=None):
    """CPU and wall seconds, and peak memory in MB, of a command or a pipe in a shell."""
    begun = time.perf_counter()
    shell = isinstance(command, str)
    process = subprocess.Popen(command, shell=shell, stdout=stdout, stderr=subprocess.DEVNULL, env=env)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0, command
    return used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024


def best(runs):
    """Of several runs the one of least CPU."""
    return min(runs, key=lambda run: run[0])
