"""A server over stdio, spoken to in JSON-RPC lines, with what the kernel says it used. Linux only."""

import json
import os
import subprocess
import time


class Server:
    """One process, from its start to its end."""

    def __init__(self, command, env=None):
        self.begin = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
        )
        self.last_id = 0
        self.reply_bytes = 0
        self.request("initialize", {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "0"},
        })
        self.initialized = time.perf_counter() - self.begin
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _send(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def request(self, method, params):
        self.last_id += 1
        self._send({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit(f"{self.process.args}: gone after {method}")
            self.reply_bytes = len(line)
            # Parsing ten megabytes is the client's work: it is left to whoever wants the answer.
            if b'"method":' not in line[:60]:
                return line

    def call(self, tool, arguments):
        """The answer's line, after how many seconds."""
        begin = time.perf_counter()
        line = self.request("tools/call", {"name": tool, "arguments": arguments})
        took = time.perf_counter() - begin
        if b'"isError":true' in line:
            raise SystemExit(f"{tool}: {line[:400].decode()}")
        return line, took

    def tools(self):
        """Seconds from the start of the process to the answer that names its tools."""
        self.request("tools/list", {})
        return time.perf_counter() - self.begin

    def cpu(self):
        """Seconds on a processor of all its threads that live."""
        tasks = f"/proc/{self.process.pid}/task"
        total = 0
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def memory(self, field="VmRSS"):
        """Bytes of memory it has now."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith(field + ":"))
        return int(line.split()[1]) * 1024

    def stop(self):
        """Leaves as a host does, and waits for the server's end: seconds it took."""
        begin = time.perf_counter()
        self.process.stdin.close()
        self.process.wait()
        return time.perf_counter() - begin

    def kill(self):
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait()
