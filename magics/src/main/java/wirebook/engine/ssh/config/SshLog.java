package wirebook.engine.ssh.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What ssh says about itself, by level ({@code LogLevel} of {@code ssh_config(5)}); safe for
 * several threads. What is said is kept, up to a limit, whether it is printed or not.
 */
public final class SshLog {
  /** So many lines are kept. */
  private static final int KEPT = 4096;

  /** From what is always said to what hardly anyone wants to hear. */
  public enum Level {
    QUIET(""),
    FATAL(""),
    ERROR(""),
    INFO(""),
    VERBOSE(""),
    DEBUG1("debug1: "),
    DEBUG2("debug2: "),
    DEBUG3("debug3: ");

    private final String prefix;

    Level(String prefix) {
      this.prefix = prefix;
    }

    /** The level of a name in a configuration; {@code DEBUG} is {@code DEBUG1}. */
    public static Optional<Level> of(String name) {
      String upper = name.toUpperCase(Locale.ROOT);
      for (Level level : values()) {
        if (level.name().equals(upper)) {
          return Optional.of(level);
        }
      }
      return switch (upper) {
        case "DEBUG" -> Optional.of(DEBUG1);
        case "SILENT" -> Optional.of(QUIET);
        default -> Optional.empty();
      };
    }

    /** As {@code ssh -G} prints it; SILENT is Debian's name. */
    public String shown() {
      return switch (this) {
        case DEBUG1 -> "DEBUG";
        case QUIET -> "SILENT";
        default -> name();
      };
    }
  }

  /** One line that was said, without its prefix. */
  public record Line(Level level, String text) {}

  private final List<Line> lines = new ArrayList<>();
  private Consumer<String> printer;
  private Level level = Level.INFO;

  /**
   * @param printer takes whole lines without their end
   */
  public SshLog(Consumer<String> printer) {
    this.printer = printer;
  }

  public synchronized void level(Level most) {
    level = most;
  }

  public synchronized Level level() {
    return level;
  }

  /** What is said from now on goes elsewhere. */
  public synchronized void to(Consumer<String> other) {
    printer = other;
  }

  public synchronized void say(Level at, String text) {
    if (lines.size() < KEPT) {
      lines.add(new Line(at, text));
    }
    if (at.compareTo(level) <= 0) {
      printer.accept(at.prefix + visible(text));
    }
  }

  /**
   * As {@code vis(3)} shows it: what a server says of itself moves no cursor. OpenSSH's log has all
   * beyond ASCII in octal, too.
   */
  private static String visible(String text) {
    if (text.chars().allMatch(c -> (c >= ' ' && c < 0x7f && c != '\\') || c == '\n')) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      int c = each & 0xff;
      if (c == '\\') {
        shown.append("\\\\");
      } else if ((c >= ' ' && c < 0x7f) || (c >= 7 && c <= 10) || c == '\r') {
        shown.append((char) c);
      } else {
        shown.append(String.format(Locale.ROOT, "\\%03o", c));
      }
    }
    return shown.toString();
  }

  public void error(String text) {
    say(Level.ERROR, text);
  }

  public void info(String text) {
    say(Level.INFO, text);
  }

  public void verbose(String text) {
    say(Level.VERBOSE, text);
  }

  public void debug(String text) {
    say(Level.DEBUG1, text);
  }

  public void debug2(String text) {
    say(Level.DEBUG2, text);
  }

  public void debug3(String text) {
    say(Level.DEBUG3, text);
  }

  /** What was said so far, at all levels. */
  public synchronized List<Line> lines() {
    return List.copyOf(lines);
  }
}
