package wirebook.internet.host;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.regex.Pattern;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.spi.Display;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.Services;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** The tools of the network on a host: the magics, from where the host stands. */
final class HostTools {
  private static final int WRONG = 2;

  /** Options of curl that leave the machine's files alone. */
  private static final Pattern CURL =
      Pattern.compile(
          "-[sSvifIkLG#46]+|--(silent|show-error|verbose|include|fail|head|insecure|location|get"
              + "|http1\\.0|http1\\.1|http2|compressed|ipv4|ipv6)");

  private static final Set<String> CURL_WITH_VALUE =
      Set.of(
          "-X",
          "--request",
          "-H",
          "--header",
          "-m",
          "--max-time",
          "-A",
          "--user-agent",
          "-w",
          "--write-out",
          "-d",
          "--data",
          "-o",
          "--output",
          "-u",
          "--user",
          "--connect-timeout",
          "--resolve",
          "-e",
          "--referer",
          "-b",
          "--cookie");

  private final HostView host;
  private final Services services = new Services();

  HostTools(HostView host) {
    this.host = host;
  }

  /** Whether the host has a tool of that name. */
  boolean has(String name) {
    return host.tools().contains(name);
  }

  int run(String name, List<String> words, Path directory, HostShell.Streams streams)
      throws InterruptedException {
    Optional<String> refused = refused(name, words);
    PrintStream err = stream(streams.err());
    if (refused.isPresent()) {
      err.println(name + ": " + refused.get() + " is not done on a host of the lab");
      return WRONG;
    }
    Magic magic =
        ServiceLoader.load(Magic.class, HostTools.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .filter(m -> m.spec().name().equals(name))
            .findFirst()
            .orElseThrow();
    PrintStream out = stream(streams.out());
    try {
      return magic
          .run(
              new Call(
                  words.stream().map(w -> new Word(w, Span.NONE)).toList(),
                  out,
                  err,
                  streams.in(),
                  directory,
                  host,
                  services))
          .exitCode();
    } catch (MagicException e) {
      err.println(name + ": " + e.diagnostic().message());
      return WRONG;
    } catch (Exception e) {
      if (e instanceof InterruptedException stopped) {
        throw stopped;
      }
      err.println(name + ": " + e.getMessage());
      return WRONG;
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static PrintStream stream(OutputStream to) {
    return new PrintStream(
        to instanceof PipedOutputStream ? new Piped(to) : to, false, StandardCharsets.UTF_8);
  }

  /** When nobody reads from the pipe any more, the tool ends: as SIGPIPE has it. */
  private static final class Piped extends FilterOutputStream {
    Piped(OutputStream to) {
      super(to);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        Thread.currentThread().interrupt();
        throw e;
      }
    }
  }

  /** The word that would reach files of the machine, or listen on it. */
  private static Optional<String> refused(String name, List<String> words) {
    return switch (name) {
      case "curl" -> curl(words);
      case "dig", "nslookup", "host" ->
          words.stream()
              .filter(w -> w.startsWith("-f") || w.startsWith("-k") || w.startsWith("+tls"))
              .findFirst();
      case "nc" -> words.stream().filter(w -> w.matches("-[a-zA-Z]*[lUe].*")).findFirst();
      default -> Optional.empty();
    };
  }

  private static Optional<String> curl(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (CURL_WITH_VALUE.contains(word) && i + 1 < words.size()) {
        String value = words.get(++i);
        boolean file = word.equals("-o") || word.equals("--output");
        if (value.startsWith("@") || (file && !value.equals("/dev/null") && !value.equals("-"))) {
          return Optional.of(word + " " + value);
        }
      } else if (word.startsWith("-") && !CURL.matcher(word).matches()) {
        return Optional.of(word);
      } else if (word.matches("(?i)file:.*")) {
        return Optional.of(word);
      }
    }
    return Optional.empty();
  }

  private record Call(
      List<Word> words,
      PrintStream out,
      PrintStream err,
      InputStream in,
      Path directory,
      HostView host,
      Services services)
      implements MagicCall {
    @Override
    public Optional<String> body() {
      return Optional.empty();
    }

    @Override
    public Display display() {
      return Display.NONE;
    }

    @Override
    public Network network() {
      return host.network();
    }

    @Override
    public Networks networks() {
      return host.networks();
    }

    @Override
    public Map<String, String> environment() {
      return Map.of();
    }

    @Override
    public boolean inCell() {
      return false;
    }
  }
}
