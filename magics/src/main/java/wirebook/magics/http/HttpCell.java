package wirebook.magics.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CookieJar;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.JsonPath;
import wirebook.engine.http.XmlPath;
import wirebook.engine.http.curl.CurlTool;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.file.Check;
import wirebook.engine.http.file.Environments;
import wirebook.engine.http.file.Handling;
import wirebook.engine.http.file.HarFile;
import wirebook.engine.http.file.HttpFile;
import wirebook.engine.http.file.HttpRun;
import wirebook.engine.http.file.Outgoing;
import wirebook.engine.http.file.VariableResolver;
import wirebook.render.HttpFolds;
import wirebook.render.HttpPictures;
import wirebook.spi.Diagnostic;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Typos;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;

/** {@code %%http}: requests in the format of {@code .http} files, sent by the engine of %curl. */
public final class HttpCell implements Magic {
  private static final int KEPT = 16 << 20;
  private static final MagicSpec SPEC =
      MagicSpec.named("http", "Send the requests of a .http text, one after the other")
          .synopsis("[FILE] [NAME…] [--env NAME] [--env-file FILE] [-v]")
          .body(MagicSpec.Body.OPTIONAL)
          .value(HttpRun.class)
          .operand("FILE", Values.FILE, false, false)
          .operand("NAME", Values.ANY, false, true)
          .option(Option.of("NAME", Values.ANY, "the environment whose variables hold", "--env"))
          .option(
              Option.of(
                  "FILE",
                  Values.FILE,
                  "where environments are (" + Environments.USUAL_FILE + ")",
                  "--env-file"))
          .option(Option.flag("show the requests, too, as %curl -v does", "-v", "--verbose"))
          .id(Complaint.VALUE, "HTTP030")
          .id(Complaint.OPTION, "HTTP031")
          .example(
              """
              %%http
              @host = http://127.0.0.1:8080

              # @name made
              POST {{host}}/api/items
              Content-Type: application/json

              {"name": "tea"}

              ###
              GET {{host}}{{made.response.headers.Location}}\
              """,
              "create something, then ask for it")
          .example("%%http --env dev made", "one request of the cell, with an environment")
          .example("%http shop.http made", "one request of a file")
          .example("%http visit.har", "the requests of an HTTP Archive, as browsers save it")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  /**
   * Where the requests stand.
   *
   * @param file the word that names it, none for the lines below the magic
   * @param folder where what they name is looked for
   * @param start where the text begins in the cell
   */
  private record Source(String text, Optional<Word> file, Path folder, int start) {
    static Source of(MagicCall call, List<Word> names) {
      if (call.body().isPresent()) {
        return new Source(
            call.body().get(), Optional.empty(), call.directory(), call.bodySpan().start());
      }
      if (names.isEmpty()) {
        throw call.wrong(
            "HTTP032",
            new Word("", Span.NONE),
            "there is no request in this cell",
            "Write %%http and, below it, GET http://127.0.0.1:8080/; or name a file: %http x.http");
      }
      Word name = names.getFirst();
      Path path = call.directory().resolve(name.text());
      try {
        return new Source(
            Files.readString(path),
            Optional.of(name),
            Optional.ofNullable(path.getParent()).orElse(call.directory()),
            0);
      } catch (IOException e) {
        throw call.wrong(
            "HTTP041",
            name,
            name.text() + " cannot be read",
            "It is looked for in " + call.directory() + "; requests themselves go below %%http.");
      }
    }

    HttpFile parsed() {
      return file.filter(f -> f.text().toLowerCase(Locale.ROOT).endsWith(".har")).isPresent()
          ? HarFile.parse(text)
          : HttpFile.parse(text);
    }

    /** The diagnostic with its place in the cell, or else with file and line. */
    MagicException at(Diagnostic d) {
      if (file.isPresent()) {
        String before = text.substring(0, Math.min(text.length(), d.span().start()));
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        return new MagicException(
            new Diagnostic(
                d.id(),
                file.get().span(),
                file.get().text() + ":" + line + ": " + d.message(),
                d.fix()));
      }
      Span span = new Span(start + d.span().start(), start + d.span().end());
      return new MagicException(new Diagnostic(d.id(), span, d.message(), d.fix()));
    }
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Words wanted = SPEC.read(call);
    Source source = Source.of(call, wanted.operands());
    HttpFile file = source.parsed();
    if (!file.loose().isEmpty()) {
      throw source.at(file.loose().getFirst());
    }
    List<HttpFile.Request> requests = chosen(call, wanted, source, file);
    Path environments =
        source.folder().resolve(wanted.text("--env-file").orElse(Environments.USUAL_FILE));
    VariableResolver resolver =
        new VariableResolver(
            file,
            new Environments(environments, wanted.word("--env"), wanted.word("--env-file"))
                .variables(),
            call.environment(),
            Environments.dotenv(source.folder()),
            call.network().clock(),
            RandomGenerator.getDefault());
    call.service(Answers.class, Answers::new).tell(resolver);
    CookieJar cookies = new CookieJar(call.network().clock(), line -> {});
    return run(call, wanted, source, requests, resolver, cookies);
  }

  /** What requests with a name were answered last in this session, for cells further down. */
  private static final class Answers {
    /** As much of the memory as all of them together take. */
    private static final int SHARE = 16;

    private final Map<String, HttpTransfer> all = new LinkedHashMap<>();

    /** What response handlers set, for all requests that come after. */
    final Map<String, String> globals = new ConcurrentHashMap<>();

    private final long most = Math.max(KEPT, Runtime.getRuntime().maxMemory() / SHARE);

    /** The oldest give their bodies up when there are too many. */
    synchronized void put(String name, HttpTransfer transfer) {
      all.remove(name);
      all.put(name, transfer);
      long weight = all.values().stream().mapToLong(HttpTransfer::weight).sum();
      for (Map.Entry<String, HttpTransfer> old : all.entrySet()) {
        if (weight <= most || old.getKey().equals(name)) {
          return;
        }
        weight -= old.getValue().weight();
        old.setValue(old.getValue().lightened());
        weight += old.getValue().weight();
      }
    }

    synchronized void tell(VariableResolver resolver) {
      all.forEach((name, transfer) -> resolver.answered(name, new Answered(transfer)));
      globals.forEach(resolver::set);
    }
  }

  private static MagicResult run(
      MagicCall call,
      Words wanted,
      Source source,
      List<HttpFile.Request> requests,
      VariableResolver resolver,
      CookieJar cookies)
      throws InterruptedException {
    List<HttpRun.Step> steps = new ArrayList<>();
    Optional<Diagnostic> wrong = Optional.empty();
    for (HttpFile.Request request : requests) {
      if (request.refusal().isPresent()) {
        wrong = wrong.or(request::refusal);
        notSent(call, request, request.refusal().get());
        continue;
      }
      HttpRun.Step step;
      try {
        prompts(call, request, resolver);
        step = send(call, wanted, source, request, resolver, cookies);
      } catch (MagicException e) {
        // What cannot be filled in is not sent; the others do not depend on it, or say so.
        wrong = wrong.or(() -> Optional.of(e.diagnostic()));
        notSent(call, request, e.diagnostic());
        continue;
      }
      steps.add(step);
      step.name()
          .ifPresent(
              name -> {
                resolver.answered(name, new Answered(step.transfer()));
                call.service(Answers.class, Answers::new).put(name, step.transfer());
              });
      if (step.transfer().exitCode() != 0) {
        String why = "curl: (" + step.transfer().exitCode() + ") " + step.transfer().error();
        wrong =
            Optional.of(
                withRest(
                    new Diagnostic("HTTP042", request.span(), "no response came: " + why, ""),
                    requests,
                    request));
        break;
      }
    }
    if (call.inCell() && (wanted.flag("--verbose") || steps.size() > 1)) {
      List<HttpTransfer> transfers = steps.stream().map(HttpRun.Step::transfer).toList();
      HttpPictures.transfers(transfers)
          .ifPresent(p -> call.display().show(HttpFolds.with(p, transfers)));
    }
    long failed = CheckTable.show(call, steps);
    if (wrong.isPresent()) {
      throw source.at(wrong.get());
    }
    // All were sent, so each step is the request of its place.
    for (int i = 0; i < steps.size(); i++) {
      if (!steps.get(i).checks().stream().allMatch(Check::passed)) {
        throw source.at(
            new Diagnostic(
                "HTTP043",
                requests.get(i).span(),
                failed
                    + (failed == 1 ? " check has failed: " : " checks have failed: ")
                    + CheckTable.failures(steps),
                ""));
      }
    }
    return MagicResult.of(new HttpRun(steps), 0);
  }

  private static void notSent(MagicCall call, HttpFile.Request request, Diagnostic why) {
    call.err()
        .println("### not sent: " + request.method() + " " + request.url() + ": " + why.message());
  }

  /** What is not sent any more is said. */
  private static Diagnostic withRest(
      Diagnostic d, List<HttpFile.Request> requests, HttpFile.Request last) {
    List<String> rest =
        requests.subList(requests.indexOf(last) + 1, requests.size()).stream()
            .map(r -> r.calledAs().isEmpty() ? r.method() + " " + r.url() : r.calledAs())
            .toList();
    String more = rest.isEmpty() ? "" : "Not sent: " + String.join(", ", rest) + ".";
    return new Diagnostic(
        d.id(),
        d.span(),
        d.message(),
        d.fix().isEmpty() || more.isEmpty() ? d.fix() + more : d.fix() + " " + more);
  }

  private static HttpRun.Step send(
      MagicCall call,
      Words wanted,
      Source source,
      HttpFile.Request request,
      VariableResolver resolver,
      CookieJar cookies)
      throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    Map<String, String> globals = call.service(Answers.class, Answers::new).globals;
    Map<String, String> own = Handling.ahead(request, resolver, globals, checks, call.out());
    Outgoing outgoing = Outgoing.of(request, resolver, source.folder());
    call.out().println("### " + outgoing.method() + " " + outgoing.url());
    HttpTransfer transfer =
        switch (outgoing.wanted()) {
          case Outgoing.Wanted.Options(CurlConfig config)
              when outgoing.method().equals("WEBSOCKET") ->
              WebSocketTalk.hold(
                  call, outgoing.url(), config, ByteText.toText(config.post.toString()));
          case Outgoing.Wanted asked ->
              curl(
                  call,
                  asked,
                  wanted.flag("--verbose"),
                  Optional.of(cookies).filter(c -> !request.has("no-cookie-jar")));
        };
    call.out().println();
    if (transfer.response().isPresent()) {
      for (HttpFile.After after : request.after()) {
        try {
          checks.addAll(
              Handling.done(after, transfer, resolver, source.folder(), own, globals, call.out()));
        } catch (MagicException e) {
          // It was sent, and answered; only this is not done.
          checks.add(new Check("what follows the response", false, e.diagnostic().message()));
        }
      }
    }
    return new HttpRun.Step(request.name(), outgoing.method(), outgoing.url(), transfer, checks);
  }

  /** Asks for what {@code # @prompt name words} wants to know. */
  private static void prompts(MagicCall call, HttpFile.Request request, VariableResolver resolver) {
    for (HttpFile.Directive directive : request.directives()) {
      String[] words = directive.argument().split("\\s+", 2);
      if (!directive.word().equals("prompt") || words[0].isEmpty() || resolver.knows(words[0])) {
        continue;
      }
      call.out().print((words.length > 1 ? words[1] : words[0]) + ": ");
      call.out().flush();
      StringBuilder answer = new StringBuilder();
      try {
        int b = call.in().read();
        if (b < 0) {
          throw new IOException("no input");
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (b >= 0 && b != '\n') {
          line.write(b);
          b = call.in().read();
        }
        answer.append(line.toString(StandardCharsets.UTF_8).strip());
      } catch (IOException e) {
        throw new MagicException(
            new Diagnostic(
                "HTTP038",
                directive.span(),
                "nobody can be asked for " + words[0],
                "Write @" + words[0] + " = value above."));
      }
      resolver.set(words[0], answer.toString());
    }
  }

  private static List<HttpFile.Request> chosen(
      MagicCall call, Words wanted, Source source, HttpFile file) {
    if (file.requests().isEmpty()) {
      throw source.at(
          new Diagnostic(
              "HTTP032",
              new Span(0, 0),
              "there is no request here",
              "Write one: GET http://127.0.0.1:8080/"));
    }
    List<Word> names =
        wanted.operands().subList(source.file().isPresent() ? 1 : 0, wanted.operands().size());
    if (names.isEmpty()) {
      return file.requests();
    }
    List<HttpFile.Request> chosen = new ArrayList<>();
    for (Word name : names) {
      chosen.add(
          file.requests().stream()
              .filter(r -> r.calledAs().equals(name.text()) || r.title().equals(name.text()))
              .findFirst()
              .orElseThrow(
                  () ->
                      call.wrong(
                          "HTTP033",
                          name,
                          "no request is called " + name.text(),
                          called(file, name.text()))));
    }
    return chosen;
  }

  private static String called(HttpFile file, String wanted) {
    List<String> names =
        file.requests().stream()
            .map(HttpFile.Request::calledAs)
            .filter(name -> !name.isEmpty())
            .toList();
    return Typos.nearest(wanted, names, 2)
        .map(near -> "Did you mean " + near + "?")
        .orElse(
            names.isEmpty()
                ? "Write # @name " + wanted + " above one."
                : "It has " + String.join(", ", names) + ".");
  }

  /** As %curl in a cell: no escape reaches the terminal, no binary the page. */
  private static HttpTransfer curl(
      MagicCall call, Outgoing.Wanted wanted, boolean verbose, Optional<CookieJar> cookies)
      throws InterruptedException {
    CurlCell cell = new CurlCell(call.out(), call.err(), call.display());
    CurlCell.Visible out = new CurlCell.Visible(call.out(), StandardCharsets.UTF_8);
    CurlCell.Visible err = new CurlCell.Visible(call.err(), StandardCharsets.UTF_8);
    CurlEnvironment environment =
        new CurlEnvironment(
            out,
            err,
            InputStream.nullInputStream(),
            call.directory(),
            call.environment(),
            call.network(),
            call.inCell(),
            false,
            KEPT,
            call.inCell() ? Optional.of(cell) : Optional.empty());
    try {
      HttpTransfer transfer =
          switch (wanted) {
            case Outgoing.Wanted.Options(CurlConfig config) ->
                CurlTool.send(environment, config, verbose, cookies);
            case Outgoing.Wanted.Command(List<String> words) ->
                CurlTool.run(
                    environment,
                    Stream.concat(Stream.of("-q", "-sS", verbose ? "-v" : "-i"), words.stream())
                        .map(ByteText::fromText)
                        .toList(),
                    cookies);
          };
      if (call.inCell()) {
        cell.explain(transfer, false);
      }
      return transfer;
    } finally {
      cell.done();
      out.close();
      err.close();
    }
  }

  private record Answered(HttpTransfer transfer) implements VariableResolver.Answer {
    @Override
    public String requestBody() {
      return transfer.request().map(HttpRequest::body).map(b -> b.text()).orElse("");
    }

    @Override
    public Optional<String> requestHeader(String name) {
      return transfer.request().flatMap(r -> r.header(name));
    }

    @Override
    public String responseBody() {
      return transfer.response().map(HttpResponse::body).orElse("");
    }

    @Override
    public Optional<String> responseHeader(String name) {
      return transfer.response().flatMap(r -> r.header(name));
    }

    @Override
    public Optional<String> json(String body, String path) {
      return JsonPath.find(body, path);
    }

    @Override
    public Optional<String> xml(String body, String path) {
      return XmlPath.find(body, path);
    }
  }
}
