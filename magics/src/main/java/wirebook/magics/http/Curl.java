package wirebook.magics.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.Har;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.curl.CurlToJava;
import wirebook.engine.http.curl.CurlTool;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.CurlOptions;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlVersion;
import wirebook.engine.shell.CommandLine;
import wirebook.magics.shell.ShellStreams;
import wirebook.magics.shell.ShellWords;
import wirebook.net.Terminal;
import wirebook.render.HttpFolds;
import wirebook.render.HttpPictures;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.Span;
import wirebook.spi.Typos;
import wirebook.spi.Word;
import wirebook.trace.Trace;

/** {@code %curl}: HTTP as the curl command does it. */
public final class Curl implements Magic {
  /** How many bytes of a body the value of a cell has. */
  static final int KEPT_IN_CELL = 16 << 20;

  /** The exit code for a command line that cannot be used. */
  private static final int UNUSABLE = 2;

  /** What jq exits with when its input is not what it needs. */
  private static final int FILTER_FAILED = 5;

  private static final int TOLERATED_TYPOS = 2;
  private static final String JAVA = "--java";
  private static final String HAR = "--har";

  /** curl's code for a file that cannot be written. */
  private static final int WRITE_ERROR = 23;

  private static final Set<String> COMMAND = Set.of("curl", "curl.exe");
  private static final Set<String> POWER_SHELL =
      Set.of("Invoke-WebRequest", "Invoke-RestMethod", "-UseBasicParsing", "-Uri");

  @Override
  public MagicSpec spec() {
    MagicSpec.Builder builder =
        MagicSpec.named("curl", "Transfer data from or to an HTTP server")
            .synopsis("[options…] url…")
            .syntax(MagicSpec.Syntax.COMMAND)
            .body(MagicSpec.Body.WORDS)
            .value(HttpTransfer.class)
            .example("%curl -v http://httpbin.org/html", "see request and response")
            .example("%curl -X POST -d name=value localhost:8080/api", "post a form")
            .example("%curl -F 'file=@image.png' localhost:8080/api/upload", "upload a file")
            .example("%curl --java -d a=b localhost:8080", "the same request as Java code")
            .example("%curl -s localhost:8080/api | jq '.items[].name'", "a part of the response")
            .operand("url", MagicSpec.Values.URL, true, true)
            .example(
                "%curl --har visit.har -L localhost:8080",
                "keep what was sent for a browser's tools")
            .option(Option.flag("print Java code that sends this request (Wirebook's own)", JAVA))
            .option(
                Option.of(
                    "FILE",
                    MagicSpec.Values.FILE,
                    "write the exchanges as an HTTP Archive, without logins and cookies"
                        + " (Wirebook's own)",
                    HAR))
            .example("var r = %curl -s localhost:8080/api", "keep the response for the next cell");
    for (CurlOption option : CurlOptions.all()) {
      builder.option(describe(option));
    }
    return builder.build();
  }

  private static Option describe(CurlOption option) {
    List<String> names =
        option.letter().isEmpty()
            ? List.of("--" + option.name())
            : List.of("-" + option.letter(), "--" + option.name());
    MagicSpec.Values values =
        option.kind() == CurlOptions.Kind.FILE
            ? MagicSpec.Values.FILE
            : option.name().equals("request") ? MagicSpec.Values.HTTP_METHOD : MagicSpec.Values.ANY;
    return new Option(
        names,
        option.argument().isEmpty() ? Optional.empty() : Optional.of(option.argument()),
        values,
        option.negatable(),
        option.help());
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    return call.inCell() ? inCell(call) : inShell(call);
  }

  private static MagicResult inCell(MagicCall call) throws InterruptedException {
    notForPowerShell(call);
    CommandLine line = CommandLine.of(call.words(), "curl");
    List<String> words =
        line.words().stream().map(w -> ByteText.fromText(dashes(w.text()))).toList();
    if (words.size() > 1 && COMMAND.contains(words.getFirst())) {
      // A whole command was pasted behind the magic's name.
      words = words.subList(1, words.size());
    }
    if (words.contains(JAVA)) {
      return java(call, words);
    }
    Archive archive = Archive.of(call, words);
    words = archive.words();
    CurlCell cell = new CurlCell(call.out(), call.err(), call.display());
    CurlCell.Visible out = new CurlCell.Visible(call.out(), StandardCharsets.UTF_8);
    CurlCell.Visible err = new CurlCell.Visible(call.err(), StandardCharsets.UTF_8);
    try (ShellStreams streams = new ShellStreams(call, line, out, err)) {
      HttpTransfer transfer =
          CurlTool.run(
              new CurlEnvironment(
                  streams.out,
                  streams.err,
                  streams.in,
                  call.directory(),
                  call.environment(),
                  call.network(),
                  true,
                  false,
                  KEPT_IN_CELL,
                  streams.view(cell)),
              words);
      cell.done();
      if (streams.full()) {
        // As in a shell, the filter's exit counts, and it has what it wants.
        transfer = new HttpTransfer(transfer.exchanges(), 0, "", transfer.trace());
      }
      transfer = archive.write(call, transfer);
      boolean filtered = streams.filter();
      out.close();
      err.close();
      // What is said of it goes where curl's own words go.
      int stderr = words.lastIndexOf("--stderr") + 1;
      boolean elsewhere = stderr > 0 && stderr < words.size() && !words.get(stderr).equals("-");
      cell.explain(
          transfer, elsewhere || (has(words, "--silent", 's') && !has(words, "--show-error", 'S')));
      if (transfer.exitCode() == UNUSABLE) {
        whyRefused(words).or(() -> meant(call)).ifPresent(call.err()::println);
      }
      if (wantsPicture(words, transfer)) {
        List<HttpTransfer> all = List.of(transfer);
        HttpPictures.transfers(all).ifPresent(p -> call.display().show(HttpFolds.with(p, all)));
      }
      return MagicResult.of(
          transfer, transfer.exitCode() == 0 && !filtered ? FILTER_FAILED : transfer.exitCode());
    } finally {
      cell.done();
      out.close();
      err.close();
    }
  }

  /** Word processors make one long dash of two, and of one. */
  private static String dashes(String word) {
    if (!word.startsWith("\u2013") && !word.startsWith("\u2014")) {
      return word;
    }
    String name = word.substring(1);
    return (name.length() < 2 || !name.matches("[a-z0-9-]+") ? "-" : "--") + name;
  }

  /** What the option is for that curl has and this command has not. */
  private static Optional<String> whyRefused(List<String> words) {
    return words.stream()
        .filter(w -> w.startsWith("-"))
        .flatMap(w -> CurlOptions.meant(w).stream())
        .filter(option -> option.status() == CurlOptions.Status.REFUSED)
        .findFirst()
        .map(option -> "--" + option.name() + ": " + CurlOptions.whyNot(option));
  }

  /** Offers the option that was probably meant. */
  private static Optional<String> meant(MagicCall call) {
    List<String> known = CurlOptions.all().stream().map(CurlOption::name).toList();
    return call.arguments().stream()
        .filter(w -> w.startsWith("--") && w.length() > 2)
        .map(w -> w.substring(2).replaceFirst("^(?:no|expand)-", "").replaceFirst("=.*", ""))
        .filter(w -> !known.contains(w))
        .findFirst()
        .flatMap(w -> Typos.nearest(w, known, TOLERATED_TYPOS))
        .map(name -> "Did you mean --" + name + "?");
  }

  /** Who wants to see an exchange sees its picture; who wants silence gets it from the value. */
  private static boolean wantsPicture(List<String> words, HttpTransfer transfer) {
    // Of a file: URL there is nothing to draw: nobody was asked.
    return transfer.exchanges().stream().anyMatch(e -> !e.request().head().isEmpty())
        && (has(words, "--verbose", 'v')
            || (transfer.exchanges().size() > 1 && !has(words, "--silent", 's')));
  }

  private static boolean has(List<String> words, String name, char letter) {
    return words.stream()
        .anyMatch(w -> w.equals(name) || (w.matches("-[A-Za-z#]+") && w.indexOf(letter) > 0));
  }

  /** Browsers copy a request as a command of PowerShell, too, which is another program's. */
  private static void notForPowerShell(MagicCall call) {
    for (Word word : call.words()) {
      if (word.text().equals("`") || POWER_SHELL.contains(word.text())) {
        throw call.wrong(
            "CURL001",
            word,
            "this is written for PowerShell",
            "Copy the request as cURL in the browser, for bash or for cmd.");
      }
    }
  }

  private static MagicResult java(MagicCall call, List<String> words) {
    List<String> rest = words.stream().filter(w -> !w.equals(JAVA)).toList();
    CurlToJava.Translation translation =
        CurlToJava.translate(
            new CurlEnvironment(
                call.out(),
                call.err(),
                call.in(),
                call.directory(),
                call.environment(),
                call.network(),
                call.inCell(),
                false,
                0,
                Optional.empty()),
            rest);
    call.out().print(translation.code());
    return MagicResult.of(
        new HttpTransfer(List.of(), translation.exitCode(), "", Trace.EMPTY),
        translation.exitCode());
  }

  private static MagicResult inShell(MagicCall call) throws InterruptedException {
    List<String> words = ShellWords.exact(call.arguments());
    if (words.contains(JAVA)) {
      return java(call, words);
    }
    Archive archive = Archive.of(call, words);
    HttpTransfer transfer =
        CurlTool.run(
            new CurlEnvironment(
                call.out(),
                call.err(),
                call.in(),
                call.directory(),
                call.environment(),
                call.network(),
                false,
                Terminal.isThere(),
                archive.file().isPresent() ? KEPT_IN_CELL : 0,
                Optional.empty()),
            archive.words());
    transfer = archive.write(call, transfer);
    return MagicResult.of(transfer, transfer.exitCode());
  }

  /**
   * Where the exchanges are written.
   *
   * @param words curl's, byte text
   */
  private record Archive(List<String> words, Optional<String> file) {
    static Archive of(MagicCall call, List<String> words) {
      int at = words.indexOf(HAR);
      if (at < 0) {
        return new Archive(words, Optional.empty());
      }
      if (at + 1 == words.size() || words.get(at + 1).isEmpty()) {
        throw call.wrong(
            "CURL002",
            call.words().stream()
                .filter(w -> w.text().equals(HAR))
                .findFirst()
                .orElse(new Word(HAR, Span.NONE)),
            HAR + " needs a file",
            "Write its name behind it: --har visit.har");
      }
      List<String> rest = new ArrayList<>(words);
      rest.subList(at, at + 2).clear();
      return new Archive(rest, Optional.of(ByteText.toText(words.get(at + 1))));
    }

    /** What cannot be written is said as curl says it; what was transferred stays. */
    HttpTransfer write(MagicCall call, HttpTransfer transfer) {
      if (file.isEmpty()) {
        return transfer;
      }
      try {
        Files.writeString(
            call.directory().resolve(file.get()), Har.text(transfer, CurlVersion.NUMBER));
        return transfer;
      } catch (IOException | InvalidPathException e) {
        String why = "Failed to write the HTTP Archive " + file.get() + ": " + e.getMessage();
        call.err().println("curl: (" + WRITE_ERROR + ") " + why);
        return new HttpTransfer(transfer.exchanges(), WRITE_ERROR, why, transfer.trace());
      }
    }
  }
}
