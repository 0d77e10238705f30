package wirebook.internet.zones;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.Zone;
import wirebook.net.Network;
import wirebook.net.UdpSocket;
import wirebook.trace.Bytes;

/** How secondaries come to a zone: NOTIFY (RFC 1996), AXFR (RFC 5936) and IXFR (RFC 1995). */
final class ZoneTransfer {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration NOTIFY_TIMEOUT = Duration.ofSeconds(3);
  private static final int MOST_RECORDS = 200_000;

  private ZoneTransfer() {}

  /** What a primary gave. */
  sealed interface Fetched {
    /** There is nothing newer. */
    record Current() implements Fetched {}

    record Whole(Zone zone) implements Fetched {}

    /**
     * @param zone the version that the changes lead to
     * @param removed how many records went
     * @param added how many came
     */
    record Changed(Zone zone, int removed, int added) implements Fetched {}
  }

  /**
   * Tells a secondary that there is a new version.
   *
   * @param network of the primary
   * @throws IOException when the secondary does not answer, or not well
   */
  static void notify(Network network, InetSocketAddress secondary, SOARecord soa)
      throws IOException {
    Message message = new Message();
    message.getHeader().setOpcode(Opcode.NOTIFY);
    message.getHeader().setFlag(Flags.AA);
    message.addRecord(Record.newRecord(soa.getName(), Type.SOA, DClass.IN), Section.QUESTION);
    message.addRecord(soa, Section.ANSWER);
    try (UdpSocket socket = network.openUdp(StandardProtocolFamily.INET, Optional.empty())) {
      socket.connect(secondary);
      socket.send(secondary, Bytes.of(message.toWire()));
      Message reply = new Message(socket.receive(NOTIFY_TIMEOUT).payload().toArray());
      if (reply.getRcode() != Rcode.NOERROR
          || reply.getHeader().getID() != message.getHeader().getID()) {
        throw new IOException("it says " + Rcode.string(reply.getRcode()));
      }
    }
  }

  /**
   * Fetches a zone, or what has changed in it.
   *
   * @param have the version that the secondary has
   * @throws IOException when the primary cannot be reached, refuses, or breaks off
   */
  static Fetched fetch(Network network, InetSocketAddress primary, Name origin, Optional<Zone> have)
      throws IOException {
    try (Socket socket = network.connect(primary, Optional.empty(), TIMEOUT)) {
      socket.setSoTimeout(Math.toIntExact(TIMEOUT.toMillis()));
      Message message =
          Message.newQuery(
              Record.newRecord(origin, have.isPresent() ? Type.IXFR : Type.AXFR, DClass.IN));
      have.ifPresent(z -> message.addRecord(z.soa(), Section.AUTHORITY));
      byte[] query = message.toWire();
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(query.length + 2)
                  .putShort((short) query.length)
                  .put(query)
                  .array());
      Reader reader = new Reader(origin, have);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      Optional<Fetched> fetched = Optional.empty();
      for (int messages = 0; fetched.isEmpty(); messages++) {
        Message reply = new Message(in.readNBytes(in.readUnsignedShort()));
        if (reply.getRcode() != Rcode.NOERROR) {
          throw new IOException("it says " + Rcode.string(reply.getRcode()));
        }
        for (Record record : reply.getSection(Section.ANSWER)) {
          if (fetched.isEmpty()) {
            fetched = reader.take(record);
          }
        }
        if (fetched.isEmpty() && messages == 0 && reader.isOneSoa()) {
          return new Fetched.Current();
        }
        if (reader.size() == 0 || reader.size() > MOST_RECORDS) {
          throw new IOException("no zone came");
        }
      }
      return fetched.get();
    } catch (Zone.ZoneException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Takes the records of a transfer one by one, until the closing SOA. */
  private static final class Reader {
    private final Name origin;
    private final Optional<Zone> have;
    private final List<Record> records = new ArrayList<>();
    private final List<Record> removed = new ArrayList<>();
    private final List<Record> added = new ArrayList<>();
    private boolean incremental;
    private boolean adding;

    Reader(Name origin, Optional<Zone> have) {
      this.origin = origin;
      this.have = have;
    }

    int size() {
      return records.size() + removed.size() + added.size();
    }

    boolean isOneSoa() {
      return have.isPresent() && records.size() == 1 && !incremental;
    }

    Optional<Fetched> take(Record record) throws Zone.ZoneException {
      if (records.isEmpty()) {
        records.add(record);
        return Optional.empty();
      }
      if (record instanceof SOARecord soa) {
        long last = ((SOARecord) records.getFirst()).getSerial();
        if (records.size() == 1 && !incremental && soa.getSerial() != last) {
          incremental = true;
          return Optional.empty();
        }
        if (!incremental) {
          return Optional.of(new Fetched.Whole(Zone.of(origin, records)));
        }
        if (adding && soa.getSerial() == last) {
          return Optional.of(changed());
        }
        adding = !adding;
        return Optional.empty();
      }
      if (incremental) {
        (adding ? added : removed).add(record);
      } else {
        records.add(record);
      }
      return Optional.empty();
    }

    private Fetched changed() throws Zone.ZoneException {
      Set<String> gone = new HashSet<>();
      removed.forEach(r -> gone.add(r.toString()));
      List<Record> next = new ArrayList<>();
      next.add(records.getFirst());
      have.stream()
          .flatMap(z -> z.records().stream())
          .filter(r -> r.getType() != Type.SOA && !gone.contains(r.toString()))
          .forEach(next::add);
      next.addAll(added);
      return new Fetched.Changed(Zone.of(origin, next), removed.size(), added.size());
    }
  }
}
