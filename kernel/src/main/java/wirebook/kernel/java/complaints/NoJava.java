package wirebook.kernel.java.complaints;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicSpec;
import wirebook.spi.Span;

/** What stands in a cell as if it were Java: commands, scripts, prompts, what a program printed. */
public final class NoJava {
  private static final String NAME = "CompilationError";

  /** A name, and words that do not look like Java's, to the end of the line. */
  private static final Pattern COMMAND =
      Pattern.compile(
          "\\s*(?:[$!]\\s*+)?(?<line>(?<name>[a-z][a-zA-Z0-9]*)"
              + "(?:[ \\t]++(?:(?<=\\bcd[ \\t])|(?![=*/%&|^<>?:.,)\\]]|[+-][\\s(\\d]))(?:[^\\n;{}=]|=(?! ))*+)?)[ \\t]*;?[ \\t]*(?=\\n|$)");

  /** Programs that tutorials have their readers cell, with what no Java goes on with. */
  private static final Pattern PROGRAM =
      Pattern.compile(
          "\\s*(?:[$#]\\s+)?(?<line>(?:ls|ps|whoami|uname|(?:apt|apt-get|awk|bash|brew|cat|chmod|chown|conda|cp|curl"
              + "|diff|docker|echo|export|file|find|git|go|grep|head|java|javac|jq|kill|less|ln|make|man"
              + "|mkdir|mv|mvn|node|npm|npx|openssl|pip|pip3|pkill|printf|ps|python|python3|rm|rmdir|sed"
              + "|sh|sleep|source|sudo|tail|tar|tee|touch|unzip|wget|which|wsl|ls)(?=[ \\t]))"
              + "(?:[ \\t]++(?![-+*/%&|^<>?:=]{1,3}[\\s(]|[-+]\\d|[=.)\\](])[^\\n]*)?)(?=\\n|$)");

  /** What begins a script of the shell, and nothing of Java's. */
  private static final Pattern SCRIPT =
      Pattern.compile(
          "\\s*(?<line>(?:for[ \\t]+\\w+[ \\t]+in[ \\t][^\\n]*?|(?:while|until)[ \\t][^\\n]*?;[ \\t]*)\\bdo\\b[^\\n]*"
              + "|[A-Za-z_]\\w*=(?:(?:\\$\\(|`)[^\\n]*"
              + "|[^\\s=;][^\\n;]*(?=\\n\\s*(?:curl|dig|echo|export|ssh|wget|docker|kubectl|python3?)[ \\t])))(?=\\n|$)");

  /** What stands in a terminal or a notebook before code, and a stack trace. */
  private static final Pattern COPIED =
      Pattern.compile(
          "\\s*(?<line>(?<prompt>jshell>|>>>|In \\[\\d*\\]:|Out\\[\\d*\\]:|\\$(?= )|[\\w.-]+@[\\w.-]+:\\S*[$#]|[A-Z]:\\\\[^>\\n]*>)[^\\n]*"
              + "|(?:Exception in thread \"|Caused by: [a-z]+\\.|at [\\w.$/]+\\.[\\w$<>]+\\([\\w ]+(?:\\.java)?(?::\\d+)?\\))[^\\n]*)(?=\\n|$)");

  /** What begins a block of Python, and its imports, which in Java have a dot. */
  private static final Pattern PYTHON =
      Pattern.compile(
          "\\s*(?<line>(?:(?:async[ \\t]+)?def[ \\t]+\\w+[ \\t]*\\([^\\n]*:|class[ \\t]+\\w+(?:\\([^\\n{]*\\))?:"
              + "|(?:if|elif|while|for[ \\t]+[\\w, \\t]+[ \\t]in|with|except)\\b[^\\n{};?]*:|(?:else|except|finally|try):"
              + "|from[ \\t]+[\\w.]+[ \\t]+import[ \\t][^\\n;]*|import[ \\t]+\\w+(?:[ \\t]*,[^\\n;]*|[ \\t]+as[ \\t]+\\w+)?)"
              + "[ \\t]*(?:#[^\\n]*)?)(?=;?(?:\\n|$))");

  private NoJava() {}

  /**
   * Of a line that is a magic or a command but for its sign, as in a terminal, and of a magic
   * within a statement; else empty.
   */
  public static Optional<Failed> command(
      List<MagicSpec> magics, Source cell, int offset, String snippet) {
    // The snippet may have a semicolon more than the cell.
    String source =
        cell.code().startsWith(snippet, offset) ? snippet : snippet.replaceFirst(";$", "");
    Optional<Span> within = Unheeded.magic(magics, cell.code(), source, offset);
    if (within.isPresent()) {
      String name = cell.code().substring(within.get().start(), within.get().end());
      return Optional.of(
          Failures.of(
              new Diagnostic(
                  NAME,
                  within.get(),
                  "a magic begins a line, outside of blocks and of statements",
                  "lineMagic(\"" + name.replace("%", "") + "\", List.of(…)) here"),
              cell.code(),
              cell.place()));
    }
    Matcher magic = COMMAND.matcher(source);
    Matcher program = PROGRAM.matcher(source);
    Matcher script = SCRIPT.matcher(source);
    Matcher copied = COPIED.matcher(source);
    Matcher python = PYTHON.matcher(source);
    Matcher m;
    String advice;
    if (magic.lookingAt()
        && magics.stream().anyMatch(one -> one.name().equals(magic.group("name")))) {
      m = magic;
      advice = "a magic begins with %: %" + m.group("line").strip();
    } else if (program.lookingAt()) {
      m = program;
      advice =
          "a command of the shell begins with !: !"
              + m.group("line").strip()
              + "  (for several, %%bash is the cell's first line)";
    } else if (script.lookingAt()) {
      m = script;
      advice = "the shell's own language goes below %%bash, as the cell's first line";
    } else if (python.lookingAt()) {
      m = python;
      advice = "Python goes below %%script python3, as the cell's first line";
    } else if (copied.lookingAt()) {
      m = copied;
      advice =
          copied.group("prompt") == null
              ? "it is what a program printed"
              : "leave the prompt " + copied.group("prompt").strip() + " out, and what was printed";
    } else {
      return Optional.empty();
    }
    String line = m.group("line").strip();
    Span place = new Span(offset + m.start("line"), offset + m.start("line") + line.length());
    List<String> lines =
        new ArrayList<>(Failures.excerpt(cell.code(), cell.place(), place, "this is no Java"));
    lines.add("  " + advice);
    return Optional.of(new Failed("CompilationError", "this is no Java: " + advice, lines));
  }
}
