package wirebook.magics.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import wirebook.internet.Comparison;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.LabStatus;
import wirebook.internet.topology.Condition;
import wirebook.internet.zones.Damage;
import wirebook.spi.Durations;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.Typos;
import wirebook.spi.Word;
import wirebook.trace.IpText;

/** {@code %internet}: which network is in use, and what is wrong with its hosts. */
public final class Internet implements Magic {
  private static final Duration SLOW = Duration.ofMillis(1500);
  private static final int LOSSY_PERCENT = 50;
  private static final int TOLERATED_TYPOS = 3;
  private static final int COMPARED_LOOKUPS = 300;

  private static final MagicSpec SPEC =
      MagicSpec.named(
              "internet", "Show and switch the network in use, and break and mend lab hosts")
          .synopsis(
              "[lab | real | hosts | fail HOST | slow HOST [TIME] | lossy HOST [PERCENT] | lame"
                  + " HOST | up NAME [--replicas COUNT] [--in PLACE,…] [--port PORT] [--serve WORDS] | down NAME | map [HOST] | save FILE | load FILE | bogus ZONE [expired|rolled|forged|unsigned] | mitm HOST|off | log HOST | heal [HOST|ZONE] |"
                  + " compare | --listen]")
          .body(MagicSpec.Body.OPTIONAL)
          .value(LabStatus.class)
          .option(
              MagicSpec.Option.flag(
                  "take a network of one's own although it does not work as it is drawn",
                  "--anyway"))
          .option(
              MagicSpec.Option.flag(
                  "print the loopback ports at which other programs can ask the lab's name servers",
                  "--listen"))
          .action(
              "ACTION", false, "lab", "real", "hosts", "fail", "slow", "lossy", "lame", "bogus",
              "heal", "compare", "up", "down", "map", "save", "load", "mitm", "log")
          .operand("HOST", MagicSpec.Values.HOST, false, true)
          .forms(
              "lab|real|hosts|compare",
              "fail|slow|lossy|lame|down|log|heal|map HOST",
              "bogus HOST expired|rolled|forged|unsigned",
              "mitm HOST",
              "mitm off",
              "save|load FILE",
              "up NAME")
          .example("%internet", "which network is in use, and its hosts")
          .example("%internet real", "from now on the real Internet")
          .example("%internet fail ns1.class.example", "this host answers no more")
          .example("%internet slow a.root-servers.net 800ms", "each answer takes 800 ms more")
          .example(
              "%internet bogus class.example expired", "the signatures of this zone have run out")
          .example(
              "%internet compare",
              "one server for the whole world beside the hierarchy: load, time, outage, measured")
          .example(
              "%internet mitm shell.class.example",
              "somebody answers SSH in its place; %internet mitm says what he has read")
          .example("%internet log shell.class.example", "who logged in there, and how")
          .example("%internet heal", "all hosts are well again")
          .example(
              "%%internet",
              "the lines below are a network of one's own: router r1 10.0.0.1/24, host pc1"
                  + " 10.0.0.10/24 at r1 1ms, link r1 r2 5ms, service web 80 hello, ip r1 route …;"
                  + " the line world adds the lab's own")
          .option(
              MagicSpec.Option.of(
                  "COUNT", MagicSpec.Values.ANY, "up: so many hosts (3)", "--replicas"))
          .option(
              MagicSpec.Option.of(
                  "PLACE,…",
                  MagicSpec.Values.ANY,
                  "up: in these subnets, at these routers, by turns (this host's subnet)",
                  "--in"))
          .option(
              MagicSpec.Option.of(
                  "PORT", MagicSpec.Values.ANY, "up: the port of HTTP (80)", "--port"))
          .option(
              MagicSpec.Option.of(
                  "WORDS",
                  MagicSpec.Values.ANY,
                  "up: what each answers, {name} is its name",
                  "--serve"))
          .example(
              "%internet up shop.class.example --replicas 3 --in 192.0.2.0/24,ix-ashburn",
              "hosts that do the same, near and far, under one name")
          .example(
              "%internet map",
              "hosts, subnets, routers, links, and the way of the last packet; the lab has delay, jitter, loss, MTU and tables, and does not model congestion, ARP storms or BGP")
          .example("%internet save my.net", "the network, and what %ip changed, as such lines")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    if (!(call.networks() instanceof Internets internets)) {
      call.out()
          .println("The " + call.network().name() + " network is in use; there is no lab here.");
      return MagicResult.NOTHING;
    }
    boolean anyway = call.arguments().contains("--anyway");
    List<Word> words = call.words().stream().filter(w -> !w.text().equals("--anyway")).toList();
    if (call.body().isPresent()) {
      if (!words.isEmpty()) {
        throw call.wrong(
            "NET001", words.getFirst(), "%%internet takes only --anyway", "%%internet");
      }
      InternetCell.draw(call, internets, call.body().get(), anyway);
      internets.use("lab");
      return MagicResult.of(LabStatus.of(internets));
    }
    String action = words.isEmpty() ? "" : words.getFirst().text();
    switch (action) {
      case "map" -> {
        if (words.size() == 1) {
          return MagicResult.of(InternetMap.show(call, internets));
        }
        InternetMap.print(call, internets, words.get(1));
      }
      case "up" -> {
        return MagicResult.of(ClusterCommand.up(call, internets.lab()));
      }
      case "down" -> ClusterCommand.down(call, internets.lab());
      case "save" -> InternetCell.save(call, internets, file(call, words));
      case "load" -> {
        InternetCell.load(call, internets, file(call, words));
        internets.use("lab");
      }
      case "", "hosts" -> {
        print(call, LabStatus.of(internets), action.equals("hosts"));
        Map<Name, Damage> damages = internets.lab().zones().damages();
        damages.forEach((zone, damage) -> call.out().println(bogus(zone, damage)));
      }
      case "lab" -> {
        boolean back = internets.current().name().equals("real");
        internets.use(action);
        if (!back) {
          begin(call, internets.lab());
        } else if (!internets.lab().world().isOwn()) {
          call.out().println("Your own network is as it was; %internet lab again leaves it.");
        }
        call.out().println(use(LabStatus.of(internets)));
      }
      case "real" -> {
        internets.use(action);
        call.out().println(use(LabStatus.of(internets)));
      }
      case "fail" -> set(call, internets, _ -> new Condition.Failed());
      case "lame" -> set(call, internets, _ -> new Condition.Lame());
      case "slow" ->
          set(call, internets, how -> new Condition.Slow(how.map(w -> time(call, w)).orElse(SLOW)));
      case "lossy" ->
          set(
              call,
              internets,
              how -> new Condition.Lossy(how.map(w -> percent(call, w)).orElse(LOSSY_PERCENT)));
      case "heal" -> {
        if (words.size() == 1) {
          Lab lab = internets.lab();
          lab.healAll();
          call.out()
              .println(
                  "All hosts are up."
                      + (!lab.world().isTold()
                          ? ""
                          : "\n  What %ip changed stays; "
                              + (lab.world().isOwn() ? "%internet lab" : "drawing the network anew")
                              + " undoes it."));
        } else if (zone(words.get(1)).filter(internets.lab().zones()::mend).isPresent()) {
          call.out().println("The zone " + words.get(1).text() + " is well again.");
        } else {
          set(call, internets, _ -> new Condition.Up());
        }
        internets.lab().retryTransfers().forEach(call.out()::println);
      }
      case "bogus" -> bogus(call, internets.lab());
      case "mitm" -> mitm(call, internets.lab());
      case "log" -> {
        String host = host(call, internets.lab());
        LabStatus status = LabStatus.of(internets, Optional.of(host));
        status.logins().forEach(call.out()::println);
        if (status.logins().isEmpty()) {
          call.out().println("Nobody has tried to log in to " + host + ".");
        }
        return MagicResult.of(status);
      }
      case "compare" -> compare(call);
      case "--listen", "listen" -> listen(call, internets.lab());
      default ->
          throw call.wrong(
              "NET001",
              words.getFirst(),
              "%internet knows no " + action,
              "Write one of: lab, real, hosts, fail, slow, lossy, lame, bogus, heal, compare, up, down, map, save, load.");
    }
    if (OF_LAB_HOSTS.contains(action) && !call.network().name().equals("lab")) {
      call.out().println("  This is said of the lab; in use is the real Internet. %internet lab");
    }
    return MagicResult.of(LabStatus.of(internets));
  }

  private static final Set<String> OF_ROUTERS = Set.of("fail", "slow", "heal");

  private static final Set<String> OF_LAB_HOSTS =
      Set.of("fail", "lame", "slow", "lossy", "heal", "bogus", "mitm", "hosts", "listen");

  /** The lab as it was at first: its own world, with its own tables. */
  private static void begin(MagicCall call, Lab lab) {
    if (lab.world().isOwn()) {
      lab.world().restoreTables();
      return;
    }
    try {
      lab.loadOwnWorld();
      call.out().println("The lab's own world is back.");
    } catch (IOException e) {
      throw call.wrong(
          "NET023", call.words().getFirst(), "the network cannot be closed: " + e.getMessage(), "");
    }
  }

  private static Word file(MagicCall call, List<Word> words) {
    if (words.size() != 2) {
      Word action = words.getFirst();
      throw call.wrong(
          "NET021",
          words.getLast(),
          "%internet " + action.text() + " takes one file",
          "For example %internet " + action.text() + " my.net");
    }
    return words.get(1);
  }

  private static void mitm(MagicCall call, Lab lab) {
    try {
      if (call.words().size() == 1) {
        lab.logins().heard().forEach(call.out()::println);
        if (lab.logins().heard().isEmpty()) {
          call.out().println("Nobody has read anything.");
        }
      } else if (call.words().get(1).text().equals("off")) {
        lab.logins().takeAway();
        call.out().println("Nobody is in the middle any more.");
      } else {
        String host = host(call, lab);
        lab.logins().putBetween(host);
        call.out().println("Mallory answers in the place of " + host + ".");
      }
    } catch (IOException e) {
      throw call.wrong(
          "NET010",
          call.words().getLast(),
          "nobody can stand in the middle: " + e.getMessage(),
          "For example %internet mitm shell.class.example");
    }
  }

  private static Optional<Name> zone(Word word) {
    try {
      return Optional.of(Name.fromString(word.text(), Name.root));
    } catch (TextParseException e) {
      return Optional.empty();
    }
  }

  private static void compare(MagicCall call) throws InterruptedException {
    try {
      call.out().print(Comparison.measure(COMPARED_LOOKUPS));
    } catch (IOException e) {
      throw noSockets(call, e);
    }
  }

  private static MagicException noSockets(MagicCall call, IOException e) {
    return call.wrong(
        "NET006",
        call.words().getFirst(),
        "no sockets could be opened: " + e.getMessage(),
        "Close what else listens on many ports.");
  }

  private static void bogus(MagicCall call, Lab lab) {
    List<Word> words = call.words();
    if (words.size() < 2) {
      throw call.wrong(
          "NET007",
          words.getFirst(),
          "%internet bogus needs a zone",
          "For example %internet bogus class.example expired");
    }
    Word origin = words.get(1);
    Name zone =
        zone(origin)
            .filter(lab.zones()::isSigned)
            .orElseThrow(
                () ->
                    call.wrong(
                        "NET008",
                        origin,
                        "the lab does not sign a zone " + origin.text(),
                        "Signed are for example class.example, example.com, com and the root."));
    Damage damage = Damage.EXPIRED;
    if (words.size() > 2) {
      Word how = words.get(2);
      damage =
          Arrays.stream(Damage.values())
              .filter(d -> d.name().equalsIgnoreCase(how.text()))
              .findFirst()
              .orElseThrow(
                  () ->
                      call.wrong(
                          "NET009",
                          how,
                          "no way to make a zone bogus: " + how.text(),
                          "Write one of: expired, rolled, forged, unsigned."));
    }
    lab.zones().damage(zone, damage);
    call.out().println(bogus(zone, damage));
  }

  private static String bogus(Name zone, Damage damage) {
    return "The zone " + zone + " is bogus: " + damage.words() + ".";
  }

  /** From the shell, for as long as the command runs. */
  private static void listen(MagicCall call, Lab lab) throws InterruptedException {
    Map<InetSocketAddress, Integer> ports;
    try {
      ports = lab.ports().listen();
    } catch (IOException e) {
      throw noSockets(call, e);
    }
    call.out().printf("%-40s %5s%n", "NAME SERVER", "PORT");
    ports.forEach(
        (address, real) -> call.out().printf("%-40s %5d%n", IpText.of(address.getAddress()), real));
    ports.entrySet().stream()
        .findFirst()
        .ifPresent(
            e ->
                call.out()
                    .println(
                        "All on 127.0.0.1, by UDP and TCP; for example: dig -p "
                            + e.getValue()
                            + " @127.0.0.1 google.com"));
    if (!call.inCell()) {
      call.out().println("Stop with Ctrl-C.");
      call.out().flush();
      new CountDownLatch(1).await();
    }
  }

  private static String use(LabStatus status) {
    return status.network().equals("lab")
        ? "The lab Internet is in use: everything below is inside this kernel, no packet of magics and"
            + " Java leaves the machine but those of %maven, which goes to Maven Central. Programs of shell"
            + " cells are led here by a proxy."
        : "The real Internet is in use, as this machine reaches it.";
  }

  private static void set(
      MagicCall call, Internets internets, Function<Optional<Word>, Condition> how) {
    List<Word> words = call.words();
    Lab lab = internets.lab();
    List<Word> of = words.subList(1, Math.min(2, words.size()));
    // What is done to a router is done to what goes through it.
    String name =
        of.stream()
            .filter(_ -> OF_ROUTERS.contains(words.getFirst().text()))
            .flatMap(w -> lab.world().nodeNamed(w.text()).stream())
            .findFirst()
            .orElseGet(() -> host(call, lab));
    Condition condition =
        how.apply(words.size() > 2 ? Optional.of(words.get(2)) : Optional.empty());
    lab.world().set(name, condition);
    call.out().println(name + " is " + condition.words() + ".");
  }

  /** The host that is named behind the action. */
  private static String host(MagicCall call, Lab lab) {
    List<Word> words = call.words();
    if (words.size() < 2) {
      throw call.wrong(
          "NET002",
          words.getFirst(),
          "%internet " + words.getFirst().text() + " needs a host",
          "%internet hosts lists them all.");
    }
    Word host = words.get(1);
    return lab.world()
        .hostNamed(host.text())
        .orElseThrow(
            () ->
                call.wrong(
                    "NET003",
                    host,
                    lab.topology().node(host.text()).isPresent()
                        ? host.text() + " is a router, and this is done to hosts"
                        : "the lab has no host " + host.text(),
                    nearest(lab, host.text())
                        .filter(n -> !n.equals(host.text()))
                        .map(n -> "Did you mean " + n + "?")
                        .orElse("%internet hosts lists them all.")));
  }

  static Optional<String> nearest(Lab lab, String name) {
    return Typos.nearest(name, lab.topology().nodes().keySet(), TOLERATED_TYPOS);
  }

  private static Duration time(MagicCall call, Word word) {
    return Durations.parse(word.text())
        .orElseThrow(
            () ->
                call.wrong(
                    "NET004", word, "no time: " + word.text(), "Write for example 800ms or 3s."));
  }

  private static int percent(MagicCall call, Word word) {
    try {
      int percent = Integer.parseInt(word.text().replaceFirst("%$", ""));
      if (percent >= 0 && percent <= 100) {
        return percent;
      }
    } catch (NumberFormatException e) {
      // Complained about below.
    }
    throw call.wrong(
        "NET005", word, "no percentage: " + word.text(), "Write a number from 0 to 100.");
  }

  private static void print(MagicCall call, LabStatus status, boolean all) {
    call.out().println(use(status));
    if (!status.network().equals("lab")) {
      call.out().println("%internet lab switches to the lab.");
      return;
    }
    call.out()
        .println(
            "This host is "
                + IpText.of(status.address())
                + ", its gateway "
                + status.gateway().map(IpText::of).orElse("is missing")
                + ", its resolver "
                + status.resolver().map(IpText::of).orElse("is missing")
                + ".");
    call.out().println();
    String format = "%-34s %-17s %9s  %s%n";
    call.out().printf(format, "HOST", "ADDRESS", "ROUND TRIP", "WHAT IT IS");
    for (List<LabStatus.HostStatus> group : groups(status, all)) {
      LabStatus.HostStatus first = group.getFirst();
      String state =
          first.condition() instanceof Condition.Up ? "" : "; " + first.condition().words();
      call.out()
          .printf(
              format,
              first.name() + (group.size() > 1 ? " and " + (group.size() - 1) + " more" : ""),
              IpText.of(first.addresses().getFirst()),
              String.format(Locale.ROOT, "%.1f ms", first.delay().toNanos() * 2 / 1_000_000.0),
              first.does() + state);
    }
  }

  /** Servers that do the same are one line, as long as nothing is wrong with them. */
  private static List<List<LabStatus.HostStatus>> groups(LabStatus status, boolean all) {
    Map<String, List<LabStatus.HostStatus>> groups = new LinkedHashMap<>();
    for (LabStatus.HostStatus host : status.hosts()) {
      boolean alone = all || !(host.condition() instanceof Condition.Up);
      groups
          .computeIfAbsent(alone ? host.name() : "group " + host.does(), _ -> new ArrayList<>())
          .add(host);
    }
    return List.copyOf(groups.values());
  }
}
