package wirebook.internet.zones;

import java.net.InetAddress;
import java.util.List;
import wirebook.engine.dns.DnsName;

/**
 * What became of a zone that was given to the lab.
 *
 * @param serial of its SOA record
 * @param servers the primary first
 * @param delegation what the parent did, in words
 * @param notes anything else to know, in words
 */
public record Publication(
    DnsName origin,
    long serial,
    int records,
    List<Server> servers,
    String delegation,
    List<String> notes) {
  public Publication {
    servers = List.copyOf(servers);
    notes = List.copyOf(notes);
  }

  /**
   * @param serial what it serves now; 0 when nothing
   * @param state in words
   */
  public record Server(DnsName name, List<InetAddress> addresses, long serial, String state) {
    public Server {
      addresses = List.copyOf(addresses);
    }
  }

  /** The lab cannot serve this zone. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String fix;

    public RefusedException(String message, String fix) {
      super(message);
      this.fix = fix;
    }

    public String fix() {
      return fix;
    }
  }
}
