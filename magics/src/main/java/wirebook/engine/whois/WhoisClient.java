package wirebook.engine.whois;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;
import wirebook.net.Network;

/**
 * Asks as Debian's whois 5.5 does (RFC 3912). Where that has lists of the servers of all countries
 * and address blocks, this asks IANA's server, which knows them.
 */
public final class WhoisClient {
  private static final int PORT = 43;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofSeconds(60);
  private static final int LARGEST = 1 << 20;
  private static final int MOST_REFERRALS = 5;

  private static final String IANA = "whois.iana.org";
  private static final String ARIN = "whois.arin.net";
  private static final String APNIC = "whois.apnic.net";
  private static final String RIPE = "whois.ripe.net";
  private static final String VERISIGN = "whois.verisign-grs.com";

  /** Their databases are of RIPE's kind, and want to know the client's version. */
  private static final List<String> RIPE_LIKE = List.of(RIPE, APNIC, "whois.afrinic.net");

  /** Where handles with such an end are kept. */
  private static final Map<String, String> HANDLES =
      Map.of(
          "-arin", ARIN,
          "-ripe", RIPE,
          "-mnt", RIPE,
          "-ap", APNIC,
          "-lacnic", "whois.lacnic.net",
          "-afrinic", "whois.afrinic.net");

  /** With these begins what registries and registrars say of the use of their data. */
  private static final List<String> LEGAL =
      List.of(
          "TERMS OF USE: ",
          "Terms of Use: ",
          "Access to WHOIS information is provided",
          "Access to Public Interest Registry WHOIS information",
          "The WHOIS service offered by",
          "The data in MarkMonitor",
          "The data contained in GoDaddy.com",
          "The Data in the Tucows Registrar WHOIS database",
          "The data in Networksolutions.com",
          "The data in this record is provided by",
          "Personal data access and use are governed by French");

  private static final String UNKNOWN = "No whois server is known for this kind of object.";

  /**
   * @param host the server to ask; else it is guessed
   * @param hide leave out what registries say of the use of their data
   * @param iana begin at IANA's server, and show its answer
   * @param recurse from registries to registrars
   * @param flags for servers of RIPE's kind, each with a space behind it
   */
  public record Options(
      Optional<String> host,
      OptionalInt port,
      boolean hide,
      boolean iana,
      boolean verbose,
      boolean recurse,
      String flags) {}

  private final Network network;
  private final Options options;
  private final Consumer<String> out;
  private final Consumer<String> err;
  private final List<WhoisLookup.Reply> replies = new ArrayList<>();

  /**
   * @param out gets lines, with whatever control characters a server put into them
   */
  public WhoisClient(Network network, Options options, Consumer<String> out, Consumer<String> err) {
    this.network = network;
    this.options = options;
    this.out = out;
    this.err = err;
  }

  /** Which server to ask, or why none. */
  private sealed interface Guess {
    record Ask(String server) implements Guess {}

    /** A registry that knows little more than the registrar, who is to be asked as well. */
    record Registry(String server) implements Guess {}

    record None(String words) implements Guess {}
  }

  /** It could not be asked. */
  private static final class UnansweredException extends Exception {
    private static final long serialVersionUID = 1L;

    UnansweredException(String words) {
      super(words);
    }
  }

  /**
   * @param words a name in letters of ASCII, an address, AS and a number, or what a server takes
   */
  public WhoisLookup run(String words) {
    int exit;
    try {
      exit = ask(words.strip().replaceFirst("[.\\s]+$", ""));
    } catch (UnansweredException e) {
      err.accept(e.getMessage());
      exit = 2;
    }
    return new WhoisLookup(replies, exit);
  }

  private int ask(String query) throws UnansweredException {
    if (options.host().isPresent()) {
      return follow(options.host().get(), options.port(), query);
    }
    if (options.iana()) {
      say("Using server " + IANA + ".");
      Optional<String> referral = show(IANA, options.port(), query);
      return referral.isEmpty() ? 1 : follow(referral.get(), options.port(), query);
    }
    if (!options.flags().isEmpty()) {
      return follow(RIPE, options.port(), query);
    }
    return switch (guess(query)) {
      case Guess.None none -> {
        out.accept(none.words());
        yield 1;
      }
      case Guess.Ask(String server) -> follow(server, options.port(), query);
      case Guess.Registry(String server) -> {
        say("Using server " + server + ".");
        // A name with two dots is that of a name server.
        boolean domain =
            query.chars().filter(c -> c == '.').count() == 1 && !query.matches(".*[=~ ].*");
        String text = exchange(server, options.port(), (domain ? "domain " : "") + query, true);
        Optional<String> registrar = registrar(text);
        yield options.recurse() && registrar.filter(r -> !r.equals(server)).isPresent()
            ? follow(registrar.get(), OptionalInt.empty(), query)
            : 0;
      }
    };
  }

  private void say(String words) {
    if (options.verbose()) {
      out.accept(words);
    }
  }

  /** Asks a server, and those to which it refers. */
  private int follow(String first, OptionalInt port, String query) throws UnansweredException {
    Optional<String> next = Optional.of(first);
    for (int i = 0; next.isPresent() && i < MOST_REFERRALS; i++) {
      if (i > 0) {
        out.accept("\n\nFound a referral to " + next.get() + ".\n");
      }
      String server = next.get();
      OptionalInt at = i == 0 ? port : OptionalInt.empty();
      int colon = server.lastIndexOf(':');
      if (at.isEmpty() && colon > 0 && server.substring(colon + 1).matches("[0-9]{1,5}")) {
        at = OptionalInt.of(Integer.parseInt(server.substring(colon + 1)));
        server = server.substring(0, colon);
      }
      String asked = query(server, query);
      say("Using server " + server + ".");
      say("Query string: \"" + asked + "\"\n");
      next = show(server, at, asked).filter(_ -> options.recurse() && query.indexOf(' ') < 0);
    }
    return 0;
  }

  /** The question in the words of a server. */
  private String query(String server, String query) {
    boolean ripe = RIPE_LIKE.contains(server);
    if (!options.flags().isEmpty() && !ripe) {
      out.accept("Warning: RIPE flags used with a traditional server.");
    }
    String start = (ripe ? "-V Md5.5.17 " : "") + options.flags();
    if (!server.equals(ARIN) || query.indexOf(' ') >= 0) {
      return start + query;
    }
    return start
        + (isNumber(query)
            ? "a " + query.substring(2)
            : !isAddress(query) ? query : (query.indexOf('/') >= 0 ? "r + = " : "n + ") + query);
  }

  private Guess guess(String query) throws UnansweredException {
    String lower = query.toLowerCase(Locale.ROOT);
    if (query.indexOf('@') >= 0) {
      return new Guess.None(UNKNOWN);
    }
    if (isAddress(query) || isNumber(query)) {
      String text = exchange(IANA, OptionalInt.empty(), query.replaceFirst("/.*", ""), false);
      return field(text, "refer:")
          .<Guess>map(Guess.Ask::new)
          .orElseGet(
              () ->
                  new Guess.None("Unknown AS number or IP network. Please upgrade this program."));
    }
    if (query.indexOf('.') < 0 && query.indexOf('-') >= 0 && !lower.startsWith("xn--")) {
      return lower.matches("(net|netblk)-.*")
          ? new Guess.Ask(ARIN)
          : lower.matches("(as|rs|rtrs|fltr|prng)-.*")
              ? new Guess.Ask(RIPE)
              : HANDLES.entrySet().stream()
                  .filter(h -> lower.endsWith(h.getKey()))
                  .findFirst()
                  .<Guess>map(h -> new Guess.Ask(h.getValue()))
                  .orElseGet(() -> new Guess.Ask("whois.internic.net"));
    }
    String top = lower.substring(lower.lastIndexOf('.') + 1);
    if (!top.matches("[a-z][a-z0-9-]*")) {
      return new Guess.None(UNKNOWN);
    }
    if (!top.equals(lower) && (top.equals("com") || top.equals("net"))) {
      return new Guess.Registry(VERISIGN);
    }
    String text = exchange(IANA, OptionalInt.empty(), top, false);
    if (field(text, "domain:").isEmpty()) {
      return new Guess.None(UNKNOWN);
    }
    return top.equals(lower)
        ? new Guess.Ask(IANA)
        : field(text, "whois:")
            .<Guess>map(Guess.Ask::new)
            .orElseGet(() -> new Guess.None("This TLD has no whois server."));
  }

  private static boolean isNumber(String query) {
    return query.matches("(?i)as ?[0-9]{1,10}");
  }

  private static boolean isAddress(String query) {
    try {
      InetAddress.ofLiteral(query.replaceFirst("/[0-9]+$", ""));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Optional<String> field(String text, String start) {
    return text.lines()
        .filter(l -> l.startsWith(start))
        .map(l -> l.substring(start.length()).strip())
        .filter(v -> !v.isEmpty())
        .findFirst();
  }

  /** The registrar's server, in the first record of a registry's reply. */
  private static Optional<String> registrar(String text) {
    return text.lines().anyMatch(l -> l.startsWith("   Domain Name:"))
        ? field(text, "   Registrar WHOIS Server:")
        : Optional.empty();
  }

  /** Asks a server, shows its reply, and gives the server to which that refers. */
  private Optional<String> show(String server, OptionalInt port, String query)
      throws UnansweredException {
    String text = exchange(server, port, query, true);
    Optional<String> referral =
        switch (server) {
          case IANA -> field(text, "refer:");
          case ARIN ->
              text.lines()
                  .filter(l -> l.startsWith("ReferralServer:"))
                  .map(l -> l.substring("ReferralServer:".length()).strip())
                  .map(l -> l.replaceFirst("^r?whois://", "").replaceFirst("/.*", ""))
                  .reduce((_, last) -> last);
          case APNIC -> transferred(text);
          default -> Optional.empty();
        };
    return referral.filter(r -> !r.equals(server));
  }

  /** APNIC names the registry that has a block now in a stub of its own. */
  private static Optional<String> transferred(String text) {
    return Stream.of(text.split("\n\n"))
        .filter(o -> field(o, "mnt-by:").filter("APNIC-STUB"::equals).isPresent())
        .flatMap(o -> o.lines())
        .filter(l -> l.startsWith("descr:"))
        .map(l -> l.substring("descr:".length()).strip())
        .filter(l -> l.startsWith("Transferred to the "))
        .map(l -> l.split(" ")[3].toLowerCase(Locale.ROOT))
        .map(r -> "whois." + r + ".net")
        .findFirst();
  }

  /** One question, over a connection of its own. */
  private String exchange(String server, OptionalInt port, String query, boolean shown)
      throws UnansweredException {
    try (Socket socket = connect(server, port.orElse(PORT))) {
      socket.setSoTimeout((int) LONGEST.toMillis());
      socket.getOutputStream().write((query + "\r\n").getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      String text = text(in.readNBytes(LARGEST));
      replies.add(
          new WhoisLookup.Reply(
              server, (InetSocketAddress) socket.getRemoteSocketAddress(), query, text, shown));
      if (shown) {
        print(text);
      }
      return text;
    } catch (SocketTimeoutException e) {
      throw new UnansweredException("Timeout.");
    } catch (IOException e) {
      throw new UnansweredException("read: " + e.getMessage());
    }
  }

  private Socket connect(String server, int port) throws UnansweredException {
    List<InetAddress> addresses;
    try {
      addresses = network.lookUp(server);
    } catch (UnknownHostException e) {
      throw new UnansweredException("getaddrinfo(" + server + "): Name or service not known");
    }
    String why = "no address";
    for (InetAddress address : addresses) {
      Duration patience = address.equals(addresses.getLast()) ? LONGEST : PATIENCE;
      try {
        return network.connect(new InetSocketAddress(address, port), Optional.empty(), patience);
      } catch (SocketTimeoutException e) {
        why = "Connection timed out";
      } catch (IOException e) {
        why = e.getMessage();
      }
    }
    throw new UnansweredException("connect: " + why);
  }

  private static String text(byte[] bytes) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      text = new String(bytes, StandardCharsets.ISO_8859_1);
    }
    return text.replace("\r\n", "\n");
  }

  private void print(String text) {
    text.lines()
        .takeWhile(l -> !options.hide() || LEGAL.stream().noneMatch(l::startsWith))
        .forEach(out);
  }
}
