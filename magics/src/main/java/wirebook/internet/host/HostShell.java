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
import java.nio.file.DirectoryStream;
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
import java.util.TreeMap;
import java.util.regex.Pattern;
import wirebook.engine.ssh.server.SshHost;
import wirebook.internet.host.ShellText.Node;
import wirebook.internet.host.ShellText.Redirection;
import wirebook.internet.host.ShellText.SyntaxError;
import wirebook.trace.IpText;

/** The shell of one session on a host. */
final class HostShell {
  private static final int PIPE = 64 << 10;
  private static final int DEEPEST = 40;
  private static final Pattern ASSIGNMENT =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]*=.*", Pattern.DOTALL);
  static final int NOT_FOUND = 127;

  final HostView host;
  final String user;
  final Path home;
  final HostFiles files;
  final Map<String, String> variables = new TreeMap<>();
  Path directory;
  private final HostPrograms programs;
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

  /** {@code exit}. */
  static final class Exit extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;

    Exit(int status) {
      super("exit", null, false, false);
      this.status = status;
    }

    int status() {
      return status;
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
  }

  /** Runs a session to its end. */
  int run(SshHost.Session session) throws InterruptedException {
    Streams streams = new Streams(session.in(), session.out(), session.err());
    try {
      return session.command().isPresent()
          ? text(session.command().get(), streams)
          : lines(session, streams);
    } catch (Exit e) {
      return e.status;
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
      Optional<String> line = readLine(session.in());
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
      throw new Exit(2);
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
          };
      return status;
    } finally {
      depth = Math.max(0, depth - 1);
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
                      } catch (Exit | IOException | InterruptedException e) {
                        // What reads from it has gone, or nobody asks how it ended.
                      }
                    }));
        in = next;
      }
      int last;
      try (InputStream from = in) {
        last =
            new HostShell(this).run(parts.getLast(), new Streams(from, streams.out, streams.err));
      } catch (Exit e) {
        last = e.status;
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
      if (words.isEmpty() && ASSIGNMENT.matcher(raw).matches()) {
        int equals = raw.indexOf('=');
        assigned.put(raw.substring(0, equals), word(raw.substring(equals + 1), streams));
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
          inside -> programs.run(words.getFirst(), words.subList(1, words.size()), inside));
    } finally {
      for (String name : assigned.keySet()) {
        variables.remove(name);
        if (before.containsKey(name)) {
          variables.put(name, before.get(name));
        }
      }
    }
  }

  // Expansion.

  /** As one word. */
  private String word(String raw, Streams streams) throws IOException, InterruptedException {
    return String.join(" ", expand(raw, streams));
  }

  private List<String> expand(String raw, Streams streams)
      throws IOException, InterruptedException {
    Expansion expansion = new Expansion(streams);
    try {
      expansion.take(
          raw.equals("~") || raw.startsWith("~/") ? home + raw.substring(1) : raw, false);
    } catch (SyntaxError e) {
      streams.complain("bash: " + e.getMessage());
    }
    return expansion.words();
  }

  /** The words that become of one; unquoted values are split, and {@code *} stands for names. */
  private final class Expansion {
    private final Streams streams;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder pattern = new StringBuilder();
    private boolean any;
    private boolean globs;

    Expansion(Streams streams) {
      this.streams = streams;
    }

    List<String> words() {
      flush();
      return words;
    }

    private void flush() {
      if (any || !text.isEmpty()) {
        List<String> names = globs ? names(pattern.toString()) : List.of();
        words.addAll(names.isEmpty() ? List.of(text.toString()) : names);
      }
      text.setLength(0);
      pattern.setLength(0);
      any = false;
      globs = false;
    }

    private void literal(String value) {
      text.append(value);
      pattern.append(value.replaceAll("([\\\\*?\\[\\]{}])", "\\\\$1"));
    }

    private void take(String raw, boolean quoted)
        throws SyntaxError, IOException, InterruptedException {
      for (int i = 0; i < raw.length(); ) {
        char c = raw.charAt(i);
        if (c == '\'' && !quoted) {
          int end = ShellText.close(raw, i);
          any = true;
          literal(raw.substring(i + 1, end - 1));
          i = end;
        } else if (c == '"' && !quoted) {
          int end = ShellText.close(raw, i);
          any = true;
          take(raw.substring(i + 1, end - 1), true);
          i = end;
        } else if (c == '\\' && i + 1 < raw.length()) {
          char next = raw.charAt(i + 1);
          literal(quoted && "$`\"\\".indexOf(next) < 0 ? "\\" + next : String.valueOf(next));
          i += 2;
        } else if (c == '`') {
          int end = ShellText.close(raw, i);
          value(output(raw.substring(i + 1, end - 1).replace("\\`", "`")), quoted);
          i = end;
        } else if (raw.startsWith("$(", i)) {
          int end = ShellText.parenthesis(raw, i + 1);
          value(output(raw.substring(i + 2, end - 1)), quoted);
          i = end;
        } else if (c == '$' && i + 1 < raw.length()) {
          i = variable(raw, i, quoted);
        } else {
          if (!quoted && (c == '*' || c == '?')) {
            globs = true;
            text.append(c);
            pattern.append(c);
          } else {
            literal(String.valueOf(c));
          }
          i++;
        }
      }
    }

    private int variable(String raw, int at, boolean quoted) {
      int end = at + 1;
      String name;
      if (raw.charAt(end) == '{') {
        int close = raw.indexOf('}', end);
        if (close < 0) {
          literal("$");
          return at + 1;
        }
        name = raw.substring(end + 1, close);
        end = close + 1;
      } else if ("?$#0".indexOf(raw.charAt(end)) >= 0) {
        name = raw.substring(end, end + 1);
        end++;
      } else {
        while (end < raw.length()
            && (Character.isLetterOrDigit(raw.charAt(end)) || raw.charAt(end) == '_')) {
          end++;
        }
        name = raw.substring(at + 1, end);
      }
      if (name.isEmpty()) {
        literal("$");
        return at + 1;
      }
      int usual = name.indexOf(":-");
      String value =
          switch (name) {
            case "?" -> String.valueOf(status);
            case "$" -> "4242";
            case "#" -> "0";
            case "0" -> "bash";
            case "PWD" -> directory.toString();
            default ->
                usual > 0
                    ? Optional.ofNullable(variables.get(name.substring(0, usual)))
                        .filter(v -> !v.isEmpty())
                        .orElse(name.substring(usual + 2))
                    : variables.getOrDefault(name, "");
          };
      value(value, quoted);
      return end;
    }

    private void value(String value, boolean quoted) {
      if (quoted) {
        literal(value);
        return;
      }
      String[] parts = value.split("[ \t\n]+", -1);
      for (int i = 0; i < parts.length; i++) {
        if (i > 0) {
          flush();
        }
        literal(parts[i]);
      }
    }

    private String output(String command) throws IOException, InterruptedException {
      ByteArrayOutputStream kept = new ByteArrayOutputStream();
      OutputStream out =
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              HostPrograms.bounded(kept.size() + (long) length);
              kept.write(bytes, offset, length);
            }
          };
      try {
        text(command, new Streams(streams.in(), out, streams.err()));
      } catch (Exit e) {
        status = e.status;
      }
      return kept.toString(StandardCharsets.UTF_8).replaceFirst("\n+$", "");
    }
  }

  /** Files whose names fit; only the last part of a path may have a pattern. */
  private List<String> names(String pattern) {
    int slash = pattern.lastIndexOf('/');
    String folder = slash < 0 ? "" : pattern.substring(0, slash + 1);
    String last = pattern.substring(slash + 1);
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(path(folder.isEmpty() ? "." : folder), last)) {
      for (Path each : found) {
        String name = String.valueOf(each.getFileName());
        if (!name.startsWith(".") || last.startsWith(".")) {
          names.add(folder + name);
        }
      }
    } catch (IOException | java.util.regex.PatternSyntaxException e) {
      return List.of();
    }
    names.sort(null);
    return names;
  }

  int status() {
    return status;
  }
}
