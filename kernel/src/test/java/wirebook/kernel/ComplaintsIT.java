package wirebook.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps {@code COMPLAINTS.md} as the code says; {@code -Dwirebook.accept=true} rewrites it. What is
 * put in when a complaint is made stands there as an ellipsis.
 */
class ComplaintsIT {
  private static final Path PAGE = Path.of("COMPLAINTS.md");
  private static final Pattern OF_A_SPEC = Pattern.compile("Complaint\\.(\\w+),\\s*$");
  private static final Pattern LITERAL = Pattern.compile("\"((?:\\\\.|[^\"\\\\])*)\"");

  /** An algorithm's name has the same form. */
  private static final Pattern ID =
      Pattern.compile("\"(?!AES|SHA\\d|ED\\d|RSASHA)([A-Z]{2,8}\\d{3})\"");

  private static final String HEAD =
      """
      # Complaints

      What a cell or a magic says when it is called wrongly ends in an id; here each is, with what it
      says and what it says to do instead. Made from the code by `ComplaintsIT`.

      What stands in brackets is a kind of word that all magics read alike, as the spec says it; where
      nothing stands, the words come from what read the cell.

      | id | what is wrong | instead | said by |
      |---|---|---|---|
      """;

  /** What a complaint says, wherever it is made. */
  private record Said(Set<String> wrong, Set<String> instead, Set<String> by) {
    Said() {
      this(new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>());
    }
  }

  @Test
  void theCatalogueHasWhatTheCodeSays() throws IOException {
    Map<String, Said> all = new TreeMap<>();
    for (Path file : sources()) {
      String code = Files.readString(file);
      Matcher id = ID.matcher(code);
      while (id.find()) {
        Said said = all.computeIfAbsent(id.group(1), _ -> new Said());
        said.by.add("`" + file.getFileName().toString().replace(".java", "`"));
        Matcher kind = OF_A_SPEC.matcher(code).region(Math.max(0, id.start() - 60), id.start());
        if (kind.find()) {
          said.wrong.add("(" + kind.group(1).toLowerCase(Locale.ROOT).replace('_', ' ') + ")");
          continue;
        }
        List<String> texts = texts(code, id.end());
        texts.stream().findFirst().ifPresent(said.wrong::add);
        texts.stream().skip(1).findFirst().ifPresent(said.instead::add);
      }
    }
    assertThat(all).hasSizeGreaterThan(200);
    String page =
        all.entrySet().stream()
            .map(e -> row(e.getKey(), e.getValue()))
            .collect(Collectors.joining("", HEAD, ""));
    if (Boolean.getBoolean("wirebook.accept")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE)
        .as("accept with mvn verify -pl kernel -am -Dit.test=ComplaintsIT -Dwirebook.accept=true")
        .hasContent(page);
  }

  private static List<Path> sources() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String module : List.of("../magics", ".")) {
      try (Stream<Path> files = Files.walk(Path.of(module, "src", "main", "java"))) {
        files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(all::add);
      }
    }
    return all;
  }

  private static String row(String id, Said said) {
    return "| %s | %s | %s | %s |\n"
        .formatted(
            id,
            String.join("<br>", said.wrong),
            String.join("<br>", said.instead),
            String.join(", ", said.by));
  }

  /** Of the arguments behind an id, those that are text. */
  private static List<String> texts(String code, int from) {
    List<String> texts = new ArrayList<>();
    int depth = 0;
    int begin = from;
    int at = from;
    while (depth >= 0 && at < code.length()) {
      char c = code.charAt(at);
      if (c == '"') {
        Matcher literal = LITERAL.matcher(code).region(at, code.length());
        at = literal.lookingAt() ? literal.end() : at + 1;
        continue;
      }
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ';' || depth < 0 || (depth == 0 && c == ',')) {
        String argument = code.substring(begin, at);
        String shown = argument.contains("\"") ? shown(argument) : "";
        if (!shown.matches("…?")) {
          texts.add(shown);
        }
        begin = at + 1;
        depth = c == ';' ? -1 : depth;
      }
      at++;
    }
    return texts;
  }

  private static String shown(String argument) {
    StringBuilder shown = new StringBuilder();
    Matcher literal = LITERAL.matcher(argument);
    int end = 0;
    while (literal.find()) {
      boolean gap = !argument.substring(end, literal.start()).matches("[\\s+]*");
      shown.append(gap ? "…" : "").append(literal.group(1).translateEscapes());
      end = literal.end();
    }
    shown.append(argument.substring(end).isBlank() ? "" : "…");
    return shown
        .toString()
        .replaceAll("…+", "…")
        .replaceAll("\\s+", " ")
        .strip()
        .replace("|", "\\|")
        .replace("<", "&lt;");
  }
}
