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
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import wirebook.codec.Resource;
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
      if (!tool.isQuiet()) {
        copying.tellFolders(told -> tool.out(told.replace(" " + here + "/", " ")));
      }
      if (batch.isEmpty()) {
        tool.err("Connected to " + host.substring(host.lastIndexOf('@') + 1) + ".");
      }
      if (!folder.isEmpty()) {
        String to = path(folder);
        if (!tool.isQuiet()) {
          tool.out("Changing to: " + to);
        }
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
      String command = line.strip();
      boolean tolerated = command.startsWith("-");
      boolean silent = command.startsWith("@");
      if (!silent) {
        tool.out("sftp> " + line);
      }
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
                : command(command, words(command), client, copying);
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

  private boolean command(String line, List<String> words, SftpClient client, Copying copying)
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
          tool.out("Progress meter " + (copying.meter().toggle() ? "enabled" : "disabled"));
      case "df" ->
          throw new Copying.Failed(
              client.getServerExtensions().containsKey("statvfs@openssh.com")
                  ? "df is not done here."
                  : "Server does not support statvfs@openssh.com extension");
      case "lumask" -> {
        int mask = number(name, first, 8);
        copying.umask(mask);
        tool.out("Local umask: %03o".formatted(mask));
      }
      case "copy", "cp" -> {
        need(name, operands, 2);
        Attributes source = existing(path(first), copying);
        if (!source.isRegularFile()) {
          throw new Copying.Failed("Cannot copy non-regular file: " + path(first));
        }
        String copy = path(operands.get(1));
        boolean made = !copying.exists(copy);
        Extension.copy(client, path(first), copy);
        if (made) {
          Attributes modes = new Attributes();
          modes.setPermissions(source.getPermissions());
          Copying.ask("remote setstat \"" + copy + "\"", () -> client.setStat(copy, modes));
        }
      }
      case "chown", "chgrp" -> {
        int id = number(name, first, 10);
        need(name, operands, 2);
        boolean owner = name.equals("chown");
        for (String each : copying.names(path(operands.get(1)))) {
          Attributes now = existing(each, copying);
          if (!tool.isQuiet()) {
            tool.out("Changing " + (owner ? "owner" : "group") + " on " + each);
          }
          Attributes ids =
              new Attributes().owner(owner ? id : now.getUserId(), owner ? now.getGroupId() : id);
          Copying.ask("remote setstat \"" + each + "\"", () -> client.setStat(each, ids));
        }
      }
      case "help", "?" ->
          CopyTool.write(environment.stdout(), Resource.text(SftpTool.class, "sftp-help.txt"));
      case "cd" -> {
        String to = first.isEmpty() ? client.canonicalPath(".") : path(first);
        if (!existing(to, copying).isDirectory()) {
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
      case "lls" -> local("ls " + line.substring(name.length()).strip());
      case "lmkdir" -> {
        try {
          Files.createDirectory(here.resolve(first));
        } catch (IOException e) {
          throw new Copying.Failed(
              "Couldn't create local directory \"" + first + "\": " + SystemWords.of(e));
        }
      }
      case "ls", "dir" ->
          new Listing(client, copying, remote, flags)
              .of(first.isEmpty() ? remote : path(first), environment.stdout());
      case "get", "mget", "reget" -> {
        return get(name, flags, operands, copying);
      }
      case "put", "mput", "reput" -> {
        return put(name, flags, operands, copying);
      }
      case "mkdir" -> {
        need(name, operands, 1);
        Copying.ask("remote mkdir \"" + path(first) + "\"", () -> client.mkdir(path(first)));
      }
      case "rmdir" -> {
        need(name, operands, 1);
        Copying.ask("remote rmdir \"" + path(first) + "\"", () -> client.rmdir(path(first)));
      }
      case "rm", "delete" -> {
        need(name, operands, 1);
        List<String> found = copying.names(path(first));
        List<String> names = found.isEmpty() ? List.of(path(first)) : found;
        for (String each : names) {
          if (!tool.isQuiet()) {
            tool.out("Removing " + each);
          }
          Copying.ask("remote delete " + each, () -> client.remove(each));
        }
      }
      case "rename", "mv" -> {
        need(name, operands, 2);
        Extension.rename(client, path(first), path(operands.get(1)));
      }
      case "chmod" -> {
        Attributes modes = new Attributes();
        modes.setPermissions(number(name, first, 8));
        need(name, operands, 2);
        for (String each : copying.names(path(operands.get(1)))) {
          if (!tool.isQuiet()) {
            tool.out("Changing mode on " + each);
          }
          Copying.ask("remote setstat \"" + each + "\"", () -> client.setStat(each, modes));
        }
      }
      case "ln", "symlink" -> {
        need(name, operands, 2);
        String link = path(operands.get(1));
        if (flags.contains("s") || name.equals("symlink")) {
          Copying.ask(
              "remote symlink file \"" + first + "\" to \"" + link + "\"",
              () -> client.link(link, first, true));
        } else {
          Extension.link(client, path(first), link);
        }
      }
      default -> throw new Copying.Failed("Invalid command.");
    }
    return true;
  }

  private static void need(String name, List<String> operands, int count) throws Copying.Failed {
    if (operands.size() < count) {
      boolean many = name.matches("(m|re)?(get|put)");
      boolean numeric = name.matches("ch(mod|own|grp)");
      throw new Copying.Failed(
          "You must specify %s after a %s command."
              .formatted(
                  many ? "at least one path" : count > 1 && !numeric ? "two paths" : "a path",
                  name));
    }
  }

  private static int number(String name, String word, int radix) throws Copying.Failed {
    try {
      return Integer.parseUnsignedInt(word, radix);
    } catch (NumberFormatException e) {
      throw new Copying.Failed("You must supply a numeric argument to the " + name + " command.");
    }
  }

  private static Attributes existing(String path, Copying copying)
      throws IOException, Copying.Failed {
    return copying
        .stat(path)
        .orElseThrow(() -> new Copying.Failed("stat remote: No such file or directory"));
  }

  private boolean get(String command, String flags, List<String> operands, Copying copying)
      throws IOException, Copying.Failed {
    need(command, operands, 1);
    boolean resume = command.equals("reget") || flags.contains("a");
    String pattern = path(operands.getFirst());
    List<String> names = copying.names(pattern);
    if (names.isEmpty() || !copying.exists(names.getFirst())) {
      throw new Copying.Failed("File \"" + pattern + "\" not found.");
    }
    String given = operands.size() > 1 ? operands.get(1) : "";
    boolean into = given.isEmpty() || Files.isDirectory(here.resolve(given));
    if (names.size() > 1 && !into) {
      throw new Copying.Failed(
          "Multiple source paths, but destination \"" + given + "\" is not a directory");
    }
    boolean right = true;
    for (String each : names) {
      String name = into ? Copying.join(given, Copying.last(each)) : given;
      Path goal = here.resolve(name);
      boolean folder = copying.isFolder(each);
      if (!tool.isQuiet()) {
        tool.out(
            (resume ? "Resuming " : "Fetching ")
                + each
                + (folder && !each.endsWith("/") ? "/" : "")
                + " to "
                + name);
      }
      try {
        existing(each, copying);
        if (!into && given.endsWith("/")) {
          throw new Copying.Failed("open local \"" + given + "\": Is a directory");
        }
        if (folder && (tool.isRecursive() || flags.matches(".*[rR].*"))) {
          copying.downloadFolder(each, goal, 0);
        } else if (!copying.download(each, goal, resume) && resume) {
          tool.err("File \"" + Copying.last(each) + "\" was not modified");
        }
      } catch (Copying.Failed e) {
        tool.err(e.words());
        right = false;
      }
    }
    return right;
  }

  private boolean put(String name, String flags, List<String> operands, Copying copying)
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
    boolean right = true;
    for (Path each : files) {
      boolean into = copying.isFolder(to);
      if (files.size() > 1 && !into) {
        throw new Copying.Failed(
            "Multiple paths match, but destination \"" + to + "\" is not a directory");
      }
      String goal = into ? Copying.join(to, String.valueOf(each.getFileName())) : to;
      if (!tool.isQuiet()) {
        tool.out(
            (resume ? "Resuming upload of " : "Uploading ")
                + (each.equals(from)
                    ? operands.getFirst()
                    : operands.getFirst().startsWith("/") ? each : here.relativize(each))
                + (Files.isDirectory(each) ? "/" : "")
                + " to "
                + goal);
      }
      try {
        if (!Files.isDirectory(each)) {
          copying.upload(each, goal, resume);
        } else if (tool.isRecursive() || flags.matches(".*[rR].*")) {
          copying.uploadFolder(each, goal, 0);
        } else {
          throw new Copying.Failed("local \"" + each + "\" is not a regular file");
        }
      } catch (Copying.Failed e) {
        tool.err(e.words());
        right = false;
      }
    }
    return right;
  }
}
