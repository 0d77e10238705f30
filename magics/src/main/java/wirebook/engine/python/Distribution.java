package wirebook.engine.python;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An installed package, as its {@code .dist-info} tells (PyPA, "Recording installed projects").
 *
 * @param requires what it says that it needs, without its extras
 */
public record Distribution(String name, String version, List<Requirement> requires) {
  /** Those that come with an environment, and that {@code pip freeze} does not list. */
  private static final List<String> TOOLS = List.of("pip", "setuptools", "wheel", "distribute");

  private static final Pattern REQUIREMENT =
      Pattern.compile("([A-Za-z0-9._-]+)(?:\\[[^\\]]*\\])?\\s*\\(?([^;)]*)\\)?\\s*(?:;(.*))?");

  public Distribution {
    requires = List.copyOf(requires);
  }

  /**
   * A line {@code Requires-Dist}.
   *
   * @param specifier which versions do: {@code >=3.1.0}; empty for any
   * @param conditional whether it counts only somewhere: for some Pythons, or some systems
   */
  public record Requirement(String name, String specifier, boolean conditional) {}

  /** Reads the {@code METADATA} of a folder {@code NAME-VERSION.dist-info}. */
  static Distribution read(Path distInfo) throws IOException {
    String name = "";
    String version = "";
    List<Requirement> requires = new ArrayList<>();
    for (String line :
        Files.readString(distInfo.resolve("METADATA"), StandardCharsets.UTF_8).lines().toList()) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        break;
      }
      String value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon)) {
        case "Name" -> name = value;
        case "Version" -> version = value;
        case "Requires-Dist" -> {
          Matcher m = REQUIREMENT.matcher(value);
          String marker = m.matches() && m.group(3) != null ? m.group(3) : "";
          if (m.matches() && !marker.contains("extra")) {
            requires.add(
                new Requirement(m.group(1), m.group(2).replace(" ", ""), !marker.isBlank()));
          }
        }
        default -> {
          // Nothing that is shown.
        }
      }
    }
    return new Distribution(name, version, requires);
  }

  /** The name as all spellings of it have it in common (PEP 503). */
  public static String normalized(String name) {
    return name.replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
  }

  boolean isNamed(String other) {
    return normalized(name).equals(normalized(other));
  }

  /** Whether it comes with each environment. */
  public boolean isTool() {
    return TOOLS.contains(normalized(name));
  }

  /** As {@code pip freeze} writes it. */
  @Override
  public String toString() {
    return name + "==" + version;
  }
}
