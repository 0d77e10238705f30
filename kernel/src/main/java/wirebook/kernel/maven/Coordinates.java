package wirebook.kernel.maven;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one asks a Maven repository for: {@code group:artifact[:extension[:classifier]]:version}.
 * The version may be a range, {@code RELEASE} or {@code LATEST}.
 */
public record Coordinates(
    String group, String artifact, String extension, String classifier, String version) {
  private static final Pattern MAVEN =
      Pattern.compile(
          "(?<group>[^:\\s]+):(?<artifact>[^:\\s]+)"
              + "(?::(?<extension>[^:\\s]*)(?::(?<classifier>[^:\\s]*))?)?:(?<version>[^:\\s]+)");

  /** Ivy's {@code organisation#name;revision}, which IJava takes as well. */
  private static final Pattern IVY =
      Pattern.compile("(?<group>[^#;\\s]+)#(?<artifact>[^#;\\s]+)(?:#[^;\\s]+)?;(?<version>\\S+)");

  /** Empty when the text has not this form. */
  public static Optional<Coordinates> parse(String text) {
    Matcher maven = MAVEN.matcher(text);
    if (maven.matches()) {
      return Optional.of(
          new Coordinates(
              maven.group("group"),
              maven.group("artifact"),
              given(maven.group("extension"), "jar"),
              given(maven.group("classifier"), ""),
              maven.group("version")));
    }
    Matcher ivy = IVY.matcher(text);
    return ivy.matches()
        ? Optional.of(
            new Coordinates(
                ivy.group("group"), ivy.group("artifact"), "jar", "", ivy.group("version")))
        : Optional.empty();
  }

  private static String given(@org.jspecify.annotations.Nullable String text, String otherwise) {
    return text == null || text.isEmpty() ? otherwise : text;
  }

  /** Group and artifact, which a class path has once. */
  public String name() {
    return group + ":" + artifact;
  }

  @Override
  public String toString() {
    return name() + ":" + version;
  }
}
