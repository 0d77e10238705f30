package wirebook.magics.shell;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.dig.DigHost;
import wirebook.engine.shell.CommandLine;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.Word;

/**
 * A tool as a command of a shell: what stands behind it on the line is done, or refused before
 * anything is asked.
 */
public final class ShellCommand {
  private ShellCommand() {}

  /** What the command does with its own words. */
  public interface Tool<T> {
    T run(List<String> words, DigHost host) throws InterruptedException;
  }

  /** Magics that know nothing of what stands behind them on the line. */
  private static final Set<String> PLAIN =
      Set.of("ip", "ss", "ping", "traceroute", "mtr", "wire", "internet");

  /** Those of them that have signs of their own: only a pipe is no word of theirs. */
  private static final Set<String> SIGNS = Set.of("ss", "wire", "internet");

  /**
   * Runs a magic in a cell: what it leaves to a shell is done here, or refused where the words are
   * no shell's.
   */
  public static MagicResult run(MagicCall call, Magic magic) throws InterruptedException {
    Shims.refuseOperators(call, magic.spec());
    String name = magic.spec().name();
    if (!PLAIN.contains(name)) {
      return magic.run(call);
    }
    List<Word> words =
        call.words().stream()
            .map(w -> SIGNS.contains(name) && isPipe(w) ? new Word(w.text(), w.span(), true) : w)
            .toList();
    if (words.stream().noneMatch(Word::operator)) {
      return magic.run(call);
    }
    CommandLine line = CommandLine.of(words, name);
    try (ShellStreams streams = new ShellStreams(call, line, call.out(), call.err())) {
      PrintStream out = new PrintStream(streams.out, true, StandardCharsets.UTF_8);
      PrintStream err = new PrintStream(streams.err, true, StandardCharsets.UTF_8);
      MagicResult result = magic.run(new PipedCall(call, line.words(), streams.in, out, err));
      out.flush();
      err.flush();
      return streams.filter() ? result : new MagicResult(result.value(), 1);
    }
  }

  private static boolean isPipe(Word word) {
    return word.text().equals("|") && word.span().end() - word.span().start() == 1;
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
