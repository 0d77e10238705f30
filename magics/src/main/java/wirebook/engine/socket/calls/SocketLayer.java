package wirebook.engine.socket.calls;

import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Libc;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.trace.Bytes;

/** What makes the calls: the system itself, or something between it and the caller. */
interface SocketLayer {
  /**
   * What came of a call.
   *
   * @param errno why the result is -1; else zero
   * @param bytes what was received, or an option's value
   * @param at where the caller's buffer is; zero where there is none
   * @param name the address that was given
   * @param nameAt where the caller's memory for it is
   * @param nameLength its length, as the call left it
   */
  record Answer(
      long result,
      int errno,
      Bytes bytes,
      long at,
      Optional<SocketName> name,
      long nameAt,
      int nameLength) {

    static Answer of(Libc.Outcome outcome) {
      return of(outcome, Bytes.EMPTY, 0);
    }

    static Answer of(Libc.Outcome outcome, Bytes bytes, long at) {
      return new Answer(
          outcome.result(), outcome.errno(), bytes, at, Optional.empty(), /* nameAt= */ 0, 0);
    }

    Optional<Errno> error() {
      return result == -1 ? Optional.of(Errno.of(errno)) : Optional.empty();
    }
  }

  /** One of the descriptors awaited, and for what. */
  record Interest(Descriptor descriptor, int events) {}

  /** How many descriptors are ready, and for what, in the order of the question. */
  record Polled(Answer answer, List<Integer> events) {
    public Polled {
      events = List.copyOf(events);
    }
  }

  Answer socket(int family, int type, int protocol);

  Answer bind(Descriptor on, SocketName to);

  Answer listen(Descriptor on, int backlog);

  Answer accept(Descriptor on);

  Answer connect(Descriptor on, SocketName to);

  Answer send(Descriptor on, Bytes data, int flags);

  Answer sendto(Descriptor on, Bytes data, int flags, SocketName to);

  Answer recv(Descriptor on, int size, int flags);

  Answer recvfrom(Descriptor on, int size, int flags);

  Answer read(Descriptor on, int size);

  Answer write(Descriptor on, Bytes data);

  Answer shutdown(Descriptor on, int how);

  Answer setsockopt(Descriptor on, SocketOption option, Bytes value);

  Answer getsockopt(Descriptor on, SocketOption option);

  Answer getsockname(Descriptor on);

  Answer getpeername(Descriptor on);

  Polled poll(List<Interest> interests, int millis);

  Answer fcntl(Descriptor on, int command, int argument);

  Answer close(Descriptor on);

  /** The state of a TCP socket, as far as it is known. */
  Optional<SocketState> state(Descriptor on);
}
