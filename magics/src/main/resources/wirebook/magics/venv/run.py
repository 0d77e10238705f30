# Runs a program as "python FILE" does, but lets it listen at a port of its own behind the one that it asks for, where
# Wirebook's server stands: so a new version can take over while the old one still answers.
import os, socket, sys, traceback, types

# It stays set for a reloader's process, as of app.run(debug=True), which runs this file again.
report = os.environ["WIREBOOK_LISTENS"]
plain_bind, plain_listen = socket.socket.bind, socket.socket.listen
asked = {}
here = __file__


def before(address):
    # Where a process before this one has listened for it: a reloader starts the program anew, behind the same server.
    with open(report) as file:
        for port, _, own, _ in (line.split() for line in file):
            if int(port) == address[1]:
                return int(own)
    return 0


def bind(self, address):
    inet = self.family in (socket.AF_INET, getattr(socket, "AF_INET6", None))
    if not (inet and self.type & 0xF == socket.SOCK_STREAM and isinstance(address, tuple) and isinstance(address[1], int)):
        return plain_bind(self, address)
    own = "127.0.0.1" if self.family == socket.AF_INET else "::1"
    known = before(address)
    try:
        plain_bind(self, (own, known))
    except OSError:
        if not known:
            raise
        plain_bind(self, (own, 0))
    asked[self.fileno()] = address


def listen(self, *backlog):
    plain_listen(self, *backlog)
    address = asked.pop(self.fileno(), None)
    if address:
        with open(report, "a") as file:
            file.write("%d %s %d %s\n" % (address[1], self.getsockname()[0], self.getsockname()[1], address[0] or "0.0.0.0"))


socket.socket.bind, socket.socket.listen = bind, listen


def complain(kind, value, trace):
    while trace and trace.tb_frame.f_code.co_filename == here:
        trace = trace.tb_next
    traceback.print_exception(kind, value, trace)


sys.excepthook = complain
sys.argv = sys.argv[1:]
file = sys.argv[0]
sys.path[0] = os.path.dirname(os.path.abspath(file))
main = types.ModuleType("__main__")
main.__file__ = file
with open(file, "rb") as source:
    text = source.read()
sys.modules["__main__"] = main
exec(compile(text, file, "exec"), main.__dict__)
