package wirebook.internet;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Zone files (RFC 1035, 5), without {@code $INCLUDE}: a zone of the lab reads no other files. */
final class ZoneFile {
  private ZoneFile() {}

  static List<Record> records(InputStream text, Name origin) throws IOException {
    List<Record> records = new ArrayList<>();
    try (Master master = new Master(text, origin)) {
      master.disableIncludes(true);
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
      }
    }
    return records;
  }
}
