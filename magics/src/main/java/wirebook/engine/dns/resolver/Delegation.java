package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.xbill.DNS.Name;

/**
 * The name servers of a zone as its parent names them.
 *
 * @param servers their names
 * @param glue the addresses that came along and lie in the parent, for those that have some
 * @param foreignGlue addresses that came along for names that are not the parent's to know: used
 *     for this zone only, when all else has failed. The parent gains nothing by lying there, for it
 *     could have named other servers.
 * @param ds the parent's DS set, empty when it gave none
 */
public record Delegation(
    Name zone,
    SequencedSet<Name> servers,
    SequencedMap<Name, List<InetAddress>> glue,
    SequencedMap<Name, List<InetAddress>> foreignGlue,
    List<RecordSet> ds) {
  public Delegation {
    servers = new LinkedHashSet<>(servers);
    glue = new LinkedHashMap<>(glue);
    foreignGlue = new LinkedHashMap<>(foreignGlue);
    ds = List.copyOf(ds);
  }

  int addresses() {
    return glue.values().stream().mapToInt(List::size).sum();
  }
}
