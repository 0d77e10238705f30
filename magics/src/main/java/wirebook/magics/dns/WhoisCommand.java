package wirebook.magics.dns;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import wirebook.engine.whois.WhoisClient;
import wirebook.engine.whois.WhoisLookup;
import wirebook.internet.zones.Elsewhere;
import wirebook.magics.shell.ShellCommand;
import wirebook.net.Idn;
import wirebook.net.Visible;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** {@code %whois}: Debian's whois. */
public final class WhoisCommand implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("whois", "Asks who has a name, an address or a number, as whois does")
          .synopsis("[-h HOST] [-p PORT] [-H] [-I] [--verbose] [--no-recursion] OBJECT")
          .syntax(MagicSpec.Syntax.COMMAND)
          .value(WhoisLookup.class)
          .operand("object", Values.HOST, true, true)
          .option(Option.of("HOST", Values.HOST, "ask this server", "-h", "--host"))
          .option(Option.of("PORT", Values.PORT, "at this port", "-p", "--port"))
          .option(Option.flag("hide what registries say of the use of their data", "-H"))
          .option(Option.flag("begin at whois.iana.org, and follow its referral", "-I"))
          .option(Option.flag("say which servers are asked, and what", "--verbose"))
          .option(Option.flag("do not go on from a registry to a registrar", "--no-recursion"))
          .example("%whois google.com", "its registry, and then its registrar")
          .example("%whois 8.8.8.8", "who has an address")
          .example("%whois -h whois.iana.org com", "a server of your choice")
          .build();

  /** What goes on to servers of RIPE's kind; those behind the colon have a value. */
  private static final String FLAGS = "abBcdGKlLmMrRx:gistTvq";

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    List<String> asked = new ArrayList<>();
    WhoisLookup lookup =
        ShellCommand.run(
            call,
            "whois",
            (words, host) -> {
              WhoisClient.Options options =
                  read(call, call.words().subList(0, words.size()), asked);
              return new WhoisClient(
                      call.network(),
                      options,
                      l -> host.out().println(Visible.lines(l)),
                      l -> host.err().println(Visible.lines(l)))
                  .run(asked.stream().map(Idn::toAce).collect(Collectors.joining(" ")));
            },
            l -> new WhoisLookup(l.replies(), Math.max(1, l.exitCode())));
    note(call, asked);
    return MagicResult.of(lookup, lookup.exitCode());
  }

  private static WhoisClient.Options read(MagicCall call, List<Word> all, List<String> object) {
    List<Word> words = new ArrayList<>();
    for (Word word : all) {
      boolean attached = word.text().matches("-[hp].+");
      words.add(attached ? new Word(word.text().substring(0, 2), word.span()) : word);
      if (attached) {
        words.add(new Word(word.text().substring(2), word.span()));
      }
    }
    Optional<String> host = Optional.empty();
    OptionalInt port = OptionalInt.empty();
    boolean hide = false;
    boolean iana = false;
    boolean verbose = false;
    boolean recurse = true;
    StringBuilder flags = new StringBuilder();
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      String text = word.text();
      switch (text) {
        case "-h", "--host" -> host = Optional.of(value(call, words, i++));
        case "-p", "--port" -> port = port(call, words, i++);
        case "-H" -> hide = true;
        case "-I" -> iana = true;
        case "--verbose" -> verbose = true;
        case "--no-recursion" -> recurse = false;
        default -> {
          if (!text.startsWith("-") || text.length() == 1) {
            object.add(text);
          } else if (text.length() == 2 && FLAGS.indexOf(text.charAt(1)) >= 0) {
            flags.append(text).append(' ');
            if (FLAGS.indexOf(text.charAt(1)) > FLAGS.indexOf(':')) {
              flags.append(value(call, words, i++)).append(' ');
            }
          } else {
            throw call.wrong(
                "WHOIS001",
                word,
                "%whois has no option " + text,
                "It has -h HOST, -p PORT, -H, -I, --verbose and --no-recursion.");
          }
        }
      }
    }
    if (object.isEmpty() && flags.isEmpty()) {
      throw call.wrong(
          "WHOIS002",
          words.isEmpty() ? new Word("", Span.NONE) : words.getLast(),
          "%whois needs a name, an address or a number",
          "For example %whois google.com, %whois 8.8.8.8, %whois AS15169");
    }
    return new WhoisClient.Options(host, port, hide, iana, verbose, recurse, flags.toString());
  }

  private static String value(MagicCall call, List<Word> words, int option) {
    if (option + 1 >= words.size()) {
      throw call.wrong(
          "WHOIS003",
          words.get(option),
          words.get(option).text() + " needs a value",
          "Write it after the option, with a space between.");
    }
    return words.get(option + 1).text();
  }

  private static OptionalInt port(MagicCall call, List<Word> words, int option) {
    String value = value(call, words, option);
    if (value.equals("whois") || value.equals("nicname")) {
      return OptionalInt.empty();
    }
    if (value.matches("[0-9]{1,5}")
        && Integer.parseInt(value) > 0
        && Integer.parseInt(value) < 0x10000) {
      return OptionalInt.of(Integer.parseInt(value));
    }
    throw call.wrong(
        "WHOIS004", words.get(option + 1), value + " is no port", "A number from 1 to 65535.");
  }

  /** In the lab a name that is only outside is not registered, which is not to be believed. */
  private static void note(MagicCall call, List<String> asked) {
    if (!call.network().name().equals("lab")) {
      return;
    }
    for (String word : asked) {
      try {
        Elsewhere.above(Name.fromString(word, Name.root))
            .ifPresent(_ -> call.display().show(MimeBundle.text(Elsewhere.note(word))));
      } catch (TextParseException e) {
        // It is no name.
      }
    }
  }
}
