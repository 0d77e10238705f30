// Above 500 lines: one list; each program is a few lines, and none needs another.
package wirebook.internet.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.shell.Filter;
import wirebook.engine.ssh.config.SystemWords;
import wirebook.internet.host.HostShell.Streams;
import wirebook.net.ToolExit;
import wirebook.spi.MagicException;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.trace.HostPort;
import wirebook.trace.IpText;

/** The programs of a host, and what its shell does itself. Long, as each program is a method. */
final class HostPrograms {
  private static final Set<String> OWN =
      Set.of(
          """
          : [ bash break cat cd chmod command continue cp date df echo env exec
          exit export false hostname id local logout ls mkdir mv printf ps pwd
          read return rm rmdir seq sh shift sleep ss tee test touch true type
          umask uname unset uptime w who whoami
          """
              .split("\\s+"));
  private static final Set<String> FILTERS =
      Set.of("head", "tail", "grep", "egrep", "fgrep", "wc", "sort", "uniq");
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss 'UTC' uuuu", Locale.ROOT);
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
  private static final DateTimeFormatter LISTED =
      DateTimeFormatter.ofPattern("MMM d HH:mm", Locale.ROOT);
  private static final Pattern SLEEP = Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)[smhd]?");
  private static final Pattern WHOLE = Pattern.compile("[-+]?\\d{1,18}");
  private static final int PIECE = 32 << 10;
  private static final int MOST_HELD = 16 << 20;

  private final HostShell shell;
  private final HostTools tools;
  private int umask = 022;

  HostPrograms(HostShell shell, HostPrograms of) {
    this(shell);
    umask = of.umask;
  }

  HostPrograms(HostShell shell) {
    this.shell = shell;
    tools = new HostTools(shell.host);
  }

  /**
   * Says that it has its limit, when this many bytes are to be held at once.
   *
   * @throws HostFiles.Full when they are too many
   */
  static void bounded(long length) throws HostFiles.Full {
    if (length > MOST_HELD) {
      throw new HostFiles.Full(
          "Cannot allocate memory: it holds no more than " + (MOST_HELD >> 20) + " MiB here");
    }
  }

  private static byte[] all(InputStream in) throws IOException {
    byte[] all = in.readNBytes(MOST_HELD + 1);
    bounded(all.length);
    return all;
  }

  /** A new file has the modes that the mask leaves. */
  void mask(Path file) throws IOException {
    Files.setPosixFilePermissions(file, modes((Files.isDirectory(file) ? 0777 : 0666) & ~umask));
  }

  private static Set<PosixFilePermission> modes(int bits) {
    Set<PosixFilePermission> set = new TreeSet<>();
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((bits & (0400 >> i)) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }

  int run(String name, List<String> words, Streams io) throws IOException, InterruptedException {
    try {
      if (FILTERS.contains(name)) {
        return filter(name, words, io);
      }
      if (OWN.contains(name)) {
        return own(name, words, io);
      }
      if (tools.has(name)) {
        return tools.run(name, words, shell.directory, io);
      }
      io.complain(
          "bash: "
              + name
              + (name.contains("/") ? ": No such file or directory" : ": command not found"));
      return HostShell.NOT_FOUND;
    } catch (HostShell.Unusable | HostFiles.Full e) {
      io.complain(name + ": " + e.getMessage());
      return 1;
    } catch (FileSystemException e) {
      // A session that is over throws no such thing.
      io.complain(name + ": " + e.getFile() + ": " + SystemWords.of(e));
      return 1;
    }
  }

  private int own(String name, List<String> words, Streams io)
      throws IOException, InterruptedException {
    return switch (name) {
      case ":", "true" -> 0;
      case "unset" -> {
        words.forEach(shell.variables::remove);
        words.forEach(shell.functions::remove);
        yield 0;
      }
      case "local", "return" -> {
        if (!shell.inFunction()) {
          io.complain("bash: " + name + ": can only be used in a function");
          yield 1;
        }
        if (name.equals("return")) {
          throw new HostShell.Return(words.isEmpty() ? shell.status() : number(words.getFirst()));
        }
        for (String word : words) {
          String variable = word.replaceFirst("(?s)=.*", "");
          shell.hide(variable);
          shell.variables.put(
              variable, word.substring(Math.min(word.length(), variable.length() + 1)));
        }
        yield 0;
      }
      case "shift" -> {
        int count = words.isEmpty() ? 1 : number(words.getFirst());
        if (count > shell.given.size()) {
          yield 1;
        }
        shell.given = shell.given.subList(count, shell.given.size());
        yield 0;
      }
      case "false" -> 1;
      case "exit", "logout" ->
          throw new ToolExit(words.isEmpty() ? shell.status() : number(words.getFirst()));
      case "break", "continue" -> {
        if (shell.inLoop()) {
          throw new HostShell.Leave(name.equals("break"));
        }
        io.complain("bash: " + name + ": only meaningful in a `for', `while', or `until' loop");
        yield 0;
      }
      case "read" -> read(words, io);
      case "echo" -> echo(words, io);
      case "printf" -> printf(words, io);
      case "pwd" -> say(io, shell.directory.toString());
      case "cd" -> cd(words, io);
      case "hostname" -> hostname(words, io);
      case "whoami" -> say(io, shell.user);
      case "id" ->
          say(
              io,
              "uid=1000("
                  + shell.user
                  + ") gid=1000("
                  + shell.user
                  + ") groups=1000("
                  + shell.user
                  + ")");
      case "uname" ->
          say(
              io,
              words.contains("-a")
                  ? "Linux " + shell.host.name() + " 6.1.0-lab x86_64 GNU/Linux"
                  : words.contains("-n") ? shell.host.name() : "Linux");
      case "uptime" -> say(io, uptime());
      case "who" -> who(io);
      case "w" -> {
        say(io, uptime());
        yield who(io);
      }
      case "date" -> say(io, DATE.format(now().atOffset(ZoneOffset.UTC)));
      case "sleep" -> sleep(words, io);
      case "env" -> {
        for (Map.Entry<String, String> each : shell.variables.entrySet()) {
          say(io, each.getKey() + "=" + each.getValue());
        }
        yield 0;
      }
      case "export" -> {
        for (String word : words) {
          int equals = word.indexOf('=');
          if (equals > 0) {
            shell.variables.put(word.substring(0, equals), word.substring(equals + 1));
          }
        }
        yield 0;
      }
      case "umask" -> {
        if (words.isEmpty()) {
          yield say(io, "0" + Integer.toOctalString(umask + 01000).substring(1));
        }
        if (!words.getFirst().matches("[0-7]{1,4}")) {
          io.complain("bash: umask: " + words.getFirst() + ": octal number out of range");
          yield 1;
        }
        umask = Integer.parseInt(words.getFirst(), 8);
        yield 0;
      }
      case "exec", "command" -> {
        if (words.isEmpty()) {
          yield 0;
        }
        if (words.getFirst().equals("-v")) {
          yield type(words.subList(1, words.size()), io, true);
        }
        int status = run(words.getFirst(), words.subList(1, words.size()), io);
        if (name.equals("exec")) {
          throw new ToolExit(status);
        }
        yield status;
      }
      case "type" -> type(words, io, false);
      case "sh", "bash" -> bash(words, io);
      case "test" -> test(name, words, io);
      case "[" -> {
        if (words.isEmpty() || !words.getLast().equals("]")) {
          io.complain("bash: [: missing `]'");
          yield 2;
        }
        yield test(name, words.subList(0, words.size() - 1), io);
      }
      case "cat" -> cat(words, io);
      case "tee" -> tee(words, io);
      case "ls" -> ls(words, io);
      case "touch" -> {
        for (String word : words) {
          shell.output(word, true).close();
        }
        yield 0;
      }
      case "mkdir" -> mkdir(words, io);
      case "rm" -> rm(words, io);
      case "rmdir" -> {
        int status = 0;
        for (String word : words) {
          status |= delete(shell.path(word), "rmdir: failed to remove '" + word + "'", io);
        }
        yield status;
      }
      case "cp", "mv" -> copy(name, words, io);
      case "chmod" -> chmod(words, io);
      case "seq" -> {
        if (words.isEmpty()) {
          io.complain("seq: missing operand");
          yield 1;
        }
        for (String word : words) {
          if (!WHOLE.matcher(word).matches()) {
            io.complain("seq: invalid floating point argument: '" + word + "'");
            yield 1;
          }
        }
        long from = words.size() > 1 ? Long.parseLong(words.getFirst()) : 1;
        long step = words.size() > 2 ? Long.parseLong(words.get(1)) : 1;
        long to = Long.parseLong(words.getLast());
        if (step == 0) {
          io.complain("seq: invalid Zero increment value: '0'");
          yield 1;
        }
        StringBuilder piece = new StringBuilder();
        for (long i = from; step > 0 ? i <= to : i >= to; i += step) {
          piece.append(i).append('\n');
          if (piece.length() > PIECE) {
            if (Thread.interrupted()) {
              throw new InterruptedException();
            }
            io.say(piece.toString());
            piece.setLength(0);
          }
        }
        io.say(piece.toString());
        yield 0;
      }
      case "df" -> {
        boolean human = words.contains("-h");
        List<String> sizes =
            Stream.of(
                    shell.files.size(), shell.files.used(), shell.files.size() - shell.files.used())
                .map(size -> human ? human(size) : String.valueOf(size >> 10))
                .toList();
        say(
            io,
            human
                ? "Filesystem      Size  Used Avail Use% Mounted on"
                : "Filesystem     1K-blocks     Used Available Use% Mounted on");
        yield say(
            io,
            String.format(
                Locale.ROOT,
                human ? "%-14s %5s %5s %5s %3d%% /" : "%-14s %9s %8s %9s %3d%% /",
                "/dev/ram0",
                sizes.get(0),
                sizes.get(1),
                sizes.get(2),
                100 * shell.files.used() / shell.files.size()));
      }
      case "ps" -> ps(words, io);
      case "ss" -> ss(words, io);
      default -> throw new IllegalStateException(name);
    };
  }

  private static int say(Streams io, String line) throws IOException {
    io.say(line + "\n");
    return 0;
  }

  /** As GNU's programs, which round up. */
  private static String human(long size) {
    double left = size;
    int unit = 0;
    while (left >= 1024) {
      left /= 1024;
      unit++;
    }
    String number =
        unit > 0 && left < 10
            ? String.format(Locale.ROOT, "%.1f", Math.ceil(left * 10) / 10)
            : String.valueOf((long) Math.ceil(left));
    return number + (unit > 0 ? String.valueOf("KMGT".charAt(unit - 1)) : "");
  }

  private int hostname(List<String> words, Streams io) throws IOException {
    String option = words.isEmpty() ? "-f" : words.getFirst();
    return switch (option) {
      case "-f", "--fqdn" -> say(io, shell.host.name());
      case "-s", "--short" -> say(io, shell.host.name().replaceFirst("\\..*", ""));
      case "-i", "-I" -> {
        try {
          yield say(
              io,
              shell.host.network().lookUp(shell.host.name()).stream()
                  .map(IpText::of)
                  .collect(Collectors.joining(" ")));
        } catch (UnknownHostException e) {
          io.complain("hostname: Name or service not known");
          yield 1;
        }
      }
      default -> {
        io.complain(
            option.startsWith("-")
                ? "hostname: invalid option -- '" + option.replaceFirst("^-+", "") + "'"
                : "hostname: you must be root to change the host name");
        yield 1;
      }
    };
  }

  private int ps(List<String> words, Streams io) throws IOException {
    String flags = String.join("", words);
    for (String[] each : List.of(new String[] {"4242", "bash"}, new String[] {"4243", "ps"})) {
      boolean first = each[1].equals("bash");
      if (flags.contains("u")) {
        say(
            io,
            (first
                    ? "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
                    : "")
                + String.format(
                    Locale.ROOT,
                    "%-8s %7s  0.0  0.1   7200  3900 ?        %-4s %tR   0:00 %s",
                    shell.user,
                    each[0],
                    first ? "Ss" : "R",
                    now().atOffset(ZoneOffset.UTC),
                    first ? each[1] : "ps " + String.join(" ", words)));
      } else if (flags.contains("f")) {
        say(
            io,
            (first ? "UID          PID    PPID  C STIME TTY          TIME CMD\n" : "")
                + String.format(
                    Locale.ROOT,
                    "%-8s %7s %7s  0 %tR ?        00:00:00 %s",
                    shell.user,
                    each[0],
                    first ? "1" : "4242",
                    now().atOffset(ZoneOffset.UTC),
                    first ? each[1] : "ps " + String.join(" ", words)));
      } else {
        say(
            io,
            (first ? "    PID TTY          TIME CMD\n" : "")
                + String.format(Locale.ROOT, "%7s ?        00:00:00 %s", each[0], each[1]));
      }
    }
    return 0;
  }

  /** A line into variables, the last of which takes what is left. */
  private int read(List<String> words, Streams io) throws IOException {
    List<String> names = words.stream().filter(w -> !w.startsWith("-")).toList();
    Optional<String> line = HostShell.readLine(io.in());
    String left = line.orElse("").strip();
    for (int i = 0; i < names.size(); i++) {
      String[] parts = i + 1 < names.size() ? left.split("\\s+", 2) : new String[] {left};
      shell.variables.put(names.get(i), parts[0]);
      left = parts.length > 1 ? parts[1] : "";
    }
    if (names.isEmpty()) {
      shell.variables.put("REPLY", left);
    }
    return line.isPresent() ? 0 : 1;
  }

  private static int number(String word) {
    try {
      return Integer.parseInt(word) & 0x7fffffff;
    } catch (NumberFormatException e) {
      return 2;
    }
  }

  private int sleep(List<String> words, Streams io) throws IOException, InterruptedException {
    if (words.isEmpty()) {
      io.complain("sleep: missing operand");
      return 1;
    }
    Matcher time = SLEEP.matcher(words.getFirst());
    if (!time.matches()) {
      io.complain("sleep: invalid time interval '" + words.getFirst() + "'");
      return 1;
    }
    shell
        .host
        .network()
        .clock()
        .sleep(Duration.ofMillis((long) (1000 * Double.parseDouble(time.group(1)))));
    return 0;
  }

  private Instant now() {
    return shell.host.network().clock().instant();
  }

  private String uptime() {
    Duration up = shell.host.uptime();
    return String.format(
        Locale.ROOT,
        " %s up %d days, %2d:%02d,  1 user,  load average: 0.08, 0.03, 0.01",
        CLOCK.format(now().atOffset(ZoneOffset.UTC)),
        up.toDays(),
        up.toHoursPart(),
        up.toMinutesPart());
  }

  private int who(Streams io) throws IOException {
    return say(
        io,
        shell.user
            + "     pts/0        "
            + DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT)
                .format(now().atOffset(ZoneOffset.UTC))
            + " ("
            + shell.variables.getOrDefault("SSH_CONNECTION", "?").replaceFirst(" .*", "")
            + ")");
  }

  private static int echo(List<String> words, Streams io) throws IOException {
    int from = 0;
    boolean line = true;
    boolean escapes = false;
    while (from < words.size() && words.get(from).matches("-[neE]+")) {
      line &= !words.get(from).contains("n");
      escapes |= words.get(from).contains("e");
      from++;
    }
    String text = String.join(" ", words.subList(from, words.size()));
    io.say((escapes ? escaped(text) : text) + (line ? "\n" : ""));
    return 0;
  }

  private static String escaped(String text) {
    return text.replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\r", "\r")
        .replace("\\\\", "\\");
  }

  private static int printf(List<String> words, Streams io) throws IOException {
    if (words.isEmpty()) {
      io.complain("bash: printf: usage: printf format [arguments]");
      return 2;
    }
    String format = escaped(words.getFirst());
    List<String> left = new ArrayList<>(words.subList(1, words.size()));
    StringBuilder out = new StringBuilder();
    do {
      boolean took = false;
      for (int i = 0; i < format.length(); i++) {
        if (format.charAt(i) == '%' && i + 1 < format.length()) {
          char what = format.charAt(++i);
          if (what == '%') {
            out.append('%');
          } else {
            out.append(left.isEmpty() ? what == 'd' ? "0" : "" : left.removeFirst());
            took = true;
          }
        } else {
          out.append(format.charAt(i));
        }
      }
      if (!took) {
        break;
      }
    } while (!left.isEmpty());
    io.say(out.toString());
    return 0;
  }

  private int cd(List<String> words, Streams io) throws IOException {
    String name = words.isEmpty() ? shell.home.toString() : words.getFirst();
    Path to = shell.path(name);
    if (!Files.isDirectory(to)) {
      io.complain(
          "bash: cd: "
              + name
              + (Files.exists(to) ? ": Not a directory" : ": No such file or directory"));
      return 1;
    }
    shell.directory = to;
    return 0;
  }

  private int type(List<String> words, Streams io, boolean brief) throws IOException {
    int status = 0;
    for (String word : words) {
      if (OWN.contains(word) || FILTERS.contains(word) || tools.has(word)) {
        say(io, brief ? word : word + " is /usr/bin/" + word);
      } else {
        if (!brief) {
          io.complain("bash: type: " + word + ": not found");
        }
        status = 1;
      }
    }
    return status;
  }

  private int bash(List<String> words, Streams io) throws IOException, InterruptedException {
    int c = words.indexOf("-c");
    boolean line = c >= 0 && c + 1 < words.size();
    boolean input = !line && (words.isEmpty() || words.getFirst().startsWith("-"));
    String script =
        line
            ? words.get(c + 1)
            : input
                ? new String(all(io.in()), StandardCharsets.UTF_8)
                : Files.readString(existing(words.getFirst()));
    List<String> given = words.subList(Math.min(words.size(), line ? c + 3 : 1), words.size());
    return shell.apart(
        its -> {
          its.given = input ? List.of() : given;
          its.functions.clear();
          return its.text(script, io);
        });
  }

  private Path existing(String name) throws HostShell.Unusable {
    Path file = shell.path(name);
    if (!Files.exists(file)) {
      throw new HostShell.Unusable(name, "No such file or directory");
    }
    return file;
  }

  /** POSIX.1-2024, test: 0 when it holds, 2 when it is no question. */
  private int test(String name, List<String> words, Streams io) throws IOException {
    for (String operator : List.of("-o", "-a")) {
      int at = words.size() > 3 ? words.indexOf(operator) : -1;
      if (at > 0) {
        int left = test(name, words.subList(0, at), io);
        return left == (operator.equals("-o") ? 0 : 1)
            ? left
            : test(name, words.subList(at + 1, words.size()), io);
      }
    }
    if (words.size() > 1 && words.getFirst().equals("!")) {
      int not = test(name, words.subList(1, words.size()), io);
      return not > 1 ? not : 1 - not;
    }
    try {
      boolean holds =
          switch (words.size()) {
            case 0 -> false;
            case 1 -> !words.getFirst().isEmpty();
            case 2 -> holds(words.getFirst(), words.get(1));
            case 3 -> holds(words.getFirst(), words.get(1), words.get(2));
            default -> throw new NoTest("too many arguments");
          };
      return holds ? 0 : 1;
    } catch (NoTest e) {
      io.complain("bash: " + name + ": " + e.getMessage());
      return 2;
    }
  }

  private static final class NoTest extends IOException {
    private static final long serialVersionUID = 1;

    NoTest(String why) {
      super(why);
    }
  }

  private boolean holds(String operator, String value) throws IOException {
    return switch (operator) {
      case "-z" -> value.isEmpty();
      case "-n" -> !value.isEmpty();
      case "-e" -> Files.exists(shell.path(value));
      case "-r" -> Files.isReadable(shell.path(value));
      case "-w" -> Files.isWritable(shell.path(value));
      case "-x" -> Files.isExecutable(shell.path(value));
      case "-f" -> Files.isRegularFile(shell.path(value));
      case "-d" -> Files.isDirectory(shell.path(value));
      case "-s" -> Files.exists(shell.path(value)) && Files.size(shell.path(value)) > 0;
      case "-h", "-L" -> Files.isSymbolicLink(shell.path(value));
      default -> throw new NoTest(operator + ": unary operator expected");
    };
  }

  private static boolean holds(String left, String operator, String right) throws NoTest {
    return switch (operator) {
      case "=", "==" -> left.equals(right);
      case "!=" -> !left.equals(right);
      case "-eq" -> whole(left) == whole(right);
      case "-ne" -> whole(left) != whole(right);
      case "-lt" -> whole(left) < whole(right);
      case "-le" -> whole(left) <= whole(right);
      case "-gt" -> whole(left) > whole(right);
      case "-ge" -> whole(left) >= whole(right);
      default -> throw new NoTest(operator + ": binary operator expected");
    };
  }

  private static long whole(String word) throws NoTest {
    if (!WHOLE.matcher(word.strip()).matches()) {
      throw new NoTest(word + ": integer expression expected");
    }
    return Long.parseLong(word.strip());
  }

  private int cat(List<String> words, Streams io) throws IOException {
    int status = 0;
    List<String> names = words.stream().filter(w -> !w.matches("-[a-zA-Z]+")).toList();
    for (String name : names.isEmpty() ? List.of("-") : names) {
      try {
        if (name.equals("-")) {
          io.in().transferTo(io.out());
        } else {
          try (InputStream in = shell.input(name)) {
            in.transferTo(io.out());
          }
        }
      } catch (HostShell.Unusable e) {
        io.complain("cat: " + e.getMessage());
        status = 1;
      }
    }
    io.out().flush();
    return status;
  }

  private int tee(List<String> words, Streams io) throws IOException {
    List<OutputStream> outs = new ArrayList<>(List.of(io.out()));
    try {
      for (String name : words) {
        if (!name.equals("-a")) {
          outs.add(shell.output(name, words.contains("-a")));
        }
      }
      byte[] piece = new byte[PIECE];
      for (int n = io.in().read(piece); n >= 0; n = io.in().read(piece)) {
        for (OutputStream out : outs) {
          out.write(piece, 0, n);
          out.flush();
        }
      }
    } finally {
      for (OutputStream out : outs.subList(1, outs.size())) {
        out.close();
      }
    }
    return 0;
  }

  private int filter(String name, List<String> words, Streams io) throws IOException {
    List<String> options = new ArrayList<>();
    List<String> operands = new ArrayList<>();
    String valued =
        name.endsWith("grep") ? "[eABCm]" : Set.of("head", "tail").contains(name) ? "[nc]" : "(?!)";
    boolean value = false;
    for (String word : words) {
      boolean option = word.length() > 1 && word.startsWith("-");
      (option || value ? options : operands).add(word);
      value = option && !value && word.matches("-[a-zA-Z]*" + valued);
    }
    if (name.endsWith("grep") && !options.contains("-e") && !operands.isEmpty()) {
      options.add(operands.removeFirst());
    }
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    for (String file : operands) {
      try (InputStream each = shell.input(file)) {
        each.transferTo(in);
      }
    }
    List<Word> all = new ArrayList<>(List.of(new Word(name, Span.NONE)));
    // tail -1c is what others write as tail -c 1.
    options.forEach(o -> all.add(new Word(o.replaceFirst("^-(\\d+)c$", "-c$1"), Span.NONE)));
    try {
      Filter filter = Filter.of(all, name);
      if (operands.isEmpty() && filter instanceof Filter.Streaming one && one.streams()) {
        one.apply(io.in(), io.out());
        io.out().flush();
        return 0;
      }
      byte[] out = filter.apply(operands.isEmpty() ? all(io.in()) : in.toByteArray());
      if (name.equals("wc") && operands.size() == 1) {
        String counts = new String(out, StandardCharsets.UTF_8).stripTrailing();
        say(io, counts + " " + operands.getFirst());
      } else {
        io.out().write(out);
      }
      io.out().flush();
      return name.endsWith("grep") && out.length == 0 ? 1 : 0;
    } catch (MagicException | Filter.Broken e) {
      io.complain(name + ": " + e.getMessage());
      return 2;
    }
  }

  private int ls(List<String> words, Streams io) throws IOException {
    String flags = String.join("", words.stream().filter(w -> w.startsWith("-")).toList());
    List<String> names = words.stream().filter(w -> !w.startsWith("-")).sorted().toList();
    int status = 0;
    for (String name : names.isEmpty() ? List.of(".") : names) {
      Path file = shell.path(name);
      if (!Files.exists(file)) {
        io.complain("ls: cannot access '" + name + "': No such file or directory");
        status = 2;
      } else if (!Files.isDirectory(file) || flags.contains("d")) {
        entry(file, name, flags, io);
      } else {
        if (names.size() > 1) {
          say(io, name + ":");
        }
        try (Stream<Path> found = Files.list(file)) {
          List<Path> all =
              found
                  .sorted(Comparator.comparing(p -> String.valueOf(p.getFileName())))
                  .filter(
                      p ->
                          flags.matches(".*[aA].*")
                              || !String.valueOf(p.getFileName()).startsWith("."))
                  .toList();
          if (flags.contains("l")) {
            say(io, "total " + all.size() * 4);
          }
          if (flags.contains("a")) {
            entry(file, ".", flags, io);
            entry(file.resolve("..").normalize(), "..", flags, io);
          }
          for (Path each : all) {
            entry(each, String.valueOf(each.getFileName()), flags, io);
          }
        }
      }
    }
    return status;
  }

  private void entry(Path file, String name, String flags, Streams io) throws IOException {
    if (!flags.contains("l")) {
      say(io, name);
      return;
    }
    PosixFileAttributes its = Files.readAttributes(file, PosixFileAttributes.class);
    boolean folder = its.isDirectory();
    say(
        io,
        (folder ? "d" : "-")
            + PosixFilePermissions.toString(its.permissions())
            + String.format(
                Locale.ROOT,
                " %d %s %s %8d %s %s",
                folder ? 2 : 1,
                its.owner().getName(),
                its.group().getName(),
                folder ? 4096 : its.size(),
                LISTED.format(its.lastModifiedTime().toInstant().atOffset(ZoneOffset.UTC)),
                name));
  }

  private int mkdir(List<String> words, Streams io) throws IOException {
    boolean parents = words.contains("-p");
    int status = 0;
    for (String word : words) {
      if (word.startsWith("-")) {
        continue;
      }
      Path folder = shell.path(word);
      if (Files.exists(folder)) {
        if (!parents || !Files.isDirectory(folder)) {
          io.complain("mkdir: cannot create directory '" + word + "': File exists");
          status = 1;
        }
        continue;
      }
      List<Path> missing = new ArrayList<>();
      for (Path each = folder; each != null && !Files.exists(each); each = each.getParent()) {
        missing.addFirst(each);
      }
      if (missing.size() > 1 && !parents) {
        io.complain("mkdir: cannot create directory '" + word + "': No such file or directory");
        status = 1;
        continue;
      }
      for (Path each : missing) {
        try {
          Files.createDirectory(each);
          mask(each);
        } catch (AccessDeniedException e) {
          io.complain("mkdir: cannot create directory '" + word + "': Permission denied");
          status = 1;
          break;
        }
      }
    }
    return status;
  }

  private int rm(List<String> words, Streams io) throws IOException {
    String flags = String.join("", words.stream().filter(w -> w.matches("-[^-].*")).toList());
    boolean all = flags.matches(".*[rR].*") || words.contains("--recursive");
    int status = 0;
    for (String word : words) {
      if (word.startsWith("-")) {
        continue;
      }
      Path file = shell.path(word);
      if (all && word.matches("(.*/)?\\.\\.?/*")) {
        io.complain("rm: refusing to remove '.' or '..' directory: skipping '" + word + "'");
        status = 1;
      } else if (all && word.matches("/+") && !words.contains("--no-preserve-root")) {
        io.complain(
            "rm: it is dangerous to operate recursively on '%s'%s\n%s"
                .formatted(
                    word,
                    word.equals("/") ? "" : " (same as '/')",
                    "rm: use --no-preserve-root to override this failsafe"));
        status = 1;
      } else if (!Files.exists(file)) {
        if (!flags.contains("f")) {
          io.complain("rm: cannot remove '" + word + "': No such file or directory");
          status = 1;
        }
      } else if (Files.isDirectory(file) && !all) {
        io.complain("rm: cannot remove '" + word + "': Is a directory");
        status = 1;
      } else {
        try (Stream<Path> below = Files.walk(file)) {
          for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
            // What is in it still was complained of.
            boolean left = Files.isDirectory(each) && !isEmpty(each);
            String name = each.equals(file) ? "" : "/" + file.relativize(each);
            String shown = name.isEmpty() ? word : word.replaceFirst("/+$", "") + name;
            status |= left ? 1 : delete(each, "rm: cannot remove '" + shown + "'", io);
          }
        }
      }
    }
    return status;
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      return found.findAny().isEmpty();
    }
  }

  private static int delete(Path file, String complaint, Streams io) throws IOException {
    try {
      // The file system deletes before it asks whether that is allowed.
      file.getFileSystem().provider().checkAccess(file.resolve("..").normalize(), AccessMode.WRITE);
      Files.delete(file);
      return 0;
    } catch (DirectoryNotEmptyException e) {
      io.complain(complaint + ": Directory not empty");
    } catch (IOException e) {
      io.complain(
          complaint
              + ": "
              + (Files.exists(file) ? "Permission denied" : "No such file or directory"));
    }
    return 1;
  }

  private int copy(String name, List<String> words, Streams io) throws IOException {
    List<String> names = words.stream().filter(w -> !w.startsWith("-")).toList();
    if (names.size() < 2) {
      io.complain(name + ": missing file operand");
      return 1;
    }
    Path to = shell.path(names.getLast());
    int status = 0;
    for (String each : names.subList(0, names.size() - 1)) {
      Path from = shell.path(each);
      Path target = Files.isDirectory(to) ? to.resolve(String.valueOf(from.getFileName())) : to;
      if (!Files.exists(from)) {
        io.complain(name + ": cannot stat '" + each + "': No such file or directory");
        status = 1;
      } else if (name.equals("mv")) {
        try {
          Files.move(from, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
          io.complain("mv: cannot move '" + each + "' to '" + target + "': Directory not empty");
          status = 1;
        }
      } else if (Files.isDirectory(from)) {
        io.complain("cp: -r not specified; omitting directory '" + each + "'");
        status = 1;
      } else {
        try (InputStream in = Files.newInputStream(from);
            OutputStream out = shell.output(target.toString(), false)) {
          in.transferTo(out);
        }
      }
    }
    return status;
  }

  private int chmod(List<String> words, Streams io) throws IOException {
    if (words.size() < 2) {
      io.complain("chmod: missing operand");
      return 1;
    }
    String mode = words.getFirst();
    for (String name : words.subList(1, words.size())) {
      Path file = existing(name);
      Set<PosixFilePermission> now = new TreeSet<>(Files.getPosixFilePermissions(file));
      if (mode.matches("[0-7]{3,4}")) {
        now = modes(Integer.parseInt(mode, 8));
      } else if (mode.matches("[ugoa]*[-+=][rwx]*")) {
        symbolic(mode, now);
      } else {
        io.complain("chmod: invalid mode: '" + mode + "'");
        return 1;
      }
      Files.setPosixFilePermissions(file, now);
    }
    return 0;
  }

  private static void symbolic(String mode, Set<PosixFilePermission> now) {
    int at = mode.replaceFirst("[-+=].*", "").length();
    String whom =
        mode.substring(0, at).isEmpty() || mode.startsWith("a") ? "ugo" : mode.substring(0, at);
    for (int w = 0; w < 3; w++) {
      for (int p = 0; p < 3; p++) {
        PosixFilePermission each =
            PosixFilePermissions.fromString(
                    "-".repeat(3 * w + p) + "rwx".charAt(p) + "-".repeat(8 - 3 * w - p))
                .iterator()
                .next();
        boolean meant = whom.indexOf("ugo".charAt(w)) >= 0;
        boolean named = mode.indexOf("rwx".charAt(p), at + 1) >= 0;
        if (meant && (named ? mode.charAt(at) == '-' : mode.charAt(at) == '=')) {
          now.remove(each);
        } else if (meant && named) {
          now.add(each);
        }
      }
    }
  }

  /** As ss prints it, of TCP. */
  private int ss(List<String> words, Streams io) throws IOException {
    String flags = String.join("", words.stream().filter(w -> w.startsWith("-")).toList());
    boolean listening = flags.contains("l") || flags.contains("a");
    boolean established = !flags.contains("l") || flags.contains("a");
    boolean programs = flags.contains("p");
    List<String[]> rows = new ArrayList<>();
    for (HostView.HostSocket each : shell.host.sockets()) {
      if (each.peer().isEmpty() ? listening : established) {
        rows.add(
            new String[] {
              each.peer().isEmpty() ? "LISTEN" : "ESTAB",
              "0",
              each.peer().isEmpty() ? "128" : "0",
              HostPort.of(each.local()),
              each.peer().map(HostPort::of).orElse("0.0.0.0:*"),
              programs ? "users:((\"" + each.program() + "\"))" : ""
            });
      }
    }
    rows.sort(Comparator.comparing((String[] r) -> r[0]).reversed().thenComparing(r -> r[3]));
    if (!flags.contains("H")) {
      rows.addFirst(
          new String[] {
            "State",
            "Recv-Q",
            "Send-Q",
            "Local Address:Port",
            "Peer Address:Port",
            programs ? "Process" : ""
          });
    }
    int local = rows.stream().mapToInt(r -> r[3].length()).max().orElse(0);
    int peer = rows.stream().mapToInt(r -> r[4].length()).max().orElse(0);
    for (String[] r : rows) {
      say(
          io,
          String.format(
                  Locale.ROOT, "%-6s %-6s %-6s %" + local + "s %" + peer + "s %s", (Object[]) r)
              .stripTrailing());
    }
    return 0;
  }
}
