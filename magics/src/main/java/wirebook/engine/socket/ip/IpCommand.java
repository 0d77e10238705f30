package wirebook.engine.socket.ip;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import wirebook.engine.socket.ss.Abbreviation;
import wirebook.engine.socket.ss.Netlink;

/** One use of ip(8) of iproute2 6.1, and of {@code ip calc}, which is ours. */
public final class IpCommand {
  private static final String VERSION = "ip utility, iproute2-6.1.0, libbpf 1.1.2\n";

  /** In ip's order, as the first that fits is meant. */
  private static final List<String> OBJECTS =
      List.of(
          "address",
          "addrlabel",
          "maddress",
          "route",
          "rule",
          "neighbor",
          "neighbour",
          "ntable",
          "ntbl",
          "link",
          "l2tp",
          "fou",
          "ila",
          "macsec",
          "tunnel",
          "tunl",
          "tuntap",
          "tap",
          "token",
          "tcpmetrics",
          "tcp_metrics",
          "monitor",
          "xfrm",
          "mroute",
          "mrule",
          "netns",
          "netconf",
          "vrf",
          "sr",
          "nexthop",
          "mptcp",
          "ioam",
          "help",
          "stats",
          "calc");

  private static final List<String> LISTING = List.of("list", "show", "lst");

  private final List<String> words;
  private final Function<String, Optional<Rtnetlink>> hosts;
  private Rtnetlink host;
  private int at;
  private int family;
  private int statistics;
  private boolean details;
  private boolean brief;
  private boolean oneLine;
  private boolean json;
  private boolean pretty;
  private boolean color;
  private boolean human;
  private boolean iec;
  private boolean numeric;
  private boolean resolve;

  private IpCommand(
      Rtnetlink host, Function<String, Optional<Rtnetlink>> hosts, List<String> words) {
    this.host = host;
    this.hosts = hosts;
    this.words = words;
  }

  /**
   * Does what the words ask for.
   *
   * @param hosts the hosts that {@code -n NAME} stands for
   * @param explain whether {@code route get} is followed by why it is this route
   * @throws IpRefusal in ip's own words, when they are none or it is not to be done
   */
  public static IpResult run(
      Rtnetlink host,
      Function<String, Optional<Rtnetlink>> hosts,
      List<String> words,
      boolean explain) {
    return new IpCommand(host, hosts, words).run(explain);
  }

  private IpResult run(boolean explain) {
    if (!options()) {
      return new IpResult(List.of(), VERSION, "", 0);
    }
    IpContext ip =
        new IpContext(
            host,
            new IpOptions(
                family,
                statistics,
                details,
                brief,
                oneLine,
                json,
                pretty,
                color && !json,
                human,
                iec,
                numeric,
                resolve),
            words,
            at);
    if (!ip.hasWord()) {
      throw IpHelp.usage();
    }
    String text = "";
    int status = 0;
    boolean done = false;
    try {
      text = object(ip, explain);
      done = true;
    } catch (IpRefusal e) {
      throw ip.errors.isEmpty()
          ? e
          : new IpRefusal(e.word(), e.status(), ip.errors + e.text(), e.fix());
    } catch (Netlink.Refused e) {
      ip.warn(
          e.reason().isEmpty()
              ? "RTNETLINK answers: " + e.getMessage() + "\n"
              : "Error: " + e.reason() + ".\n");
      status = 2;
    } catch (IOException e) {
      ip.warn("Cannot open netlink socket: " + e.getMessage() + "\n");
      status = 1;
    }
    String end = done && ip.out.json() && !ip.out.text().isEmpty() ? "\n" : "";
    return new IpResult(ip.objects, ip.out.text() + end + text, ip.errors.toString(), status);
  }

  /** False when only the version is asked for. */
  private boolean options() {
    for (; at < words.size() && words.get(at).startsWith("-"); at++) {
      String given = words.get(at);
      if (given.equals("--")) {
        at++;
        return true;
      }
      String option = given.startsWith("--") ? given.substring(1) : given;
      if (option.equals("-4")) {
        family = IpOptions.INET;
      } else if (option.equals("-6")) {
        family = IpOptions.INET6;
      } else if (option.equals("-0")) {
        family = IpOptions.PACKET;
      } else if (option.equals("-M")) {
        family = IpOptions.MPLS;
      } else if (option.equals("-B")) {
        family = IpOptions.BRIDGE;
      } else if (isColor(option)) {
        color = !option.endsWith("=never") && !option.endsWith("=auto");
      } else {
        switch (Abbreviation.first(
                option,
                List.of(
                    "-loops",
                    "-family",
                    "-human-readable",
                    "-iec",
                    "-stats",
                    "-statistics",
                    "-details",
                    "-resolve",
                    "-oneline",
                    "-timestamp",
                    "-tshort",
                    "-Version",
                    "-force",
                    "-batch",
                    "-brief",
                    "-json",
                    "-pretty",
                    "-rcvbuf",
                    "-help",
                    "-netns",
                    "-Numeric",
                    "-all"))
            .orElse("")) {
          case "-family" -> {
            family = family(argument());
            if (family == 0) {
              throw refused(
                  "Error: argument \"" + words.get(at) + "\" is wrong: invalid protocol family",
                  "inet, inet6, link");
            }
          }
          case "-human-readable" -> human = true;
          case "-iec" -> iec = true;
          case "-stats", "-statistics" -> statistics++;
          case "-details" -> details = true;
          case "-resolve" -> resolve = true;
          case "-oneline" -> oneLine = true;
          case "-timestamp", "-tshort", "-force", "-all" -> {
            // They change nothing of what is shown here.
          }
          case "-loops", "-rcvbuf" -> argument();
          case "-Version" -> {
            return false;
          }
          case "-batch" ->
              throw refused("-batch is not here: each line of the file is a %ip of its own", "");
          case "-brief" -> brief = true;
          case "-json" -> json = true;
          case "-pretty" -> pretty = true;
          case "-help" -> throw IpHelp.usage();
          case "-netns" -> {
            String name = argument();
            host =
                hosts
                    .apply(name)
                    .orElseThrow(
                        () ->
                            refused(
                                "Cannot open network namespace \""
                                    + name
                                    + "\": No such file or directory",
                                "%internet hosts lists the hosts of the lab"));
          }
          case "-Numeric" -> numeric = true;
          default ->
              throw refused(
                  "Option \"" + option + "\" is unknown, try \"ip -help\".",
                  "-4, -6, -br, -o, -s, -d, -j, -p, -c, -n NAME");
        }
      }
    }
    return true;
  }

  private static boolean isColor(String option) {
    String name = option.replaceFirst("=.*", "");
    return name.length() > 1
        && "-color".startsWith(name)
        && List.of("", "always", "auto", "never").contains(option.replaceFirst("^[^=]*=?", ""));
  }

  private static int family(String name) {
    return switch (name) {
      case "inet" -> IpOptions.INET;
      case "inet6" -> IpOptions.INET6;
      case "link" -> IpOptions.PACKET;
      case "bridge" -> IpOptions.BRIDGE;
      case "mpls" -> IpOptions.MPLS;
      default -> 0;
    };
  }

  private String argument() {
    if (at + 1 >= words.size()) {
      throw IpHelp.usage();
    }
    return words.get(++at);
  }

  private IpRefusal refused(String text, String fix) {
    return new IpRefusal(at, IpRefusal.WRONG, text, fix);
  }

  /** Does it; what is to be printed behind what {@code ip} collected. */
  private String object(IpContext ip, boolean explain) throws IOException {
    String word = ip.take();
    String object = Abbreviation.first(word, OBJECTS).orElse("");
    String verb = ip.hasWord() ? ip.word() : "list";
    return switch (object) {
      case "address", "link", "route", "rule", "neighbor", "neighbour", "nexthop" -> {
        String kind = object.equals("neighbor") ? "neighbour" : object;
        yield verb(ip, kind, verb, explain);
      }
      case "maddress" -> {
        if (!ip.hasWord() || ip.takeShort("show", "list", "lst")) {
          OtherCommands.multicast(ip);
          yield "";
        }
        throw unknown(ip, "maddr", verb);
      }
      case "netns" -> {
        if (!ip.hasWord() || ip.takeShort("list", "show", "lst")) {
          OtherCommands.namespaces(ip);
          yield "";
        }
        throw ip.refused(1, "%ip netns lists the namespaces and does nothing else with them");
      }
      case "calc" -> IpCalc.run(ip);
      case "help" -> throw IpHelp.usage();
      case "" ->
          throw new IpRefusal(
              at,
              1,
              "Object \"" + word + "\" is unknown, try \"ip help\".",
              "addr, link, route, rule, neigh, nexthop, maddr, netns, or calc");
      default ->
          throw new IpRefusal(
              at,
              1,
              "\"ip " + object + "\" is not here; in a terminal it is.",
              "addr, link, route, rule, neigh, nexthop, maddr, netns, or calc");
    };
  }

  private static final List<String> ADDRESS =
      List.of(
          "add",
          "change",
          "replace",
          "delete",
          "list",
          "show",
          "lst",
          "flush",
          "save",
          "showdump",
          "restore",
          "help");
  private static final List<String> LINK =
      List.of(
          "add",
          "set",
          "change",
          "replace",
          "delete",
          "show",
          "lst",
          "list",
          "xstats",
          "afstats",
          "property",
          "help");
  private static final List<String> ROUTE =
      List.of(
          "add",
          "change",
          "replace",
          "prepend",
          "append",
          "test",
          "delete",
          "list",
          "show",
          "lst",
          "get",
          "flush",
          "save",
          "restore",
          "showdump",
          "help");
  private static final List<String> RULE =
      List.of("list", "lst", "show", "save", "restore", "add", "delete", "flush", "help");
  private static final List<String> NEIGHBOUR =
      List.of("add", "change", "replace", "delete", "get", "show", "lst", "list", "flush", "help");
  private static final List<String> NEXTHOP =
      List.of("add", "replace", "delete", "list", "show", "lst", "get", "flush", "bucket", "help");

  private static String verb(IpContext ip, String kind, String word, boolean explain)
      throws IOException {
    List<String> verbs =
        switch (kind) {
          case "address" -> ADDRESS;
          case "link" -> LINK;
          case "route" -> ROUTE;
          case "rule" -> RULE;
          case "neighbour" -> NEIGHBOUR;
          default -> NEXTHOP;
        };
    String verb =
        word.equals("chg") && !kind.equals("link")
            ? "change"
            : Abbreviation.first(word, verbs).orElse("");
    if (ip.hasWord()) {
      ip.take();
    }
    if (LISTING.contains(verb)) {
      switch (kind) {
        case "address", "link" -> LinkCommand.show(ip, kind.equals("link"));
        case "route" -> RouteCommand.show(ip);
        case "rule" -> RuleCommand.show(ip);
        case "neighbour" -> NeighbourCommand.show(ip);
        default -> NexthopCommand.show(ip);
      }
      return "";
    }
    return switch (verb) {
      case "" -> throw unknown(ip, kind, word);
      case "help" -> {
        if (kind.equals("link")) {
          yield IpHelp.text(kind);
        }
        throw IpHelp.of(kind);
      }
      case "get" -> {
        if (kind.equals("neighbour")) {
          NeighbourCommand.get(ip);
        } else if (kind.equals("nexthop")) {
          NexthopCommand.get(ip);
        } else {
          RouteCommand.Packet packet = RouteCommand.get(ip);
          yield explain && !ip.out.json() ? WhyRoute.text(ip, packet) : "";
        }
        yield "";
      }
      case "save", "showdump", "restore", "xstats", "afstats", "bucket" ->
          throw ip.refused(1, "\"ip " + kind + " " + verb + "\" is not here; in a terminal it is.");
      default -> {
        if (!ip.host.closed().isEmpty()) {
          throw ip.refused(2, ip.host.closed());
        }
        if (kind.equals("route") && verb.equals("flush") && RouteCommand.flushesCache(ip)) {
          ip.host.forgetPaths();
          yield ip.options.statistics() > 0 ? "*** IPv4 routing cache is flushed.\n" : "";
        }
        Changes.of(ip, kind, verb);
        yield "";
      }
    };
  }

  private static IpRefusal unknown(IpContext ip, String kind, String word) {
    String name = kind.equals("neighbour") ? "neigh" : kind;
    return ip.refused(
        IpRefusal.WRONG, "Command \"" + word + "\" is unknown, try \"ip " + name + " help\".");
  }
}
