package wirebook.engine.dns.dig;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.function.Consumer;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.net.ToolExit;

/** Reads nslookup's command line, and its commands from standard input where no name is given. */
final class NslookupParser {
  private static final String USAGE =
      """
      Usage:
         nslookup [-opt ...]             # interactive mode using default server
         nslookup [-opt ...] - server    # interactive mode using 'server'
         nslookup [-opt ...] host        # just look up 'host' using default server
         nslookup [-opt ...] host server # just look up 'host' using 'server'
      """;

  private final Session session;
  private final DigHost host;
  private final Hosts hosts;
  private boolean tcp;
  private boolean tcpSet;
  private boolean recurse = true;
  private boolean noFail = true;
  private String typeText = "A";
  private String classText = "IN";
  private boolean interactive;
  private Optional<BufferedReader> commands = Optional.empty();

  /** Whether the type was not set: then addresses of both kinds are asked for. */
  boolean bothAddresses = true;

  /** Whether messages are shown in detail. */
  boolean debug;

  /** Whether the question for IPv4 addresses had no answer. */
  boolean noIpv4;

  NslookupParser(Session session, DigHost host, Hosts hosts) {
    this.session = session;
    this.host = host;
    this.hosts = hosts;
  }

  void parse(List<String> words) {
    session.configure(host.network().hostConfig());
    session.useSearch = true;
    session.checkRecursion = true;
    boolean haveName = false;
    boolean looked = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      session.debug("main parsing " + word);
      if (word.startsWith("-")) {
        if (word.regionMatches(true, 0, "-ver", 0, 4)) {
          session.output.err("nslookup " + DigParser.VERSION + "\n");
          throw new ToolExit(0);
        }
        if (word.length() > 1) {
          option(word.substring(1));
        } else {
          haveName = true;
        }
      } else if (!haveName) {
        haveName = true;
        looked = true;
        lookUp(word);
      } else {
        if (i + 1 < words.size()) {
          session.output.err(USAGE);
          throw new ToolExit(1);
        }
        server(word);
      }
    }
    interactive = !looked;
  }

  /** Reads commands until one of them asks for a lookup. */
  void more() {
    if (!interactive) {
      return;
    }
    BufferedReader in =
        commands.orElseGet(
            () -> new BufferedReader(new InputStreamReader(host.in(), StandardCharsets.UTF_8)));
    commands = Optional.of(in);
    try {
      while (session.queue.isEmpty() && interactive) {
        session.output.flush();
        String line = in.readLine();
        if (line == null) {
          interactive = false;
        } else {
          command(line);
        }
      }
    } catch (IOException e) {
      interactive = false;
    }
  }

  private void command(String line) {
    StringTokenizer words = new StringTokenizer(line, " \t\r\n");
    if (!words.hasMoreTokens()) {
      return;
    }
    String word = words.nextToken();
    Optional<String> argument =
        words.hasMoreTokens() ? Optional.of(words.nextToken()) : Optional.empty();
    String lower = word.toLowerCase(Locale.ROOT);
    switch (lower) {
      case "set" -> {
        if (argument.isPresent()) {
          option(argument.get());
        } else {
          lookUp(word);
        }
      }
      case "server", "lserver" -> {
        argument.ifPresent(this::server);
        session.checkRecursion = false;
        showServers(true);
      }
      case "exit" -> interactive = false;
      case "help", "?" ->
          session.output.out("The '" + word + "' command is not yet implemented.\n");
      case "finger", "root", "ls", "view" ->
          session.output.out("The '" + word + "' command is not implemented.\n");
      default -> lookUp(word);
    }
  }

  private void server(String name) {
    try {
      List<InetAddress> addresses = hosts.addresses(name);
      session.debug("flush_server_list()");
      session.servers.clear();
      addresses.forEach(
          a -> {
            session.debug("make_server(" + Inet.text(a) + ")");
            session.servers.add(new Server(a, name));
          });
      session.checkRecursion = false;
    } catch (Hosts.NotFoundException e) {
      throw session.fatal("couldn't get address for '" + name + "': " + e.reason());
    }
  }

  private void lookUp(String name) {
    noIpv4 = false;
    session.debug("looking up " + name);
    Lookup l = new Lookup(session.tries);
    Optional<String> reverse = ReverseName.strict(name);
    l.text = reverse.orElse(name);
    l.type = reverse.isPresent() ? RecordType.PTR : RecordType.parse(typeText).orElse(RecordType.A);
    l.typeSet = true;
    l.recordClass = RecordClass.parse(classText).orElse(RecordClass.IN);
    l.classSet = true;
    l.recurse = recurse;
    l.tcp = tcp || (l.type.equals(RecordType.ANY) && !tcpSet);
    l.newSearch = true;
    l.bestEffort = false;
    l.servfailStops = !noFail;
    session.queue.add(l);
  }

  private static boolean is(String option, String full, int least) {
    return option.length() >= least
        && option.length() <= full.length()
        && full.regionMatches(true, 0, option, 0, option.length());
  }

  private static Optional<String> value(String option, String... names) {
    for (String name : names) {
      if (option.regionMatches(true, 0, name, 0, name.length())) {
        return Optional.of(option.substring(name.length()));
      }
    }
    return Optional.empty();
  }

  private void option(String option) {
    if (is(option, "all", 3)) {
      showSettings();
    } else if (takes(option, this::recordClass, "class=", "cl=")) {
      return;
    } else if (takes(option, this::type, "type=", "ty=", "querytype=", "query=", "qu=", "q=")) {
      return;
    } else if (takes(option, this::domain, "domain=", "do=")) {
      return;
    } else if (takes(option, this::port, "port=", "po=")) {
      return;
    } else if (takes(option, this::timeout, "timeout=", "t=")) {
      return;
    } else if (is(option, "recurse", 3)) {
      recurse = true;
    } else if (is(option, "norecurse", 5)) {
      recurse = false;
    } else if (takes(option, this::retry, "retry=", "ret=")) {
      return;
    } else if (is(option, "defname", 3)) {
      session.useSearch = true;
    } else if (is(option, "nodefname", 5)) {
      session.useSearch = false;
    } else if (is(option, "vc", 2)) {
      tcp = true;
      tcpSet = true;
    } else if (is(option, "novc", 4)) {
      tcp = false;
      tcpSet = true;
    } else if (is(option, "debug", 3)) {
      debug = true;
      session.showSearch = true;
    } else if (is(option, "nodebug", 5)) {
      debug = false;
      session.showSearch = false;
    } else if (is(option, "d2", 2)) {
      session.debugging = true;
    } else if (is(option, "nod2", 4)) {
      session.debugging = false;
    } else if (is(option, "search", 3)) {
      session.useSearch = true;
    } else if (is(option, "nosearch", 5)) {
      session.useSearch = false;
    } else if (is(option, "sil", 3)) {
      return;
    } else if (is(option, "fail", 3)) {
      noFail = false;
    } else if (is(option, "nofail", 5)) {
      noFail = true;
    } else if (!takes(option, this::ndots, "ndots=")) {
      session.output.out("*** Invalid option: " + option + "\n");
    }
  }

  private static boolean takes(String option, Consumer<String> setter, String... names) {
    Optional<String> value = value(option, names);
    value.ifPresent(setter);
    return value.isPresent();
  }

  private void recordClass(String text) {
    if (RecordClass.parse(text).isPresent()) {
      classText = text;
    } else {
      session.output.out("unknown query class: " + text + "\n");
    }
  }

  private void type(String text) {
    if (RecordType.parse(text).isPresent()) {
      typeText = text;
      bothAddresses = false;
    } else {
      session.output.out("unknown query type: " + text + "\n");
    }
  }

  private void domain(String text) {
    session.search = new ArrayList<>(List.of(text));
    session.useSearch = true;
  }

  private void port(String text) {
    session
        .number(text, 0xffff, "port", false)
        .ifPresent(
            n -> {
              session.port = (int) n;
              session.portSet = true;
            });
  }

  private void timeout(String text) {
    session.number(text, Session.MAX_32, "timeout", false).ifPresent(n -> session.timeout = n);
  }

  private void retry(String text) {
    session.number(text, Integer.MAX_VALUE, "tries", false).ifPresent(n -> session.tries = (int) n);
  }

  private void ndots(String text) {
    session.number(text, 128, "ndots", false).ifPresent(n -> session.ndots = (int) n);
  }

  private void showServers(boolean all) {
    for (Server server : session.servers) {
      InetSocketAddress address = new InetSocketAddress(server.address(), session.port);
      session.output.out(
          "Default server: " + server.given() + "\nAddress: " + Inet.text(address) + "\n");
      if (!all) {
        return;
      }
    }
  }

  private void showSettings() {
    showServers(true);
    session.output.out(
        "\nSet options:\n"
            + String.format(
                "  %s\t\t\t%s\t\t%s\n",
                tcp ? "vc" : "novc", debug ? "debug" : "nodebug", session.debugging ? "d2" : "nod2")
            + String.format(
                "  %s\t\t%s\n",
                session.useSearch ? "search" : "nosearch", recurse ? "recurse" : "norecurse")
            + String.format(
                "  timeout = %d\t\tretry = %d\tport = %d\tndots = %d\n",
                session.timeout, session.tries, session.port, session.ndots)
            + String.format("  querytype = %-8s\tclass = %s\n", typeText, classText)
            + "  srchlist = "
            + String.join("/", session.search)
            + "\n");
  }
}
