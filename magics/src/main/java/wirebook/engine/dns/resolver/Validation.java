package wirebook.engine.dns.resolver;

import java.util.List;
import org.xbill.DNS.Name;
import wirebook.engine.dns.DnsName;

/**
 * Whether an answer is what its zone signed (RFC 4033, 5).
 *
 * @param security the verdict
 * @param reason why, in words; empty when it is secure
 * @param chain from the trust anchor to the answer, as far as it was followed
 * @param lookups how its keys and DS records were resolved
 * @param errors what is wrong with it, for a client
 */
public record Validation(
    Security security,
    String reason,
    List<Link> chain,
    List<DnsWalk> lookups,
    List<ExtendedError> errors) {
  public Validation {
    chain = List.copyOf(chain);
    lookups = List.copyOf(lookups);
    errors = List.copyOf(errors);
  }

  /**
   * One step of the way from the anchor to the answer.
   *
   * @param zone whose keys or records these are
   * @param what {@code trust anchor}, {@code DS}, {@code DNSKEY}, or the answer's name and type
   * @param words which keys, or what is wrong
   */
  public record Link(DnsName zone, String what, State state, String words) {
    Link(Name zone, String what, State state, String words) {
      this(Question.dnsName(zone), what, state, words);
    }

    public enum State {
      /** It follows from the one before. */
      GOOD,
      /** It is not there, and that is proven: here trust ends without harm. */
      ABSENT,
      /** Here the chain is broken. */
      BROKEN,
      /** It hangs on a broken link, or on keys that nobody has: it proves nothing. */
      UNTRUSTED
    }

    @Override
    public String toString() {
      return (what.isEmpty() ? "" : zone + " " + what + ": ") + words;
    }
  }

  /** The states of RFC 4033, 5. */
  public enum Security {
    /** There is a chain of signatures from the trust anchor. */
    SECURE,
    /** It is proven that the zone is not signed. */
    INSECURE,
    /** It should be signed and is not, or wrongly. */
    BOGUS,
    /** There is no telling. */
    INDETERMINATE
  }

  /** As lines for a person: the verdict, then the chain, each link indented. */
  public String text() {
    StringBuilder out = new StringBuilder();
    out.append("DNSSEC: ").append(security.name().toLowerCase(java.util.Locale.ROOT));
    if (!reason.isEmpty()) {
      out.append(": ").append(reason);
    }
    out.append('\n');
    for (Link link : chain) {
      out.append(
          switch (link.state) {
            case GOOD -> "  ✓ ";
            case ABSENT -> "  – ";
            case BROKEN -> "  ✗ ";
            case UNTRUSTED -> "  ? ";
          });
      out.append(link).append('\n');
    }
    return out.toString();
  }
}
