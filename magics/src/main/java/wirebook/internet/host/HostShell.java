// Above 500 lines: one shell; running and expanding share its state.
package wirebook.internet.host;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import wirebook.engine.ssh.server.SshHost;
import wirebook.internet.host.ShellText.Branch;
import wirebook.internet.host.ShellText.Node;
import wirebook.internet.host.ShellText.Redirection;
import wirebook.internet.host.ShellText.SyntaxError;
import wirebook.net.ToolExit;
import wirebook.trace.IpText;

/** The shell of one session on a host. */
final class HostShell {
  private static final int PIPE = 64 << 10;
  private static final int DEEPEST = 40;
  private static final Pattern ASSIGNMENT =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]*=.*", Pattern.DOTALL);
  private static final Set<String> DECLARING = Set.of("local", "export");
  static final int NOT_FOUND = 127;

  final HostView host;
  final String user;
  final Path home;
  final HostFiles files;
  final Map<String, String> variables = new TreeMap<>();
  Path directory;
  private final HostPrograms programs;
  final Map<String, Node> functions = new TreeMap<>();

  /** What the script or function was given. */
  List<String> given = List.of();

  /** What {@code local} hid, of the function that runs; of none where none runs. */
  private Optional<Map<String, Optional<String>>> hidden = Optional.empty();

  private int status;
  private int depth;
  private int loops;

  /** The streams of a command. */
  record Streams(InputStream in, OutputStream out, OutputStream err) {
    void say(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }

    void complain(String text) throws IOException {
      err.write((text + "\n").getBytes(StandardCharsets.UTF_8));
      err.flush();
    }
  }

  HostShell(HostView host, String user, HostFiles files, SshHost.Session session) {
    this.host = host;
    this.user = user;
    this.files = files;
    home = files.home();
    directory = home;
    programs = new HostPrograms(this);
    session.environment().forEach(variables::put);
    variables.put("HOME", home.toString());
    variables.put("USER", user);
    variables.put("LOGNAME", user);
    variables.put("SHELL", "/bin/bash");
    variables.put("PATH", "/usr/local/bin:/usr/bin:/bin");
    var local = session.ends().local();
    var remote = session.ends().remote();
    variables.put(
        "SSH_CONNECTION",
        IpText.of(remote.getAddress())
            + " "
            + remote.getPort()
            + " "
            + IpText.of(local.getAddress())
            + " "
            + local.getPort());
  }

  /** What it does is of no consequence to the other one. */
  private HostShell(HostShell of) {
    host = of.host;
    user = of.user;
    files = of.files;
    home = of.home;
    directory = of.directory;
    status = of.status;
    depth = of.depth;
    programs = new HostPrograms(this, of.programs);
    variables.putAll(of.variables);
    functions.putAll(of.functions);
    given = of.given;
    hidden = of.hidden.map(TreeMap::new);
  }

  /** Runs a session to its end. */
  int run(SshHost.Session session) throws InterruptedException {
    Streams streams = new Streams(session.in(), session.out(), session.err());
    try {
      return session.command().isPresent()
          ? text(session.command().get(), streams)
          : lines(session, streams);
    } catch (ToolExit e) {
      return e.status();
    } catch (IOException e) {
      // The client is gone.
      return 1;
    }
  }

  private int lines(SshHost.Session session, Streams streams)
      throws IOException, InterruptedException {
    StringBuilder pending = new StringBuilder();
    while (true) {
      if (session.terminal()) {
        streams.say(pending.isEmpty() ? prompt() : "> ");
      }
      Optional<String> line;
      try {
        line = readLine(session.in());
        HostPrograms.bounded(pending.length());
      } catch (HostFiles.Full e) {
        streams.complain("bash: " + e.getMessage());
        return 2;
      }
      if (line.isEmpty()) {
        if (session.terminal()) {
          streams.say("logout\n");
        }
        return status;
      }
      pending.append(line.get()).append('\n');
      try {
        Node node = ShellText.parse(pending.toString());
        pending.setLength(0);
        status = run(node, streams);
      } catch (SyntaxError e) {
        if (!e.unfinished()) {
          streams.complain("bash: " + e.getMessage());
          pending.setLength(0);
          status = 2;
        }
      }
    }
  }

  private String prompt() {
    String place =
        directory.startsWith(home)
            ? "~" + directory.toString().substring(home.toString().length())
            : directory.toString();
    return user + "@" + host.name().replaceFirst("\\..*", "") + ":" + place + "$ ";
  }

  static Optional<String> readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int c = in.read();
    if (c < 0) {
      return Optional.empty();
    }
    while (c >= 0 && c != '\n') {
      line.write(c);
      HostPrograms.bounded(line.size());
      c = in.read();
    }
    return Optional.of(line.toString(StandardCharsets.UTF_8));
  }

  /** Runs a text, as {@code bash -c} does. */
  int text(String text, Streams streams) throws IOException, InterruptedException {
    try {
      status = run(ShellText.parse(text), streams);
    } catch (SyntaxError e) {
      streams.complain("bash: -c: line 1: " + e.getMessage());
      status = 2;
    }
    return status;
  }

  private int run(Node node, Streams streams) throws IOException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (++depth > DEEPEST) {
      depth = 0;
      streams.complain("bash: nested too deeply");
      throw new ToolExit(2);
    }
    try {
      status =
          switch (node) {
            case Node.Simple simple -> simple(simple, streams);
            case Node.Pipe(List<Node> parts) -> pipe(parts, streams);
            case Node.Sequence(List<Node> parts) -> {
              int last = 0;
              for (Node part : parts) {
                last = run(part, streams);
              }
              yield last;
            }
            case Node.Either(Node left, boolean and, Node right) -> {
              int first = run(left, streams);
              yield (first == 0) == and ? run(right, streams) : first;
            }
            case Node.Group(Node body, List<Redirection> redirections) ->
                redirected(redirections, streams, inside -> run(body, inside));
            case Node.Apart(Node body) -> apart(its -> its.run(body, streams));
            case Node.If(Node condition, Node then, Optional<Node> otherwise) ->
                run(condition, streams) == 0
                    ? run(then, streams)
                    : otherwise.isPresent() ? run(otherwise.get(), streams) : 0;
            case Node.For(String variable, List<String> raw, Node body) -> {
              List<String> words = new ArrayList<>();
              for (String each : raw) {
                words.addAll(expand(each, streams));
              }
              Iterator<String> left = words.iterator();
              yield loop(
                  () -> {
                    boolean more = left.hasNext();
                    if (more) {
                      variables.put(variable, left.next());
                    }
                    return more;
                  },
                  body,
                  streams);
            }
            case Node.While(Node condition, boolean until, Node body) ->
                loop(() -> (run(condition, streams) == 0) != until, body, streams);
            case Node.Not(Node body) -> run(body, streams) == 0 ? 1 : 0;
            case Node.Case(String word, List<Branch> branches) -> {
              String value = word(word, streams);
              for (Branch each : branches) {
                for (String raw : each.patterns()) {
                  if (ShellExpansion.fits(expansion(raw, streams).pattern(), value)) {
                    yield run(each.body(), streams);
                  }
                }
              }
              yield 0;
            }
            case Node.Function(String name, Node body) -> {
              functions.put(name, body);
              yield 0;
            }
            case Node.Arithmetic(String expression) -> value(expression, streams) != 0 ? 0 : 1;
            case Node.Counted(String first, String condition, String step, Node body) -> {
              value(first, streams);
              boolean[] again = {false};
              yield loop(
                  () -> {
                    if (again[0]) {
                      value(step, streams);
                    }
                    again[0] = true;
                    return condition.isBlank() || value(condition, streams) != 0;
                  },
                  body,
                  streams);
            }
          };
      return status;
    } catch (Refused e) {
      streams.complain("bash: " + e.getMessage());
      status = 1;
      return status;
    } finally {
      depth = Math.max(0, depth - 1);
    }
  }

  interface Work {
    int in(HostShell shell) throws IOException, InterruptedException;
  }

  /** In a shell of its own, whose end is not this one's. */
  int apart(Work work) throws IOException, InterruptedException {
    try {
      return work.in(new HostShell(this));
    } catch (ToolExit e) {
      return e.status();
    } catch (Return e) {
      return e.status;
    }
  }

  /** What cannot be expanded; the command does not run. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(@Nullable String why) {
      super(why);
    }
  }

  long value(String expression, Streams streams) throws IOException, InterruptedException {
    try {
      ShellExpansion expansion = new ShellExpansion(this, streams);
      expansion.take(expression, true);
      return ShellArithmetic.of(expansion.text(), variables);
    } catch (SyntaxError e) {
      throw new Refused(e.getMessage());
    }
  }

  /** {@code return}. */
  static final class Return extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;

    Return(int status) {
      super("return", null, false, false);
      this.status = status;
    }
  }

  boolean inFunction() {
    return hidden.isPresent();
  }

  /** The variable is the function's own from now on. */
  void hide(String name) {
    hidden.ifPresent(h -> h.putIfAbsent(name, Optional.ofNullable(variables.remove(name))));
  }

  private int call(Node body, List<String> words, Streams streams)
      throws IOException, InterruptedException {
    List<String> before = given;
    Optional<Map<String, Optional<String>>> outer = hidden;
    Map<String, Optional<String>> own = new TreeMap<>();
    int level = depth;
    given = words;
    hidden = Optional.of(own);
    try {
      return run(body, streams);
    } catch (Return e) {
      depth = level;
      return e.status;
    } finally {
      own.forEach(
          (name, value) -> {
            variables.remove(name);
            value.ifPresent(v -> variables.put(name, v));
          });
      given = before;
      hidden = outer;
    }
  }

  private interface Test {
    boolean holds() throws IOException, InterruptedException;
  }

  /** {@code break} and {@code continue}. */
  static final class Leave extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final boolean all;

    Leave(boolean all) {
      super("leave", null, false, false);
      this.all = all;
    }
  }

  private int loop(Test test, Node body, Streams streams) throws IOException, InterruptedException {
    int last = 0;
    int level = depth;
    loops++;
    try {
      while (test.holds()) {
        try {
          last = run(body, streams);
        } catch (Leave leave) {
          last = 0;
          depth = level;
          if (leave.all) {
            break;
          }
        }
      }
    } finally {
      loops--;
    }
    return last;
  }

  boolean inLoop() {
    return loops > 0;
  }

  /** Its parts run at the same time, each in a shell of its own. */
  private int pipe(List<Node> parts, Streams streams) throws IOException, InterruptedException {
    List<Thread> before = new ArrayList<>();
    InputStream in = streams.in;
    try {
      for (Node part : parts.subList(0, parts.size() - 1)) {
        PipedInputStream next = new PipedInputStream(PIPE);
        PipedOutputStream out = new PipedOutputStream(next);
        InputStream from = in;
        HostShell its = new HostShell(this);
        boolean piped = !before.isEmpty();
        before.add(
            Thread.ofVirtual()
                .name("host-pipe")
                .start(
                    () -> {
                      try (out;
                          Closeable _ = piped ? from : () -> {}) {
                        its.run(part, new Streams(from, out, streams.err));
                      } catch (ToolExit | Return | IOException | InterruptedException e) {
                        // What reads from it has gone, or nobody asks how it ended.
                      }
                    }));
        in = next;
      }
      int last;
      try (InputStream from = in) {
        last = apart(its -> its.run(parts.getLast(), new Streams(from, streams.out, streams.err)));
      }
      for (Thread each : before) {
        each.join();
      }
      return last;
    } finally {
      before.forEach(Thread::interrupt);
    }
  }

  private interface Task {
    int run(Streams streams) throws IOException, InterruptedException;
  }

  private int redirected(List<Redirection> redirections, Streams streams, Task task)
      throws IOException, InterruptedException {
    InputStream in = streams.in;
    OutputStream out = streams.out;
    OutputStream err = streams.err;
    List<Closeable> open = new ArrayList<>();
    try {
      for (Redirection each : redirections) {
        if (each.operator().equals(">&")) {
          out = each.descriptor() == 1 && each.target().equals("2") ? err : out;
          err = each.descriptor() == 2 && each.target().equals("1") ? out : err;
          continue;
        }
        String name = word(each.target(), streams);
        if (each.descriptor() == 0) {
          in = name.equals("/dev/null") ? InputStream.nullInputStream() : input(name);
          open.add(in);
          continue;
        }
        OutputStream to =
            name.equals("/dev/null")
                ? OutputStream.nullOutputStream()
                : output(name, each.operator().equals(">>"));
        open.add(to);
        out = each.descriptor() != 2 ? to : out;
        err = each.descriptor() != 1 ? to : err;
      }
      return task.run(new Streams(in, out, err));
    } catch (Unusable e) {
      streams.complain("bash: " + e.getMessage());
      return 1;
    } finally {
      for (Closeable one : open) {
        one.close();
      }
    }
  }

  /** A file that cannot be used as it was to be. */
  static final class Unusable extends IOException {
    private static final long serialVersionUID = 1;

    Unusable(String name, String why) {
      super(name + ": " + why);
    }
  }

  Path path(String name) throws Unusable {
    try {
      return directory.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new Unusable(name, "No such file or directory");
    }
  }

  InputStream input(String name) throws IOException {
    Path file = path(name);
    if (Files.isDirectory(file)) {
      throw new Unusable(name, "Is a directory");
    }
    try {
      return Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new Unusable(name, "No such file or directory");
    } catch (IOException e) {
      throw new Unusable(name, "Permission denied");
    }
  }

  OutputStream output(String name, boolean append) throws IOException {
    Path file = path(name);
    if (Files.isDirectory(file)) {
      throw new Unusable(name, "Is a directory");
    }
    boolean made = !Files.exists(file);
    try {
      if (!made) {
        // The file system truncates before it asks whether that is allowed.
        file.getFileSystem().provider().checkAccess(file, AccessMode.WRITE);
      }
      OutputStream to =
          java.nio.channels.Channels.newOutputStream(
              files.limited(
                  Files.newByteChannel(
                      file,
                      StandardOpenOption.CREATE,
                      StandardOpenOption.WRITE,
                      append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)));
      if (made) {
        programs.mask(file);
      }
      return to;
    } catch (NoSuchFileException e) {
      throw new Unusable(name, "No such file or directory");
    } catch (IOException e) {
      throw new Unusable(name, "Permission denied");
    }
  }

  private int simple(Node.Simple simple, Streams streams) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    Map<String, String> assigned = new TreeMap<>();
    for (String raw : simple.words()) {
      boolean assigns = ASSIGNMENT.matcher(raw).matches();
      int equals = raw.indexOf('=');
      if (words.isEmpty() && assigns) {
        assigned.put(raw.substring(0, equals), word(raw.substring(equals + 1), streams));
      } else if (assigns && DECLARING.contains(words.getFirst())) {
        words.add(raw.substring(0, equals + 1) + word(raw.substring(equals + 1), streams));
      } else {
        words.addAll(expand(raw, streams));
      }
    }
    if (words.isEmpty()) {
      variables.putAll(assigned);
      return redirected(simple.redirections(), streams, inside -> 0);
    }
    Map<String, String> before = new TreeMap<>(variables);
    variables.putAll(assigned);
    try {
      return redirected(
          simple.redirections(),
          streams,
          inside -> {
            List<String> rest = words.subList(1, words.size());
            Optional<Node> function = Optional.ofNullable(functions.get(words.getFirst()));
            return function.isPresent()
                ? call(function.get(), rest, inside)
                : programs.run(words.getFirst(), rest, inside);
          });
    } finally {
      for (String name : assigned.keySet()) {
        variables.remove(name);
        if (before.containsKey(name)) {
          variables.put(name, before.get(name));
        }
      }
    }
  }

  // ShellExpansion.

  /** As one word. */
  private String word(String raw, Streams streams) throws IOException, InterruptedException {
    return String.join(" ", expand(raw, streams));
  }

  private List<String> expand(String raw, Streams streams)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    try {
      for (String each : ShellExpansion.braces(raw)) {
        words.addAll(expansion(each, streams).words());
      }
    } catch (SyntaxError e) {
      throw new Refused(e.getMessage());
    }
    return words;
  }

  private ShellExpansion expansion(String raw, Streams streams)
      throws IOException, InterruptedException {
    ShellExpansion expansion = new ShellExpansion(this, streams);
    try {
      expansion.take(
          raw.equals("~") || raw.startsWith("~/") ? home + raw.substring(1) : raw, false);
    } catch (SyntaxError e) {
      throw new Refused(e.getMessage());
    }
    return expansion;
  }

  int status() {
    return status;
  }

  void status(int next) {
    status = next;
  }
}
