package wirebook.kernel.java.assist;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import wirebook.internet.Lab;
import wirebook.internet.topology.TopologyText;
import wirebook.kernel.cell.CellParser;
import wirebook.kernel.cell.Part;
import wirebook.kernel.java.assist.JavaInspection.Detail;
import wirebook.kernel.java.magics.CellMagics;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.TextWork;
import wirebook.kernel.session.Interpreter.Completeness;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;

/** Helps to write a cell: asks JShell about its Java, and the specs about its magics. */
public final class CellAssistance {
  private static final String THIS = "this.";

  /** A dot before the cursor's word: then it is none of a class that is to be found. */
  private static final Pattern MEMBER = Pattern.compile("\\.\\s*\\w*\\z");

  /** Nobody looks at a menu that comes later. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final Set<TextWork> asked = ConcurrentHashMap.newKeySet();

  private final Supplier<JShellSession> session;
  private final Supplier<List<MagicSpec>> specs;
  private final Path directory;

  /**
   * @param directory where relative file names start
   */
  public CellAssistance(
      Supplier<JShellSession> session, Supplier<List<MagicSpec>> specs, Path directory) {
    this.session = session;
    this.specs = specs;
    this.directory = directory;
  }

  /** What could stand at the cursor. */
  public Completion complete(String code, int cursor) {
    int at = Math.clamp(cursor, 0, code.length());
    // What stands after the cursor would only be taken for a part of it.
    String before = code.substring(0, at);
    List<Part> parts = CellParser.parse(before);
    if (parts.isEmpty()) {
      return completeJava(before, 0);
    }
    return switch (parts.getLast()) {
      case Part.Java(Span span, String text) -> completeJava(text, span.start());
      case Part.LineMagic magic ->
          magic.name().equals(CellMagics.TIME) && at > magic.nameSpan().end()
              ? completeJava(magic.arguments(), magic.argumentsSpan().start())
              : completeMagic(magic.name(), magic.nameSpan(), before);
      case Part.CellMagic magic -> completeCellMagic(magic, before);
      case Part.Help help -> new Completion(List.of(), at, at);
      case Part.Malformed bad ->
          bad.text().strip().matches("%%?")
              ? magics().name("", at)
              : new Completion(List.of(), at, at);
    };
  }

  private Completion completeJava(String text, int offset) {
    if (!MEMBER.matcher(text).find()) {
      session.get().index();
    }
    return moved(
        withShell(
            jshell -> new JavaCompletion(jshell, directory).complete(text, text.length()),
            new Completion(List.of(), text.length(), text.length())),
        offset);
  }

  private static Completion moved(Completion found, int offset) {
    return new Completion(found.matches(), found.start() + offset, found.end() + offset);
  }

  /** The line of the magic's name, or below it the Java or the cell that some have there. */
  private Completion completeCellMagic(Part.CellMagic magic, String before) {
    int body = magic.bodySpan().start();
    if (!before.substring(magic.nameSpan().end(), body).endsWith("\n")) {
      return completeMagic(magic.name(), magic.nameSpan(), before);
    }
    Optional<MagicSpec.JavaBody> around = around(magic);
    if (around.isPresent()) {
      return completeWithin(around.get().before(), magic.body(), body);
    }
    return hasCell(magic.name())
        ? moved(complete(magic.body(), magic.body().length()), body)
        : new Completion(List.of(), before.length(), before.length());
  }

  /** Java in a class of a magic's; JShell passes over the methods that such a class inherits. */
  private Completion completeWithin(String start, String lines, int offset) {
    Completion found = completeJava(start + lines, offset - start.length());
    if (MEMBER.matcher(lines).find() || Snippets.breakOf(lines).inside() != Snippets.Inside.CODE) {
      return found;
    }
    Set<Match> all = new LinkedHashSet<>();
    completeJava(start + ofThis(lines, lines.length()), 0).matches().stream()
        .filter(match -> !JavaCompletion.isOfEveryObject(match.text()))
        .forEach(all::add);
    all.addAll(found.matches());
    return new Completion(List.copyOf(all), found.start(), found.end());
  }

  /** The lines with the word at the cursor as a member of the class around them. */
  private static String ofThis(String lines, int at) {
    int word = Math.clamp(at, 0, lines.length());
    while (word > 0 && Character.isJavaIdentifierPart(lines.charAt(word - 1))) {
      word--;
    }
    return lines.substring(0, word) + THIS + lines.substring(word);
  }

  /** What the magic's lines stand in, when they are Java. */
  private Optional<MagicSpec.JavaBody> around(Part.CellMagic magic) {
    return specs.get().stream()
        .filter(spec -> spec.name().equals(magic.name()))
        .findFirst()
        .flatMap(MagicSpec::java);
  }

  /** Whether the lines below the magic are a cell. */
  private boolean hasCell(String magic) {
    return magic.equals(CellMagics.TIME)
        || specs.get().stream()
            .filter(spec -> spec.name().equals(magic))
            .anyMatch(spec -> spec.cell().isPresent());
  }

  private Completion completeMagic(String name, Span nameSpan, String before) {
    int at = before.length();
    return at <= nameSpan.end()
        ? magics().name(name, nameSpan.start())
        : magics().word(name, before.substring(nameSpan.end()), at);
  }

  private MagicAssistance magics() {
    return new MagicAssistance(specs.get(), LabHosts.NAMES, directory);
  }

  /** Read at the first completion of a host. */
  private static final class LabHosts {
    static final MagicAssistance.LabNames NAMES =
        new MagicAssistance.LabNames(
            TopologyText.world().hosts().stream()
                .flatMap(host -> host.serves().stream())
                .map(
                    zone ->
                        zone.endsWith(".") && zone.length() > 1
                            ? zone.substring(0, zone.length() - 1)
                            : zone)
                .filter(zone -> zone.length() > 1 && !zone.endsWith(".arpa"))
                .distinct()
                .sorted()
                .toList(),
            Lab.siteNames());
  }

  /** What is known of what stands at the cursor. */
  public Optional<MimeBundle> inspect(String code, int cursor, Detail detail) {
    int at = Math.clamp(cursor, 0, code.length());
    for (Part part : CellParser.parse(code)) {
      if (part.span().start() <= at && at <= part.span().end()) {
        Optional<MimeBundle> found =
            switch (part) {
              case Part.Java(Span span, String text) ->
                  inspectJava(text, at - span.start(), detail);
              case Part.LineMagic magic ->
                  magic.name().equals(CellMagics.TIME) && at >= magic.argumentsSpan().start()
                      ? inspectJava(magic.arguments(), at - magic.argumentsSpan().start(), detail)
                      : magicHelp(magic.name(), code, at);
              case Part.CellMagic magic ->
                  at >= magic.bodySpan().start()
                      ? inspectLines(magic, at - magic.bodySpan().start(), detail)
                      : magicHelp(magic.name(), code, at);
              case Part.Help help -> help(help);
              case Part.Malformed bad -> Optional.empty();
            };
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** What stands in the lines below a magic, or the magic when they are neither Java nor a cell. */
  private Optional<MimeBundle> inspectLines(Part.CellMagic magic, int at, Detail detail) {
    String lines = magic.body();
    Optional<MagicSpec.JavaBody> around = around(magic);
    if (around.isPresent()) {
      String start = around.get().before();
      return inspectJava(start + lines, start.length() + at, detail)
          .or(
              () ->
                  inspectJava(
                      start + ofThis(lines, at), start.length() + THIS.length() + at, detail));
    }
    return hasCell(magic.name()) ? inspect(lines, at, detail) : magicHelp(magic.name(), "", 0);
  }

  private Optional<MimeBundle> inspectJava(String text, int cursor, Detail detail) {
    return withShell(
        jshell -> new JavaInspection(jshell).inspect(text, cursor, detail), Optional.empty());
  }

  /** What {@code name?} asks for, or {@code name??}. */
  public Optional<MimeBundle> help(Part.Help help) {
    return switch (help.subject()) {
      case LINE_MAGIC, CELL_MAGIC -> magicHelp(help.name(), "", 0);
      case JAVA ->
          inspectJava(
              help.name(),
              help.name().length(),
              help.text().contains("??") ? Detail.SOURCE : Detail.DOCUMENTATION);
    };
  }

  /** Of the magic, and first of its option at the cursor. */
  private Optional<MimeBundle> magicHelp(String name, String code, int at) {
    int start = at;
    while (start > 0 && !Character.isWhitespace(code.charAt(start - 1))) {
      start--;
    }
    int end = at;
    while (end < code.length() && !Character.isWhitespace(code.charAt(end))) {
      end++;
    }
    String word = code.substring(start, end);
    return specs.get().stream()
        .filter(spec -> spec.name().equals(name))
        .findFirst()
        .map(spec -> MagicHelp.of(spec, word));
  }

  public Completeness isComplete(String code) {
    return withShell(
        jshell -> Snippets.completeness(jshell.analysis, code), new Completeness.Unknown());
  }

  private interface ShellUse<T> {
    T use(JShellSession jshell);
  }

  /**
   * @param otherwise when that takes too long, was stopped, or JShell fails in it
   */
  private <T> T withShell(ShellUse<T> use, T otherwise) {
    JShellSession jshell = session.get();
    TextWork text = new TextWork();
    asked.add(text);
    jshell.lock.lock();
    try {
      jshell.spareMemory();
      return text.within(LONGEST, () -> use.use(jshell));
    } catch (TextWork.Ended
        | RuntimeException
        | AssertionError
        | InternalError
        | StackOverflowError e) {
      jshell.freshCompilers();
      return otherwise;
    } finally {
      jshell.lock.unlock();
      asked.remove(text);
    }
  }

  /** Answers at once, with nothing, what was asked for. */
  public void stop() {
    asked.forEach(TextWork::stop);
  }
}
