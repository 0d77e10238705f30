package wirebook.magics.dns;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.Rcode;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.engine.dns.dig.DigHost;
import wirebook.engine.dns.dig.ReverseName;
import wirebook.magics.lab.LabNote;
import wirebook.magics.shell.ShellCommand;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.trace.Bytes;
import wirebook.trace.Trace;

/** {@code %host}: BIND's host, which asks as dig does and prints a sentence a record. */
public final class HostCommand implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("host", "Looks a name or an address up, and prints what host prints")
          .synopsis(
              "[-aClrsTvVw46] [-c CLASS] [-t TYPE] [-p PORT] [-N DOTS] [-R N] [-W SECONDS] name"
                  + " [server]")
          .syntax(MagicSpec.Syntax.COMMAND)
          .value(DnsLookup.class)
          .operand("name", Values.HOST, true, false)
          .operand("server", Values.HOST, false, false)
          .option(Option.of("TYPE", Values.RECORD_TYPE, "the type to ask for", "-t"))
          .option(Option.flag("all types, and whole messages", "-a"))
          .option(Option.flag("whole messages, as dig prints them", "-v", "-d"))
          .option(Option.flag("the SOA record of each of the zone's name servers", "-C"))
          .option(Option.flag("all hosts of a zone, by a transfer from the server", "-l"))
          .option(Option.flag("use IPv4 only", "-4"))
          .option(Option.flag("use IPv6 only", "-6"))
          .option(Option.flag("do not ask for recursion", "-r"))
          .option(Option.flag("ask by TCP", "-T"))
          .option(Option.of("PORT", Values.PORT, "ask this port", "-p"))
          .option(Option.of("CLASS", Values.ANY, "the class to ask for: IN, CH or HS", "-c"))
          .option(Option.of("DOTS", Values.ANY, "with fewer, the search list comes first", "-N"))
          .option(Option.flag("a SERVFAIL is the end: no other server is asked", "-s"))
          .option(Option.flag("the version", "-V"))
          .option(Option.flag("wait for ever", "-w"))
          .option(Option.of("N", Values.ANY, "tries by UDP", "-R"))
          .option(Option.of("SECONDS", Values.ANY, "how long to wait for an answer", "-W"))
          .example("%host google.com", "its addresses, and where its mail goes")
          .example("%host 8.8.8.8", "the name of an address")
          .example("%host -C google.com", "whether its name servers have the same version")
          .example("%host -t NS google.com 1.1.1.1", "another type, from another server")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    DnsLookup lookup = ShellCommand.run(call, "host", (words, host) -> looked(call, words, host));
    LabNote.show(call, lookup);
    return MagicResult.of(lookup, lookup.exitCode());
  }

  private static DnsLookup looked(MagicCall call, List<String> arguments, DigHost host)
      throws InterruptedException {
    List<String> options = new ArrayList<>(List.of("-r", "+search", "+tries=2", "+nofail"));
    List<Word> operands = new ArrayList<>();
    Optional<String> type = Optional.empty();
    String modes = "";
    List<Word> words = call.words().subList(0, arguments.size());
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      if (word.text().length() < 2 || !word.text().startsWith("-")) {
        operands.add(word);
        continue;
      }
      String letters = word.text().substring(1);
      for (int at = 0; at < letters.length(); at++) {
        char letter = letters.charAt(at);
        String value = "";
        if (VALUED.indexOf(letter) >= 0) {
          value =
              at + 1 < letters.length() ? letters.substring(at + 1) : argument(call, words, i++);
          at = letters.length();
        }
        switch (letter) {
          case 'a', 'A' -> {
            type = Optional.of("ANY");
            modes += "v";
          }
          case 'v', 'd' -> modes += "v";
          case 'C', 'l' -> modes += letter;
          case '4', '6' -> options.add("-" + letter);
          case 'r' -> options.add("+norecurse");
          case 'T' -> options.add("+tcp");
          case 'U' -> options.add("+notcp");
          case 's' -> options.add("+fail");
          case 'N' -> options.add("+ndots=" + number(value));
          case 'w' -> options.add("+timeout=" + FOR_EVER);
          case 'V' -> {
            host.out().println(VERSION);
            return NOTHING;
          }
          case 'c' -> {
            if (RecordClass.parse(value).isEmpty()) {
              return refused(host, "invalid class: " + value);
            }
            options.addAll(List.of("-c", value));
            type = type.or(() -> Optional.of("A"));
          }
          case 't' -> {
            if (RecordType.parse(value.replaceFirst("(?i)^(ixfr)=.*", "$1")).isEmpty()) {
              return refused(host, "invalid type: " + value);
            }
            type = Optional.of(value.toUpperCase(Locale.ROOT));
            if (type.get().equals("AXFR")) {
              type = Optional.empty();
              modes += "lv";
            }
          }
          case 'i', 'n', 'm', 'D' -> {
            // What they meant is no more, or is BIND's own memory.
          }
          case 'p' -> options.addAll(List.of("-p", value));
          // Once more at least.
          case 'R' -> options.add("+retry=" + Math.max(1, number(value)));
          case 'W' -> options.add("+timeout=" + Math.max(1, number(value)));
          default ->
              throw call.wrong(
                  "HOST001",
                  word,
                  "%host has no option -" + letter,
                  "It has -a, -v, -C, -l, -c CLASS, -t TYPE, -4, -6, -r, -s, -T, -V, -w, -p PORT,"
                      + " -N DOTS, -R N and -W SECONDS.");
        }
      }
    }
    if (operands.isEmpty() || operands.size() > 2) {
      throw call.wrong(
          "HOST002",
          operands.isEmpty() ? new Word("", Span.NONE) : operands.get(2),
          operands.isEmpty() ? "%host needs a name or an address" : "%host takes a name, a server",
          "For example %host google.com");
    }
    operands.stream().skip(1).forEach(s -> options.add("@" + s.text()));
    return new Asking(host, options, modes).run(operands.getFirst().text(), type);
  }

  /** The letters that have a value. */
  private static final String VALUED = "ctpmNRW";

  private static final String VERSION = "host 9.18.49-1~deb12u3-Debian";
  private static final int FOR_EVER = 3600;
  private static final DnsLookup NOTHING = new DnsLookup(List.of(), Trace.EMPTY, 0);

  private static DnsLookup refused(DigHost host, String words) {
    host.err().println("host: " + words);
    return new DnsLookup(List.of(), Trace.EMPTY, 2);
  }

  /** As atoi(3) reads it. */
  private static int number(String text) {
    return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
  }

  private static String argument(MagicCall call, List<Word> words, int option) {
    if (option + 1 >= words.size()) {
      throw call.wrong(
          "HOST003",
          words.get(option),
          words.get(option).text() + " needs a value",
          "Write it after the option, with a space between.");
    }
    return words.get(option + 1).text();
  }

  private static final class Asking {
    private final DigHost host;
    private final List<String> options;

    /** Letters of the options that say what is printed. */
    private final String modes;

    /** What dig printed last. */
    private String message = "";

    private boolean told;

    /** What dig says on the way when nobody answers, which host says as well. */
    private static final Pattern FAILED =
        Pattern.compile(";; (communications error to|Connection to|no servers could) .*");

    Asking(DigHost host, List<String> options, String modes) {
      this.host = host;
      this.options = options;
      this.modes = modes;
    }

    private boolean has(String mode) {
      return modes.contains(mode);
    }

    DnsLookup run(String name, Optional<String> type) throws InterruptedException {
      if (has("C")) {
        return check(name);
      }
      Optional<String> reverse = ReverseName.strict(name);
      if (has("l")) {
        return list(reverse.orElse(name), type);
      }
      String wanted = type.orElse(reverse.isPresent() ? "PTR" : "A");
      DnsLookup first = ask(List.of("-q", reverse.orElse(name), "-t", wanted));
      boolean good = print(first, name, type);
      if (!good || type.isPresent() || reverse.isPresent()) {
        return with(first, List.of(first), good ? 0 : 1);
      }
      // Of an alias, the others are asked of what it stands for.
      String at = target(first).orElse(name);
      if (has("v")) {
        DnsLookup six = ask(List.of("-q", at, "-t", "AAAA"));
        print(six, at, type);
        DnsLookup mail = ask(List.of("-q", at, "-t", "MX"));
        print(mail, at, type);
        return with(mail, List.of(first, six, mail), 0);
      }
      DnsLookup more = ask(List.of("-q", at, "-t", "AAAA", "-q", at, "-t", "MX"));
      print(more, at, type);
      return with(more, List.of(first, more), 0);
    }

    /** Do all servers of the zone have the same version of it? */
    private DnsLookup check(String name) throws InterruptedException {
      DnsLookup lookup = ask(List.of("-q", name, "+nssearch"));
      boolean found = false;
      for (DnsExchange exchange : lookup.exchanges()) {
        for (DnsRecord record : exchange.answers()) {
          if (record.type().equals(RecordType.SOA)) {
            found = true;
            host.out().println("Nameserver " + Inet.text(exchange.server().getAddress()) + ":");
            host.out().println("\t" + plain(record.name()) + " " + words(record));
          }
        }
      }
      if (!found) {
        print(lookup, name, Optional.of("NS"));
      }
      return with(lookup, List.of(lookup), found ? 0 : 1);
    }

    private DnsLookup list(String name, Optional<String> type) throws InterruptedException {
      DnsLookup lookup = ask(List.of("-q", name, "-t", "AXFR"));
      List<DnsRecord> zone = lookup.answers();
      boolean good = lookup.exitCode() == 0 && !zone.isEmpty();
      if (!good) {
        print(lookup, name, Optional.of("AXFR"));
        if (lookup.exchanges().stream().anyMatch(e -> e.reply().isPresent())) {
          host.out().println("; Transfer failed.");
        }
        return with(lookup, List.of(lookup), 1);
      }
      lookup.exchanges().stream().limit(1).forEach(this::server);
      if (has("v")) {
        host.out().print(message);
      } else {
        zone.stream()
            .filter(r -> type.map(r.type().toString()::equals).orElse(LISTED.contains(r.type())))
            .forEach(r -> host.out().println(plain(r.name()) + " " + words(r)));
      }
      return with(lookup, List.of(lookup), 0);
    }

    private static DnsLookup with(DnsLookup last, List<DnsLookup> all, int exitCode) {
      return new DnsLookup(
          all.stream().flatMap(l -> l.exchanges().stream()).toList(), last.trace(), exitCode);
    }

    private DnsLookup ask(List<String> questions) throws InterruptedException {
      List<String> arguments = new ArrayList<>(options);
      arguments.addAll(questions);
      if (has("v")) {
        // host asks without EDNS, and for ANY by UDP, too; dig would not.
        arguments.addAll(List.of("+noedns", "+noadflag", "+nocmd", "+nostats"));
        if (!options.contains("+tcp") && !has("l")) {
          arguments.add("+notcp");
        }
        host.out().println("Trying \"" + questions.get(1).replaceFirst("(.)\\.$", "$1") + "\"");
      }
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      ByteArrayOutputStream complaints = new ByteArrayOutputStream();
      DnsLookup lookup =
          wirebook.engine.dns.dig.Dig.dig(
              arguments,
              new DigHost(
                  host.network(),
                  host.in(),
                  new PrintStream(printed, true, StandardCharsets.UTF_8),
                  new PrintStream(complaints, true, StandardCharsets.UTF_8),
                  host.directory(),
                  host.environment()));
      message = printed.toString(StandardCharsets.UTF_8);
      complaints
          .toString(StandardCharsets.UTF_8)
          .lines()
          .map(l -> l.replaceFirst("^dig:", "host:"))
          .forEach(host.err()::println);
      return lookup;
    }

    private static Optional<String> target(DnsLookup lookup) {
      return lookup.answers().stream()
          .filter(r -> r.type().equals(RecordType.CNAME))
          .map(DnsRecord::text)
          .reduce((_, last) -> last);
    }

    /** Whether there was an answer. */
    private boolean print(DnsLookup lookup, String name, Optional<String> type) {
      boolean heard = false;
      for (DnsExchange exchange : lookup.exchanges()) {
        Optional<DnsMessage> reply = exchange.reply();
        if (reply.isPresent()) {
          heard = true;
          server(exchange);
          if (!print(exchange, reply.get(), name, type)) {
            return false;
          }
        }
      }
      if (!heard) {
        message.lines().filter(FAILED.asMatchPredicate()).forEach(host.out()::println);
      }
      return heard;
    }

    private void received(DnsExchange exchange) {
      host.out()
          .println(
              "Received %d bytes from %s#%d in %d ms"
                  .formatted(
                      exchange.replyBytes().stream().mapToInt(Bytes::length).sum(),
                      Inet.text(exchange.server().getAddress()),
                      exchange.server().getPort(),
                      exchange.roundTrip().toMillis()));
    }

    /** Who was asked, when that was said on the line. */
    private void server(DnsExchange exchange) {
      Optional<String> said = options.stream().filter(o -> o.startsWith("@")).findFirst();
      if (told || said.isEmpty()) {
        return;
      }
      told = true;
      InetSocketAddress server = exchange.server();
      host.out().println("Using domain server:");
      host.out().println("Name: " + said.get().substring(1));
      host.out().println("Address: " + Inet.text(server));
      host.out().println("Aliases: ");
      host.out().println();
    }

    private boolean print(
        DnsExchange exchange, DnsMessage reply, String name, Optional<String> type) {
      String asked = exchange.question().map(q -> q.name()).map(HostCommand::plain).orElse(name);
      if (!reply.rcode().equals(Rcode.NOERROR)) {
        host.out()
            .println(
                "Host "
                    + asked
                    + " not found: "
                    + reply.rcode().code()
                    + "("
                    + reply.rcode()
                    + ")");
        if (has("v") && !has("l")) {
          received(exchange);
        }
        return false;
      }
      if (has("v")) {
        host.out().print(message.substring(Math.max(0, message.indexOf(";; ->>HEADER"))));
        received(exchange);
        return true;
      }
      if (exchange.answers().isEmpty() && type.isPresent()) {
        host.out().println(asked + " has no " + type.get() + " record");
      }
      exchange.answers().stream()
          .filter(r -> !r.type().equals(RecordType.RRSIG))
          .forEach(r -> host.out().println(plain(r.name()) + " " + words(r)));
      return true;
    }
  }

  /** What is a host's in the list of a zone, and who has its children. */
  private static final Set<RecordType> LISTED =
      Set.of(RecordType.A, RecordType.AAAA, RecordType.NS, RecordType.PTR);

  private static String plain(DnsName name) {
    return name.isRoot() ? "." : name.toString().replaceFirst("\\.$", "");
  }

  private static String words(DnsRecord record) {
    String what =
        switch (record.type().toString()) {
          case "A" -> "has address";
          case "AAAA" -> "has IPv6 address";
          case "NS" -> "name server";
          case "CNAME" -> "is an alias for";
          case "PTR" -> "domain name pointer";
          case "HINFO" -> "host information";
          case "MX" -> "mail is handled by";
          case "TXT" -> "descriptive text";
          case "X25" -> "x25 address";
          case "ISDN" -> "isdn address";
          case "RP" -> "responsible person";
          case "SIG" -> "has signature";
          case "KEY" -> "has key";
          case "LOC" -> "location";
          default -> "has " + record.type() + " record";
        };
    return what + " " + record.text();
  }
}
