package wirebook.kernel.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import wirebook.net.Network;

/** Says what works on this machine and what does not. */
@Command(
    name = "doctor",
    description = "Say what works on this machine, what does not, and how to mend it.",
    footer = {
      "",
      "It asks a name server and opens connections to the Internet, which takes some seconds at"
          + " most.",
      "Exit code: 0 when the labs can run here, else 1."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(6);

  private final PrintWriter out;
  private final Duration patience;
  private final SequencedMap<String, Callable<Finding>> questions;

  /**
   * @param patience for all questions together, which are asked at once
   */
  DoctorCommand(
      PrintWriter out, Duration patience, SequencedMap<String, Callable<Finding>> questions) {
    this.out = out;
    this.patience = patience;
    this.questions = questions;
  }

  static DoctorCommand of(PrintWriter out, Network network) {
    MachineChecks machine = new MachineChecks(Path.of("/proc"), System.getenv());
    NetworkChecks net = new NetworkChecks(network);
    SequencedMap<String, Callable<Finding>> questions = new LinkedHashMap<>();
    questions.put("Java", machine::java);
    questions.put("Jupyter", machine::jupyter);
    questions.put("Kernel", machine::kernel);
    questions.put("Loopback", net::loopback);
    questions.put("127.0.0.2", net::loopbackAlias);
    questions.put("Ports below 1024", net::lowPorts);
    questions.put("Socket tables", machine::socketTables);
    questions.put("DNS over UDP", net::dnsOverUdp);
    questions.put("DNS over TCP", net::dnsOverTcp);
    questions.put("Port 80 outside", () -> net.outbound(80));
    questions.put("Port 443 outside", () -> net.outbound(443));
    return new DoctorCommand(out, PATIENCE, questions);
  }

  @Override
  public Integer call() throws InterruptedException {
    Map<String, FutureTask<Finding>> asked = new LinkedHashMap<>();
    questions.forEach((name, question) -> asked.put(name, start(question)));
    long deadline = System.nanoTime() + patience.toNanos();
    List<String> broken = new ArrayList<>();
    for (Map.Entry<String, FutureTask<Finding>> entry : asked.entrySet()) {
      Finding finding = await(entry.getValue(), deadline - System.nanoTime());
      String mend =
          switch (finding) {
            case Finding.Works w -> "";
            case Finding.Lacks(String text, String how) -> how;
            case Finding.Broken(String text, String how) -> {
              broken.add(entry.getKey());
              yield how;
            }
          };
      out.printf(
          "%-4s  %-17s %s%n",
          finding instanceof Finding.Works ? "ok" : "no", entry.getKey(), finding.text());
      mend.lines().forEach(line -> out.println("                        " + line));
      out.flush();
    }
    out.println(
        broken.isEmpty()
            ? "The labs run here; what says \"no\" matters only where it is used."
            : "The labs do not run here before this is mended: " + String.join(", ", broken));
    return broken.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static FutureTask<Finding> start(Callable<Finding> question) {
    FutureTask<Finding> task = new FutureTask<>(question);
    Thread.ofVirtual().start(task);
    return task;
  }

  private Finding await(FutureTask<Finding> task, long nanos) throws InterruptedException {
    try {
      return task.get(Math.max(nanos, 1), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      return new Finding.Lacks(
          "no answer within " + patience.toSeconds() + " s", "Something on the way drops packets.");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return cause instanceof IOException
          ? new Finding.Lacks(String.valueOf(cause.getMessage()), "")
          : new Finding.Lacks("the check itself failed: " + cause, "Please report this.");
    }
  }
}
