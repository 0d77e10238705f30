package wirebook.engine.socket;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import wirebook.trace.Bytes;

/**
 * One socket of the system's table.
 *
 * @param netid the kind, as ss names it: {@code tcp}, {@code udp}, {@code u_str}
 * @param receiveQueue bytes not yet read; of a listener, connections not yet accepted
 * @param sendQueue bytes not yet acknowledged; of a listener, the backlog
 * @param inode the socket's number in {@code /proc/PID/fd}, zero when no process has it
 * @param timer the pending TCP timer's kind, zero for none
 * @param timerMillis when it fires
 * @param memory {@code SK_MEMINFO}'s numbers, if asked for
 * @param pending of a Unix-domain listener, the sockets that wait to be accepted
 */
public record SocketEntry(
    String netid,
    SocketState state,
    long receiveQueue,
    long sendQueue,
    End local,
    End peer,
    long inode,
    long user,
    long cookie,
    long mark,
    OptionalLong cgroup,
    int timer,
    long timerMillis,
    int retransmits,
    OptionalInt shutdown,
    OptionalInt v6only,
    Optional<TcpInfo> tcp,
    String congestion,
    Optional<Bytes> bbr,
    List<Long> memory,
    Optional<Vfs> file,
    Optional<List<Long>> pending) {

  public SocketEntry {
    memory = List.copyOf(memory);
    pending = pending.map(List::copyOf);
  }

  /** One end of a socket. */
  public sealed interface End {
    /** {@code interfaceIndex} is zero unless the socket is bound to one. */
    record Ip(Bytes address, int port, int interfaceIndex) implements End {}

    /** {@code name} is empty for a socket without one. */
    record Unix(String name, long number) implements End {}
  }

  /** Where a Unix-domain socket's name is in the file system. */
  public record Vfs(long inode, int major, int minor) {}

  /** Of a table that has no numbers of TCP, memory or files. */
  public static SocketEntry of(
      String netid,
      SocketState state,
      long receiveQueue,
      long sendQueue,
      End local,
      End peer,
      long inode,
      long user,
      int timer,
      long timerMillis,
      int retransmits) {
    return new SocketEntry(
        netid,
        state,
        receiveQueue,
        sendQueue,
        local,
        peer,
        inode,
        user,
        0,
        0,
        OptionalLong.empty(),
        timer,
        timerMillis,
        retransmits,
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        "",
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same with other ends. */
  public SocketEntry between(End newLocal, End newPeer) {
    return new SocketEntry(
        netid,
        state,
        receiveQueue,
        sendQueue,
        newLocal,
        newPeer,
        inode,
        user,
        cookie,
        mark,
        cgroup,
        timer,
        timerMillis,
        retransmits,
        shutdown,
        v6only,
        tcp,
        congestion,
        bbr,
        memory,
        file,
        pending);
  }

  /** The local port, or zero. */
  public int port() {
    return local instanceof End.Ip ip ? ip.port() : 0;
  }
}
