package wirebook.engine.socket.ss;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.net.Carried;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Event.Transport;
import wirebook.trace.IpText;

/**
 * The sockets that a question to the system gave, and the text that ss prints of them.
 *
 * @param text as ss prints it when its output is no terminal
 */
public record SocketTable(List<SocketEntry> sockets, String text) {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int RAW = 255;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private static final SsQuery EVERY_TCP = SsQuery.parse(List.of("-tan"));

  public SocketTable {
    sockets = List.copyOf(sockets);
  }

  /** The sockets in a state. */
  public List<SocketEntry> in(SocketState state) {
    return sockets.stream().filter(s -> s.state() == state).toList();
  }

  /** The sockets with a local port. */
  public List<SocketEntry> at(int port) {
    return sockets.stream().filter(s -> s.port() == port).toList();
  }

  /**
   * Asks the system.
   *
   * @param host what another network makes of them
   * @param pids whose sockets are shown; those that no process has, such as TIME-WAIT's, always are
   * @throws IOException when the system does not answer, with its reason
   */
  static SocketTable of(
      SsQuery query, Predicate<Long> pids, boolean everyone, UnaryOperator<List<SocketEntry>> host)
      throws IOException {
    List<SocketEntry> all = new ArrayList<>();
    for (SsQuery.Table table : query.tables()) {
      switch (table) {
        case UNIX -> {
          if (query.family() == 0 || query.tables().size() > 3) {
            try {
              all.addAll(SockDiag.unix(query.stateBits(), query.details(), query.memory()));
            } catch (IOException e) {
              all.addAll(ProcNet.unix(query.stateBits()));
            }
          }
        }
        case RAW -> internet(all, query, RAW);
        case UDP -> internet(all, query, UDP);
        case TCP -> internet(all, query, TCP);
      }
    }
    if (!everyone) {
      all = all.stream().flatMap(e -> asSeenHere(e).stream()).collect(Collectors.toList());
      all = new ArrayList<>(host.apply(all));
    }
    Map<Long, List<SystemNames.Owner>> owners =
        everyone && !query.processes() ? Map.of() : SystemNames.owners(pids);
    all.removeIf(
        e ->
            !query.filter().matches(e)
                || (!everyone && e.inode() != 0 && !owners.containsKey(e.inode())));
    if (!everyone && query.filter() instanceof SsQuery.Filter.All && hasListeners(query)) {
      withoutForeignRemains(all);
    }
    return new SocketTable(all, new SsText(query, owners).render(all));
  }

  private static boolean hasListeners(SsQuery query) {
    return query.states().contains(SocketState.LISTEN);
  }

  /**
   * What is in TIME-WAIT has no owner any more. Where all is asked for, only what is at a port of
   * the others in the table stays, and what does not come from loopback.
   */
  private static void withoutForeignRemains(List<SocketEntry> all) {
    Set<Integer> ports =
        all.stream()
            .filter(e -> e.state() != SocketState.TIME_WAIT)
            .flatMap(
                e ->
                    e.local() instanceof SocketEntry.End.Ip at
                        ? Stream.of(at.port())
                        : Stream.empty())
            .collect(Collectors.toSet());
    all.removeIf(
        e ->
            e.state() == SocketState.TIME_WAIT
                && e.local() instanceof SocketEntry.End.Ip local
                && e.peer() instanceof SocketEntry.End.Ip peer
                && isLoopback(local)
                && !ports.contains(local.port())
                && !ports.contains(peer.port()));
  }

  /**
   * A socket as those see it who use it: with the addresses of the network that it carries, and not
   * at all when it only carries another's.
   */
  private static Optional<SocketEntry> asSeenHere(SocketEntry e) {
    boolean stream = e.netid().equals("tcp");
    if (!(e.local() instanceof SocketEntry.End.Ip local)
        || !(e.peer() instanceof SocketEntry.End.Ip peer)
        || !(stream || e.netid().equals("udp"))) {
      return Optional.of(e);
    }
    Transport transport = stream ? Transport.TCP : Transport.UDP;
    boolean toHidden =
        peer.port() != 0 && isLoopback(peer) && Wire.isHidden(transport, peer.port());
    boolean hidden = isLoopback(local) && Wire.isHidden(transport, local.port());
    boolean left = e.state() == SocketState.TIME_WAIT;
    Optional<Carried.Ends> carried =
        stream && (left ? toHidden : hidden)
            ? Carried.client(local.port(), peer.port())
            : stream && toHidden && !hidden
                ? Carried.server(peer.port(), local.port())
                : Optional.empty();
    return carried.isPresent()
        ? Optional.of(
            e.between(end(local, carried.get().local()), end(peer, carried.get().remote())))
        : hidden || toHidden ? Optional.empty() : Optional.of(e);
  }

  private static boolean isLoopback(SocketEntry.End.Ip end) {
    Bytes address = IpText.unmapped(end.address());
    return address.length() == 4
        ? address.at(0) == 127
        : IpText.of(address).equals("::1") || IpText.of(address).equals("::");
  }

  /** In the form of the family that the socket has. */
  private static SocketEntry.End end(SocketEntry.End.Ip as, InetSocketAddress address) {
    byte[] bytes = address.getAddress().getAddress();
    if (as.address().length() == 16 && bytes.length == 4) {
      byte[] mapped = new byte[16];
      mapped[10] = (byte) 0xff;
      mapped[11] = (byte) 0xff;
      System.arraycopy(bytes, 0, mapped, 12, 4);
      bytes = mapped;
    }
    return new SocketEntry.End.Ip(Bytes.of(bytes), address.getPort(), as.interfaceIndex());
  }

  /** All TCP sockets of the machine. */
  static List<SocketEntry> tcp() throws IOException {
    List<SocketEntry> all = new ArrayList<>();
    internet(all, EVERY_TCP, TCP);
    return all;
  }

  /** Which sockets this process and those that it started have open. */
  static Set<Long> inodesOfThisProcess() {
    return SystemNames.owners(ownPids()::contains).keySet();
  }

  private static void internet(List<SocketEntry> all, SsQuery query, int protocol)
      throws IOException {
    for (int family : query.family() == 6 ? new int[] {AF_INET6} : new int[] {AF_INET, AF_INET6}) {
      if (query.family() == 4 && family == AF_INET6) {
        continue;
      }
      try {
        all.addAll(
            SockDiag.internet(family, protocol, query.stateBits(), query.info(), query.memory()));
      } catch (IOException e) {
        // Systems are built without netlink's tables, or without one of them.
        try {
          all.addAll(ProcNet.internet(family, protocol, query.stateBits()));
        } catch (IOException none) {
          if (protocol != RAW && family == AF_INET) {
            none.addSuppressed(e);
            throw none;
          }
          // Without this protocol, or without IPv6.
        }
      }
    }
  }

  /** All sockets of the machine. */
  public static SocketTable ofMachine(SsQuery query) throws IOException {
    return of(query, pid -> true, true, UnaryOperator.identity());
  }

  /** The sockets of this process and of those that it started. */
  public static SocketTable ofThisProcess(SsQuery query) throws IOException {
    return ofHost(query, UnaryOperator.identity());
  }

  /**
   * The same, on a host of another network.
   *
   * @param host what of all sockets is there, and how it is seen there
   */
  public static SocketTable ofHost(SsQuery query, UnaryOperator<List<SocketEntry>> host)
      throws IOException {
    return of(query, ownPids()::contains, false, host);
  }

  private static Set<Long> ownPids() {
    ProcessHandle self = ProcessHandle.current();
    return Stream.concat(Stream.of(self), self.descendants())
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  @Override
  public String toString() {
    return text;
  }
}
