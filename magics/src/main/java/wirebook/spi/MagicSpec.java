package wirebook.spi;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * All that is known of a magic without running it: help, completion, checks and the README's table
 * are made from this one description.
 *
 * @param name without the percent sign
 * @param summary one line, no full stop
 * @param synopsis the arguments as a manual page shows them: {@code [@server] name [type]
 *     [+option…]}
 * @param syntax how its line is split into words
 * @param body whether it is used as a cell magic
 * @param shell whether its text is a shell's own: a line is one word as it stands, and so are the
 *     lines below it; Java variables that it names are handed over in {@link MagicCall#variables}
 * @param java what makes the lines below it Java, for magics that take Java there
 * @param cell for magics that take a whole cell there, what the magic is told before and after it
 * @param value the type that an assignment gets, {@link Void} when there is none
 * @param options in the order of the help text
 * @param operands what stands without an option, in order; the last may repeat
 * @param forms which operands go together, for completion: {@code bogus HOST expired|rolled}. In
 *     capitals stands one of {@link Values}, or anything; else the word itself, or one of several
 * @param examples calls with a comment each, ready to paste
 * @param ids of complaints about words, where they are not the usual: {@link #id}
 */
public record MagicSpec(
    String name,
    String summary,
    String synopsis,
    Syntax syntax,
    Body body,
    boolean shell,
    Optional<JavaBody> java,
    Optional<CellBody> cell,
    Class<?> value,
    List<Option> options,
    List<Operand> operands,
    List<String> forms,
    List<Example> examples,
    Map<Words.Complaint, String> ids) {

  public MagicSpec {
    options = List.copyOf(options);
    operands = List.copyOf(operands);
    forms = List.copyOf(forms);
    examples = List.copyOf(examples);
    ids = Map.copyOf(ids);
  }

  /**
   * Reads the words of a call.
   *
   * @throws MagicException when there is no such option, or its value is missing
   */
  public Words read(MagicCall call) {
    return read(call, call.words());
  }

  /** Reads these words alone, for a magic whose first ones are none of its spec's. */
  public Words read(MagicCall call, List<Word> words) {
    return new Words(this, call, words);
  }

  /** The id of a complaint about a word: {@code SERVE001} for an option that is none. */
  String id(Words.Complaint what) {
    return Optional.ofNullable(ids.get(what))
        .orElseGet(
            () ->
                "%s%03d"
                    .formatted(
                        name.toUpperCase(Locale.ROOT),
                        List.of(Words.Complaint.values()).indexOf(what) + 1));
  }

  /** How a line becomes words. */
  public enum Syntax {
    /**
     * As a POSIX shell does, without expansions: quotes group, a backslash takes the next
     * character.
     */
    SHELL,
    /**
     * As {@link #SHELL}, for commands that people paste: {@code |}, {@code >}, {@code &&} and so on
     * are words of their own, marked as operators, unless they are quoted; {@code # …} is a
     * comment; {@code $NAME} is a variable; quotes and blanks as word processors make them are
     * quotes and blanks.
     */
    COMMAND,
    /** White space separates, quotes group, and a backslash is an ordinary character. */
    LITERAL,
    /** As {@link #LITERAL}, with operators, comments and variables as {@link #COMMAND} has them. */
    LITERAL_COMMAND
  }

  public enum Body {
    NONE,
    OPTIONAL,
    REQUIRED,
    /** They go on with the words of the first line. */
    WORDS
  }

  /**
   * The lines below the magic are Java: before it runs, they are evaluated in the cells' scope
   * between these two texts.
   *
   * @param before one line, its end included, so that the lines keep their numbers
   */
  public record JavaBody(String before, String after) {}

  /**
   * The lines below the magic are a cell, with magics of its own. It runs between two calls of the
   * magic, which have the magic's own words behind the word {@code before} or {@code after}. The
   * second is made whether the cell succeeds or fails.
   */
  public record CellBody(String before, String after) {}

  /** What completion offers for a value. */
  public enum Values {
    ANY,
    HOST,
    RECORD_TYPE,
    PORT,
    /** Ports on which this notebook itself listens. */
    OWN_PORT,
    FILE,
    URL,
    HTTP_METHOD,
    /** A Python environment in the folder. */
    VENV
  }

  /**
   * @param names all spellings with their dashes or plus sign: {@code -x}, {@code +short}, {@code
   *     --head}
   * @param argument the placeholder of its argument, or its values with | between them; empty for a
   *     flag
   * @param negatable whether {@code no} can stand before the name: {@code +noshort}, {@code
   *     --no-buffer}
   */
  public record Option(
      List<String> names,
      Optional<String> argument,
      Values values,
      boolean negatable,
      String help) {
    public Option {
      names = List.copyOf(names);
    }

    public static Option flag(String help, String... names) {
      return new Option(List.of(names), Optional.empty(), Values.ANY, false, help);
    }

    public static Option toggle(String help, String... names) {
      return new Option(List.of(names), Optional.empty(), Values.ANY, true, help);
    }

    public static Option of(String argument, Values values, String help, String... names) {
      return new Option(List.of(names), Optional.of(argument), values, false, help);
    }
  }

  /**
   * @param choices the words that it may be, empty when it may be any
   */
  public record Operand(
      String name, Values values, List<String> choices, boolean required, boolean repeats) {
    public Operand {
      choices = List.copyOf(choices);
    }
  }

  public record Example(String call, String comment) {}

  public static Builder named(String name, String summary) {
    return new Builder(name, summary);
  }

  /** Collects a spec's parts. */
  public static final class Builder {
    private final String name;
    private final String summary;
    private String synopsis = "";
    private Syntax syntax = Syntax.SHELL;
    private Body body = Body.NONE;
    private boolean shell;
    private Optional<JavaBody> java = Optional.empty();
    private Optional<CellBody> cell = Optional.empty();
    private Class<?> value = Void.class;
    private final List<Option> options = new ArrayList<>();
    private final List<Operand> operands = new ArrayList<>();
    private final List<String> forms = new ArrayList<>();
    private final List<Example> examples = new ArrayList<>();
    private final Map<Words.Complaint, String> ids = new EnumMap<>(Words.Complaint.class);

    private Builder(String name, String summary) {
      this.name = name;
      this.summary = summary;
    }

    public Builder synopsis(String text) {
      synopsis = text;
      return this;
    }

    public Builder syntax(Syntax how) {
      syntax = how;
      return this;
    }

    public Builder body(Body which) {
      body = which;
      return this;
    }

    /** Its text is a shell's own. */
    public Builder shell() {
      shell = true;
      return this;
    }

    /** Lines below it are Java, and may be left out. */
    public Builder javaBody(String before, String after) {
      java = Optional.of(new JavaBody(before, after));
      return body(Body.OPTIONAL);
    }

    /** Lines below it are a cell, and may be left out. */
    public Builder cellBody(String before, String after) {
      cell = Optional.of(new CellBody(before, after));
      return body(Body.OPTIONAL);
    }

    public Builder value(Class<?> type) {
      value = type;
      return this;
    }

    public Builder option(Option option) {
      options.add(option);
      return this;
    }

    public Builder operand(String operandName, Values values, boolean required, boolean repeats) {
      operands.add(new Operand(operandName, values, List.of(), required, repeats));
      return this;
    }

    /** One that says what is to be done. */
    public Builder action(String operandName, boolean required, String... choices) {
      operands.add(new Operand(operandName, Values.ANY, List.of(choices), required, false));
      return this;
    }

    /** Which operands go together: {@link MagicSpec#forms}. */
    public Builder forms(String... all) {
      forms.addAll(List.of(all));
      return this;
    }

    public Builder example(String call, String comment) {
      examples.add(new Example(call, comment));
      return this;
    }

    /** The id of a complaint about words where it is not the magic's name and the usual number. */
    public Builder id(Words.Complaint what, String id) {
      ids.put(what, id);
      return this;
    }

    public MagicSpec build() {
      return new MagicSpec(
          name, summary, synopsis, syntax, body, shell, java, cell, value, options, operands, forms,
          examples, ids);
    }
  }
}
