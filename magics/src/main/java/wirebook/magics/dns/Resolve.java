package wirebook.magics.dns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.Rcode;
import wirebook.engine.dns.RecordType;
import wirebook.engine.dns.dig.ReverseName;
import wirebook.engine.dns.resolver.ChainOfTrust;
import wirebook.engine.dns.resolver.Delegation;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.engine.dns.resolver.Feature;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.Question;
import wirebook.engine.dns.resolver.Resolution;
import wirebook.engine.dns.resolver.Resolver;
import wirebook.engine.dns.resolver.RootHints;
import wirebook.engine.dns.resolver.Validation;
import wirebook.internet.Internets;
import wirebook.internet.zones.Elsewhere;
import wirebook.net.Idn;
import wirebook.net.Network;
import wirebook.render.DnsPictures;
import wirebook.render.TrustPicture;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;

/** {@code %resolve}: the walk from the root, with the reason for every step. */
public final class Resolve implements Magic {
  private static final int DNS = 53;
  private static final String HINTS_VARIABLE = "DNS_ROOT_HINTS";

  private static final Map<String, Feature> FEATURES =
      Map.of(
          "--serve-stale", Feature.SERVE_STALE,
          "--aggressive", Feature.AGGRESSIVE,
          "--0x20", Feature.MIX_CASE);

  private static final MagicSpec SPEC =
      MagicSpec.named("resolve", "Resolve a name from the root, with a reason for every step")
          .synopsis(
              "NAME [TYPE] | -x ADDRESS [+dnssec] [--hints FILE] [--anchor FILE] [--no-minimise]"
                  + " [--no-cache] [--serve-stale] [--aggressive] [--0x20] [--port N]")
          .syntax(MagicSpec.Syntax.COMMAND)
          .value(DnsWalk.class)
          .option(MagicSpec.Option.flag("ask for signatures, and show them", "+dnssec", "+do"))
          .option(
              MagicSpec.Option.of(
                  "FILE",
                  MagicSpec.Values.FILE,
                  "root hints, a zone file (or $" + HINTS_VARIABLE + ")",
                  "--hints"))
          .option(
              MagicSpec.Option.flag(
                  "always ask for the whole name", "--no-minimise", "--no-minimize"))
          .option(MagicSpec.Option.flag("begin with an empty cache, and forget it", "--no-cache"))
          .option(
              MagicSpec.Option.flag(
                  "when nobody answers, give what has run out (RFC 8767)", "--serve-stale"))
          .option(
              MagicSpec.Option.flag(
                  "with +dnssec: proven gaps between names answer more questions (RFC 8198)",
                  "--aggressive"))
          .option(
              MagicSpec.Option.flag(
                  "mix the case of letters, which a forged reply would have to guess", "--0x20"))
          .option(
              MagicSpec.Option.of(
                  "N", MagicSpec.Values.PORT, "ask name servers at this port", "--port"))
          .option(
              MagicSpec.Option.of(
                  "FILE",
                  MagicSpec.Values.FILE,
                  "with --hints and +dnssec: DS or DNSKEY records of the root to trust, a zone"
                      + " file",
                  "--anchor"))
          .option(
              MagicSpec.Option.of("ADDRESS", MagicSpec.Values.HOST, "the name of an address", "-x"))
          .operand("NAME", MagicSpec.Values.HOST, true, false)
          .operand("TYPE", MagicSpec.Values.RECORD_TYPE, false, false)
          .id(Complaint.OPTION, "RES001")
          .id(Complaint.VALUE, "RES002")
          .id(Complaint.PORT, "RES003")
          .id(Complaint.OPERANDS, "RES005")
          .example("%resolve google.com", "who was asked, why, and what was believed")
          .example("%resolve google.com MX", "another type; what is known is not asked again")
          .example("%resolve --no-cache class.example", "the whole walk")
          .build();

  /** The resolvers of a session, each with its cache. */
  static final class Sessions {
    private final Map<Key, Resolver> resolvers = new ConcurrentHashMap<>();

    private record Key(String network, String hints, Set<Feature> features, int port) {}

    static Sessions of(MagicCall call) {
      return call.service(Sessions.class, Sessions::new);
    }

    List<Resolver> all(String network) {
      return resolvers.entrySet().stream()
          .filter(e -> e.getKey().network.equals(network))
          .map(Map.Entry::getValue)
          .toList();
    }

    private Resolver get(Key key, Network network, Delegation hints) {
      return resolvers.computeIfAbsent(key, k -> make(k, network, hints));
    }

    private static Resolver make(Key key, Network network, Delegation hints) {
      return new Resolver(
          hints,
          key.features,
          new NetworkUpstream(network, key.port),
          network.clock(),
          new SecureRandom());
    }
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    call.words().stream()
        .filter(Word::operator)
        .findFirst()
        .ifPresent(
            w -> {
              throw call.wrong(
                  "RES014",
                  w,
                  "nothing is asked: the shell's " + w.text() + " is not done here",
                  "var r = %resolve NAME keeps it all; r.tree(), r.answer() have it as text and"
                      + " records.");
            });
    Words words = SPEC.read(call);
    boolean dnssec = words.flag("+dnssec");
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    FEATURES.forEach(
        (option, feature) -> {
          if (words.flag(option)) {
            features.add(feature);
          }
        });
    if (!words.flag("--no-minimise")) {
      features.add(Feature.MINIMISE);
    }
    if (call.network().name().equals("real")) {
      features.add(Feature.NOTICE_BLOCKED);
    }
    int port = words.port("--port").orElse(DNS);
    Optional<Word> hintsFile = words.word("--hints");
    Optional<Word> anchorFile = words.word("--anchor");
    Optional<Word> reverse = words.word("-x");
    Question question =
        reverse.isPresent() ? reversed(call, reverse.get()) : question(call, words.operands());
    String hintsText = hints(call, hintsFile);
    Delegation hints = parse(call, hintsFile, hintsText);
    Sessions.Key key = new Sessions.Key(call.network().name(), hintsText, features, port);
    Resolver resolver =
        words.flag("--no-cache")
            ? Sessions.make(key, call.network(), hints)
            : Sessions.of(call).get(key, call.network(), hints);
    Resolution resolution = resolver.resolve(question, dnssec);
    call.out().print(resolution.tree());
    call.out().println();
    Optional<String> anchor =
        !dnssec
            ? Optional.empty()
            : anchorFile.isPresent()
                ? Optional.of(anchors(call, anchorFile.get()))
                : hintsText.isEmpty() ? anchor(call) : Optional.empty();
    if (dnssec && anchor.isEmpty()) {
      call.out()
          .println(
              "# Nothing is validated: --hints leads to another root, whose key is not known."
                  + " --anchor FILE has its DS or DNSKEY records.\n");
    }
    if (anchor.isPresent()) {
      Validation validation =
          ChainOfTrust.check(resolution, resolver, anchor.get(), call.network().clock());
      call.out().print(validation.text());
      call.out().println();
      resolution = resolution.with(validation);
      if (validation.security() == Validation.Security.SECURE) {
        resolver.proven(resolution);
      }
    }
    DnsWalk walk = resolution.asWalk(dnssec);
    call.out().print(ResolutionText.of(walk));
    if (resolution.errors().stream().anyMatch(e -> e.text().equals(Elsewhere.WORDS))) {
      call.out().println(Elsewhere.note(question.name().toString()));
    }
    if (call.inCell()) {
      DnsPictures.walk(walk).ifPresent(p -> call.display().show(p.bundle()));
      walk.validation()
          .filter(v -> !v.chain().isEmpty())
          .ifPresent(v -> call.display().show(TrustPicture.of(v).bundle()));
    }
    return MagicResult.of(walk, walk.message().rcode().equals(Rcode.SERVFAIL) ? 1 : 0);
  }

  /** What all trust begins with: the key of the root, the lab's or the real one. */
  private static Optional<String> anchor(MagicCall call) {
    if (!call.network().name().equals("lab")) {
      return Optional.of(RootHints.trustAnchors());
    }
    return Internets.inLab(call).map(internets -> internets.lab().zones().trustAnchor());
  }

  private static String anchors(MagicCall call, Word file) {
    String text;
    try {
      text = Files.readString(call.directory().resolve(file.text()));
    } catch (IOException e) {
      throw call.wrong("RES010", file, "the trust anchors cannot be read: " + e, "Check the path.");
    }
    if (!ChainOfTrust.areAnchors(text)) {
      throw call.wrong(
          "RES011",
          file,
          "there is no DS or DNSKEY record of the root in it",
          "Lines such as: . 3600 IN DS 20326 8 2 E06D44B8…");
    }
    return text;
  }

  private static Question reversed(MagicCall call, Word word) {
    return ReverseName.strict(word.text())
        .map(name -> Question.of(DnsName.of(name), RecordType.PTR))
        .orElseThrow(
            () ->
                call.wrong(
                    "RES012",
                    word,
                    "no address: " + word.text(),
                    "For example %resolve -x 8.8.8.8"));
  }

  private static Question question(MagicCall call, List<Word> operands) {
    if (operands.isEmpty()) {
      throw call.wrong(
          "RES004",
          new Word("", wirebook.spi.Span.NONE),
          "%resolve needs a name",
          "%resolve google.com");
    }
    Word name = operands.getFirst();
    if (ReverseName.strict(name.text()).isPresent()) {
      throw call.wrong(
          "RES013",
          name,
          name.text() + " is an address, not a name",
          "%resolve -x " + name.text() + " asks for its name.");
    }
    RecordType type = RecordType.A;
    if (operands.size() == 2) {
      Word word = operands.get(1);
      type =
          RecordType.parse(word.text())
              .orElseThrow(
                  () ->
                      call.wrong(
                          "RES006",
                          word,
                          "no record type " + word.text(),
                          "For example A, AAAA, MX, NS, TXT, SOA, or TYPE65."));
    }
    try {
      return Question.of(DnsName.of(Idn.toAce(name.text())), type);
    } catch (IllegalArgumentException e) {
      throw call.wrong(
          "RES007",
          name,
          "no domain name: " + e.getMessage(),
          "Labels have 1 to 63 octets, the whole at most 255.");
    }
  }

  private static String hints(MagicCall call, Optional<Word> file) {
    Optional<Path> path =
        file.map(Word::text)
            .or(
                () ->
                    Optional.ofNullable(call.environment().get(HINTS_VARIABLE))
                        .filter(p -> !p.isBlank()))
            .map(p -> call.directory().resolve(p));
    if (path.isEmpty()) {
      return "";
    }
    try {
      return Files.readString(path.get());
    } catch (IOException e) {
      throw call.wrong(
          "RES008",
          file.orElse(new Word("", wirebook.spi.Span.NONE)),
          "the root hints cannot be read: " + e,
          "Check the path" + (file.isPresent() ? "." : " in " + HINTS_VARIABLE + "."));
    }
  }

  private static Delegation parse(MagicCall call, Optional<Word> file, String text) {
    if (text.isEmpty()) {
      return RootHints.builtIn();
    }
    try {
      return RootHints.parse(text);
    } catch (IOException e) {
      throw call.wrong(
          "RES009",
          file.orElse(new Word("", wirebook.spi.Span.NONE)),
          "the root hints are no zone file: " + e.getMessage(),
          "Lines such as: . 3600000 IN NS a.root-servers.net.");
    }
  }
}
