package wirebook.trace;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the network's door writes what passes. It keeps the newest packets, up to a number of bytes
 * and of packets, and counts those that it gave up.
 *
 * <p>Both ends of a connection may be in this process: what one end sends is written down when it
 * is sent, and what the other end receives of it is not written down again.
 */
public final class Capture {
  /** How many packets are kept, however small. */
  public static final int MOST_PACKETS = 100_000;

  /** How many conversations are remembered. */
  private static final int MOST_FLOWS = 10_000;

  /** A packet longer than this is written down as several. */
  private static final int LONGEST = 1 << 20;

  private static final Duration AT_ONCE = Duration.ofMillis(1);

  /** What a packet needs beside its bytes, about. */
  private static final int OVERHEAD = 160;

  private final InstantSource clock;
  private final long most;
  private final Deque<Slot> slots = new ArrayDeque<>();
  private final Map<Set<InetSocketAddress>, Flow> streams = new HashMap<>();
  private final Map<Set<InetSocketAddress>, Flow> datagrams = new HashMap<>();
  private long held;
  private long numbers;

  /** The number of the newest packet that was given up, and of the newest at {@link #clear}. */
  private long dropped;

  private long cleared;
  private int flows;

  /**
   * One end of a conversation, as the process that has it sees it.
   *
   * @param link see {@link Packet#link}
   * @param local port 0 where it is not known any more
   * @param asking whether this end asked for the connection, where that is known
   */
  public record End(
      String link,
      Event.Transport transport,
      InetSocketAddress local,
      InetSocketAddress remote,
      boolean asking) {}

  /** A conversation; {@code sides} are first the one who began it, then the other. */
  private static final class Flow {
    final int number;
    final String link;
    final InetSocketAddress asking;
    final Side[] sides = {new Side(), new Side()};

    Flow(int number, String link, InetSocketAddress asking) {
      this.number = number;
      this.link = link;
      this.asking = asking;
    }

    boolean isReset() {
      return sides[0].reset || sides[1].reset;
    }

    Side side(InetSocketAddress from) {
      return sides[from.equals(asking) ? 0 : 1];
    }
  }

  private static final class Side {
    /** What is about to be sent. */
    List<Slot> leaving = List.of();

    long offset;

    /** How much the other end of the conversation, in this process, has received. */
    long arrived;

    boolean sentHere;
    boolean ended;
    boolean reset;
  }

  private static final class Slot {
    final Packet packet;
    @Nullable Bytes bytes;

    Slot(Packet packet, @Nullable Bytes bytes) {
      this.packet = packet;
      this.bytes = bytes;
    }

    long size() {
      return (long) OVERHEAD + packet.bytes().length();
    }
  }

  /** Bytes that are about to be sent: they keep their place until it is known how many were. */
  public final class Sending {
    private final List<Slot> own;
    private final Side side;
    private final boolean stream;

    private Sending(List<Slot> own, Side side, boolean stream) {
      this.own = own;
      this.side = side;
      this.stream = stream;
    }

    /** {@code count} bytes were taken; less than zero when it failed. */
    public void sent(long count) {
      synchronized (Capture.this) {
        long left = count;
        for (Slot slot : own) {
          int length = Math.clamp(left, 0, slot.packet.bytes().length());
          if (count >= 0 && (length > 0 || !stream)) {
            slot.bytes = slot.packet.bytes().slice(0, length);
            side.offset += length;
          }
          left -= length;
        }
        side.leaving = List.of();
      }
    }
  }

  /** Keeps at most about {@code most} bytes. */
  public Capture(InstantSource clock, long most) {
    this.clock = clock;
    this.most = most;
  }

  /** How many bytes are kept. */
  public long most() {
    return most;
  }

  /** The number of the newest packet. */
  public synchronized long newest() {
    return numbers;
  }

  /** All that is kept. */
  public Packets packets() {
    return packets(0);
  }

  /** What came after the packet of that number. */
  public synchronized Packets packets(long after) {
    List<Packet> packets = new ArrayList<>();
    for (Slot slot : slots) {
      Packet p = slot.packet;
      Bytes bytes = slot.bytes;
      if (bytes != null && p.number() > after) {
        packets.add(bytes.length() == p.bytes().length() ? p : with(p, bytes));
      }
    }
    return new Packets(packets, Math.max(0, dropped - Math.max(cleared, after)));
  }

  private static Packet with(Packet p, Bytes bytes) {
    return new Packet(
        p.number(),
        p.at(),
        p.link(),
        p.transport(),
        p.kind(),
        p.outgoing(),
        p.flow(),
        p.from(),
        p.to(),
        p.offset(),
        bytes);
  }

  /** Forgets all packets; connections go on. */
  public synchronized void clear() {
    slots.clear();
    held = 0;
    cleared = numbers;
  }

  /** A connection stands. */
  public synchronized void opened(End end) {
    Flow flow = begin(end, end.asking ? end.local : end.remote);
    add(end, Packet.Kind.OPEN, flow, flow.asking, Bytes.EMPTY);
  }

  /** Nobody listens at the other end. */
  public synchronized void refused(End end) {
    boolean stream = end.transport == Event.Transport.TCP;
    Flow flow = stream ? begin(end, end.local) : alive(end, end.local, end.local);
    if (stream) {
      add(end, Packet.Kind.ASKED, flow, end.local, Bytes.EMPTY);
      flow.sides[0].ended = true;
      flow.sides[1].ended = true;
    }
    add(end, Packet.Kind.REFUSED, flow, end.remote, Bytes.EMPTY);
  }

  /** Nobody answers at the other end. */
  public synchronized void unanswered(End end) {
    Flow flow = begin(end, end.local);
    add(end, Packet.Kind.ASKED, flow, end.local, Bytes.EMPTY);
  }

  /** Bytes are about to be sent. */
  public synchronized Sending sending(End end, Bytes bytes) {
    boolean begins = end.asking || end.transport == Event.Transport.UDP;
    Flow flow = alive(end, end.local, begins ? end.local : end.remote);
    Side side = flow.side(end.local);
    side.sentHere = true;
    List<Slot> own = new ArrayList<>(1);
    long offset = side.offset;
    int from = 0;
    do {
      int to = Math.min(from + LONGEST, bytes.length());
      Bytes piece = from == 0 && to == bytes.length() ? bytes : bytes.slice(from, to);
      own.add(
          slot(
              end, clock.instant(), Packet.Kind.DATA, flow, end.local, offset + from, piece, null));
      from = to;
    } while (from < bytes.length());
    side.leaving = own;
    return new Sending(own, side, end.transport != Event.Transport.UDP);
  }

  /**
   * Bytes came. They are not written down again when they were sent in this process; but who sent
   * them may not have come to say so yet, and sent they were.
   */
  public synchronized void received(End end, Bytes bytes) {
    Flow before = known(end).get(key(end));
    if (before != null && before.side(end.remote).sentHere) {
      arrived(before.side(end.remote), bytes.length());
      return;
    }
    if (!bytes.isEmpty() || end.transport == Event.Transport.UDP) {
      Flow flow = alive(end, end.remote, end.asking ? end.local : end.remote);
      if (!joined(end, flow, bytes)) {
        add(end, Packet.Kind.DATA, flow, end.remote, bytes);
      }
      flow.side(end.remote).offset += bytes.length();
    }
  }

  /**
   * In the lab nothing lies between two reads that follow at once but the reader's own choice of
   * how much to take: they are of one packet.
   */
  private boolean joined(End end, Flow flow, Bytes bytes) {
    Slot newest = slots.peekLast();
    if (newest == null || !end.link.startsWith("lab") || end.transport == Event.Transport.UDP) {
      return false;
    }
    Packet before = newest.packet;
    if (before.flow() != flow.number
        || before.kind() != Packet.Kind.DATA
        || !before.from().equals(end.remote)
        || before.bytes().length() + bytes.length() > LONGEST
        || Duration.between(before.at(), clock.instant()).compareTo(AT_ONCE) > 0) {
      return false;
    }
    slots.removeLast();
    held -= newest.size();
    Bytes all = before.bytes().plus(bytes);
    Packet joined =
        new Packet(
            before.number(),
            before.at(),
            before.link(),
            before.transport(),
            before.kind(),
            before.outgoing(),
            before.flow(),
            before.from(),
            before.to(),
            before.offset(),
            all);
    Slot slot = new Slot(joined, all);
    slots.add(slot);
    held += slot.size();
    return true;
  }

  private static void arrived(Side side, int count) {
    side.arrived += count;
    for (Slot slot : side.leaving) {
      Bytes all = slot.packet.bytes();
      int length = Math.clamp(side.arrived - slot.packet.offset(), 0, all.length());
      if (length > 0) {
        slot.bytes = all.slice(0, length);
      }
    }
  }

  /** One side has sent all that it will. */
  public synchronized void ended(End end, boolean byPeer) {
    finish(end, byPeer, Packet.Kind.END);
  }

  /** One side threw the connection away. */
  public synchronized void reset(End end, boolean byPeer) {
    finish(end, byPeer, Packet.Kind.RESET);
  }

  /** The peer threw away the connection of this local address, if there is but one. */
  public synchronized void reset(InetSocketAddress local) {
    List<Map.Entry<Set<InetSocketAddress>, Flow>> of =
        streams.entrySet().stream()
            .filter(e -> e.getKey().contains(local))
            .filter(e -> !e.getValue().sides[0].ended || !e.getValue().sides[1].ended)
            .toList();
    if (of.size() == 1) {
      Flow flow = of.getFirst().getValue();
      InetSocketAddress peer =
          of.getFirst().getKey().stream().filter(a -> !a.equals(local)).findFirst().orElse(local);
      End end = new End(flow.link, Event.Transport.TCP, local, peer, flow.asking.equals(local));
      finish(end, true, Packet.Kind.RESET);
    }
  }

  private void finish(End end, boolean byPeer, Packet.Kind kind) {
    Flow flow = streams.get(key(end));
    if (flow == null) {
      return;
    }
    InetSocketAddress who = byPeer ? end.remote : end.local;
    Side side = flow.side(who);
    boolean reset = kind == Packet.Kind.RESET;
    // RST can follow the same side's FIN: it was closed with bytes that nobody has read.
    if (reset ? !flow.isReset() : !side.ended) {
      add(end, kind, flow, who, Bytes.EMPTY);
    }
    side.ended = true;
    side.reset |= reset;
    if (reset) {
      flow.side(byPeer ? end.local : end.remote).ended = true;
    }
  }

  /** The time that packets get now. */
  public Instant now() {
    return clock.instant();
  }

  /**
   * A whole packet passed.
   *
   * @param outgoing whether {@code end}'s own side sent it
   */
  public synchronized void whole(End end, IpPacket packet, boolean outgoing, Instant at) {
    InetSocketAddress from = outgoing ? end.local : end.remote;
    Flow flow = alive(end, from, end.local);
    Bytes bytes = packet.bytes();
    slot(end, at, Packet.Kind.DATA, flow, from, flow.side(from).offset, bytes, bytes);
  }

  private Map<Set<InetSocketAddress>, Flow> known(End end) {
    return end.transport == Event.Transport.UDP || end.transport == Event.Transport.IP
        ? datagrams
        : streams;
  }

  private static Set<InetSocketAddress> key(End end) {
    return end.local.equals(end.remote) ? Set.of(end.local) : Set.of(end.local, end.remote);
  }

  /** A new conversation, in place of an earlier one between the same addresses. */
  private Flow begin(End end, InetSocketAddress asking) {
    Map<Set<InetSocketAddress>, Flow> known = known(end);
    if (known.size() >= MOST_FLOWS) {
      known.values().removeIf(f -> f.sides[0].ended && f.sides[1].ended);
      if (known.size() >= MOST_FLOWS) {
        known.clear();
      }
    }
    Flow flow = new Flow(++flows, end.link, asking);
    known.put(key(end), flow);
    return flow;
  }

  /** The conversation on which {@code from} may still send. */
  private Flow alive(End end, InetSocketAddress from, InetSocketAddress asking) {
    Flow flow = known(end).get(key(end));
    // Who does not know of RST yet still writes to what it threw away.
    return flow == null || (flow.side(from).ended && !flow.isReset()) ? begin(end, asking) : flow;
  }

  private void add(End end, Packet.Kind kind, Flow flow, InetSocketAddress from, Bytes bytes) {
    slot(end, clock.instant(), kind, flow, from, flow.side(from).offset, bytes, bytes);
  }

  private Slot slot(
      End end,
      Instant now,
      Packet.Kind kind,
      Flow flow,
      InetSocketAddress from,
      long offset,
      Bytes bytes,
      @Nullable Bytes passed) {
    Packet packet =
        new Packet(
            ++numbers,
            now,
            flow.link,
            end.transport,
            kind,
            from.equals(end.local),
            flow.number,
            from,
            from.equals(end.local) ? end.remote : end.local,
            offset,
            bytes);
    Slot slot = new Slot(packet, passed);
    slots.add(slot);
    held += slot.size();
    while (held > most || slots.size() > MOST_PACKETS) {
      Slot oldest = slots.remove();
      held -= oldest.size();
      dropped = oldest.packet.number();
    }
    return slot;
  }
}
