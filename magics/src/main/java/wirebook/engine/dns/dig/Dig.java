package wirebook.engine.dns.dig;

import java.security.SecureRandom;
import java.util.List;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsLookup;
import wirebook.net.ToolExit;
import wirebook.trace.Bytes;
import wirebook.trace.Recorder;

/** The tools themselves. */
public final class Dig {
  private static final int COOKIE_LENGTH = 8;

  private Dig() {}

  /**
   * Runs {@code dig} with these arguments.
   *
   * @throws InterruptedException when the thread was interrupted; sockets are closed then
   */
  public static DnsLookup dig(List<String> arguments, DigHost host) throws InterruptedException {
    Session session = session("dig", host);
    Recorder recorder = new Recorder(host.network().clock());
    try {
      Hosts hosts = new Hosts(host.network());
      DigParser parser = new DigParser(session, host, hosts);
      parser.parse(arguments);
      Printer printer = new DigPrinter(session, host.environment());
      return run(session, host, hosts, printer, parser::more, recorder).lookup;
    } catch (ToolExit exit) {
      session.output.flush();
      return new DnsLookup(List.of(), recorder.trace(), exit.status());
    }
  }

  /**
   * Runs {@code nslookup} with these arguments; without a name it reads commands from standard
   * input.
   *
   * @throws InterruptedException when the thread was interrupted; sockets are closed then
   */
  public static DnsLookup nslookup(List<String> arguments, DigHost host)
      throws InterruptedException {
    Session session = session("nslookup", host);
    Recorder recorder = new Recorder(host.network().clock());
    try {
      Hosts hosts = new Hosts(host.network());
      NslookupParser parser = new NslookupParser(session, host, hosts);
      NslookupPrinter printer = new NslookupPrinter(session, parser);
      parser.parse(arguments);
      Ran ran = run(session, host, hosts, printer, parser::more, recorder);
      if (ran.exited) {
        return ran.lookup;
      }
      session.output.out("\n");
      session.output.flush();
      return new DnsLookup(ran.lookup.exchanges(), ran.lookup.trace(), printer.exitCode());
    } catch (ToolExit exit) {
      session.output.flush();
      return new DnsLookup(List.of(), recorder.trace(), exit.status());
    }
  }

  private static Session session(String program, DigHost host) {
    byte[] cookie = new byte[COOKIE_LENGTH];
    new SecureRandom().nextBytes(cookie);
    return new Session(program, new DigOutput(host.out(), host.err()), Bytes.of(cookie));
  }

  /**
   * @param exited whether it ended itself before its time
   */
  private record Ran(DnsLookup lookup, boolean exited) {}

  private static Ran run(
      Session session, DigHost host, Hosts hosts, Printer printer, Runnable more, Recorder recorder)
      throws InterruptedException {
    LookupMachine machine =
        new LookupMachine(
            session,
            new QuerySetUp(session, host.network().clock()),
            printer,
            new SecureRandom(),
            more);
    int exitCode;
    boolean exited = false;
    try (Driver driver = new Driver(host, hosts, session.output, recorder)) {
      driver.run(machine);
      exitCode = session.exitCode;
    } catch (ToolExit exit) {
      exitCode = exit.status();
      exited = true;
    }
    session.output.flush();
    List<DnsExchange> exchanges = machine.exchanges();
    return new Ran(new DnsLookup(exchanges, recorder.trace(), exitCode), exited);
  }
}
