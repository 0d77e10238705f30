package wirebook.magics.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import wirebook.engine.socket.calls.CallParser;
import wirebook.engine.socket.calls.Descriptor;
import wirebook.engine.socket.calls.SocketScript;
import wirebook.engine.socket.calls.Syscall;
import wirebook.engine.socket.calls.SystemCalls;
import wirebook.internet.Internets;
import wirebook.internet.plain.PlainRoutes;
import wirebook.spi.Diagnostic;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** {@code %socket}: one system call, for real, printed as strace prints it. */
public final class Socket implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("socket", "makes one system call on a socket and prints it as strace does")
          .synopsis(
              "[socket [FAMILY [TYPE [PROTOCOL]]] | bind FD ADDRESS | listen FD [BACKLOG] | accept"
                  + " FD | connect FD ADDRESS | send FD DATA [FLAGS] | recv FD [SIZE] [FLAGS] |"
                  + " sendto FD DATA [FLAGS] ADDRESS | recvfrom FD [SIZE] [FLAGS] | read FD [SIZE]"
                  + " | write FD DATA | shutdown FD SHUT_RD|SHUT_WR|SHUT_RDWR | close FD |"
                  + " setsockopt FD OPTION VALUE | getsockopt FD OPTION | getsockname FD |"
                  + " getpeername FD | poll FD[:EVENTS]… [timeout=MS] | fcntl FD COMMAND [FLAGS]]")
          .syntax(MagicSpec.Syntax.LITERAL)
          .body(MagicSpec.Body.OPTIONAL)
          .value(Syscall.class)
          .action("call", false, CallParser.CALLS.toArray(String[]::new))
          .operand("argument", Values.ANY, false, true)
          .forms(
              String.join("|", CallParser.CALLS) + " FD",
              "socket AF_INET|AF_INET6|AF_UNIX SOCK_STREAM|SOCK_DGRAM",
              "shutdown FD SHUT_RD|SHUT_WR|SHUT_RDWR",
              "setsockopt|getsockopt FD "
                  + "SO_REUSEADDR|SO_REUSEPORT|SO_KEEPALIVE|SO_LINGER|SO_RCVBUF|SO_SNDBUF|SO_ERROR|TCP_NODELAY",
              "fcntl FD F_GETFL|F_SETFL|F_GETFD|F_SETFD")
          .example("var s = %socket socket", "a TCP socket; s is its descriptor in the next cell")
          .example("%socket bind ${s} 127.0.0.1:8080", "gives it an address")
          .example("%socket send ${c} \"GET / HTTP/1.1\\r\\n\\r\\n\"", "sends, with C's escapes")
          .example("%socket connect ${s} 93.184.215.14:80", "in the lab: its host of that address")
          .example("%socket", "lists the open descriptors")
          .example(
              """
              %%socket
                                 | s = socket
                                 | bind s 127.0.0.1:0
                                 | listen s
              c = socket         | a = accept s
              connect c @s       |
              send c "hello"     | recv a
              close c            | recv a
                                 | close a\
              """,
              "two programs side by side; @s is the address of s, and a call that waits lets the"
                  + " other column go on")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    SystemCalls calls = call.service(SystemCalls.class, () -> started(call));
    List<Word> words = call.words();
    if (call.body().isPresent()) {
      return script(call, calls, call.body().get());
    }
    if (words.isEmpty()) {
      calls.descriptors().forEach(d -> call.out().println(line(d)));
      if (calls.descriptors().isEmpty()) {
        call.out().println("no descriptor is open; make one: var s = %socket socket");
      }
      return MagicResult.NOTHING;
    }
    Syscall done;
    try {
      done = CallParser.parse(calls, call.arguments()).make().get();
    } catch (CallParser.Wrong e) {
      throw call.wrong(e.id(), words.get(e.word()), String.valueOf(e.getMessage()), e.fix());
    } catch (IllegalArgumentException e) {
      throw call.wrong("SOCK003", words.getFirst(), String.valueOf(e.getMessage()), "");
    }
    call.out().println(done.line());
    if (!done.advice().isEmpty()) {
      call.out().println("# " + done.advice());
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return MagicResult.of(done, done.ok() ? 0 : 1);
  }

  private static SystemCalls started(MagicCall call) {
    return call.networks() instanceof Internets internets
        ? new SystemCalls(new PlainRoutes(internets))
        : new SystemCalls();
  }

  private static MagicResult script(MagicCall call, SystemCalls calls, String body)
      throws InterruptedException {
    try {
      SocketScript script = SocketScript.parse(body);
      SocketColumns columns = new SocketColumns(call.out(), script.names());
      SocketScript.Ended ended = script.run(calls, columns::show);
      columns.end(ended.word());
      if (call.inCell()) {
        columns.picture().ifPresent(p -> call.display().show(p.bundle()));
      }
      return new MagicResult(ended.last().map(Object.class::cast), ended.word().isEmpty() ? 0 : 1);
    } catch (SocketScript.Wrong e) {
      throw new MagicException(
          new Diagnostic(
              "SOCK008",
              Span.NONE,
              "line " + (e.line() + 1) + " below %%socket: " + e.getMessage(),
              e.fix()));
    }
  }

  /** What the system has under a descriptor's number. */
  private static String line(Descriptor descriptor) {
    Path file = Path.of("/proc/self/fd/" + descriptor);
    try {
      return file + " -> " + Files.readSymbolicLink(file);
    } catch (IOException e) {
      // Without /proc.
      return descriptor.toString();
    }
  }
}
