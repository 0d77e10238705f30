package wirebook.kernel.java.complaints;

import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;

/**
 * What helps with an error of the compiler, where its kind and its place say that: no name has to
 * be looked up.
 */
final class Advice {
  private static final String LIMIT = "compiler.err.limit.";

  private static final String CHARACTER_OR_TEXT =
      "in '…' stands one character; text stands in \"…\"";

  /** The form of a character in {@code illegal character: '\u201c'}, whatever the character is. */
  private static final Pattern CHARACTER = Pattern.compile("'(?:\\\\u([0-9a-f]{4})|(.))'");

  /** What word processors, slides and keyboards put in the place of Java's own characters. */
  private static final Map<String, List<String>> LOOK_ALIKE =
      Map.of(
          "\"", List.of("“", "”", "„", "‟", "«", "»", "″", "＂", "`"),
          "'", List.of("‘", "’", "‚", "‛", "′", "´", "＇"),
          "-", List.of("‐", "‑", "‒", "–", "—", "−"),
          "*", List.of("×", "·", "∗"),
          "/", List.of("÷", "∕"),
          "...", List.of("…"),
          "<=", List.of("≤"),
          ">=", List.of("≥"),
          "!=", List.of("≠"),
          "->", List.of("→"));

  private static final Map<String, String> BOXED =
      Map.of(
          "boolean", "Boolean",
          "byte", "Byte",
          "char", "Character",
          "double", "Double",
          "float", "Float",
          "int", "Integer",
          "long", "Long",
          "short", "Short");

  private static final Map<String, String> PARSED =
      Map.of(
          "double", "Double.parseDouble(…)",
          "Double", "Double.parseDouble(…)",
          "int", "Integer.parseInt(…)",
          "Integer", "Integer.parseInt(…)",
          "long", "Long.parseLong(…)",
          "Long", "Long.parseLong(…)");

  private static final Pattern OTHER_TYPE =
      Pattern.compile(
          "^incompatible types: (?:possible lossy conversion from )?(?<from>\\w+)"
              + "(?: cannot be converted)? to (?<to>\\w+)");

  private static final Pattern OTHER_ELEMENTS =
      Pattern.compile("^incompatible types: [\\w.]+<.*> cannot be converted to [\\w.]+<");

  private static final Pattern IN_FOR = Pattern.compile("\\bfor\\s*\\([^;)]*(?:;[^;)]*)?$");

  private static final int FULL_WIDTH = 0xff01;
  private static final int FULL_WIDTH_END = 0xff5e;

  private static final Pattern NEW_NAME = Pattern.compile("\\s*(\\w+)\\s*=(?!=)");

  private Advice() {}

  /**
   * @param at where in {@code source} the error is
   */
  static Optional<String> on(String code, String message, String source, int at) {
    String here = source.substring(Math.clamp(at, 0, source.length()));
    return switch (code) {
      case LIMIT + "string" ->
          told(
              "a string in Java source has at most 65535 bytes: read it from a file, with"
                  + " Files.readString(Path.of(…))");
      case LIMIT + "code" -> told("a method has at most 64 KB of bytecode: divide it into several");
      case "compiler.err.illegal.char" -> character(message);
      case "compiler.err.illegal.start.of.expr" ->
          here.startsWith("package ")
              ? told("cells are in no package: leave this line out")
              : Optional.empty();
      case "compiler.err.premature.eof" ->
          source.strip().startsWith("else")
              ? told("else stands in the cell of its if")
              : Optional.empty();
      case "compiler.err.unclosed.char.lit" -> told(CHARACTER_OR_TEXT);
      case "compiler.err.int.number.too.large" ->
          told("an int has at most 2147483647: a number with L at its end is a long");
      case "compiler.err.type.found.req" ->
          Optional.ofNullable(BOXED.get(word(here)))
              .flatMap(type -> told("between < and > stands a class: " + type));
      case "compiler.err.illegal.esc.char" ->
          told(
              here.startsWith("\\{") || here.startsWith("{")
                  ? "string templates were a preview in Java 21 and 22, and are in none after it:"
                      + " \"…%s…\".formatted(value), or \"…\" + value"
                  : "in \"…\" a backslash is written twice: \\\\");
      case "compiler.err.expected" ->
          message.startsWith("';'")
                  && IN_FOR.matcher(source.substring(0, source.length() - here.length())).find()
              ? told("the parts of for (…; …; …) are divided by semicolons")
              : Optional.empty();
      case "compiler.err.cant.deref" ->
          Optional.ofNullable(BOXED.get(word(message)))
              .flatMap(
                  type -> told("it is a number or the like, and no object: " + type + ".…(…)"));
      case "compiler.err.non-static.cant.be.ref" ->
          message.contains("variable this ")
              ? told("outside of classes there is no object that this would mean")
              : Optional.empty();
      case "compiler.err.prob.found.req" -> otherType(message, here);
      case "compiler.err.unreported.exception.need.to.catch.or.throw" ->
          unreported(message, source.substring(0, source.length() - here.length()));
      case "compiler.err.cant.ref.non.effectively.final.var" ->
          told(
              "such a variable is set once: a loop in the place of the lambda, sum() and the like"
                  + " of a stream, or an AtomicInteger");
      case "compiler.err.cant.apply.symbol" ->
          message.startsWith("method main cannot") && message.contains("required: String[]")
              ? told("main(new String[] {}) calls it, as the java command does")
              : Optional.empty();
      case "compiler.err.is.preview",
          "compiler.err.preview.feature.disabled",
          "compiler.err.preview.feature.disabled.plural" ->
          told(
              "a kernel has it when Jupyter is started with the environment variable"
                  + " IJAVA_COMPILER_OPTS=--enable-preview");
      default -> message.startsWith("'.class' expected") ? name(here.strip()) : Optional.empty();
    };
  }

  /** Of a statement outside of methods everything may be thrown. */
  private static Optional<String> unreported(String message, String before) {
    String type =
        message.replaceFirst("(?s)^unreported exception (?:[a-z]\\w*\\.)*([\\w.]+).*", "$1");
    String caught = "try { … } catch (" + type + " e) { … }";
    return told(
        before.contains("->") && !before.contains("switch")
            ? "what calls the lambda expects none: " + caught + " inside of it"
            : caught + " around it, or behind the method's parameters: throws " + type);
  }

  /** A value of one type where another one is wanted. */
  private static Optional<String> otherType(String message, String here) {
    Matcher m = OTHER_TYPE.matcher(message);
    if (!m.find()) {
      return message.contains("Object is not a functional interface")
          ? told("say what it is for: Runnable name = …; Function<String, Integer> name = …;")
          : OTHER_ELEMENTS.matcher(message).find()
              ? told("between < and > stands the same on both sides; <> takes it over")
              : Optional.empty();
    }
    String from = m.group("from");
    String to = m.group("to");
    if (message.contains("lossy")) {
      return told(
          to.equals("float")
              ? "a number with f at its end is a float"
              : "(" + to + ") (…) makes one of it, without what it has no room for");
    }
    if (to.equals("boolean") && here.matches("(?s)=[^=].*")) {
      return told("= sets a variable; == compares");
    }
    if (from.equals("String") && to.equals("char")) {
      return told(CHARACTER_OR_TEXT);
    }
    String parsed = PARSED.get(to);
    return from.equals("String") && parsed != null
        ? told(parsed + " reads it out of a text")
        : to.equals("String") && BOXED.containsKey(from)
            ? told("String.valueOf(…) makes a text of it")
            : Optional.empty();
  }

  /** What stands where a variable's name is wanted. */
  private static Optional<String> name(String here) {
    String wrong = here.split("[^\\w$]", 2)[0];
    return SourceVersion.isKeyword(wrong)
        ? told(wrong + " is one of Java's own words, and no name")
        : wrong.matches("\\d+\\w+") ? told("a name begins with a letter") : Optional.empty();
  }

  private static String word(String text) {
    return text.split("\\W", 2)[0];
  }

  /** What may help with a name that is nowhere declared and like no other one. */
  static Optional<String> onUnknown(String name, String source) {
    Matcher assigned = NEW_NAME.matcher(source);
    return assigned.lookingAt() && assigned.group(1).equals(name)
        ? told("to declare it: var " + source.strip().lines().findFirst().orElse(""))
        : Optional.empty();
  }

  private static Optional<String> told(String advice) {
    return Optional.of("  " + advice);
  }

  private static Optional<String> character(String message) {
    Matcher m = CHARACTER.matcher(message);
    if (!m.find()) {
      return Optional.empty();
    }
    int c = m.group(1) == null ? m.group(2).codePointAt(0) : HexFormat.fromHexDigits(m.group(1));
    if (Character.isSurrogate((char) c)) {
      return Optional.empty();
    }
    String name = Optional.ofNullable(Character.getName(c)).orElse("").toLowerCase(Locale.ROOT);
    if (Character.isSpaceChar(c)) {
      return told(
          "that is the character " + name + ", which looks like a space: put a space there");
    }
    if (Character.getType(c) == Character.FORMAT) {
      return told("that is the character " + name + ", which is not seen: delete it");
    }
    String text = Character.toString(c);
    Optional<String> own =
        c >= FULL_WIDTH && c <= FULL_WIDTH_END
            ? Optional.of(Character.toString(c - FULL_WIDTH + '!'))
            : LOOK_ALIKE.entrySet().stream()
                .filter(one -> one.getValue().contains(text))
                .map(Map.Entry::getKey)
                .findFirst();
    return own.flatMap(
        java -> told("that is the character " + name + "; in Java one writes " + java));
  }
}
