package wirebook.engine.ssh.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.engine.ssh.config.SshFatal;

/** Runs this machine's own programs, as a configuration asks for: with the user's shell. */
public record LocalPrograms(SshEnvironment environment) {
  private ProcessBuilder shell(String command) {
    LocalHost local = environment.local();
    String shell = local.environment().getOrDefault("SHELL", "");
    return builder(List.of(shell.isEmpty() ? "/bin/sh" : shell, "-c", command));
  }

  private ProcessBuilder builder(List<String> words) {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.directory(environment.local().directory().toFile());
    builder.environment().clear();
    builder.environment().putAll(environment.local().environment());
    return builder;
  }

  private void errors(ProcessBuilder builder) {
    builder.redirectError(
        environment.inCell() ? ProcessBuilder.Redirect.PIPE : ProcessBuilder.Redirect.INHERIT);
  }

  private void pumpErrors(Process process) {
    if (environment.inCell()) {
      pump(process.getErrorStream(), environment.stderr());
    }
  }

  private static void pump(InputStream from, OutputStream to) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (from) {
                from.transferTo(to);
                to.flush();
              } catch (IOException e) {
                // What cannot be shown is lost; the command goes on.
              }
            });
  }

  /**
   * The exit status of a command whose output nobody sees, its errors apart ({@code Match exec}).
   */
  int quietly(String command) {
    ProcessBuilder builder =
        shell(command)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    errors(builder);
    try {
      Process process = builder.start();
      if (environment.inCell()) {
        process.getErrorStream().transferTo(environment.stderr());
      }
      return wait(process);
    } catch (IOException e) {
      throw new SshFatal("Shell is not executable: " + e.getMessage());
    }
  }

  /** Runs {@code LocalCommand}; its output is the command's own. */
  int locally(String command) {
    return locally(command, environment.local().directory());
  }

  /** Runs a command in a folder; its output is the command's own. */
  public int locally(String command, Path directory) {
    ProcessBuilder builder = shell(command).directory(directory.toFile());
    errors(builder);
    if (!environment.inCell()) {
      builder.redirectInput(ProcessBuilder.Redirect.INHERIT);
      builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
    }
    try {
      Process process = builder.start();
      pumpErrors(process);
      if (environment.inCell()) {
        process.getOutputStream().close();
        process.getInputStream().transferTo(environment.stdout());
      }
      return wait(process);
    } catch (IOException e) {
      return 1;
    }
  }

  /** A command whose input and output are a connection. */
  Process proxy(String command) throws IOException {
    ProcessBuilder builder = shell("exec " + command);
    errors(builder);
    Process process = builder.start();
    pumpErrors(process);
    return process;
  }

  /** What a program printed; its exit status must be 0. */
  String output(List<String> words) {
    ProcessBuilder builder = builder(words);
    errors(builder);
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    try {
      Process process = builder.start();
      pumpErrors(process);
      String text =
          new String(
              process.getInputStream().readAllBytes(),
              java.nio.charset.StandardCharsets.ISO_8859_1);
      if (wait(process) != 0) {
        throw new SshFatal("KnownHostsCommand failed");
      }
      return text;
    } catch (IOException e) {
      throw new SshFatal("KnownHostsCommand failed");
    }
  }

  private static int wait(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new SshFatal("interrupted");
    }
  }
}
