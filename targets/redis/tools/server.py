"""One connection to Redis or Valkey, and the servers of a cluster that hold keys.

in:  HOST:PORT, or the path of a socket; REDIS_CA (a file; TLS where it is set), REDIS_NAME (the name in the servers'
     certificates, where they are reached by another)
out: answers as bytes, whole numbers and lists
promises: what is refused ends the program, unless it was asked for by `said`; no password is printed.
"""

import os
import pathlib
import socket
import ssl
import sys

NAME = pathlib.Path(sys.argv[0]).name


class Refused(str):
    """Why a server did not do it."""


class Server:
    """One connection, speaking RESP 2."""

    def __init__(self, address, password):
        if address.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address)
        else:
            host, _, port = address.rpartition(":")
            self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=60)
            if ca := os.environ.get("REDIS_CA"):
                secure = ssl.create_default_context(cafile=ca)
                self.socket = secure.wrap_socket(self.socket, server_hostname=os.environ.get("REDIS_NAME", host.strip("[]")))
        self.file = self.socket.makefile("rb")
        self.ask("AUTH", "admin", password)

    def send(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"".join([b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)]))

    def ask(self, *words):
        self.send(*words)
        return self.answer()

    def said(self, *words):
        """The answer, or what was refused as `Refused`."""
        self.send(*words)
        return self.answer(Refused)

    def answer(self, refused=None):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            sys.exit(f"{NAME}: the server closed the connection")
        mark, rest = line[:1], line[1:-2]
        if mark == b"-" and refused:
            return refused(rest.decode(errors="replace"))
        if mark == b"-":
            sys.exit(f"{NAME}: refused: {rest.decode(errors='replace')}")
        if mark == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if mark == b"*":
            return None if rest == b"-1" else [self.answer() for _ in range(int(rest))]
        return int(rest) if mark == b":" else rest


def primaries(first, password):
    """The servers that hold keys."""
    if b"cluster_enabled:1" not in first.ask("INFO", "cluster"):
        return [first]
    lines = [line.split() for line in first.ask("CLUSTER", "NODES").decode().splitlines()]
    return [Server(address(line[1]), password) for line in lines if "master" in line[2].split(",")]


def address(text):
    """The server of `IP:PORT@BUS,HOST`, by its name where it has one."""
    place, _, host = text.partition(",")
    ip, _, port = place.partition("@")[0].rpartition(":")
    return f"{host.split(',')[0] or ip}:{port}"
