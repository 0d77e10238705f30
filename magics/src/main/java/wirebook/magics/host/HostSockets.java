package wirebook.magics.host;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.ss.SsQuery;
import wirebook.internet.Lab;
import wirebook.internet.wire.Listeners;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** The socket table of a host of the lab: what of this kernel's is there, and what it serves. */
record HostSockets(Lab lab, String host, SsQuery query)
    implements UnaryOperator<List<SocketEntry>> {
  private static final int BACKLOG = 128;
  private static final Bytes ANY = Bytes.of(new byte[4]);

  @Override
  public List<SocketEntry> apply(List<SocketEntry> all) {
    List<SocketEntry> mine = new ArrayList<>();
    Set<Integer> started = Listeners.startedHere();
    all.forEach(e -> seen(e, started).ifPresent(mine::add));
    lab.ports()
        .listening(host)
        .forEach(
            (port, datagrams) -> {
              add(mine, SsQuery.Table.TCP, SocketState.LISTEN, port);
              if (datagrams) {
                add(mine, SsQuery.Table.UDP, SocketState.CLOSED, port);
              }
            });
    return mine;
  }

  /** The entry as the host has it, if it is the host's. */
  private Optional<SocketEntry> seen(SocketEntry e, Set<Integer> started) {
    boolean datagrams = e.netid().equals("udp");
    if (!(datagrams || e.netid().equals("tcp"))
        || !(e.local() instanceof SocketEntry.End.Ip local)) {
      return Optional.of(e);
    }
    InetSocketAddress real =
        new InetSocketAddress(
            InetAddress.ofLiteral(IpText.of(IpText.unmapped(local.address()))), local.port());
    return lab.medium()
        .localAddress(host, datagrams, e.state() == SocketState.LISTEN ? started : Set.of(), real)
        .map(
            at ->
                at.equals(real)
                    ? e
                    : e.between(
                        new SocketEntry.End.Ip(
                            Bytes.of(at.getAddress().getAddress()), at.getPort(), 0),
                        e.peer()));
  }

  private void add(List<SocketEntry> mine, SsQuery.Table table, SocketState state, int port) {
    if (!query.tables().contains(table) || !query.states().contains(state) || query.family() == 6) {
      return;
    }
    mine.add(
        SocketEntry.of(
            table == SsQuery.Table.TCP ? "tcp" : "udp",
            state,
            0,
            state == SocketState.LISTEN ? BACKLOG : 0,
            new SocketEntry.End.Ip(ANY, port, 0),
            new SocketEntry.End.Ip(ANY, 0, 0),
            0,
            0,
            0,
            0,
            0));
  }
}
