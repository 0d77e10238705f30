package wirebook.internet.zones;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import wirebook.codec.Resource;
import wirebook.engine.dns.resolver.ExtendedError;
import wirebook.engine.dns.server.ServerQuery;
import wirebook.trace.Bytes;

/**
 * Names that the world has and the lab has not: top-level domains, and well-known names below those
 * that the lab has. That such a name does not exist would be a lie, and a signed one; the lab's
 * servers fail on it instead, and say why.
 */
public final class Elsewhere {
  /** What the failure says of itself, as the text of an extended error (RFC 8914). */
  public static final String WORDS = "not in the lab: %internet real";

  private static final ExtendedError ERROR =
      new ExtendedError(ExtendedErrorCodeOption.OTHER, WORDS);
  private static final int NXDOMAIN_BITS = 0x0f;

  private Elsewhere() {}

  private static final class Names {
    static final Set<String> ALL = read();

    private static Set<String> read() {
      Stream<String> countries =
          Stream.of(Locale.getISOCountries())
              .map(c -> c.toLowerCase(Locale.ROOT))
              // The one that the lab has.
              .filter(c -> !c.equals("io"));
      Stream<String> listed =
          Resource.text(Elsewhere.class, "elsewhere.txt")
              .lines()
              .map(l -> l.replaceFirst("#.*", "").strip())
              .flatMap(l -> Stream.of(l.split("\\s+")))
              .filter(w -> !w.isEmpty());
      return Stream.concat(countries, listed).collect(Collectors.toUnmodifiableSet());
    }
  }

  /** The listed name that this one is, or is below. */
  public static Optional<Name> above(Name name) {
    for (Name each = name; each.labels() > 1; each = new Name(each, 1)) {
      if (Names.ALL.contains(each.toString(true).toLowerCase(Locale.ROOT))) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /**
   * The replies of an authoritative server; in place of one that denies a name which is elsewhere,
   * a failure that says so.
   *
   * @param cutOut whether the zone above a listed name is one that the lab has cut down
   */
  public static List<Bytes> instead(List<Bytes> replies, Bytes query, Predicate<Name> cutOut) {
    if (replies.isEmpty()
        || replies.getFirst().length() < 4
        || (replies.getFirst().at(3) & NXDOMAIN_BITS) != Rcode.NXDOMAIN
        || !(ServerQuery.read(query) instanceof ServerQuery.Asked asked)
        || above(asked.name()).filter(cutOut).isEmpty()) {
      return replies;
    }
    Message reply = asked.reply();
    reply.getHeader().setRcode(Rcode.SERVFAIL);
    asked
        .edns()
        .ifPresent(
            e ->
                reply.addRecord(
                    ExtendedError.with(
                        new OPTRecord(ServerQuery.UDP_SIZE, 0, 0, e.getFlags() & 0x8000),
                        List.of(ERROR)),
                    Section.ADDITIONAL));
    return List.of(Bytes.of(reply.toWire()));
  }

  /** A line about a name, for a person. */
  public static String note(String name) {
    return "# "
        + name.replaceFirst("\\.$", "")
        + " is not in the lab, which has only a small part of the world's names."
        + " %internet real asks the real Internet.";
  }
}
