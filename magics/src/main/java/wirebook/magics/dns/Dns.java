package wirebook.magics.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsNameSyntaxException;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.resolver.Cache;
import wirebook.engine.dns.resolver.ExtendedError;
import wirebook.engine.dns.resolver.Resolver;
import wirebook.internet.Internets;
import wirebook.net.HostConfig;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.Word;

/** {@code %dns}: what resolvers remember, and how this host looks names up. */
public final class Dns implements Magic {
  private static final int LONGEST_DATA = 28;
  private static final int MOST_HOSTS = 8;

  private static final MagicSpec SPEC =
      MagicSpec.named("dns", "Look into the resolvers' caches, and at how this host looks names up")
          .synopsis("cache [NAME] | flush [NAME] | config")
          .value(Report.class)
          .action("ACTION", true, "cache", "flush", "config")
          .operand("NAME", MagicSpec.Values.HOST, false, false)
          .forms("cache|flush HOST", "config")
          .example("%dns cache", "what is remembered, for how long, and from whom")
          .example("%dns flush google.com", "forget this name and all below it")
          .example("%dns config", "which resolver is asked, and how often")
          .build();

  /**
   * What a call found.
   *
   * @param caches by whose they are
   * @param config how this host looks names up
   */
  public record Report(Map<String, List<Cache.Line>> caches, HostConfig config) {
    public Report {
      caches = Map.copyOf(caches);
    }

    /** All entries of all caches. */
    public List<Cache.Line> entries() {
      return caches.values().stream().flatMap(List::stream).toList();
    }
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    List<Word> words = call.words();
    String action = words.isEmpty() ? "" : words.getFirst().text();
    Map<String, Resolver> resolvers = resolvers(call);
    switch (action) {
      case "cache" -> {
        DnsName below = words.size() > 1 ? name(call, words.get(1)) : DnsName.ROOT;
        resolvers.forEach((whose, resolver) -> print(call, whose, resolver, below));
        if (resolvers.isEmpty()) {
          call.out().println("Nothing has been resolved here yet: try %resolve google.com.");
        }
      }
      case "flush" -> {
        for (Map.Entry<String, Resolver> each : resolvers.entrySet()) {
          int count =
              words.size() > 1
                  ? each.getValue().flush(name(call, words.get(1)))
                  : each.getValue().flush();
          call.out()
              .println(each.getKey() + " forgot " + count + (count == 1 ? " entry." : " entries."));
        }
      }
      case "config" -> config(call);
      default ->
          throw call.wrong(
              "DNS001",
              words.isEmpty() ? new Word("", wirebook.spi.Span.NONE) : words.getFirst(),
              action.isEmpty() ? "%dns needs to know what to do" : "%dns knows no " + action,
              "Write one of: cache, flush, config.");
    }
    Map<String, List<Cache.Line>> caches = new LinkedHashMap<>();
    resolvers.forEach((whose, resolver) -> caches.put(whose, resolver.cache().lines()));
    return MagicResult.of(new Report(caches, call.network().hostConfig()));
  }

  /** Of the network in use, by whose they are. */
  private static Map<String, Resolver> resolvers(MagicCall call) {
    Map<String, Resolver> resolvers = new LinkedHashMap<>();
    Internets.inLab(call)
        .map(internets -> internets.lab().ports().providersResolver())
        .ifPresent(resolver -> resolvers.put("The provider's resolver", resolver));
    List<Resolver> own = Resolve.Sessions.of(call).all(call.network().name());
    for (int i = 0; i < own.size(); i++) {
      resolvers.put("%resolve on this host" + (i == 0 ? "" : " (" + (i + 1) + ")"), own.get(i));
    }
    return resolvers;
  }

  private static DnsName name(MagicCall call, Word word) {
    try {
      return DnsName.of(word.text());
    } catch (DnsNameSyntaxException e) {
      throw call.wrong(
          "DNS002", word, "no domain name: " + e.getMessage(), "For example google.com.");
    }
  }

  private static void print(MagicCall call, String whose, Resolver resolver, DnsName below) {
    List<Cache.Line> lines =
        resolver.cache().lines().stream().filter(l -> l.name().isSubdomainOf(below)).toList();
    call.out()
        .println(
            whose
                + " remembers "
                + lines.size()
                + (lines.size() == 1 ? " set of records:" : " sets of records:"));
    String format = "%-24s %7s  %-6s %-28s %-21s %s%n";
    if (!lines.isEmpty()) {
      call.out().printf(format, "NAME", "TTL", "TYPE", "DATA", "BELIEVED AS", "FROM");
    }
    for (Cache.Line line : lines) {
      call.out()
          .printf(
              format,
              line.name(),
              line.left().toSeconds(),
              line.type(),
              shortened(line.data()),
              line.credibility().words(),
              // The line's own origin has the address and the zone as well.
              line.origin().split(" ")[0]);
    }
    for (Resolver.Failed failed : resolver.failed()) {
      if (failed.question().asked().name().isSubdomainOf(below)) {
        call.out()
            .printf(
                "%s failed, and is not tried again for %d s%s%n",
                failed.question(),
                Math.max(1, failed.left().toSeconds()),
                failed.errors().stream()
                    .map(ExtendedError::text)
                    .filter(t -> !t.isEmpty())
                    .distinct()
                    .collect(Collectors.joining("; ", ": ", "")));
      }
    }
    call.out().println();
  }

  private static String shortened(String data) {
    return data.length() <= LONGEST_DATA ? data : data.substring(0, LONGEST_DATA - 1) + "…";
  }

  private static void config(MagicCall call) throws InterruptedException {
    HostConfig config = call.network().hostConfig();
    List<String> lines = new ArrayList<>();
    lines.add(
        "A name is looked up on the "
            + call.network().name()
            + " network in this order: a literal address, localhost, "
            + (call.network().name().equals("lab")
                ? "the lab's own hosts (%internet hosts; as in /etc/hosts)"
                : "/etc/hosts")
            + ", then a resolver. dig, host and nslookup ask the resolver alone.");
    config
        .nameServers()
        .forEach(
            s ->
                lines.add(
                    "Resolver: " + Inet.text(s.getAddress()) + ", port " + s.getPort() + "."));
    lines.add(
        config.search().isEmpty()
            ? "Search list: none; a name is taken as it stands."
            : "Search list: "
                + String.join(", ", config.search())
                + "; a name with fewer than "
                + config.ndots()
                + (config.ndots() == 1 ? " dot" : " dots")
                + " is tried under these first.");
    lines.add(
        config.attempts() == 0 || config.timeout().isZero()
            ? "How long a resolver has to answer is not set: dig waits 5 s and asks up to 3 times,"
                + " the C library 5 s and twice."
            : String.format(
                Locale.ROOT,
                "A resolver has %s to answer, and is asked up to %d times.",
                seconds(config.timeout()),
                config.attempts()));
    if (!call.network().name().equals("lab")) {
      lines.add("This is what /etc/resolv.conf says (resolv.conf(5)).");
      lines.addAll(machine());
    }
    lines.forEach(call.out()::println);
    call.out().flush();
    for (InetSocketAddress server : config.nameServers()) {
      call.out().println(Blocked.probe(call.network(), server, "NAME"));
    }
  }

  /** The order of sources, and the names that this machine has of its own. */
  private static List<String> machine() {
    List<String> lines = new ArrayList<>();
    read("/etc/nsswitch.conf").stream()
        .filter(l -> l.startsWith("hosts:"))
        .findFirst()
        .ifPresent(
            l ->
                lines.add(
                    "The order is set in /etc/nsswitch.conf: "
                        + l.substring(6).strip()
                        + " (files is /etc/hosts, dns the resolvers)."));
    List<String> hosts =
        read("/etc/hosts").stream()
            .map(l -> l.replaceFirst("#.*", "").strip().replaceAll("\\s+", " "))
            .filter(l -> !l.isEmpty())
            .toList();
    lines.add(
        hosts.isEmpty()
            ? "/etc/hosts has no names."
            : "/etc/hosts has these names, which no resolver is asked for:");
    hosts.stream().limit(MOST_HOSTS).forEach(h -> lines.add("  " + h));
    if (hosts.size() > MOST_HOSTS) {
      lines.add("  and " + (hosts.size() - MOST_HOSTS) + " more lines");
    }
    return lines;
  }

  private static List<String> read(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + " s";
  }
}
