package wirebook.engine.ssh.files;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.apache.sshd.sftp.common.SftpException;
import wirebook.engine.ssh.client.LocalPrograms;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.Options;
import wirebook.engine.ssh.config.SystemWords;

/** The sftp command: what it is told by a batch file, or by standard input. */
public final class SftpTool {
  private static final String USAGE =
      """
      usage: sftp [-46AaCfNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]
                [-D sftp_server_command] [-F ssh_config] [-i identity_file]
                [-J destination] [-l limit] [-o ssh_option] [-P port]
                [-R num_requests] [-S program] [-s subsystem | sftp_server]
                [-X sftp_option] destination
      """;
  private static final int WIDTH = 80;

  private static final String LETTERS = "46AaCfNpqrvB:b:c:D:F:i:J:l:o:P:R:S:s:X:";

  private final CopyTool tool;
  private final SshEnvironment environment;
  private Optional<String> batch = Optional.empty();
  private String remote = "/";
  private Path here;

  private SftpTool(SshEnvironment environment) {
    this.environment = environment;
    tool = new CopyTool(environment, "sftp", "");
    here = environment.local().directory();
  }

  public static FileTransfers run(SshEnvironment environment, List<String> words)
      throws InterruptedException {
    SftpTool sftp = new SftpTool(environment);
    return sftp.tool.ended(sftp.exit(words));
  }

  private int exit(List<String> words) throws InterruptedException {
    List<String> operands = tool.read(words, LETTERS, this::own).orElse(List.of());
    if (operands.isEmpty()) {
      tool.err(USAGE.stripTrailing());
      return 1;
    }
    String destination = operands.getLast();
    String where = destination.replaceFirst("^sftp://([^/]*)/?", "$1:");
    int colon = where.startsWith("[") ? where.indexOf("]:") + 1 : where.indexOf(':');
    String host = (colon > 0 ? where.substring(0, colon) : where).replaceAll("[\\[\\]]", "");
    String start = colon > 0 ? where.substring(colon + 1) : "";
    Optional<String> port = Optional.empty();
    if (start.matches("\\d+(:.*)?") && destination.startsWith("sftp://")) {
      port = Optional.of(start.replaceFirst(":.*", ""));
      start = start.contains(":") ? start.replaceFirst("^\\d+:", "") : "";
    }
    String folder = start;
    return tool.with(host, port, (client, copying) -> talk(client, copying, host, folder));
  }

  /** Sizes, and other programs, change nothing here. */
  private void own(Options.Option option) {
    if (option.name() == 'b') {
      batch = Optional.of(option.value());
      tool.quiet();
      tool.batch();
    }
  }

  private int talk(SftpClient client, Copying copying, String host, String folder)
      throws IOException, InterruptedException, Copying.Failed {
    try (InputStream commands = commands()) {
      remote = client.canonicalPath(".");
      if (batch.isEmpty()) {
        tool.err("Connected to " + host.substring(host.lastIndexOf('@') + 1) + ".");
      }
      if (!folder.isEmpty()) {
        String to = path(folder);
        if (!copying.isFolder(to)) {
          throw new Copying.Failed(
              "Can't change directory: \"" + to + "\" is not a directory or does not exist");
        }
        remote = client.canonicalPath(to);
      }
      return lines(client, copying, commands);
    }
  }

  private InputStream commands() throws Copying.Failed {
    if (batch.isEmpty() || batch.get().equals("-")) {
      return environment.stdin();
    }
    try {
      return Files.newInputStream(environment.local().directory().resolve(batch.get()));
    } catch (IOException e) {
      throw new Copying.Failed(SystemWords.of(e) + " (" + batch.get() + ").");
    }
  }

  private int lines(SftpClient client, Copying copying, InputStream from)
      throws IOException, InterruptedException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      tool.out("sftp> " + line);
      String command = line.strip();
      boolean tolerated = command.startsWith("-");
      boolean silent = command.startsWith("@");
      command = tolerated || silent ? command.substring(1).strip() : command;
      if (command.isEmpty() || command.startsWith("#")) {
        continue;
      }
      if (command.matches("(bye|exit|quit)")) {
        return 0;
      }
      boolean right;
      try {
        right =
            command.startsWith("!")
                ? local(command.substring(1).strip())
                : command(words(command), client, copying);
      } catch (Copying.Failed e) {
        tool.err(e.words());
        right = false;
      }
      if (!right && batch.isPresent() && !tolerated) {
        return 1;
      }
    }
    return 0;
  }

  /** Words, with quotes and backslashes. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean any = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && i + 1 < line.length() && quote != '\'') {
        word.append(line.charAt(++i));
      } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
        quote = quote != 0 ? 0 : c;
        any = true;
      } else if (Character.isWhitespace(c) && quote == 0) {
        if (any || !word.isEmpty()) {
          words.add(word.toString());
        }
        word.setLength(0);
        any = false;
      } else {
        word.append(c);
      }
    }
    if (any || !word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /** A command of this machine; it makes no difference how it ends. */
  private boolean local(String command) throws Copying.Failed {
    if (command.isEmpty()) {
      throw new Copying.Failed("No shell is opened here; !COMMAND runs one command.");
    }
    int status = new LocalPrograms(environment).locally(command, here);
    if (status != 0) {
      tool.err("Shell exited with status " + status);
    }
    return true;
  }

  private String path(String name) {
    return name.startsWith("/") ? name : Copying.join(remote, name);
  }

  private boolean command(List<String> words, SftpClient client, Copying copying)
      throws IOException, Copying.Failed {
    String name = words.getFirst();
    String flags =
        String.join("", words.stream().skip(1).filter(w -> w.matches("-[a-zA-Z1]+")).toList());
    List<String> operands = words.stream().skip(1).filter(w -> !w.matches("-[a-zA-Z1]+")).toList();
    String first = operands.isEmpty() ? "" : operands.getFirst();
    switch (name) {
      case "pwd" -> tool.out("Remote working directory: " + remote);
      case "lpwd" -> tool.out("Local working directory: " + here);
      case "version" -> tool.out("SFTP protocol version 3");
      case "progress" ->
          tool.out("Progress meter " + (copying.toggleMeter() ? "enabled" : "disabled"));
      case "df" ->
          throw new Copying.Failed(
              client.getServerExtensions().containsKey("statvfs@openssh.com")
                  ? "df is not done here."
                  : "Server does not support statvfs@openssh.com extension");
      case "lumask", "copy", "cp" -> throw new Copying.Failed(name + " is not done here.");
      case "chown", "chgrp" -> {
        if (!first.matches("\\d{1,9}")) {
          throw new Copying.Failed(
              "You must supply a numeric argument to the " + name + " command.");
        }
        need(name, operands, 2);
        boolean owner = name.equals("chown");
        for (String each : copying.names(path(operands.get(1)))) {
          Attributes now =
              copying
                  .stat(each)
                  .orElseThrow(() -> new Copying.Failed("stat remote: No such file or directory"));
          int id = Integer.parseInt(first);
          if (!tool.isQuiet()) {
            tool.out("Changing " + (owner ? "owner" : "group") + " on " + each);
          }
          Attributes ids =
              new Attributes().owner(owner ? id : now.getUserId(), owner ? now.getGroupId() : id);
          ask("remote setstat \"" + each + "\"", () -> client.setStat(each, ids));
        }
      }
      case "help", "?" ->
          tool.out(
              "Available commands:\ncd ls pwd get put mkdir rmdir rm rename chmod chown chgrp ln lcd lls lpwd lmkdir bye");
      case "cd" -> {
        String to = first.isEmpty() ? client.canonicalPath(".") : path(first);
        Optional<Attributes> there = copying.stat(to);
        if (there.isEmpty()) {
          throw new Copying.Failed("realpath " + to + ": No such file");
        }
        if (!there.get().isDirectory()) {
          throw new Copying.Failed("Can't change directory: \"" + to + "\" is not a directory");
        }
        remote = client.canonicalPath(to);
      }
      case "lcd" -> {
        Path to = here.resolve(first).normalize();
        if (!Files.isDirectory(to)) {
          throw new Copying.Failed(
              "Couldn't change local directory to \"" + first + "\": No such file or directory");
        }
        here = to;
      }
      case "lls" -> {
        try (Stream<Path> found = Files.list(here.resolve(first))) {
          for (Path each : found.sorted().toList()) {
            tool.out(String.valueOf(each.getFileName()));
          }
        } catch (IOException e) {
          throw new Copying.Failed("ls: cannot access '" + first + "': " + SystemWords.of(e));
        }
      }
      case "lmkdir" -> {
        try {
          Files.createDirectory(here.resolve(first));
        } catch (IOException e) {
          throw new Copying.Failed(
              "Couldn't create local directory \"" + first + "\": " + SystemWords.of(e));
        }
      }
      case "ls", "dir" -> ls(first.isEmpty() ? remote : path(first), flags, client, copying);
      case "get", "mget", "reget" -> get(name, flags, operands, copying);
      case "put", "mput", "reput" -> put(name, flags, operands, copying);
      case "mkdir" -> ask("remote mkdir \"" + path(first) + "\"", () -> client.mkdir(path(first)));
      case "rmdir" -> ask("remote rmdir \"" + path(first) + "\"", () -> client.rmdir(path(first)));
      case "rm", "delete" -> {
        List<String> names = copying.names(path(first));
        if (names.isEmpty()) {
          throw new Copying.Failed("Can't rm: \"" + path(first) + "\" not found");
        }
        for (String each : names) {
          if (!tool.isQuiet()) {
            tool.out("Removing " + each);
          }
          ask("remote delete " + each, () -> client.remove(each));
        }
      }
      case "rename", "mv" -> {
        need(name, operands, 2);
        ask(
            "remote rename \"" + path(first) + "\" to \"" + path(operands.get(1)) + "\"",
            () -> client.rename(path(first), path(operands.get(1))));
      }
      case "chmod" -> {
        need(name, operands, 2);
        if (!first.matches("[0-7]{1,4}")) {
          throw new Copying.Failed("chmod: Invalid argument \"" + first + "\"");
        }
        Attributes modes = new Attributes();
        modes.setPermissions(Integer.parseInt(first, 8));
        for (String each : copying.names(path(operands.get(1)))) {
          if (!tool.isQuiet()) {
            tool.out("Changing mode on " + each);
          }
          ask("remote setstat \"" + each + "\"", () -> client.setStat(each, modes));
        }
      }
      case "ln", "symlink" -> {
        need(name, operands, 2);
        ask(
            "remote link",
            () ->
                client.link(
                    path(operands.get(1)), first, flags.contains("s") || name.equals("symlink")));
      }
      default -> throw new Copying.Failed("Invalid command.");
    }
    return true;
  }

  private static void need(String name, List<String> operands, int count) throws Copying.Failed {
    if (operands.size() < count) {
      throw new Copying.Failed(
          "You must specify %s for a %s command."
              .formatted(count > 1 ? "two paths" : "a path", name));
    }
  }

  private interface Request {
    void send() throws IOException;
  }

  private static void ask(String what, Request request) throws IOException, Copying.Failed {
    try {
      request.send();
    } catch (SftpException e) {
      throw new Copying.Failed(what + ": " + Copying.words(e));
    }
  }

  private void ls(String pattern, String flags, SftpClient client, Copying copying)
      throws IOException, Copying.Failed {
    List<String> names = copying.names(pattern);
    if (names.isEmpty() || copying.stat(names.getFirst()).isEmpty()) {
      throw new Copying.Failed("Can't ls: \"" + pattern + "\" not found");
    }
    List<String> shown = new ArrayList<>();
    for (String each : names) {
      if (copying.isFolder(each) && names.size() == 1) {
        for (DirEntry entry : client.readDir(each)) {
          if (flags.contains("a") || !entry.getFilename().startsWith(".")) {
            shown.add(flags.contains("l") ? entry.getLongFilename() : entry.getFilename());
          }
        }
      } else {
        String own = each.startsWith(remote + "/") ? each.substring(remote.length() + 1) : each;
        shown.add(flags.contains("l") ? longName(each, own, client) : own);
      }
    }
    shown.sort(
        (a, b) -> Copying.last(a.replace(' ', '/')).compareTo(Copying.last(b.replace(' ', '/'))));
    if (flags.contains("l") || flags.contains("1")) {
      for (String each : shown) {
        tool.out(each);
      }
      return;
    }
    int longest = shown.stream().mapToInt(String::length).max().orElse(0);
    int columns = Math.max(WIDTH / (longest + 2), 1);
    int space = Math.min(WIDTH / columns, WIDTH);
    StringBuilder text = new StringBuilder();
    int column = 1;
    for (String each : shown) {
      text.append(each).repeat(' ', Math.max(0, space - each.length()));
      if (column >= columns) {
        text.append('\n');
        column = 1;
      } else {
        column++;
      }
    }
    CopyTool.write(environment.stdout(), text + (column != 1 ? "\n" : ""));
  }

  /** The line that the server has for a file in its folder. */
  private static String longName(String path, String shown, SftpClient client) throws IOException {
    String name = Copying.last(path);
    String folder = path.substring(0, path.length() - name.length());
    for (DirEntry entry : client.readDir(folder.isEmpty() ? "/" : folder)) {
      if (entry.getFilename().equals(name) && entry.getLongFilename().endsWith(name)) {
        String line = entry.getLongFilename();
        return line.substring(0, line.length() - name.length()) + shown;
      }
    }
    return shown;
  }

  private void get(String name, String flags, List<String> operands, Copying copying)
      throws IOException, Copying.Failed {
    need(name, operands, 1);
    boolean resume = name.equals("reget") || flags.contains("a");
    String pattern = path(operands.getFirst());
    List<String> names = copying.names(pattern);
    if (names.isEmpty() || copying.stat(names.getFirst()).isEmpty()) {
      throw new Copying.Failed("File \"" + pattern + "\" not found.");
    }
    Path to = operands.size() > 1 ? here.resolve(operands.get(1)) : here;
    for (String each : names) {
      Path goal = Files.isDirectory(to) ? to.resolve(Copying.last(each)) : to;
      if (!tool.isQuiet()) {
        tool.out(
            (resume ? "Resuming " : "Fetching ")
                + each
                + " to "
                + (operands.size() > 1 ? goal : Copying.last(each)));
      }
      if (copying.isFolder(each) && (tool.isRecursive() || flags.matches(".*[rR].*"))) {
        copying.downloadFolder(each, goal, 0);
      } else if (!copying.download(each, goal, resume) && resume) {
        tool.out("File \"" + Copying.last(each) + "\" was not modified");
      }
    }
  }

  private void put(String name, String flags, List<String> operands, Copying copying)
      throws IOException, Copying.Failed {
    need(name, operands, 1);
    boolean resume = name.equals("reput") || flags.contains("a");
    Path from = here.resolve(operands.getFirst());
    List<Path> files = new ArrayList<>();
    if (operands.getFirst().matches(".*[*?\\[].*") && from.getParent() != null) {
      try (var found =
          Files.newDirectoryStream(from.getParent(), String.valueOf(from.getFileName()))) {
        found.forEach(files::add);
      } catch (IOException | PatternSyntaxException e) {
        // Nothing there fits.
      }
      files.sort(null);
    } else if (Files.exists(from)) {
      files.add(from);
    }
    if (files.isEmpty()) {
      throw new Copying.Failed("stat " + operands.getFirst() + ": No such file or directory");
    }
    String to = operands.size() > 1 ? path(operands.get(1)) : remote;
    for (Path each : files) {
      String goal =
          copying.isFolder(to) ? Copying.join(to, String.valueOf(each.getFileName())) : to;
      if (!tool.isQuiet()) {
        tool.out(
            (resume ? "Resuming upload of " : "Uploading ")
                + (operands.getFirst().startsWith("/") ? each : here.relativize(each))
                + " to "
                + goal);
      }
      if (!Files.isDirectory(each)) {
        copying.upload(each, goal, resume);
      } else if (tool.isRecursive() || flags.matches(".*[rR].*")) {
        copying.uploadFolder(each, goal, 0);
      } else {
        throw new Copying.Failed("local \"" + each + "\" is not a regular file");
      }
    }
  }
}
