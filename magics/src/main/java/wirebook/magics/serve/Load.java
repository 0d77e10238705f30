package wirebook.magics.serve;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.load.LoadPlan;
import wirebook.engine.http.load.LoadResult;
import wirebook.engine.http.load.LoadRun;
import wirebook.net.Network;
import wirebook.net.RealNetwork;
import wirebook.render.LoadPictures;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;
import wirebook.trace.Bytes;

/** {@code %load}: many requests, and how a server bears them. A file it runs is the notebook's. */
public final class Load implements Magic {
  private static final int CONNECTIONS = 50;

  /** Requests at a time, which take a thread each. */
  private static final int MOST = 10_000;

  /** So many the engine has on a connection, whatever the server allows. */
  private static final int MOST_STREAMS = 100;

  private static final int MOST_PORT = 65535;
  private static final Duration DURATION = Duration.ofSeconds(10);
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static final MagicSpec SPEC =
      MagicSpec.named("load", "Put load on a server and measure it, or run the Java of a file")
          .synopsis(
              "URL [-c COUNT] [-d TIME | -n COUNT] [-R RATE] [-X -H --data] [--http2 [-m COUNT]]"
                  + " [--fresh] | FILE")
          .operand("URL", Values.URL, true, false)
          .forms("URL", "FILE")
          .option(Option.of("COUNT", Values.ANY, "connections at a time (50)", "-c"))
          .option(Option.of("TIME", Values.ANY, "for how long (10s)", "-d"))
          .option(Option.of("COUNT", Values.ANY, "requests in all, instead", "-n"))
          .option(
              Option.of(
                  "RATE",
                  Values.ANY,
                  "requests a second whether answers come or not; latency counts from when one was"
                      + " due",
                  "-R"))
          .option(Option.of("METHOD", Values.ANY, "GET, or POST with data", "-X"))
          .option(Option.of("FIELD", Values.ANY, "a header field: 'Name: value'", "-H"))
          .option(Option.of("TEXT", Values.ANY, "what is sent; @FILE is its bytes", "--data"))
          .option(Option.of("TIME", Values.ANY, "wait no longer for an answer (20s)", "--timeout"))
          .option(
              Option.flag(
                  "each request looks the name up and connects anew, to the first address",
                  "--fresh"))
          .option(
              Option.flag(
                  "HTTP/2: as ALPN agrees over TLS, with prior knowledge without", "--http2"))
          .option(Option.of("COUNT", Values.ANY, "requests at once on a connection (1)", "-m"))
          .option(Option.flag("no line a second while it runs", "-q"))
          .value(LoadResult.class)
          .id(Complaint.OPTION, "LOAD003")
          .id(Complaint.OPERANDS, "LOAD003")
          .id(Complaint.VALUE, "LOAD005")
          .id(Complaint.TIME, "LOAD007")
          .example("%load http://127.0.0.1:8080/ -c 32 -d 5s", "as wrk and hey do")
          .example("%load http://127.0.0.1:8080/ -R 500", "500 requests a second, come what may")
          .example("before.compare(after)", "two runs, with var before = %load …")
          .example("%load lesson.java", "the Java of a file, as if it stood here")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    LoadPlan plan = plan(call);
    boolean quiet = SPEC.read(call).flag("-q");
    // A server of this machine is asked in the machine's time: the lab's clock jumps where it
    // waits.
    Network network = isOwn(plan.url()) ? new RealNetwork() : call.network();
    if (network.name().equals("lab")) {
      call.out().println("In the lab: times are the lab's, its distances are in them.");
    } else if (isOwn(plan.url())) {
      call.out()
          .println(
              "The server is on this machine and shares its "
                  + Runtime.getRuntime().availableProcessors()
                  + " processors with the load: both are slower for it.");
    }
    int[] second = {0};
    try {
      LoadResult result =
          LoadRun.run(
              network,
              plan,
              one -> {
                second[0]++;
                if (!quiet) {
                  call.out().println(line(second[0], one));
                  call.out().flush();
                }
              },
              part -> call.out().print("Stopped; until then:\n" + part));
      call.out().print(result);
      if (call.inCell()) {
        call.display().show(LoadPictures.of(result).bundle());
      }
      return MagicResult.of(result);
    } catch (IOException e) {
      throw call.wrong(
          "LOAD002",
          call.words().getFirst(),
          plan.url().getHost() + " has no address: " + e.getMessage(),
          "%dig " + plan.url().getHost() + " tells what the name servers say.");
    }
  }

  private static String line(int second, LoadResult.Second one) {
    return String.format(
        Locale.ROOT,
        "%4d s  %7d answers%s%s",
        second,
        one.answers(),
        one.answers() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                "  p50 %8.2f ms  p99 %8.2f ms",
                one.p50().toNanos() / 1e6,
                one.p99().toNanos() / 1e6),
        one.failures() == 0 ? "" : "  " + one.failures() + " failed");
  }

  private static boolean isOwn(URI url) {
    return url.getHost().matches("localhost|127\\..*|\\[::1\\]");
  }

  private static LoadPlan plan(MagicCall call) {
    Words words = SPEC.read(call);
    int connections = words.count("-c", MOST).orElse(CONNECTIONS);
    Optional<Duration> duration = words.positiveDuration("-d");
    OptionalInt count = words.count("-n", 1_000_000_000);
    OptionalInt rate = words.count("-R", 1_000_000);
    List<HttpHeader> headers = words.all("-H").stream().map(word -> header(call, word)).toList();
    Bytes body = words.word("--data").map(word -> data(call, word)).orElse(Bytes.EMPTY);
    boolean fresh = words.flag("--fresh");
    boolean http2 = words.flag("--http2");
    OptionalInt streams = words.count("-m", MOST_STREAMS);
    if (duration.isPresent() && count.isPresent()) {
      throw call.wrong(
          "LOAD004",
          call.words().getLast(),
          "-d and -n both say when it ends",
          "Write one of them.");
    }
    if (streams.isPresent() && (!http2 || fresh || connections * streams.getAsInt() > MOST)) {
      throw call.wrong(
          "LOAD010",
          call.words().getLast(),
          "-m is for connections of HTTP/2 which stay, with " + MOST + " requests at once in all",
          "%load URL --http2 -c 10 -m 10");
    }
    URI to =
        words
            .operand(0)
            .map(word -> url(call, word))
            .orElseThrow(
                () ->
                    call.wrong(
                        "LOAD001",
                        new Word("", wirebook.spi.Span.NONE),
                        "%load needs the URL of a server",
                        "%load http://127.0.0.1:8080/ -c 32 -d 5s"));
    return new LoadPlan(
        to,
        words.text("-X").orElse(body.isEmpty() ? "GET" : "POST"),
        headers,
        body,
        connections,
        count.isPresent() ? Optional.empty() : Optional.of(duration.orElse(DURATION)),
        count.isPresent() ? OptionalLong.of(count.getAsInt()) : OptionalLong.empty(),
        rate.isPresent() ? OptionalDouble.of(rate.getAsInt()) : OptionalDouble.empty(),
        words.positiveDuration("--timeout").orElse(TIMEOUT),
        fresh,
        http2 ? OptionalInt.of(streams.orElse(1)) : OptionalInt.empty());
  }

  private static URI url(MagicCall call, Word word) {
    try {
      URI url = new URI((word.text().contains("://") ? "" : "http://") + word.text());
      if (url.getHost() != null
          && List.of("http", "https").contains(url.getScheme())
          && url.getPort() != 0
          && url.getPort() <= MOST_PORT) {
        return url;
      }
    } catch (URISyntaxException e) {
      // It is refused below.
    }
    throw call.wrong(
        "LOAD001", word, "\"" + word.text() + "\" is no URL of a server", "http://127.0.0.1:8080/");
  }

  private static HttpHeader header(MagicCall call, Word word) {
    int colon = word.text().indexOf(':');
    if (colon < 1 || word.text().chars().anyMatch(c -> c < ' ')) {
      throw call.wrong(
          "LOAD008", word, "\"" + word.text() + "\" is no header field", "Write 'Name: value'.");
    }
    return new HttpHeader(
        word.text().substring(0, colon).strip(), word.text().substring(colon + 1).strip());
  }

  private static Bytes data(MagicCall call, Word word) {
    if (!word.text().startsWith("@")) {
      return Bytes.utf8(word.text());
    }
    try {
      return Bytes.of(Files.readAllBytes(call.directory().resolve(word.text().substring(1))));
    } catch (IOException e) {
      throw call.wrong(
          "LOAD009",
          word,
          "the file cannot be read",
          "It is looked for in " + call.directory() + ".");
    }
  }
}
