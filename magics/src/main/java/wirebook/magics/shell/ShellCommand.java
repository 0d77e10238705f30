package wirebook.magics.shell;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.dig.DigHost;
import wirebook.engine.shell.CommandLine;
import wirebook.spi.MagicCall;
import wirebook.spi.Word;

/**
 * A tool of the DNS as a command of a shell: what stands behind it on the line is done, or refused
 * before anything is asked.
 */
public final class ShellCommand {
  private ShellCommand() {}

  /** What the command does with its own words. */
  public interface Tool<T> {
    T run(List<String> words, DigHost host) throws InterruptedException;
  }

  public static DnsLookup run(MagicCall call, String name, Tool<DnsLookup> tool)
      throws InterruptedException {
    return run(
        call, name, tool, l -> new DnsLookup(l.exchanges(), l.trace(), Math.max(1, l.exitCode())));
  }

  /**
   * @param unfound what becomes of the result when a filter at the end of the line found nothing
   */
  public static <T> T run(MagicCall call, String name, Tool<T> tool, UnaryOperator<T> unfound)
      throws InterruptedException {
    if (call.words().stream().noneMatch(Word::operator)) {
      return tool.run(
          call.arguments(),
          new DigHost(
              call.network(),
              call.in(),
              call.out(),
              call.err(),
              call.directory(),
              call.environment()));
    }
    CommandLine line = CommandLine.of(call.words(), name);
    try (ShellStreams streams = new ShellStreams(call, line, call.out(), call.err())) {
      PrintStream out = new PrintStream(streams.out, true, StandardCharsets.UTF_8);
      PrintStream err = new PrintStream(streams.err, true, StandardCharsets.UTF_8);
      T result =
          tool.run(
              line.words().stream().map(Word::text).toList(),
              new DigHost(
                  call.network(), streams.in, out, err, call.directory(), call.environment()));
      out.flush();
      err.flush();
      boolean filtered = streams.filter();
      return filtered ? result : unfound.apply(result);
    }
  }
}
