package wirebook.engine.dns.resolver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.xbill.DNS.Master;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import wirebook.codec.Resource;

/** Where a resolver begins: the names and addresses of the root's servers, as a zone file. */
public final class RootHints {
  private static final long TTL = 3_600_000;

  private RootHints() {}

  /** The real root's, which are the lab's as well. */
  public static Delegation builtIn() {
    try {
      return parse(Resource.text(RootHints.class, "root.hints"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** DS records of the real root's keys, as IANA publishes them (RFC 7958). */
  public static String trustAnchors() {
    return Resource.text(RootHints.class, "root.anchors");
  }

  /**
   * @throws IOException when this is no zone file, or has no name servers of the root
   */
  public static Delegation parse(String zoneFile) throws IOException {
    SequencedSet<Name> servers = new LinkedHashSet<>();
    SequencedMap<Name, List<InetAddress>> glue = new LinkedHashMap<>();
    for (Record record : records(zoneFile)) {
      if (record instanceof NSRecord ns && ns.getName().equals(Name.root)) {
        servers.add(ns.getTarget());
      }
      Name owner = record.getName();
      Verdict.address(record)
          .ifPresent(a -> glue.computeIfAbsent(owner, _ -> new ArrayList<>()).add(a));
    }
    if (servers.isEmpty()) {
      throw new IOException("there is no NS record of the root in it");
    }
    glue.keySet().retainAll(servers);
    return new Delegation(Name.root, servers, glue, new LinkedHashMap<>(), List.of());
  }

  static List<Record> records(String zoneFile) throws IOException {
    List<Record> records = new ArrayList<>();
    try (Master master =
        new Master(
            new ByteArrayInputStream(zoneFile.getBytes(StandardCharsets.UTF_8)), Name.root, TTL)) {
      master.disableIncludes(true);
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
      }
    }
    return records;
  }
}
