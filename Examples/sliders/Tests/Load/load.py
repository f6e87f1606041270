#!/usr/bin/env python3
"""Loads the server: clients that drag sliders, sessions opened and left, damaged requests.

load.py SERVER [--clients 32] [--seconds 60] [--sessions 10000] [--requests 5000]
"""

import argparse
import http.client
import json
import os
import random
import re
import socket
import subprocess
import threading
import time

WORDS = ["smiling", "eyeglasses", "beard", "blond", "young", "pale"]


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+)", self.process.stdout.readline().split("//")[1]).group(1))

    def memory(self):
        """Resident memory in MB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024

    def seconds(self):
        """Processor time that it has taken."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0, f"The server ended with {self.process.returncode}."


class Client:
    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)

    def ask(self, method, path, body=None, session=None):
        self.connection.request(method, path, body, {"Session": session} if session else {})
        response = self.connection.getresponse()
        return response.status, response.read()

    def open(self, photo=None):
        path = "/api/session?framing=square" if photo else "/api/session/drawn/5"
        status, body = self.ask("POST", path, photo or b"")
        assert status == 201, (status, body)
        return json.loads(body)["id"]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def drag(server, photo, clients, seconds):
    """Clients that each move a slider again as soon as the picture is there, as the page does while one drags."""
    times, errors, lock = [], [], threading.Lock()

    def run(seed):
        draw = random.Random(seed)
        client = Client(server)
        session = client.open(photo)
        mine = []
        theta, word = 0.0, draw.choice(WORDS)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            theta += draw.uniform(-0.2, 0.2)
            edits = [[{"text": word, "theta": max(-1.5, min(1.5, theta))}]]
            start = time.monotonic()
            status, body = client.ask("POST", "/api/session/move", json.dumps({"face": 0, "edits": edits}), session)
            if status == 200 and body[:2] == b"\xff\xd8":
                mine.append(time.monotonic() - start)
            else:
                errors.append((status, body[:80]))
        with lock:
            times.extend(mine)

    before = server.seconds()
    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{clients} clients dragging for {seconds} s: {len(times)} moves, {len(times) / seconds:.0f} a second, "
          f"{len(errors)} errors; median {1000 * percentile(times, .5):.0f} ms, "
          f"95th percentile {1000 * percentile(times, .95):.0f} ms; "
          f"{1000 * (server.seconds() - before) / len(times):.0f} ms of processor time a move; memory {server.memory():.0f} MB", flush=True)
    assert not errors, errors[:3]


def leave(server, photo, count):
    """Sessions that are opened and left, on a new connection every hundred."""
    seen = []
    for index in range(count):
        if index % 100 == 0:
            client = Client(server)
        client.open(photo)
        if (index + 1) % max(1, count // 10) == 0:
            seen.append(server.memory())
            print(f"{index + 1} sessions opened and left: memory {seen[-1]:.0f} MB", flush=True)
    half = seen[len(seen) // 2 - 1:]
    assert max(half) - min(half) < 0.1 * max(half), f"Memory is not flat: {seen}"


def damaged(draw):
    """A request with something wrong in it, or nothing."""
    path = draw.choice(["/", "/api/session", "/api/session/move", "/api/session/photo", "/api/session/sentence",
                        "/api/reading", "/api/session/view", "/api/drawn/1", "/health", "/metrics", "/../../etc/passwd"])
    method = draw.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])
    body = draw.choice([b"", b"{}", b'{"face":0,"edits":[[{"text":"smiling","theta":1e999}]]}', b"[[[[" * 2000,
                        b'{"text":"' + b"\xff\xfe" * 50 + b'"}', draw.randbytes(draw.randrange(3000)),
                        b"\x89PNG\r\n\x1a\n" + draw.randbytes(200), b"\xff\xd8\xff" + draw.randbytes(200)])
    length = draw.choice([len(body)] * 6 + [-1, 10 ** 12, len(body) + 5, "x"])
    head = (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nSession: {draw.choice(['', 'x' * 64, 'é'])}\r\n"
            f"Content-Length: {length}\r\n\r\n").encode("utf-8")
    request = bytearray(head + body)
    for _ in range(draw.choice([0, 0, 1, 3, 20])):
        request[draw.randrange(len(request))] = draw.randrange(256)
    if draw.random() < 0.1:
        request = request[:draw.randrange(1, len(request))]
    return bytes(request)


def fuzz(server, count):
    draw, answered = random.Random(1), 0
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(damaged(draw))
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(2)
            try:
                answered += connection.recv(12).startswith(b"HTTP/1.1 ")
            except (socket.timeout, ConnectionResetError):
                pass
        assert server.process.poll() is None, "The server crashed."
    assert Client(server).ask("GET", "/health")[0] == 200
    print(f"{count} damaged requests: {answered} answered, no crash; memory {server.memory():.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=5_000)
    options = parser.parse_args()
    server = Server(options.server)
    _, photo = Client(server).ask("GET", "/api/drawn/5")
    print(f"{os.cpu_count()} processors; memory {server.memory():.0f} MB at rest", flush=True)
    drag(server, photo, 1, min(20, options.seconds))
    drag(server, photo, options.clients, options.seconds)
    leave(server, photo, options.sessions)
    fuzz(server, options.requests)
    server.stop()


if __name__ == "__main__":
    main()
