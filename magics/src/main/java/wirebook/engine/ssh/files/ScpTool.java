package wirebook.engine.ssh.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.Options;
import wirebook.engine.ssh.config.SystemWords;

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

  private static final String LETTERS = "346ABCOpqRrsTvc:D:F:i:J:l:o:P:S:X:";

  private final CopyTool tool;
  private final SshEnvironment environment;

  private ScpTool(SshEnvironment environment) {
    this.environment = environment;
    tool = new CopyTool(environment, "scp", "scp: ");
  }

  /** A place on another host, or here. */
  private record Place(Optional<String> host, Optional<String> port, String path) {}

  public static FileTransfers run(SshEnvironment environment, List<String> words)
      throws InterruptedException {
    ScpTool scp = new ScpTool(environment);
    return scp.tool.ended(scp.exit(words));
  }

  private int exit(List<String> words) throws InterruptedException {
    List<String> operands = tool.read(words, LETTERS, this::own).orElse(List.of());
    if (operands.size() < 2) {
      tool.err(USAGE.stripTrailing());
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

  /** Limits, other programs and other ways of doing the same change nothing here. */
  private void own(Options.Option option) {
    if (option.name() == 'B') {
      tool.batch();
    }
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

  private int with(Place place, CopyTool.Task task) throws InterruptedException {
    return tool.with(place.host.orElseThrow(), place.port, task);
  }

  private Path file(String name) {
    return environment.local().directory().resolve(name);
  }

  private int upload(List<Place> sources, Place target) throws InterruptedException {
    for (Place source : sources) {
      if (!Files.exists(file(source.path))) {
        tool.err("scp: stat local \"" + source.path + "\": No such file or directory");
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
              tool.err("scp: remote mkdir \"" + to + "\": " + Copying.words(e));
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
              } else if (tool.isRecursive()) {
                copying.uploadFolder(from, goal, 0);
              } else {
                throw new Copying.Failed("local \"" + source.path + "\" is not a regular file");
              }
            } catch (Copying.Failed e) {
              tool.err("scp: " + e.getMessage());
              tool.err(
                  "scp: failed to upload %s%s to %s"
                      .formatted(
                          Files.isDirectory(from) && tool.isRecursive() ? "directory " : "file ",
                          source.path,
                          to));
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
              if (tool.isRecursive() && copying.isFolder(name)) {
                copying.downloadFolder(name, goal, 0);
              } else {
                copying.download(name, goal);
              }
            } catch (Copying.Failed e) {
              tool.err("scp: " + e.getMessage());
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
      tool.err("scp: " + e.getMessage());
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
        tool.err("scp: " + e.getMessage());
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
      tool.err("cp: cannot stat '" + source.path + "': " + SystemWords.of(e));
      return 1;
    }
  }
}
