package wirebook.spi;

import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.spi.MagicSpec.Option;

/**
 * The words of a call as its spec reads them: {@link MagicSpec#read}. An option is asked for by any
 * of its names. What is said twice counts as it was said last, unless all of it is asked for. An
 * option that the spec does not have was not given.
 *
 * <p>A value stands behind its option, or joined to it: {@code --name value}, {@code --name=value},
 * {@code -n5}. Behind {@code --} everything is an operand. What is asked for with a type is checked
 * then, and a {@link MagicException} at its word says what is wrong and what to write.
 */
public final class Words {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final int TYPOS = 2;
  private static final int LAST_PORT = 65_535;

  private final MagicCall call;
  private final MagicSpec spec;
  private final SequencedMap<String, Word> given = new LinkedHashMap<>();
  private final Map<String, Boolean> on = new LinkedHashMap<>();
  private final Map<String, List<Word>> values = new LinkedHashMap<>();
  private final List<Word> operands = new ArrayList<>();

  /** What can be wrong with words; a spec can give each an id of its own. */
  public enum Complaint {
    /** There is no such option. */
    OPTION,
    /** An option lacks its value. */
    VALUE,
    TIME,
    SHARE,
    SIZE,
    COUNT,
    PORT,
    ADDRESS,
    PATH,
    /** There are more operands than the spec has. */
    OPERANDS
  }

  Words(MagicSpec spec, MagicCall call, List<Word> all) {
    this.spec = spec;
    this.call = call;
    Deque<Word> rest = new ArrayDeque<>(all);
    while (!rest.isEmpty()) {
      Word word = rest.removeFirst();
      if (word.text().equals("--") && !word.operator()) {
        operands.addAll(rest);
        rest.clear();
      } else if (word.operator() || !looksLikeOption(word.text())) {
        operands.add(word);
      } else {
        option(word, rest);
      }
    }
    boolean repeats = spec.operands().stream().anyMatch(MagicSpec.Operand::repeats);
    if (!repeats && operands.size() > spec.operands().size()) {
      throw wrong(
          Complaint.OPERANDS,
          operands.get(spec.operands().size()),
          "%" + spec.name() + " takes no more words",
          "%" + spec.name() + " " + spec.synopsis());
    }
  }

  private boolean looksLikeOption(String text) {
    return text.length() > 1
        && (text.startsWith("-")
            || (text.startsWith("+") && names().anyMatch(name -> name.startsWith("+"))));
  }

  private void option(Word word, Deque<Word> rest) {
    String text = word.text();
    int equals = text.startsWith("--") ? text.indexOf('=') : -1;
    String name = equals > 0 ? text.substring(0, equals) : text;
    Optional<Option> found = find(name);
    boolean negated = found.isEmpty() && name.matches("(--no-|\\+no).+");
    if (negated) {
      found = find(name.replaceFirst("no-?", "")).filter(Option::negatable);
    }
    if (found.isEmpty() && !negated && isAttached(text)) {
      Word value = new Word(text.substring(2), word.span());
      rest.addFirst(value);
      option(new Word(text.substring(0, 2), word.span()), rest);
      return;
    }
    Option option = found.orElseThrow(() -> unknown(word, name));
    String canonical = canonical(option);
    given.remove(canonical);
    given.put(canonical, word);
    on.put(canonical, !negated);
    if (option.argument().isPresent() && !negated) {
      boolean missing = equals < 0 && (rest.isEmpty() || find(rest.getFirst().text()).isPresent());
      if (missing) {
        throw wrong(Complaint.VALUE, word, name + " needs a value", "Write one behind it.");
      }
      values
          .computeIfAbsent(canonical, n -> new ArrayList<>())
          .add(equals < 0 ? rest.removeFirst() : new Word(text.substring(equals + 1), word.span()));
    } else if (equals > 0) {
      throw wrong(Complaint.OPTION, word, name + " takes no value", "Write " + name + " alone.");
    }
  }

  /** {@code -n5}, as most programs take it; {@code -name} is rather a long one's typo. */
  private boolean isAttached(String text) {
    return text.length() > 2
        && text.startsWith("-")
        && find("-" + text).isEmpty()
        && find(text.substring(0, 2)).flatMap(Option::argument).isPresent();
  }

  private Stream<String> names() {
    return spec.options().stream().flatMap(option -> option.names().stream());
  }

  private Optional<Option> find(String name) {
    return spec.options().stream().filter(option -> option.names().contains(name)).findFirst();
  }

  /** The name under which an option is kept: its long one. */
  private static String canonical(Option option) {
    return option.names().stream()
        .filter(name -> name.startsWith("--"))
        .findFirst()
        .orElse(option.names().getFirst());
  }

  private String canonical(String name) {
    return find(name).map(Words::canonical).orElse(name);
  }

  private MagicException unknown(Word word, String name) {
    String magic = "%" + spec.name();
    String bare = name.replaceFirst("^[-+]+", "");
    Optional<String> alone =
        spec.operands().stream()
            .map(MagicSpec.Operand::name)
            .filter(bare::equalsIgnoreCase)
            .findFirst()
            .map(operand -> operand + " stands alone: " + magic + " " + operand + ". ");
    return wrong(
        Complaint.OPTION,
        word,
        magic + " has no option " + name,
        alone
                .or(
                    () ->
                        Typos.nearest(name, names().toList(), Math.min(TYPOS, bare.length() / 3))
                            .map(near -> "Did you mean " + near + "? "))
                .orElse("")
            + (spec.options().isEmpty()
                ? magic + "? tells how it is written."
                : "Options are "
                    + spec.options().stream()
                        .map(option -> option.names().getLast())
                        .collect(Collectors.joining(", "))
                    + "; "
                    + magic
                    + "? tells more."));
  }

  /** An error at {@code word}, with the id that the spec has for it. */
  public MagicException wrong(Complaint what, Word word, String message, String fix) {
    return call.wrong(spec.id(what), word, message, fix);
  }

  // ---------------------------------------------------------------------------- options

  /**
   * Refuses the options that mean nothing for what is to be done.
   *
   * @param what that is to be done, as it is written: {@code serve}
   * @param names of the options that it takes
   */
  public Words only(String what, String... names) {
    List<String> taken = Stream.of(names).map(this::canonical).toList();
    given.forEach(
        (name, word) -> {
          if (!taken.contains(name)) {
            throw wrong(
                Complaint.OPTION,
                word,
                "%" + spec.name() + " " + what + " takes no " + name,
                taken.isEmpty() ? "" : "It takes " + String.join(", ", taken) + ".");
          }
        });
    return this;
  }

  /** Whether it was said, in either form. */
  public boolean has(String name) {
    return given.containsKey(canonical(name));
  }

  /** Whether it was said, and not taken back with its {@code --no-} form. */
  public boolean flag(String name) {
    return on.getOrDefault(canonical(name), false);
  }

  /** The options that were said, each by its long name with the word that said it last. */
  public SequencedMap<String, Word> given() {
    return Collections.unmodifiableSequencedMap(given);
  }

  /** The value of an option. */
  public Optional<Word> word(String name) {
    List<Word> all = all(name);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  public Optional<String> text(String name) {
    return word(name).map(Word::text);
  }

  /** All values of an option that may be said again. */
  public List<Word> all(String name) {
    return List.copyOf(values.getOrDefault(canonical(name), List.of()));
  }

  /** What stands without an option, in order. */
  public List<Word> operands() {
    return List.copyOf(operands);
  }

  /** The operand at this place, from 0. */
  public Optional<Word> operand(int place) {
    return place < operands.size() ? Optional.of(operands.get(place)) : Optional.empty();
  }

  // ------------------------------------------------------------------------------ types

  public Optional<Duration> duration(String name) {
    return word(name).map(this::duration);
  }

  /** A time: {@code 500ms}, {@code 1.5s}, {@code 1m30s}, or seconds; at most a day. */
  public Duration duration(Word word) {
    String text = word.text().toLowerCase(Locale.ROOT);
    return Durations.parse(text.matches("[0-9.]+") ? text + "s" : text)
        .filter(time -> time.compareTo(LONGEST) <= 0)
        .orElseThrow(
            () ->
                wrong(
                    Complaint.TIME,
                    word,
                    "\"" + word.text() + "\" is no time",
                    "Write 500ms, 5s or 1m."));
  }

  /** As {@link #duration(String)}, and not zero. */
  public Optional<Duration> positiveDuration(String name) {
    Optional<Duration> time = duration(name);
    if (time.filter(Duration::isPositive).isEmpty() && time.isPresent()) {
      Word word = word(name).orElseThrow();
      throw wrong(
          Complaint.TIME,
          word,
          "\"" + word.text() + "\" is no time at all",
          "Write 500ms, 5s or 1m.");
    }
    return time;
  }

  public OptionalInt count(String name, int most) {
    return word(name).map(w -> OptionalInt.of(count(w, most))).orElse(OptionalInt.empty());
  }

  /** A number from 1 on. */
  public int count(Word word, int most) {
    if (word.text().matches("0*[1-9][0-9]{0,9}") && Long.parseLong(word.text()) <= most) {
      return Integer.parseInt(word.text());
    }
    throw wrong(
        Complaint.COUNT,
        word,
        "\"" + word.text() + "\" is no count",
        "Write a number from 1 " + (most == Integer.MAX_VALUE ? "on." : "to " + most + "."));
  }

  /** A port to go to, from 1 on. */
  public OptionalInt port(String name) {
    return port(name, 1);
  }

  public OptionalInt port(String name, int least) {
    return word(name).map(w -> OptionalInt.of(port(w, least))).orElse(OptionalInt.empty());
  }

  /**
   * A port.
   *
   * @param least 0 where any free one can be meant, or else 1
   */
  public int port(Word word, int least) {
    if (word.text().matches("[0-9]{1,5}")) {
      int port = Integer.parseInt(word.text());
      if (port >= least && port <= LAST_PORT) {
        return port;
      }
    }
    throw wrong(
        Complaint.PORT,
        word,
        "\"" + word.text() + "\" is no port",
        "Write a number from "
            + (least == 0 ? "0 (any free one)" : String.valueOf(least))
            + " to "
            + LAST_PORT
            + ".");
  }

  public OptionalLong size(String name) {
    return word(name).map(w -> OptionalLong.of(size(w))).orElse(OptionalLong.empty());
  }

  /** A number of bytes: {@code 500}, {@code 64k}, {@code 1MB}, {@code 2GiB}; k is 1024. */
  public long size(Word word) {
    String lower = word.text().toLowerCase(Locale.ROOT).replaceAll("i?b$", "");
    int shift = lower.endsWith("k") ? 10 : lower.endsWith("m") ? 20 : lower.endsWith("g") ? 30 : 0;
    String digits = shift == 0 ? lower : lower.substring(0, lower.length() - 1);
    if (!digits.matches("[0-9]{1,9}")) {
      throw wrong(
          Complaint.SIZE, word, "\"" + word.text() + "\" is no size", "Write 500, 64k or 1MB.");
    }
    return Long.parseLong(digits) << shift;
  }

  public OptionalDouble share(String name) {
    return word(name).map(w -> OptionalDouble.of(share(w))).orElse(OptionalDouble.empty());
  }

  /** A share from 0 to 1: {@code 10%} or {@code 0.1}. */
  public double share(Word word) {
    boolean percent = word.text().endsWith("%");
    String number = percent ? word.text().substring(0, word.text().length() - 1) : word.text();
    double value = number.matches("[0-9]*\\.?[0-9]+") ? Double.parseDouble(number) : -1;
    double share = percent ? value / 100 : value;
    if (share >= 0 && share <= 1) {
      return share;
    }
    throw wrong(
        Complaint.SHARE,
        word,
        "\"" + word.text() + "\" is no share",
        "Write 10% or 0.1, at most 100%.");
  }

  /** An address of this machine, or of another; names are not looked up but {@code localhost}. */
  public Optional<InetAddress> address(String name) {
    return word(name).map(this::address);
  }

  private InetAddress address(Word word) {
    if (word.text().equals("localhost")) {
      return InetAddress.getLoopbackAddress();
    }
    try {
      return InetAddress.ofLiteral(word.text());
    } catch (IllegalArgumentException e) {
      throw wrong(
          Complaint.ADDRESS,
          word,
          "\"" + word.text() + "\" is no address",
          "Write 127.0.0.1 for this machine only, or 0.0.0.0 for every interface.");
    }
  }

  /** Where the file is that a word names. */
  public Path path(Word word) {
    try {
      return call.directory().resolve(word.text());
    } catch (InvalidPathException e) {
      throw wrong(
          Complaint.PATH,
          word,
          "\"" + word.text() + "\" is no file name: " + e.getReason(),
          "It is looked for in " + call.directory() + ".");
    }
  }
}
