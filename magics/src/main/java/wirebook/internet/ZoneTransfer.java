package wirebook.internet;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.Zone;
import wirebook.net.Network;

/** A secondary's side of a zone transfer (RFC 5936). */
final class ZoneTransfer {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MOST_RECORDS = 200_000;

  private ZoneTransfer() {}

  /**
   * Fetches a whole zone.
   *
   * @throws IOException when the primary cannot be reached, refuses, or breaks off
   */
  static Zone fetch(Network network, InetSocketAddress primary, Name origin) throws IOException {
    try (Socket socket = network.connect(primary, Optional.empty(), TIMEOUT)) {
      socket.setSoTimeout(Math.toIntExact(TIMEOUT.toMillis()));
      byte[] query = Message.newQuery(Record.newRecord(origin, Type.AXFR, DClass.IN)).toWire();
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(query.length + 2)
                  .putShort((short) query.length)
                  .put(query)
                  .array());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      List<Record> records = new ArrayList<>();
      while (true) {
        Message message = new Message(in.readNBytes(in.readUnsignedShort()));
        if (message.getRcode() != Rcode.NOERROR) {
          throw new IOException("it says " + Rcode.string(message.getRcode()));
        }
        for (Record record : message.getSection(Section.ANSWER)) {
          if (record.getType() == Type.SOA && !records.isEmpty()) {
            return Zone.of(origin, records);
          }
          records.add(record);
        }
        if (records.isEmpty() || records.size() > MOST_RECORDS) {
          throw new IOException("no zone came");
        }
      }
    } catch (Zone.ZoneException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
