package wirebook.kernel.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import wirebook.engine.ssh.client.Rehearsal;
import wirebook.kernel.java.JavaInterpreter;
import wirebook.kernel.zmq.KernelProcess;
import wirebook.kernel.zmq.Training;

/**
 * The entry of the runnable jar. What must start fast, the two processes of a kernel and a magic
 * from the shell, is reached before the command line's own library is loaded.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws Exception {
    // What stands behind the connection file is for the front end: of jupyter run, for example.
    if (args.length >= 2 && args[0].equals("kernel")) {
      if (args[1].equals("--train")) {
        Training.run(JavaInterpreter::new);
      }
      KernelProcess.run(Path.of(args[1]), JavaInterpreter::new);
    }
    if (args.length == 1 && args[0].equals("--rehearse")) {
      // What is run here is in the cache that the shell's commands start from.
      Rehearsal.run();
      ShellMagic.find(List.of("ssh", "-G", "localhost")).ifPresent(ShellMagic::run);
      System.exit(0);
    }
    List<String> words = List.copyOf(Arrays.asList(args));
    int exitCode = ShellMagic.find(words).map(ShellMagic::run).orElseGet(() -> Commands.run(words));
    System.exit(exitCode);
  }
}
