package wirebook.kernel.session;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import wirebook.codec.Digests;
import wirebook.codec.Json;

/**
 * The cells that were run, in this session and, when there is a file, in earlier ones. The file has
 * a JSON object a line and is shared by all kernels of a person. Where it cannot be read or
 * written, this session's cells are remembered all the same. Safe for several threads: one of its
 * own does the work, so that no cell waits for a disk.
 */
public final class History implements AutoCloseable {
  /** Beyond this many bytes the older half of the file is left out when a session begins. */
  private static final long LARGEST_FILE = 8L * 1024 * 1024;

  /** A line, as all that are written here. */
  private static final Pattern LINE = Pattern.compile("(?m)^\\{\"session\":(\\d{1,9})[,}]");

  /** A line that begins a session. */
  private static final Pattern BEGINNING =
      Pattern.compile("(?m)^\\{\"session\":\\d{1,9}(?:,\"chain\":\"\\w*\")?\\}$");

  /** What is kept of an output or input in the file; in memory it is whole. */
  private static final int LONGEST_TEXT = 100_000;

  /** As a shell reads it. */
  private static final String WORD = "(?:'[^'\\n]*'|\"[^\"\\n]*\"|\\S)++";

  private static final Pattern PASSWORD = Pattern.compile("(?<=\\s)(--password(?:=|\\s+))" + WORD);

  private static final Pattern KEYGEN = Pattern.compile("\\bssh-keygen\\b(?:\\\\\\n|.)*+");

  /** Not an empty one. */
  private static final Pattern PASSPHRASE =
      Pattern.compile("(?<=\\s)(-[a-z]*[NP]\\s*)(?!(?:''|\"\")(?:\\s|$))" + WORD);

  /**
   * A cell that was run.
   *
   * @param session counted from 1, this file's first
   * @param line the number in {@code In[n]}
   * @param output the result's plain text
   */
  public record Entry(int session, int line, String input, Optional<String> output) {}

  private final ExecutorService owner =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("history").factory());
  private final Optional<Path> file;

  /** What the sessions of one notebook have in common; empty for none. */
  private final String key;

  /** What the file calls it. */
  private String chain = "";

  private final List<Entry> current = new ArrayList<>();
  private boolean opened;
  private boolean writable;
  private int session = 1;

  private History(Optional<Path> file, String key) {
    this.file = file;
    this.key = key;
  }

  /** Kept in {@code file}, which is made when it is not there. */
  public static History in(Path file) {
    return in(file, "");
  }

  /**
   * Kept in {@code file}, which is made when it is not there.
   *
   * @param key what this session has in common with those that it is a restart of; the file has a
   *     digest of it; empty when nothing is known of that
   */
  public static History in(Path file, String key) {
    return new History(Optional.of(file), key);
  }

  /** Kept in memory only. */
  public static History inMemory() {
    return new History(Optional.empty(), "");
  }

  /**
   * The person's history: {@code WIREBOOK_HISTORY} when it is set, nowhere when it is empty, else
   * {@code wirebook/history.jsonl} in {@code XDG_STATE_HOME} or {@code ~/.local/state} (XDG Base
   * Directory Specification 0.8).
   *
   * @param key the connection's, which a restart keeps; the file has a digest of it
   */
  public static History ofUser(Map<String, String> environment, String key) {
    String named = environment.get("WIREBOOK_HISTORY");
    if (named != null) {
      return named.isEmpty() ? inMemory() : in(Path.of(named), key);
    }
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    String home = environment.getOrDefault("HOME", System.getProperty("user.home", ""));
    if (state.startsWith("/")) {
      return in(Path.of(state, "wirebook", "history.jsonl"), key);
    }
    return home.isEmpty()
        ? inMemory()
        : in(Path.of(home, ".local", "state", "wirebook", "history.jsonl"), key);
  }

  private static String chain(String key) {
    if (key.isEmpty()) {
      return "";
    }
    byte[] digest = Digests.of("SHA-256", key.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, 8);
  }

  /**
   * Remembers a cell that has run.
   *
   * @param line the number in {@code In[n]}
   * @param output the result's plain text
   */
  public void add(int line, String input, Optional<String> output) {
    try {
      owner.execute(
          () -> {
            open();
            Entry entry = new Entry(session, line, input, output);
            current.add(entry);
            if (writable) {
              append(entry);
            }
          });
    } catch (RejectedExecutionException e) {
      // A cell that the end of the kernel has ended.
    }
  }

  /** The last {@code n} cells, of all sessions. */
  List<Entry> tail(int n) {
    return ask(
        () -> {
          int missing = Math.max(0, n) - current.size();
          if (missing <= 0) {
            return last(current, n);
          }
          List<Entry> found = new ArrayList<>(current.reversed());
          lines().reversed().stream()
              .map(this::entry)
              .flatMap(Optional::stream)
              .limit(missing)
              .forEach(found::add);
          return found.reversed();
        });
  }

  /**
   * The cells of one session. As with IPython a negative line counts from the session's end.
   *
   * @param which 0 for this session, negative for the ones before it, positive for a number
   * @param start the first line
   * @param stop the first line that is left out, when not all are wanted
   */
  public List<Entry> range(int which, int start, Optional<Integer> stop) {
    return ask(
        () -> {
          int wanted = which > 0 ? which : session + which;
          List<Entry> all = wanted == session ? current : earlier(number -> number == wanted);
          int end = all.isEmpty() ? 0 : all.getLast().line + 1;
          int from = start < 0 ? start + end : start;
          int to = stop.filter(s -> s != 0).map(s -> s < 0 ? s + end : s).orElse(end);
          return all.stream().filter(e -> e.line >= from && e.line < to).toList();
        });
  }

  /**
   * The cells whose whole input matches, of this session and those that it is a restart of. What
   * other notebooks had is a match only when this one has none.
   *
   * @param glob with {@code *}, {@code ?} and {@code [abc]}
   * @param n only the last so many
   * @param unique of equal inputs only the last
   */
  public List<Entry> search(String glob, Optional<Integer> n, boolean unique) {
    Pattern pattern = pattern(glob);
    return ask(
        () -> {
          Set<Integer> own = sessionsOfChain();
          List<Entry> all = new ArrayList<>(earlier(own::contains));
          all.addAll(current);
          List<Entry> found = matching(pattern, all);
          if (found.isEmpty()) {
            found = matching(pattern, earlier(number -> !own.contains(number)));
          }
          if (unique) {
            Map<String, Entry> last = new LinkedHashMap<>();
            for (Entry entry : found) {
              last.remove(entry.input);
              last.put(entry.input, entry);
            }
            found = List.copyOf(last.values());
          }
          return last(found, n.orElse(Integer.MAX_VALUE));
        });
  }

  /** Waits, not long, until all is written. */
  @Override
  public void close() {
    owner.shutdown();
    try {
      owner.awaitTermination(500, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Entry> ask(Callable<List<Entry>> question) {
    try {
      return owner
          .submit(
              () -> {
                open();
                return List.copyOf(question.call());
              })
          .get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    } catch (RejectedExecutionException e) {
      return List.of();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the history cannot be read", e);
    }
  }

  private static List<Entry> last(List<Entry> entries, int n) {
    int wanted = Math.clamp(n, 0, entries.size());
    return entries.subList(entries.size() - wanted, entries.size());
  }

  /** The file's lines. It is read when it is asked for, which is seldom. */
  private List<String> lines() {
    if (file.isEmpty()) {
      return List.of();
    }
    try {
      return new String(Files.readAllBytes(file.get()), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      // This session's, then.
      return List.of();
    }
  }

  /** The sessions before this one that are of its chain. */
  private Set<Integer> sessionsOfChain() {
    String end = "\"chain\":\"" + chain + "\"}";
    return chain.isEmpty()
        ? Set.of()
        : lines().stream()
            .filter(line -> line.endsWith(end) && BEGINNING.matcher(line).matches())
            .map(History::sessionOf)
            .collect(Collectors.toSet());
  }

  /** The cells of some sessions before this one; the lines of others are not worth parsing. */
  private List<Entry> earlier(IntPredicate wanted) {
    return lines().stream()
        .filter(line -> wanted.test(sessionOf(line)))
        .map(this::entry)
        .flatMap(Optional::stream)
        .toList();
  }

  private static List<Entry> matching(Pattern pattern, List<Entry> entries) {
    return entries.stream().filter(e -> pattern.matcher(e.input).matches()).toList();
  }

  private static int sessionOf(String line) {
    Matcher matcher = LINE.matcher(line);
    return matcher.lookingAt() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private static Pattern pattern(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      int close = c == '[' ? glob.indexOf(']', i + 2) : -1;
      if (c == '*') {
        regex.append(".*");
      } else if (c == '?') {
        regex.append('.');
      } else if (close > 0) {
        String set = glob.substring(i + 1, close);
        boolean not = set.startsWith("^") || set.startsWith("!");
        regex.append(not ? "[^" : "[");
        regex.append((not ? set.substring(1) : set).replaceAll("[\\\\\\[&^\\]]", "\\\\$0"));
        regex.append(']');
        i = close;
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return Pattern.compile(regex.toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      return Pattern.compile(Pattern.quote(glob));
    }
  }

  /** Reads what is there and takes the next session number. */
  private void open() {
    if (opened) {
      return;
    }
    opened = true;
    if (file.isEmpty()) {
      return;
    }
    // Not before: no port is bound until there is a history, and digests take 5 ms to begin.
    chain = chain(key);
    Path path = file.get();
    try {
      Path folder = path.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      try (FileChannel channel = FileChannel.open(path, READ, WRITE, CREATE);
          FileLock lock = channel.lock()) {
        keepPrivate(path);
        session = lastSession(channel) + 1;
        if (channel.size() > LARGEST_FILE) {
          List<String> lines = end(channel, LARGEST_FILE).lines().toList();
          channel.truncate(0);
          write(channel, String.join("\n", lines.subList(lines.size() / 2, lines.size())) + "\n");
        }
        channel.position(channel.size());
        Json.Obj begins = Json.object("session", session);
        write(
            channel,
            (chain.isEmpty() ? begins : begins.with("chain", Json.of(chain))).write() + "\n");
        writable = lock.isValid();
      }
    } catch (IOException | UnsupportedOperationException | SecurityException e) {
      // The history of this session alone is still one.
      writable = false;
    }
  }

  private static void keepPrivate(Path path) throws IOException {
    if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }
  }

  /** The largest number of a session: it is after the last line that begins one, near the end. */
  private static int lastSession(FileChannel channel) throws IOException {
    for (long size = 1 << 16; ; size *= 8) {
      String end = end(channel, size);
      if (size >= channel.size() || BEGINNING.matcher(end).find()) {
        return LINE.matcher(end)
            .results()
            .mapToInt(match -> Integer.parseInt(match.group(1)))
            .max()
            .orElse(0);
      }
    }
  }

  /** The last bytes of the file, or all. */
  private static String end(FileChannel channel, long size) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate((int) Math.min(channel.size(), Math.min(size, LARGEST_FILE)));
    channel.position(channel.size() - bytes.capacity());
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // Until all is read.
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  /** The cell of an earlier session in a line, when there is one. */
  private Optional<Entry> entry(String line) {
    try {
      if (Json.parse(line) instanceof Json.Obj json && json.has("input")) {
        int number = json.integer("session").orElse(0);
        return number >= session
            ? Optional.empty()
            : Optional.of(
                new Entry(
                    number,
                    json.integer("line").orElse(0),
                    json.text("input").orElse(""),
                    json.text("output")));
      }
    } catch (Json.Malformed e) {
      // A line cut short by a crash is left out.
    }
    return Optional.empty();
  }

  /** The file outlives the notebook, and its owner does not look at it. */
  private static String withoutSecrets(String input) {
    return KEYGEN
        .matcher(PASSWORD.matcher(input).replaceAll("$1…"))
        .replaceAll(
            line -> Matcher.quoteReplacement(PASSPHRASE.matcher(line.group()).replaceAll("$1…")));
  }

  private void append(Entry entry) {
    if (entry.input.length() > LONGEST_TEXT) {
      return;
    }
    Json.Obj json =
        Json.object(
            "session", entry.session, "line", entry.line, "input", withoutSecrets(entry.input));
    if (entry.output.isPresent() && entry.output.get().length() <= LONGEST_TEXT) {
      json = json.with("output", Json.of(entry.output.get()));
    }
    try (FileChannel channel = FileChannel.open(file.orElseThrow(), APPEND);
        FileLock lock = channel.lock()) {
      if (lock.isValid()) {
        write(channel, json.write() + "\n");
      }
    } catch (IOException e) {
      writable = false;
    }
  }

  private static void write(FileChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
