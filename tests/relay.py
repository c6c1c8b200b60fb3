"""A server that only relays: stdin to a socket of the test, the socket to stdout. Ends when either side ends."""

import os
import socket
import sys
import threading

peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
peer.sendall(b"%d\n" % os.getpid())


def to_test():
    while data := os.read(0, 1 << 20):
        peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)


threading.Thread(target=to_test, daemon=True).start()
try:
    while data := peer.recv(1 << 20):
        view = memoryview(data)
        while view:
            view = view[os.write(1, view) :]
except OSError:
    pass
os._exit(int(os.environ.get("RELAY_STATUS", "0")))
