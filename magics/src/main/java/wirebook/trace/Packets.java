package wirebook.trace;

import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A stretch of what passed on the wire.
 *
 * @param dropped how many packets before these were given up, as memory is bounded
 */
public record Packets(List<Packet> packets, long dropped) implements Heavy {
  private static final long OF_A_PACKET = 160;

  public Packets {
    packets = List.copyOf(packets);
  }

  @Override
  public long weight() {
    return packets.stream().mapToLong(p -> OF_A_PACKET + p.bytes().length()).sum();
  }

  /** None of them; all are counted as dropped. */
  @Override
  public Packets lightened() {
    return new Packets(List.of(), dropped + packets.size());
  }

  /** Those that a filter lets through; {@link PacketFilter} reads one from text. */
  public Packets where(Predicate<Packet> filter) {
    return new Packets(packets.stream().flatMap(p -> through(p, filter)).toList(), dropped);
  }

  private static Stream<Packet> through(Packet packet, Predicate<Packet> filter) {
    List<Packet> parts = packet.parts();
    List<Packet> through = parts.stream().filter(filter).toList();
    return through.size() == parts.size() ? Stream.of(packet) : through.stream();
  }

  /** The numbers of the connections. */
  public List<Integer> flows() {
    return List.copyOf(new TreeSet<>(packets.stream().map(Packet::flow).toList()));
  }

  /** All that the one who began a connection sent on it, joined. */
  public Bytes request(int flow) {
    return side(flow, true);
  }

  /** All that was sent to the one who began a connection, joined. */
  public Bytes response(int flow) {
    return side(flow, false);
  }

  private Bytes side(int flow, boolean first) {
    List<Packet> of = packets.stream().filter(p -> p.flow() == flow).toList();
    if (of.isEmpty()) {
      return Bytes.EMPTY;
    }
    Packet opening = of.getFirst();
    Stream<Packet> data = of.stream().filter(p -> p.kind() == Packet.Kind.DATA);
    return Bytes.joined(
        data.filter(p -> p.from().equals(opening.asking()) == first).map(Packet::bytes).toList());
  }

  @Override
  public String toString() {
    return packets.size() + " packets of " + flows().size() + " conversations";
  }
}
