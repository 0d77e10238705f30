# Runs a program as "python FILE" does, but lets it listen at a port of its own behind the one that it asks for, where
# Wirebook's server stands: so a new version can take over while the old one still answers.
import os, socket, sys, traceback, types

report = os.environ.pop("WIREBOOK_LISTENS")
plain_bind, plain_listen = socket.socket.bind, socket.socket.listen
asked = {}
here = __file__


def bind(self, address):
    inet = self.family in (socket.AF_INET, getattr(socket, "AF_INET6", None))
    if not (inet and self.type & 0xF == socket.SOCK_STREAM and isinstance(address, tuple) and isinstance(address[1], int)):
        return plain_bind(self, address)
    own = ("127.0.0.1",) if self.family == socket.AF_INET else ("::1",)
    plain_bind(self, own + (0,))
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
