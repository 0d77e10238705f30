package wirebook.engine.dns.dig;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import wirebook.engine.dns.DnsLookup;
import wirebook.net.RealNetwork;

/** The tools as programs, to be compared with BIND's: the first argument is dig or nslookup. */
final class DigMain {
  private DigMain() {}

  public static void main(String[] args) throws InterruptedException {
    List<String> arguments = List.of(args).subList(1, args.length);
    DigHost host =
        new DigHost(
            new RealNetwork(),
            System.in,
            new PrintStream(System.out, false, StandardCharsets.UTF_8),
            new PrintStream(System.err, true, StandardCharsets.UTF_8),
            Path.of("").toAbsolutePath(),
            System.getenv());
    DnsLookup lookup =
        args[0].equals("dig") ? Dig.dig(arguments, host) : Dig.nslookup(arguments, host);
    host.out().flush();
    System.exit(lookup.exitCode());
  }
}
