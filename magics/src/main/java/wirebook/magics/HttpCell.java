package wirebook.magics;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.JsonPath;
import wirebook.engine.http.XmlPath;
import wirebook.engine.http.curl.CurlEnvironment;
import wirebook.engine.http.curl.CurlTool;
import wirebook.engine.http.file.HttpFile;
import wirebook.engine.http.file.HttpRun;
import wirebook.engine.http.file.Resolver;
import wirebook.engine.http.file.Template;
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

/** {@code %%http}: requests in the format of {@code .http} files, sent by the engine of %curl. */
public final class HttpCell implements Magic {
  private static final int KEPT = 16 << 20;
  private static final String ENVIRONMENT_FILE = "http-client.env.json";
  private static final String SHARED = "$shared";

  /** What is in {@code x.env.json} for all, is in {@code x.private.env.json} for one person. */
  private static final String ENDING = "env.json";

  private static final Pattern DOTENV =
      Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][\\w.-]*)\\s*=(.*)");
  private static final Pattern LOGIN =
      Pattern.compile("(?i)(Basic|Digest)\\s+([^\\s:=\"]+)(?:\\s+|:)([^\\s=\"]\\S*)");
  private static final Map<String, String> VERSIONS =
      Map.of(
          "http/1.0", "--http1.0",
          "http/1.1", "--http1.1",
          "http/2", "--http2",
          "http/2.0", "--http2",
          "http/2 (prior knowledge)", "--http2-prior-knowledge");
  private static final Pattern TIMEOUT = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s|m)?");
  private static final String GRAPHQL_HEADER = "X-REQUEST-TYPE";
  private static final String PRIVATE_ENDING = "private.env.json";

  private static final MagicSpec SPEC =
      MagicSpec.named("http", "Send the requests of a .http text, one after the other")
          .synopsis("[NAME…] [--env NAME] [--env-file FILE] [-v]")
          .body(MagicSpec.Body.REQUIRED)
          .value(HttpRun.class)
          .operand("NAME", Values.ANY, false, true)
          .option(Option.of("NAME", Values.ANY, "the environment whose variables hold", "--env"))
          .option(
              Option.of(
                  "FILE",
                  Values.FILE,
                  "where environments are (" + ENVIRONMENT_FILE + ")",
                  "--env-file"))
          .option(Option.flag("show the requests, too, as %curl -v does", "-v", "--verbose"))
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
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  private record Wanted(
      List<Word> names, Optional<Word> env, Optional<Word> envFile, boolean verbose) {
    Path file(MagicCall call) {
      return call.directory().resolve(envFile.map(Word::text).orElse(ENVIRONMENT_FILE));
    }
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Wanted wanted = read(call);
    HttpFile file = HttpFile.parse(call.body().orElse(""));
    if (!file.diagnostics().isEmpty()) {
      throw at(call, file.diagnostics().getFirst());
    }
    List<HttpFile.Request> requests = chosen(call, wanted, file);
    Resolver resolver =
        new Resolver(
            file,
            environment(call, wanted),
            call.environment(),
            dotenv(call.directory()),
            call.network().clock(),
            RandomGenerator.getDefault());
    call.service(Answers.class, Answers::new).tell(resolver);
    try (CookieFile cookies = new CookieFile()) {
      return run(call, wanted, requests, resolver, cookies);
    }
  }

  /** What requests with a name were answered last in this session, for cells further down. */
  private static final class Answers {
    /** As much of the memory as all of them together take. */
    private static final int SHARE = 16;

    private final Map<String, HttpTransfer> all = new LinkedHashMap<>();
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

    synchronized void tell(Resolver resolver) {
      all.forEach((name, transfer) -> resolver.answered(name, new Answered(transfer)));
    }
  }

  private static MagicResult run(
      MagicCall call,
      Wanted wanted,
      List<HttpFile.Request> requests,
      Resolver resolver,
      CookieFile cookies)
      throws InterruptedException {
    List<HttpRun.Step> steps = new ArrayList<>();
    for (HttpFile.Request request : requests) {
      HttpRun.Step step;
      try {
        prompts(call, request, resolver);
        step = send(call, wanted, request, resolver, cookies);
      } catch (MagicException e) {
        throw at(call, e.diagnostic());
      }
      steps.add(step);
      step.name()
          .ifPresent(
              name -> {
                resolver.answered(name, new Answered(step.transfer()));
                call.service(Answers.class, Answers::new).put(name, step.transfer());
              });
      if (step.transfer().exitCode() != 0) {
        break;
      }
    }
    if (call.inCell() && (wanted.verbose() || steps.size() > 1)) {
      HttpPictures.transfers(steps.stream().map(HttpRun.Step::transfer).toList())
          .ifPresent(p -> call.display().show(p.bundle()));
    }
    return MagicResult.of(new HttpRun(steps), steps.getLast().transfer().exitCode());
  }

  /** Where the cookies of a cell's requests are while it runs. */
  private static final class CookieFile implements AutoCloseable {
    private Optional<Path> file = Optional.empty();

    /** The options that read and write it, none when it cannot be made. */
    List<String> options() {
      try {
        if (file.isEmpty()) {
          file = Optional.of(Files.createTempFile("cookies", ".txt"));
        }
        String name = file.get().toString();
        return List.of("-b", name, "-c", name);
      } catch (IOException e) {
        return List.of();
      }
    }

    @Override
    public void close() {
      try {
        if (file.isPresent()) {
          Files.deleteIfExists(file.get());
        }
      } catch (IOException e) {
        // It lies among temporary files.
      }
    }
  }

  /** What {@code .env} says: {@code NAME=value} lines, with or without quotes. */
  private static Map<String, String> dotenv(Path directory) {
    Map<String, String> variables = new HashMap<>();
    try {
      for (String line : Files.readAllLines(directory.resolve(".env"))) {
        Matcher m = DOTENV.matcher(line);
        if (m.matches()) {
          String value = m.group(2).strip();
          boolean quoted = value.matches("\"[^\"]*\"|'[^']*'");
          variables.put(
              m.group(1),
              quoted ? value.substring(1, value.length() - 1) : value.replaceFirst("\\s+#.*$", ""));
        }
      }
    } catch (IOException e) {
      // Without the file there are no such variables; who refers to one is told.
    }
    return variables;
  }

  /** Asks for what {@code # @prompt name words} wants to know. */
  private static void prompts(MagicCall call, HttpFile.Request request, Resolver resolver) {
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

  /** The diagnostic with its place counted from the cell's first character. */
  private static MagicException at(MagicCall call, Diagnostic diagnostic) {
    int start = call.bodySpan().start();
    Span span = new Span(start + diagnostic.span().start(), start + diagnostic.span().end());
    return new MagicException(
        new Diagnostic(diagnostic.id(), span, diagnostic.message(), diagnostic.fix()));
  }

  private static Wanted read(MagicCall call) {
    List<Word> names = new ArrayList<>();
    Optional<Word> env = Optional.empty();
    Optional<Word> envFile = Optional.empty();
    boolean verbose = false;
    List<Word> words = call.words();
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      switch (word.text()) {
        case "-v", "--verbose" -> verbose = true;
        case "--env", "--env-file" -> {
          if (++i == words.size()) {
            throw call.wrong(
                "HTTP030", word, word.text() + " needs a value", "Write one behind it.");
          }
          if (word.text().equals("--env")) {
            env = Optional.of(words.get(i));
          } else {
            envFile = Optional.of(words.get(i));
          }
        }
        default -> {
          if (word.text().startsWith("-")) {
            throw call.wrong(
                "HTTP031",
                word,
                "%%http has no option " + word.text(),
                "Options are --env, --env-file and -v.");
          }
          names.add(word);
        }
      }
    }
    return new Wanted(names, env, envFile, verbose);
  }

  private static List<HttpFile.Request> chosen(MagicCall call, Wanted wanted, HttpFile file) {
    if (file.requests().isEmpty()) {
      throw at(
          call,
          new Diagnostic(
              "HTTP032",
              new Span(0, 0),
              "there is no request in this cell",
              "Write one: GET http://127.0.0.1:8080/"));
    }
    if (wanted.names().isEmpty()) {
      return file.requests();
    }
    List<HttpFile.Request> chosen = new ArrayList<>();
    for (Word name : wanted.names()) {
      chosen.add(
          file.requests().stream()
              .filter(r -> r.name().orElse(r.title()).equals(name.text()))
              .findFirst()
              .orElseThrow(
                  () ->
                      call.wrong(
                          "HTTP033",
                          name,
                          "no request of this cell is called " + name.text(),
                          called(file, name.text()))));
    }
    return chosen;
  }

  private static String called(HttpFile file, String wanted) {
    List<String> names =
        file.requests().stream()
            .map(r -> r.name().orElse(r.title()))
            .filter(name -> !name.isEmpty())
            .toList();
    return Typos.nearest(wanted, names, 2)
        .map(near -> "Did you mean " + near + "?")
        .orElse(
            names.isEmpty()
                ? "Write # @name " + wanted + " above one."
                : "It has " + String.join(", ", names) + ".");
  }

  /** The chosen environment: what all share, then its own, then what only this person has. */
  private static Map<String, String> environment(MagicCall call, Wanted wanted) {
    Path file = wanted.file(call);
    if (wanted.env().isEmpty() && wanted.envFile().isEmpty() && !Files.exists(file)) {
      return Map.of();
    }
    String fileName = String.valueOf(file.getFileName());
    List<JsonObject> files = new ArrayList<>(List.of(environments(call, wanted, file)));
    Path own =
        file.resolveSibling(
            fileName.endsWith(ENDING)
                ? fileName.substring(0, fileName.length() - ENDING.length()) + PRIVATE_ENDING
                : fileName + ".user");
    if (Files.exists(own)) {
      files.add(environments(call, wanted, own));
    }
    wanted.env().ifPresent(name -> isThere(call, name, fileName, files));
    Map<String, String> variables = new HashMap<>();
    for (JsonObject one : files) {
      variables(one, SHARED)
          .forEach(
              (key, value) -> {
                variables.put(key, text(value));
                variables.put(Resolver.SHARED + key, text(value));
              });
    }
    for (JsonObject one : files) {
      wanted
          .env()
          .ifPresent(
              name ->
                  variables(one, name.text())
                      .forEach((key, value) -> variables.put(key, text(value))));
    }
    return variables;
  }

  private static Map<String, JsonElement> variables(JsonObject file, String part) {
    return file.get(part) instanceof JsonObject values ? values.asMap() : Map.of();
  }

  private static void isThere(MagicCall call, Word name, String file, List<JsonObject> files) {
    if (files.stream().anyMatch(f -> f.get(name.text()) instanceof JsonObject)) {
      return;
    }
    List<String> there =
        files.stream()
            .flatMap(f -> f.keySet().stream())
            .filter(key -> !key.equals(SHARED))
            .distinct()
            .toList();
    throw call.wrong(
        "HTTP035",
        name,
        file + " has no environment " + name.text(),
        there.isEmpty()
            ? "It has none: write {\"" + name.text() + "\": {\"host\": \"http://…\"}} there."
            : Typos.nearest(name.text(), there, 2)
                .map(near -> "Did you mean " + near + "?")
                .orElse("It has " + String.join(", ", there) + "."));
  }

  private static JsonObject environments(MagicCall call, Wanted wanted, Path file) {
    try {
      if (JsonParser.parseString(Files.readString(file)) instanceof JsonObject all) {
        return all;
      }
      throw unreadable(call, wanted, file, "is no JSON object");
    } catch (NoSuchFileException e) {
      throw unreadable(call, wanted, file, "is not there");
    } catch (JsonParseException e) {
      String words =
          String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
      // What stands below the first line is for who calls the library.
      String why = words.lines().findFirst().orElse("");
      throw unreadable(call, wanted, file, "is no JSON: " + why);
    } catch (IOException e) {
      throw unreadable(call, wanted, file, "cannot be read: " + e.getMessage());
    }
  }

  /** Said where the file is named, or else where something of it is wanted. */
  private static MagicException unreadable(MagicCall call, Wanted wanted, Path file, String what) {
    String name = wanted.env().map(Word::text).orElse(SHARED);
    Word place = wanted.envFile().or(wanted::env).orElse(new Word(file.toString(), Span.NONE));
    return call.wrong(
        "HTTP034",
        place,
        file + " " + what,
        "Write {\"" + name + "\": {\"host\": \"http://…\"}} there.");
  }

  private static String text(JsonElement value) {
    return value.isJsonPrimitive() ? value.getAsString() : value.toString();
  }

  /** The URL; only a path when the header Host says where that is, as on the wire. */
  private static String address(HttpFile.Request request, Resolver resolver) {
    // What a reference stood for may have blanks, which no URL can have.
    String url = resolver.fill(request.url()).replace(" ", "%20");
    if (!url.startsWith("/")) {
      return url;
    }
    String host =
        request.headers().stream()
            .filter(h -> h.name().equalsIgnoreCase("Host"))
            .findFirst()
            .map(h -> resolver.fill(h.value()))
            .orElseThrow(
                () ->
                    new MagicException(
                        new Diagnostic(
                            "HTTP037",
                            request.span(),
                            url + " is on no host",
                            "Write http://127.0.0.1:8080" + url + ", or a header Host.")));
    return (host.endsWith(":443") ? "https://" : "http://") + host + url;
  }

  private static HttpRun.Step send(
      MagicCall call,
      Wanted wanted,
      HttpFile.Request request,
      Resolver resolver,
      CookieFile cookies)
      throws InterruptedException {
    String url = address(request, resolver);
    boolean graphQl = graphQl(request);
    byte[] plain = body(call, request, resolver);
    byte[] body = graphQl ? graphQlBody(plain) : plain;
    String method = request.method().equals("GRAPHQL") ? "POST" : request.method();
    List<String> words = new ArrayList<>(List.of("-q", "-sS", wanted.verbose() ? "-v" : "-i"));
    if (!request.has("no-redirect")) {
      words.add("-L");
    }
    if (!request.has("no-cookie-jar")) {
      words.addAll(cookies.options());
    }
    if (method.equals("HEAD")) {
      words.add("--head");
    } else if (!method.equals(body.length > 0 ? "POST" : "GET")) {
      words.addAll(List.of("-X", method));
    }
    request
        .version()
        .ifPresent(
            version -> {
              String option = VERSIONS.get(version.toLowerCase(Locale.ROOT));
              if (option == null) {
                throw new MagicException(
                    new Diagnostic(
                        "HTTP039",
                        request.span(),
                        version + " is not spoken here",
                        "Write HTTP/1.1 or HTTP/2."));
              }
              words.add(option);
            });
    timeout(request, "timeout").ifPresent(seconds -> words.addAll(List.of("-m", seconds)));
    timeout(request, "connection-timeout")
        .ifPresent(seconds -> words.addAll(List.of("--connect-timeout", seconds)));
    boolean typed = false;
    for (HttpFile.Header header : request.headers()) {
      String value = resolver.fill(header.value());
      if (header.name().equalsIgnoreCase(GRAPHQL_HEADER)) {
        continue;
      }
      if (header.name().equalsIgnoreCase("Authorization")) {
        Matcher login = LOGIN.matcher(value);
        if (login.matches()) {
          // Editors take a name and a password here, and make of them what goes over the wire.
          words.add(login.group(1).equalsIgnoreCase("Digest") ? "--digest" : "--basic");
          words.addAll(List.of("-u", login.group(2) + ":" + login.group(3)));
          continue;
        }
      }
      typed |= header.name().equalsIgnoreCase("Content-Type");
      words.addAll(
          List.of("-H", value.isEmpty() ? header.name() + ";" : header.name() + ": " + value));
    }
    if (body.length > 0) {
      if (!typed && graphQl) {
        words.addAll(List.of("-H", "Content-Type: application/json"));
      } else if (!typed) {
        // curl would call it a form; nobody said that it is one.
        words.addAll(List.of("-H", "Content-Type:"));
      }
      words.addAll(List.of("--data-binary", "@-"));
    }
    words.addAll(List.of("-g", "--url", url));
    call.out().println("### " + method + " " + url);
    HttpTransfer transfer = curl(call, body, words.stream().map(ByteText::fromText).toList());
    call.out().println();
    return new HttpRun.Step(request.name(), method, url, transfer);
  }

  /** The seconds that {@code # @timeout 500 ms} gives a request. */
  private static Optional<String> timeout(HttpFile.Request request, String directive) {
    for (HttpFile.Directive d : request.directives()) {
      if (d.word().equals(directive)) {
        Matcher m = TIMEOUT.matcher(d.argument());
        if (!m.matches()) {
          throw new MagicException(
              new Diagnostic(
                  "HTTP040",
                  d.span(),
                  "\"" + d.argument() + "\" is no time",
                  "Write seconds, or a number with ms, s or m: # @" + directive + " 500 ms"));
        }
        BigDecimal unit =
            switch (String.valueOf(m.group(2))) {
              case "ms" -> new BigDecimal("0.001");
              case "m" -> new BigDecimal(60);
              default -> BigDecimal.ONE;
            };
        return Optional.of(new BigDecimal(m.group(1)).multiply(unit).toPlainString());
      }
    }
    return Optional.empty();
  }

  /** As %curl in a cell: no escape reaches the terminal, no binary the page. */
  private static HttpTransfer curl(MagicCall call, byte[] body, List<String> words)
      throws InterruptedException {
    CurlCell cell = new CurlCell(call.out(), call.display());
    CurlCell.Visible out = new CurlCell.Visible(call.out(), StandardCharsets.UTF_8);
    CurlCell.Visible err = new CurlCell.Visible(call.err(), StandardCharsets.UTF_8);
    try {
      HttpTransfer transfer =
          CurlTool.run(
              new CurlEnvironment(
                  out,
                  err,
                  new ByteArrayInputStream(body),
                  call.directory(),
                  call.environment(),
                  call.network(),
                  call.inCell(),
                  false,
                  KEPT,
                  call.inCell() ? Optional.of(cell) : Optional.empty()),
              words);
      if (call.inCell()) {
        CurlCell.explain(transfer, call.err());
      }
      return transfer;
    } finally {
      cell.done();
      out.close();
      err.close();
    }
  }

  private static byte[] body(MagicCall call, HttpFile.Request request, Resolver resolver) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean multipart = typed(request, "multipart/");
    boolean form = typed(request, "application/x-www-form-urlencoded");
    for (HttpFile.Part part : request.body().parts()) {
      switch (part) {
        case HttpFile.Part.Text(Template text) -> {
          String filled = resolver.fill(text);
          // A multipart body's lines end in CR LF, however the cell's do (RFC 2046 §4.1.1), and a
          // form's fields may stand below one another.
          String lines =
              multipart
                  ? filled.replaceAll("\r?\n", "\r\n")
                  : form ? oneBelowTheOther(filled) : filled;
          body.writeBytes(lines.getBytes(StandardCharsets.UTF_8));
        }
        case HttpFile.Part.File(Template path, boolean replaced, Span span) -> {
          String name = resolver.fill(path);
          try {
            byte[] bytes = Files.readAllBytes(call.directory().resolve(name));
            body.writeBytes(
                replaced
                    ? resolver
                        .fill(Template.parse(new String(bytes, StandardCharsets.UTF_8), 0))
                        .getBytes(StandardCharsets.UTF_8)
                    : bytes);
          } catch (IOException e) {
            throw new MagicException(
                new Diagnostic(
                    "HTTP036",
                    span,
                    name + " cannot be read",
                    "It is looked for in " + call.directory() + "."));
          }
        }
      }
    }
    return body.toByteArray();
  }

  /** A form in one line, of fields that stand below one another, with blanks for people. */
  private static String oneBelowTheOther(String form) {
    return form.replaceAll("[ \\t]*\r?\n\\s*&", "&")
        .replaceAll("[ \\t]*&[ \\t]*\r?\n[ \\t]*", "&")
        .replaceAll("(^|&)([^=&\\s]+)[ \\t]+=[ \\t]+", "$1$2=");
  }

  private static boolean graphQl(HttpFile.Request request) {
    return request.method().equals("GRAPHQL")
        || request.headers().stream()
            .anyMatch(
                h ->
                    h.name().equalsIgnoreCase(GRAPHQL_HEADER)
                        && h.value().toString().equalsIgnoreCase("GraphQL"));
  }

  /** A query and, behind an empty line, its variables, as the JSON that servers take. */
  private static byte[] graphQlBody(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    JsonObject json = new JsonObject();
    int gap = text.lastIndexOf("\n\n");
    JsonElement variables = new JsonObject();
    if (gap >= 0) {
      try {
        if (JsonParser.parseString(text.substring(gap)) instanceof JsonObject given) {
          variables = given;
          text = text.substring(0, gap).strip();
        }
      } catch (JsonParseException e) {
        // It belongs to the query.
      }
    }
    json.addProperty("query", text);
    json.add("variables", variables);
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static boolean typed(HttpFile.Request request, String type) {
    return request.headers().stream()
        .anyMatch(
            h ->
                h.name().equalsIgnoreCase("Content-Type") && h.value().toString().startsWith(type));
  }

  private record Answered(HttpTransfer transfer) implements Resolver.Answer {
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
