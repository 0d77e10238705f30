package wirebook.engine.http.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.codec.Json;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;
import wirebook.spi.Span;
import wirebook.spi.Typos;
import wirebook.spi.Word;

/**
 * The variables that stand in files beside the requests: environments as JetBrains' editors have
 * them, and {@code .env}.
 *
 * @param file where environments are looked for
 * @param name the chosen one, as the call has it
 * @param named the file, when the call names it
 */
public record Environments(Path file, Optional<Word> name, Optional<Word> named) {
  /** Where environments are unless another file is named. */
  public static final String USUAL_FILE = "http-client.env.json";

  private static final String SHARED = "$shared";

  /** What is in {@code x.env.json} for all, is in {@code x.private.env.json} for one person. */
  private static final String ENDING = "env.json";

  private static final String PRIVATE_ENDING = "private.env.json";
  private static final Pattern DOTENV =
      Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][\\w.-]*)\\s*=(.*)");

  /** What {@code .env} says: {@code NAME=value} lines, with or without quotes. */
  public static Map<String, String> dotenv(Path directory) {
    Map<String, String> variables = new HashMap<>();
    try {
      for (String line : Files.readAllLines(directory.resolve(".env"))) {
        Matcher m = DOTENV.matcher(line);
        if (m.matches()) {
          String value = m.group(2).strip();
          boolean quoted = value.matches("\"[^\"]*\"|'[^']*'");
          variables.put(
              m.group(1),
              quoted ? value.substring(1, value.length() - 1) : value.replaceFirst("\\s+#.*$", ""));
        }
      }
    } catch (IOException e) {
      // Without the file there are no such variables; who refers to one is told.
    }
    return variables;
  }

  /** The chosen environment: what all share, then its own, then what only this person has. */
  public Map<String, String> variables() {
    if (name.isEmpty() && named.isEmpty() && !Files.exists(file)) {
      return Map.of();
    }
    String fileName = String.valueOf(file.getFileName());
    List<Json.Obj> files = new ArrayList<>(List.of(environments(file)));
    Path own =
        file.resolveSibling(
            fileName.endsWith(ENDING)
                ? fileName.substring(0, fileName.length() - ENDING.length()) + PRIVATE_ENDING
                : fileName + ".user");
    if (Files.exists(own)) {
      files.add(environments(own));
    }
    name.ifPresent(one -> isThere(one, fileName, files));
    Map<String, String> variables = new HashMap<>();
    for (Json.Obj one : files) {
      variables(one, SHARED)
          .forEach(
              (key, value) -> {
                variables.put(key, value.text());
                variables.put(VariableResolver.SHARED + key, value.text());
              });
    }
    for (Json.Obj one : files) {
      name.ifPresent(
          wanted ->
              variables(one, wanted.text())
                  .forEach((key, value) -> variables.put(key, value.text())));
    }
    return variables;
  }

  private static Map<String, Json> variables(Json.Obj file, String part) {
    return file.get(part) instanceof Json.Obj values ? values.members() : Map.of();
  }

  private static void isThere(Word name, String file, List<Json.Obj> files) {
    if (files.stream().anyMatch(f -> f.get(name.text()) instanceof Json.Obj)) {
      return;
    }
    List<String> there =
        files.stream()
            .flatMap(f -> f.members().keySet().stream())
            .filter(key -> !key.equals(SHARED))
            .distinct()
            .toList();
    throw wrong(
        "HTTP035",
        name,
        file + " has no environment " + name.text(),
        there.isEmpty()
            ? "It has none: write {\"" + name.text() + "\": {\"host\": \"http://…\"}} there."
            : Typos.nearest(name.text(), there, 2)
                .map(near -> "Did you mean " + near + "?")
                .orElse("It has " + String.join(", ", there) + "."));
  }

  private Json.Obj environments(Path file) {
    try {
      if (Json.parse(Files.readString(file)) instanceof Json.Obj all) {
        return all;
      }
      throw unreadable(file, "is no JSON object");
    } catch (NoSuchFileException e) {
      throw unreadable(file, "is not there");
    } catch (Json.Malformed e) {
      throw unreadable(file, "is no JSON: " + e.getMessage());
    } catch (IOException e) {
      throw unreadable(file, "cannot be read: " + e.getMessage());
    }
  }

  /** Said where the file is named, or else where something of it is wanted. */
  private MagicException unreadable(Path file, String what) {
    String called = name.map(Word::text).orElse(SHARED);
    Word place = named.or(() -> name).orElse(new Word(file.toString(), Span.NONE));
    return wrong(
        "HTTP034",
        place,
        file + " " + what,
        "Write {\"" + called + "\": {\"host\": \"http://…\"}} there.");
  }

  private static MagicException wrong(String id, Word at, String message, String fix) {
    return new MagicException(new Diagnostic(id, at.span(), message, fix));
  }
}
