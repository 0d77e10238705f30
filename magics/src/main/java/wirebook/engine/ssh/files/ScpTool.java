package wirebook.engine.ssh.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClient;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.client.SshTool;

/** The scp command, as OpenSSH has it since 9.0: over SFTP. */
public final class ScpTool {
  private static final String USAGE =
      """
      usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
                 [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
                 [-P port] [-S program] [-X sftp_option] source ... target
      """;
  private static final Pattern URI =
      Pattern.compile("scp://(?:([^@/]+)@)?(\\[[^\\]]+\\]|[^:/]+)(?::(\\d+))?(?:/(.*))?");

  private final SshEnvironment environment;
  private final List<String> options = new ArrayList<>();
  private final List<String> operands = new ArrayList<>();
  private final List<FileTransfers.Transferred> done = new ArrayList<>();
  private boolean recursive;
  private boolean preserve;
  private boolean quiet;

  private ScpTool(SshEnvironment environment) {
    this.environment = environment;
  }

  /** A place on another host, or here. */
  private record Place(Optional<String> host, Optional<String> port, String path) {}

  public static FileTransfers run(SshEnvironment environment, List<String> words)
      throws InterruptedException {
    ScpTool tool = new ScpTool(environment);
    int exit = tool.exit(words);
    return new FileTransfers(exit, tool.done);
  }

  private int exit(List<String> words) throws InterruptedException {
    if (!read(words) || operands.size() < 2) {
      say(USAGE.stripTrailing());
      return 1;
    }
    Place target = place(operands.getLast());
    List<Place> sources =
        operands.subList(0, operands.size() - 1).stream().map(ScpTool::place).toList();
    int status = 0;
    if (target.host.isEmpty()) {
      for (Place source : sources) {
        status |= source.host.isPresent() ? download(source, target.path) : here(source, target);
      }
      return status;
    }
    List<Place> fromHere = sources.stream().filter(s -> s.host.isEmpty()).toList();
    for (Place source : sources) {
      status |= source.host.isPresent() ? between(source, target) : 0;
    }
    if (!fromHere.isEmpty()) {
      int uploaded = upload(fromHere, target);
      status = status == 0 ? uploaded : status;
    }
    return status;
  }

  /** Whether the options are some of scp's. */
  private boolean read(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--")) {
        operands.addAll(words.subList(i + 1, words.size()));
        break;
      }
      if (!word.startsWith("-") || word.length() == 1) {
        operands.add(word);
        continue;
      }
      for (int k = 1; k < word.length(); k++) {
        char c = word.charAt(k);
        if ("cDFiJloPSX".indexOf(c) >= 0) {
          String value = word.substring(k + 1);
          if (value.isEmpty()) {
            if (++i == words.size()) {
              say("scp: option requires an argument -- " + c);
              return false;
            }
            value = words.get(i);
          }
          switch (c) {
            case 'P' -> options.addAll(List.of("-p", value));
            case 'c', 'F', 'i', 'J', 'o' -> options.addAll(List.of("-" + c, value));
            default -> {
              // Limits and other programs: nothing of it is needed here.
            }
          }
          break;
        }
        switch (c) {
          case 'r' -> recursive = true;
          case 'p' -> preserve = true;
          case 'q' -> {
            quiet = true;
            options.add("-q");
          }
          case 'B' -> options.addAll(List.of("-o", "BatchMode=yes"));
          case '4', '6', 'A', 'C', 'v' -> options.add("-" + c);
          case '3', 'R', 's', 'T', 'O' -> {
            // Ways of doing the same.
          }
          default -> {
            say("scp: unknown option -- " + c);
            return false;
          }
        }
      }
    }
    return true;
  }

  private static Place place(String word) {
    Matcher uri = URI.matcher(word);
    if (uri.matches()) {
      String user = uri.group(1) == null ? "" : uri.group(1) + "@";
      String path = uri.group(4) == null ? "" : uri.group(4);
      return new Place(
          Optional.of(user + uri.group(2).replaceAll("[\\[\\]]", "")),
          Optional.ofNullable(uri.group(3)),
          path);
    }
    int bracket = word.matches("([^/]*@)?\\[.*\\]:.*") ? word.indexOf("]:") + 1 : -1;
    int colon = bracket > 0 ? bracket : word.indexOf(':');
    int slash = word.indexOf('/');
    if (colon <= 0 || (slash >= 0 && slash < colon && bracket < 0)) {
      return new Place(Optional.empty(), Optional.empty(), word);
    }
    String host = word.substring(0, colon).replaceAll("[\\[\\]]", "");
    return new Place(Optional.of(host), Optional.empty(), word.substring(colon + 1));
  }

  private interface Task {
    int run(SftpClient client, Copying copying) throws IOException, Copying.Failed;
  }

  private int with(Place place, Task task) throws InterruptedException {
    List<String> words = new ArrayList<>(options);
    words.addAll(List.of("-x", "-T", "-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none"));
    place.port.ifPresent(p -> words.addAll(List.of("-p", p)));
    words.addAll(List.of("--", place.host.orElseThrow()));
    return SshTool.run(environment, words, session -> use(session, task)).exitCode();
  }

  private int use(ClientSession session, Task task) throws IOException {
    try (SftpClient client = Copying.client(session)) {
      Copying copying =
          new Copying(
              client,
              environment.network().clock(),
              preserve,
              !quiet && (environment.inCell() || environment.terminal())
                  ? Optional.<OutputStream>of(environment.stdout())
                  : Optional.empty());
      try {
        return task.run(client, copying);
      } catch (Copying.Failed e) {
        say("scp: " + e.words());
        return 1;
      } finally {
        done.addAll(copying.done());
      }
    }
  }

  private Path file(String name) {
    return environment.local().directory().resolve(name);
  }

  private int upload(List<Place> sources, Place target) throws InterruptedException {
    for (Place source : sources) {
      if (!Files.exists(file(source.path))) {
        say("scp: stat local \"" + source.path + "\": No such file or directory");
        return 255;
      }
    }
    return with(
        target,
        (client, copying) -> {
          String to = home(target.path);
          boolean folder = to.isEmpty() || copying.isFolder(to);
          if (sources.size() > 1 && !folder) {
            try {
              client.mkdir(to);
            } catch (IOException e) {
              say("scp: remote mkdir \"" + to + "\": " + Copying.words(e));
              return 255;
            }
            folder = true;
          }
          int status = 0;
          for (Place source : sources) {
            Path from = file(source.path);
            String name = String.valueOf(from.normalize().toAbsolutePath().getFileName());
            String goal = folder ? Copying.join(to, name) : to;
            try {
              if (!Files.isDirectory(from)) {
                copying.upload(from, goal);
              } else if (recursive) {
                copying.uploadFolder(from, goal, 0);
              } else {
                throw new Copying.Failed("local \"" + source.path + "\" is not a regular file");
              }
            } catch (Copying.Failed e) {
              say("scp: " + e.getMessage());
              say(
                  "scp: failed to upload "
                      + (Files.isDirectory(from) && recursive ? "directory " : "file ")
                      + source.path
                      + " to "
                      + to);
              status = 1;
            }
          }
          return status;
        });
  }

  private static String home(String path) {
    return path.equals("~") || path.equals("~/")
        ? ""
        : path.startsWith("~/") ? path.substring(2) : path;
  }

  private int download(Place source, String target) throws InterruptedException {
    return with(
        source,
        (client, copying) -> {
          String pattern = home(source.path).isEmpty() ? "." : home(source.path);
          List<String> names = copying.names(pattern);
          if (names.isEmpty()) {
            throw new Copying.Failed(pattern + ": No such file or directory");
          }
          Path to = file(target);
          int status = 0;
          for (String name : names) {
            Path goal = Files.isDirectory(to) ? to.resolve(Copying.last(name)).normalize() : to;
            try {
              if (recursive && copying.isFolder(name)) {
                copying.downloadFolder(name, goal, 0);
              } else {
                copying.download(name, goal);
              }
            } catch (Copying.Failed e) {
              say("scp: " + e.getMessage());
              status = 1;
            }
          }
          return status;
        });
  }

  /** From one host to another, through this one; through a file that is taken away again. */
  private int between(Place source, Place target) throws InterruptedException {
    Path folder;
    try {
      folder = Files.createTempDirectory(wirebook.net.TemporaryFolder.get(), "scp");
    } catch (IOException e) {
      say("scp: " + e.getMessage());
      return 1;
    }
    try {
      int status = download(source, folder + "/");
      if (status != 0) {
        return status;
      }
      List<Place> fetched = new ArrayList<>();
      try (var found = Files.list(folder)) {
        found.forEach(
            f -> fetched.add(new Place(Optional.empty(), Optional.empty(), f.toString())));
      } catch (IOException e) {
        say("scp: " + e.getMessage());
        return 1;
      }
      return upload(fetched, target);
    } finally {
      wirebook.net.TemporaryFolder.delete(folder);
    }
  }

  /** scp leaves this to cp. */
  private int here(Place source, Place target) {
    Path to = file(target.path);
    Path from = file(source.path);
    try {
      Files.copy(
          from,
          Files.isDirectory(to) ? to.resolve(String.valueOf(from.getFileName())) : to,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      return 0;
    } catch (IOException e) {
      say("cp: cannot stat '" + source.path + "': " + Copying.local(e));
      return 1;
    }
  }

  private void say(String line) {
    try {
      environment.stderr().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      environment.stderr().flush();
    } catch (IOException e) {
      // Nobody reads it.
    }
  }
}
