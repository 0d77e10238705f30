// Above 500 lines: one server; half of the lines are the forms of the registries' answers.
package wirebook.internet.sites;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import wirebook.codec.Resource;
import wirebook.engine.socket.Cidr;
import wirebook.internet.wire.LoopbackServer;
import wirebook.internet.zones.LabZones;
import wirebook.net.NetworkClock;
import wirebook.trace.IpText;

/**
 * The lab's WHOIS servers (RFC 3912): IANA's, those of top-level domains and of a registrar, and
 * those of the registries of addresses. Who has a name is in {@code whois.txt}; its name servers
 * and its DS records are those that the zone above it delegates to, so that a student's zone is
 * registered as soon as it is published. Long, as each registry has a form of its own.
 */
public final class Registries implements Closeable {
  private static final int LONGEST_QUERY = 1024;
  private static final Duration IMPATIENCE = Duration.ofSeconds(30);
  private static final Duration TERM = Duration.ofDays(365);

  private final LabZones zones;
  private final NetworkClock clock;
  private final Map<String, LoopbackServer> listening = new HashMap<>();

  Registries(LabZones zones, NetworkClock clock) {
    this.zones = zones;
    this.clock = clock;
  }

  private record Registrar(
      String name, String number, String server, String url, String mail, String phone) {}

  private record Registration(
      String registrar, Instant created, Instant updated, Instant expires, String holder) {}

  private record Tld(String name, String server, String created, String organisation) {}

  /** A block of addresses; the number of a network has no prefix. */
  private record Block(
      Optional<Cidr> prefix,
      String number,
      String server,
      String name,
      String registered,
      String holder,
      String country) {}

  private static String range(Cidr block) {
    return IpText.of(block.network()) + " - " + IpText.of(block.last());
  }

  /** What {@code whois.txt} says. */
  private static final class Book {
    static final Map<String, Registrar> REGISTRARS = new HashMap<>();
    static final Map<String, Registration> NAMES = new HashMap<>();
    static final Map<String, Tld> TLDS = new HashMap<>();
    static final List<Block> BLOCKS = new ArrayList<>();

    static {
      Resource.text(Registries.class, "whois.txt")
          .lines()
          .filter(l -> !l.isBlank() && !l.startsWith("#"))
          .forEach(Book::read);
    }

    private static void read(String line) {
      String[] f = Stream.of(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
      switch (f[0]) {
        case "registrar" -> REGISTRARS.put(f[1], new Registrar(f[2], f[3], f[4], f[5], f[6], f[7]));
        case "name" ->
            NAMES.put(
                f[1],
                new Registration(
                    f[2], Instant.parse(f[3]), Instant.parse(f[4]), Instant.parse(f[5]), f[6]));
        case "tld" -> TLDS.put(f[1], new Tld(f[1], f[2], f[3], f[4]));
        case "net" ->
            BLOCKS.add(
                new Block(Optional.of(Cidr.parse(f[1])), f[2], f[3], f[4], f[5], f[6], f[7]));
        default -> throw new IllegalStateException("in whois.txt: " + line);
      }
    }
  }

  /** The loopback port at which a host answers WHOIS; it is opened now, if it does. */
  synchronized OptionalInt port(String host) throws IOException {
    LoopbackServer server = listening.get(host);
    if (server == null) {
      if (!isServer(host)) {
        return OptionalInt.empty();
      }
      server = new LoopbackServer("lab-whois-" + host, client -> serve(host, client));
      listening.put(host, server);
    }
    return OptionalInt.of(server.port());
  }

  private static final String IANA = "whois.iana.org";
  private static final String VERISIGN = "whois.verisign-grs.com";

  private static boolean isServer(String host) {
    return host.startsWith("whois.")
        && (host.equals(IANA)
            || Book.TLDS.values().stream().anyMatch(t -> t.server().equals(host))
            || Book.REGISTRARS.values().stream().anyMatch(r -> r.server().equals(host))
            || Book.BLOCKS.stream().anyMatch(b -> b.server().equals(host)));
  }

  private void serve(String host, Socket client) throws IOException {
    client.setSoTimeout((int) IMPATIENCE.toMillis());
    StringBuilder query = new StringBuilder();
    InputStream in = client.getInputStream();
    for (int c = in.read(); c >= 0 && c != '\n' && query.length() < LONGEST_QUERY; c = in.read()) {
      query.append((char) c);
    }
    String reply = answer(host, query.toString().strip());
    client.getOutputStream().write(reply.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  private String answer(String host, String query) {
    if (host.equals(IANA)) {
      return iana(query);
    }
    if (host.equals(VERISIGN)) {
      return verisign(query);
    }
    for (Registrar registrar : Book.REGISTRARS.values()) {
      if (registrar.server().equals(host)) {
        return registrar(registrar, query.toLowerCase(Locale.ROOT));
      }
    }
    boolean addresses = Book.BLOCKS.stream().anyMatch(b -> b.server().equals(host));
    return addresses ? numbers(host, query) : registry(host, query.toLowerCase(Locale.ROOT));
  }

  /** The number of the network that an address belongs to. */
  public static Optional<String> network(InetAddress address) {
    return Book.BLOCKS.stream()
        .filter(b -> b.prefix().filter(p -> p.contains(address)).isPresent())
        .map(Block::number)
        .filter(number -> !number.isEmpty())
        .findFirst();
  }

  // Names.

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static Optional<Name> name(String text) {
    try {
      Name name = Name.fromString(text, Name.root);
      return name.labels() > 1 ? Optional.of(name) : Optional.empty();
    } catch (TextParseException e) {
      return Optional.empty();
    }
  }

  /** The name servers to which the zone above delegates a name. */
  private List<String> servers(Name name) {
    return zones.zone(new Name(name, 1)).stream()
        .flatMap(z -> z.records().stream())
        .filter(r -> r.getName().equals(name))
        .flatMap(
            r ->
                r instanceof NSRecord ns
                    ? Stream.of(ns.getTarget().toString(true))
                    : Stream.<String>empty())
        .collect(Collectors.toCollection(TreeSet::new))
        .stream()
        .toList();
  }

  private Optional<Registration> registration(Name name) {
    Optional<Registration> student =
        zones
            .published(name)
            .map(
                at -> {
                  Instant created = at.truncatedTo(ChronoUnit.SECONDS);
                  return new Registration("lab", created, created, created.plus(TERM), "");
                });
    return student.or(
        () -> Optional.ofNullable(Book.NAMES.get(name.toString(true).toLowerCase(Locale.ROOT))));
  }

  /** What registry and registrar say of a name, in the order in which they say it. */
  private List<String> fields(Name name, boolean registry, boolean upper) {
    List<String> out = new ArrayList<>();
    String text = name.toString(true);
    out.add("Domain Name: " + (upper ? text.toUpperCase(Locale.ROOT) : text));
    Optional<Registration> registration = registration(name);
    registration.ifPresent(
        r -> {
          Registrar registrar = Objects.requireNonNull(Book.REGISTRARS.get(r.registrar()));
          out.add("Registrar WHOIS Server: " + registrar.server());
          out.add("Registrar URL: " + registrar.url());
          out.add("Updated Date: " + r.updated());
          out.add("Creation Date: " + r.created());
          out.add(
              (registry ? "Registry Expiry Date: " : "Registrar Registration Expiration Date: ")
                  + r.expires());
          out.add("Registrar: " + registrar.name());
          out.add("Registrar IANA ID: " + registrar.number());
          out.add("Registrar Abuse Contact Email: " + registrar.mail());
          out.add("Registrar Abuse Contact Phone: " + registrar.phone());
          List<String> locks =
              r.registrar().equals("lab")
                  ? List.of("ok")
                  : List.of(
                      "clientDeleteProhibited",
                      "clientTransferProhibited",
                      "clientUpdateProhibited");
          locks.forEach(l -> out.add("Domain Status: " + l + " https://icann.org/epp#" + l));
          if (!upper && !r.holder().isEmpty()) {
            out.add("Registrant Organization: " + r.holder());
          }
        });
    servers(name).forEach(s -> out.add("Name Server: " + (upper ? s.toUpperCase(Locale.ROOT) : s)));
    Optional<DSRecord> ds = zones.ds(name);
    out.add("DNSSEC: " + (ds.isPresent() ? "signedDelegation" : "unsigned"));
    ds.ifPresent(d -> out.add("DNSSEC DS Data: " + ds(d)));
    return out;
  }

  private static String ds(DSRecord ds) {
    return ds.getFootprint()
        + " "
        + ds.getAlgorithm()
        + " "
        + ds.getDigestID()
        + " "
        + HexFormat.of().withUpperCase().formatHex(ds.getDigest());
  }

  private static final String NOTE =
      "This registry is one of the lab's: names, servers and keys are those that the lab has.\n";

  private String registry(String host, String query) {
    Optional<Name> name = name(query).filter(n -> !servers(n).isEmpty());
    Optional<Name> ours =
        name.filter(
            n -> {
              Tld tld = Book.TLDS.get(new Name(n, n.labels() - 2).toString(true));
              return tld != null && tld.server().equals(host);
            });
    String found =
        ours.map(n -> String.join("\n", fields(n, true, false)) + "\n")
            .orElse("Domain not found.\n");
    return found
        + ">>> Last update of WHOIS database: "
        + now()
        + " <<<\n\n"
        + "For more information on Whois status codes, please visit https://icann.org/epp\n\n"
        + "Terms of Use: "
        + NOTE;
  }

  private String verisign(String query) {
    boolean domain = query.toLowerCase(Locale.ROOT).startsWith("domain ");
    String text = domain ? query.substring("domain ".length()).strip() : query;
    Optional<Name> name = name(text);
    Optional<Name> registered =
        name.filter(n -> n.labels() == 3)
            .filter(
                n ->
                    List.of("com", "net")
                        .contains(new Name(n, 1).toString(true).toLowerCase(Locale.ROOT)))
            .filter(n -> !servers(n).isEmpty());
    List<String> lines = new ArrayList<>();
    registered.ifPresent(
        n -> {
          lines.addAll(fields(n, true, true));
          lines.add(
              "URL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/");
        });
    if (registered.isEmpty() && !domain) {
      name.ifPresent(n -> lines.addAll(host(n)));
    }
    String upper = text.toUpperCase(Locale.ROOT);
    return (lines.isEmpty()
            ? "No match for " + (domain ? "domain " : "") + "\"" + upper + "\".\n"
            : lines.stream().map(l -> "   " + l + "\n").collect(Collectors.joining()))
        + ">>> Last update of whois database: "
        + now()
        + " <<<\n\n"
        + "For more information on Whois status codes, please visit https://icann.org/epp\n\n"
        + "NOTICE: The expiration date displayed in this record is the date on which the\n"
        + "registrar's sponsorship of the name in the registry ends.\n\n"
        + "TERMS OF USE: "
        + NOTE;
  }

  /** A name server that the registry knows for its address stands beside the delegations. */
  private List<String> host(Name name) {
    Name top = new Name(name, name.labels() - 2);
    List<String> addresses =
        zones.zone(top).stream()
            .flatMap(z -> z.records().stream())
            .filter(r -> r.getName().equals(name))
            .filter(r -> r.getType() == Type.A || r.getType() == Type.AAAA)
            .map(Record::rdataToString)
            .toList();
    if (addresses.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add("Server Name: " + name.toString(true).toUpperCase(Locale.ROOT));
    addresses.forEach(a -> lines.add("IP Address: " + a.toUpperCase(Locale.ROOT)));
    return lines;
  }

  private String registrar(Registrar registrar, String query) {
    Optional<Name> name =
        name(query)
            .filter(
                n ->
                    registration(n)
                        .flatMap(r -> Optional.ofNullable(Book.REGISTRARS.get(r.registrar())))
                        .filter(registrar::equals)
                        .isPresent());
    return name.map(n -> String.join("\n", fields(n, false, false)) + "\n")
            .orElse("No match for domain \"" + query + "\".\n")
        + ">>> Last update of WHOIS database: "
        + now()
        + " <<<\n\n"
        + "The data in MarkMonitor's WHOIS, as the lab has it, are what the registry's are.\n";
  }

  // IANA.

  private String iana(String query) {
    String lower = query.toLowerCase(Locale.ROOT);
    List<String> lines = new ArrayList<>();
    block(query)
        .ifPresentOrElse(
            b -> lines.addAll(delegated(b)),
            () -> {
              String top = lower.substring(lower.lastIndexOf('.') + 1);
              Tld tld = Book.TLDS.get(top);
              if (lower.matches("example\\.(com|net|org)")) {
                lines.addAll(
                    List.of(
                        field("domain", lower.toUpperCase(Locale.ROOT)),
                        "",
                        field("organisation", "Internet Assigned Numbers Authority"),
                        "",
                        field("created", "1992-01-01"),
                        field("source", "IANA")));
              } else if (tld != null) {
                lines.addAll(delegated(tld, top.equals(lower)));
              }
            });
    return "% IANA WHOIS server\n"
        + "% for more information on IANA, visit http://www.iana.org\n"
        + "% This query returned "
        + (lines.isEmpty() ? "0 objects" : "1 object")
        + "\n\n"
        + lines.stream().map(l -> l + "\n").collect(Collectors.joining())
        + "\n";
  }

  private static String field(String name, String value) {
    return "%-13s %s".formatted(name + ":", value);
  }

  private static String wide(String name, String value) {
    return "%-15s %s".formatted(name + ":", value);
  }

  /**
   * @param itself whether it was asked for, and not a name below it, for which another has to be
   *     asked
   */
  private List<String> delegated(Tld tld, boolean itself) {
    Name name = name(tld.name()).orElseThrow();
    List<String> lines = new ArrayList<>();
    lines.addAll(itself ? List.of() : List.of(field("refer", tld.server()), ""));
    lines.addAll(
        List.of(
            field("domain", tld.name().toUpperCase(Locale.ROOT)),
            "",
            field("organisation", tld.organisation()),
            ""));
    for (String server : servers(name)) {
      String addresses =
          zones.zone(Name.root).stream()
              .flatMap(z -> z.records().stream())
              .filter(r -> r.getName().toString(true).equals(server))
              .filter(r -> r.getType() == Type.A || r.getType() == Type.AAAA)
              .map(Record::rdataToString)
              .collect(Collectors.joining(" "));
      lines.add(field("nserver", server.toUpperCase(Locale.ROOT) + " " + addresses));
    }
    zones.ds(name).ifPresent(d -> lines.add(field("ds-rdata", ds(d).toLowerCase(Locale.ROOT))));
    lines.addAll(
        List.of(
            "",
            field("whois", tld.server()),
            "",
            field("status", "ACTIVE"),
            "",
            field("created", tld.created()),
            field("source", "IANA")));
    return lines;
  }

  private static List<String> delegated(Block block) {
    String what =
        block
            .prefix()
            .map(p -> field(isSix(p) ? "inet6num" : "inetnum", isSix(p) ? p.toString() : range(p)))
            .orElseGet(() -> field("as-block", block.number() + "-" + block.number()));
    return List.of(
        field("refer", block.server()),
        "",
        what,
        field("organisation", "Administered by " + rir(block)),
        field("status", "ALLOCATED"),
        "",
        field("whois", block.server()),
        "",
        field("source", "IANA"));
  }

  private static boolean isSix(Cidr prefix) {
    return !prefix.isIpv4();
  }

  // Addresses and numbers.

  private static String rir(Block block) {
    return switch (block.server()) {
      case "whois.ripe.net" -> "RIPE NCC";
      case "whois.apnic.net" -> "APNIC";
      default -> "ARIN";
    };
  }

  /** The smallest block that holds an address, or that a number announces. */
  private static Optional<Block> block(String query) {
    if (query.matches("(?i)as ?[0-9]{1,10}")) {
      String number = query.replaceAll("[^0-9]", "");
      return Book.BLOCKS.stream()
          .filter(b -> b.number().equals(number))
          .findFirst()
          .map(
              b ->
                  new Block(
                      Optional.empty(),
                      number,
                      b.server(),
                      b.name(),
                      b.registered(),
                      b.holder(),
                      b.country()));
    }
    try {
      InetAddress address = InetAddress.ofLiteral(query.replaceFirst("/[0-9]+$", ""));
      return Book.BLOCKS.stream()
          .filter(b -> b.prefix().filter(p -> p.contains(address)).isPresent())
          .max(java.util.Comparator.comparingInt(b -> b.prefix().orElseThrow().bits()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String numbers(String host, String query) {
    String asked =
        query
            .replaceFirst("^-V \\S+ ", "")
            .replaceFirst("^[nr] \\+ (= )?", "")
            .replaceFirst("^a ", "AS");
    Optional<Block> block = block(asked.strip()).filter(b -> b.server().equals(host));
    if (host.equals("whois.arin.net")) {
      String head =
          """

          #
          # These are the lab's WHOIS data and services, in the form of ARIN's.
          #


          """;
      return head
          + block
              .map(b -> String.join("\n", arin(b)) + "\n\n\n")
              .orElse("No match found for " + asked + ".\n\n\n");
    }
    String head =
        "% This is the lab's copy of the "
            + (host.equals("whois.ripe.net") ? "RIPE" : "APNIC")
            + " Database query service.\n\n";
    return head
        + block
            .map(b -> String.join("\n", rpsl(b, host)) + "\n\n")
            .orElse(
                "%ERROR:101: no entries found\n%\n% No entries found in source "
                    + (host.equals("whois.ripe.net") ? "RIPE" : "APNIC")
                    + ".\n\n");
  }

  private static List<String> arin(Block b) {
    List<String> lines = new ArrayList<>();
    b.prefix()
        .ifPresentOrElse(
            p -> {
              lines.add(wide("NetRange", range(p)));
              lines.add(wide("CIDR", p.toString()));
              lines.add(wide("NetName", b.name()));
              lines.add(
                  wide(
                      "NetHandle",
                      "NET"
                          + (isSix(p) ? "6" : "")
                          + "-"
                          + IpText.of(p.network()).replaceAll("[.:]+", "-").replaceAll("-$", "")
                          + "-1"));
              lines.add(wide("NetType", "Direct Allocation"));
              lines.add(wide("OriginAS", b.number().isEmpty() ? "" : "AS" + b.number()));
            },
            () -> {
              lines.add(wide("ASNumber", b.number()));
              lines.add(wide("ASName", b.name()));
              lines.add(wide("ASHandle", "AS" + b.number()));
            });
    lines.add(wide("Organization", b.holder()));
    lines.add(wide("RegDate", b.registered()));
    lines.add(wide("Updated", b.registered()));
    lines.addAll(List.of("", "", wide("OrgName", b.holder()), wide("Country", b.country())));
    return lines;
  }

  private static List<String> rpsl(Block b, String host) {
    List<String> lines = new ArrayList<>();
    b.prefix()
        .ifPresentOrElse(
            p -> {
              lines.add(
                  wide(isSix(p) ? "inet6num" : "inetnum", isSix(p) ? p.toString() : range(p)));
              lines.add(wide("netname", b.name()));
            },
            () -> {
              lines.add(wide("aut-num", "AS" + b.number()));
              lines.add(wide("as-name", b.name()));
            });
    lines.add(wide("descr", b.holder()));
    lines.add(wide("country", b.country()));
    lines.add(wide("status", host.equals("whois.ripe.net") ? "ALLOCATED PA" : "ASSIGNED PORTABLE"));
    lines.add(
        wide(
            "created",
            Instant.parse(b.registered() + "T00:00:00Z")
                .atOffset(ZoneOffset.UTC)
                .toInstant()
                .toString()));
    lines.add(wide("source", host.equals("whois.ripe.net") ? "RIPE" : "APNIC"));
    b.prefix()
        .filter(_ -> !b.number().isEmpty())
        .ifPresent(
            p ->
                lines.addAll(
                    List.of(
                        "",
                        wide(isSix(p) ? "route6" : "route", p.toString()),
                        wide("origin", "AS" + b.number()))));
    return lines;
  }

  @Override
  public synchronized void close() throws IOException {
    for (LoopbackServer server : listening.values()) {
      server.close();
    }
    listening.clear();
  }
}
