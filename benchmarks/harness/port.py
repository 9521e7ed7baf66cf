"""A port of this machine for a server that is about to be started; tests take theirs from here too."""

import secrets
import socket

# Below the ports that the system gives to outgoing connections: none of them takes this one before the server does.
FIRST, COUNT = 20_000, 12_000


def free_port() -> int:
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
