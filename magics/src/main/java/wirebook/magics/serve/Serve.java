// Above 500 lines: one magic with many actions; what they print is in ServeReports, what they take
// in ServeOptions.
package wirebook.magics.serve;

import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.codec.Quietly;
import wirebook.engine.http.server.Balancer;
import wirebook.engine.http.server.Cors;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.Gzip;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Knobs;
import wirebook.engine.http.server.LiveLog;
import wirebook.engine.http.server.Metrics;
import wirebook.engine.http.server.OriginPolicy;
import wirebook.engine.http.server.Recording;
import wirebook.engine.http.server.Replay;
import wirebook.engine.http.server.StaticFiles;
import wirebook.engine.http.server.httpbin.ClassApi;
import wirebook.engine.http.server.httpbin.Httpbin;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.sites.PublishedSite;
import wirebook.internet.zones.Publication;
import wirebook.net.NetworkClock;
import wirebook.net.PortOwner;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.MimeBundle;
import wirebook.spi.Plural;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.trust.LabTrust;
import wirebook.trust.ServerIdentity;

/** {@code %serve}: HTTP servers that stay when the cell has ended. */
public final class Serve implements Magic {
  private static final int USUAL_PORT = 8080;
  private static final long LARGEST_PICTURE = 4 << 20;
  private static final long LARGEST_UPLOAD = 100 << 20;

  private static final MagicSpec SPEC =
      MagicSpec.named("serve", "Start an HTTP server, watch it, stop it")
          .synopsis("[PORT] [option…] | list | log|show|stop|restart [PORT|NAME]")
          .javaBody(
              Handlers.class.getName()
                  + ".next(new "
                  + Handlers.class.getName()
                  + "() { @Override protected void routes() throws Exception {\n",
              "\n}});")
          .value(HttpServer.class)
          .action("ACTION", false, ServeOptions.Action.words().toArray(String[]::new))
          .operand("PORT", Values.OWN_PORT, false, true)
          .option(Option.flag("all endpoints of httpbin.org", "--httpbin"))
          .option(Option.of("FOLDER", Values.FILE, "the files below this folder", "--dir"))
          .option(
              Option.of(
                  "URL",
                  Values.ANY,
                  "hand requests on to this server; several, with commas or said again, take turns",
                  "--to"))
          .option(
              Option.of(
                  "FILE",
                  Values.FILE,
                  "write what passes into this HTTP Archive, without logins and cookies",
                  "--record"))
          .option(Option.of("FILE", Values.FILE, "answer as this HTTP Archive says", "--replay"))
          .option(
              Option.of("FOLDER", Values.FILE, "where uploads go (a temporary folder)", "--upload"))
          .option(
              Option.of(
                  "ADDRESS",
                  Values.ANY,
                  "listen here (127.0.0.1); 0.0.0.0 lets other machines in",
                  "--bind"))
          .option(Option.flag("speak TLS, with a certificate of the lab's own authority", "--tls"))
          .option(
              Option.of(
                  "NAME", Values.ANY, "make it a site of the lab: shop.class.example", "--publish"))
          .option(
              Option.of(
                  "NAME",
                  Values.ANY,
                  "for list, log, stop; the same name replaces; not with --ssh",
                  "--name"))
          .option(
              Option.of(
                  "TIME",
                  Values.ANY,
                  "close an idle connection after this time (30s), 0 after each response",
                  "--keep-alive"))
          .option(
              Option.of(
                  "TIME",
                  Values.ANY,
                  "close on a client that sends its header section, or the next piece of content,"
                      + " no sooner than this (20s)",
                  "--patience"))
          .option(
              Option.of(
                  "TIME",
                  Values.ANY,
                  "wait before each response: 200ms, or 100ms-2s for a random time",
                  "--latency"))
          .option(
              Option.of(
                  "SHARE",
                  Values.ANY,
                  "let this share of requests fail: 10% or 0.1",
                  "--error-rate"))
          .option(
              Option.of("SIZE", Values.ANY, "refuse longer content: 1MB, 64k, 500", "--max-body"))
          .option(
              Option.of(
                  "COUNT", Values.ANY, "refuse more connections at a time", "--max-connections"))
          .option(Option.of("COUNT", Values.ANY, "refuse more requests a second", "--rate"))
          .option(
              Option.flag("answer whatever name Host has, not only this machine's", "--any-host"))
          .option(Option.flag("let the pages of other servers read and send", "--cors"))
          .option(Option.flag("make text smaller for clients that take it so", "--gzip"))
          .option(Option.flag("with --dir: a page that is no file is index.html", "--spa"))
          .option(Option.of("COUNT", Values.ANY, "lines that log shows (20)", "-n"))
          .option(Option.of("STATUS", Values.ANY, "of log only these: 404, 5xx", "--status"))
          .option(Option.of("TIME", Values.ANY, "of log only the latest: 1m, 30s", "--since"))
          .option(Option.flag("log as lines of JSON", "--json"))
          .option(Option.flag("log as Apache's and nginx's combined format", "--combined"))
          .option(Option.flag("go on with what comes, until the cell is stopped", "-f", "--follow"))
          .option(Option.flag("answer /metrics, as Prometheus reads it", "--metrics"))
          .option(
              Option.flag(
                  "an SSH server (2222) in the place of an HTTP server: a small shell and files in"
                      + " memory (15 MiB a file), never the machine's; with --user NAME, --password WORD, --key"
                      + " FILE.pub, or --host HOST for one of the lab's hosts; -R listens on"
                      + " loopback, -L and -W lead to the lab and this notebook's servers, with"
                      + " --forward to all that the machine reaches",
                  "--ssh"))
          .option(
              Option.flag(
                  "no access log below the cell; of log, the server alone", "-q", "--quiet"))
          .example("%serve 8080", "the class's service: a page, an upload, a collection")
          .example("%serve 0 --httpbin", "httpbin on a free port; the address is printed")
          .example("%serve 8000 --dir .", "the files of this folder")
          .example("%serve 8000 --dir site --spa --gzip", "a web page that routes by itself")
          .example("%serve 8080 --latency 300ms --error-rate 10%", "a service that has a bad day")
          .example(
              "%%serve 8080\n"
                  + "get(\"/hello/{name}\", request -> \"Hello, \" + request.parameter(\"name\"));",
              "handlers in Java: get, post, put, patch, delete, websocket; they return text, json(…),"
                  + " html(…), file(…), events(…), status(404)")
          .example(
              "%serve 8080 --to http://127.0.0.1:8081,http://127.0.0.1:8082",
              "two servers behind one address, by turns; one may be gone")
          .example(
              "%serve 8080 --to http://127.0.0.1:8081 --record visit.har",
              "a server in between, which writes down what passes")
          .example("%serve 8080 --replay visit.har", "the same answers, without that server")
          .example("%serve 8443 --tls", "the same over TLS")
          .example(
              "%serve 8080 --publish shop.class.example",
              "%curl http://shop.class.example/ gets there, in the lab")
          .example(
              "%serve --ssh 2222 --key ~/.ssh/id_ed25519.pub", "ssh and scp get in by this key")
          .example("%serve log 8080", "its latest requests")
          .example("%serve log 8080 --status 5xx --since 1m", "what went wrong just now")
          .example("var mine = %serve log mine -q", "a server that runs, for Java")
          .example(
              "%serve show 8080",
              "what went over which connection, and the last request byte by byte")
          .example("%serve stop 8080", "and the port is free again")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    if (call.arguments().contains(ServeSsh.FLAG)) {
      return ServeSsh.run(call);
    }
    Words wanted = SPEC.read(call);
    ServeOptions.check(call, wanted);
    HttpServers servers = call.service(HttpServers.class, HttpServers::new);
    Optional<ServeOptions.Action> action = ServeOptions.action(wanted);
    if (action.isEmpty()) {
      return start(call, wanted, servers);
    }
    return switch (action.get()) {
      case LIST -> ServeReports.list(call, servers);
      case LOG -> ServeReports.log(call, wanted, ServeReports.chosen(call, wanted, servers));
      case SHOW -> ServeReports.show(call, wanted, ServeReports.chosen(call, wanted, servers));
      case STOP -> stop(call, wanted, servers);
      case RESTART -> restart(call, ServeReports.chosen(call, wanted, servers));
    };
  }

  // ----------------------------------------------------------------------------- start

  /** What a server answers with, and how that is called. */
  record Service(String words, String paths, boolean stores, Supplier<Endpoint> endpoint) {
    Service(String words, String paths, Supplier<Endpoint> endpoint) {
      this(words, paths, false, endpoint);
    }
  }

  private static Service service(MagicCall call, Words wanted) {
    if (call.body().isPresent()) {
      Handlers handlers =
          Handlers.take()
              .orElseThrow(
                  () ->
                      call.wrong(
                          "SERVE015",
                          new Word("", call.bodySpan()),
                          "the lines below %%serve are Java, which only a notebook compiles",
                          "Use %serve without lines below it."));
      if (handlers.paths().isEmpty()) {
        throw call.wrong(
            "SERVE023",
            new Word("", call.bodySpan()),
            "the lines below %%serve answer no request",
            "Write get(\"/\", request -> \"Hello\"); for example.");
      }
      String paths = String.join("  ", handlers.paths());
      if (!wanted.has("--dir")) {
        return new Service("the handlers of this cell", paths, handlers::endpoint);
      }
      Service files = files(call, wanted);
      return new Service(
          "the handlers of this cell, and " + files.words() + " where they have nothing",
          paths,
          () -> handlers.orElse(files.endpoint().get()));
    }
    if (wanted.has("--dir")) {
      return files(call, wanted);
    }
    if (wanted.has("--to")) {
      List<URI> urls = wanted.all("--to").stream().flatMap(word -> backends(call, word)).toList();
      return new Service(
          urls.stream().map(URI::getAuthority).collect(Collectors.joining(" and ")) + ", by turns",
          "",
          () -> new Balancer(call.network(), urls));
    }
    Optional<Word> replay = wanted.word("--replay");
    if (replay.isPresent()) {
      return replay(call, replay.get());
    }
    if (wanted.flag("--httpbin")) {
      return new Service(
          "httpbin",
          "/get  /post  /status/418  /html  /delay/2 … (the page at / lists all)",
          () -> new Httpbin(clock(call)));
    }
    Optional<Path> uploads = wanted.word("--upload").map(word -> uploads(call, word));
    return new Service(
        "the class's service",
        "/  /html  /api/upload  /api/items",
        true,
        () -> new ClassApi(uploads, upload -> picture(call, upload)));
  }

  private static Service files(MagicCall call, Words wanted) {
    Word dir = wanted.word("--dir").orElseThrow();
    Path folder = wanted.path(dir);
    try {
      StaticFiles files = new StaticFiles(folder, wanted.flag("--spa"));
      return new Service("the files of " + folder.normalize(), "", () -> files);
    } catch (IOException e) {
      throw call.wrong(
          "SERVE009",
          dir,
          "\"" + dir.text() + "\" is no folder that can be read",
          "It is looked for in " + call.directory() + ".");
    }
  }

  private static Service replay(MagicCall call, Word file) {
    try {
      Replay replay = new Replay(call.directory().resolve(file.text()));
      return new Service(
          Plural.of(replay.size(), "exchange") + " of " + file.text(), "", () -> replay);
    } catch (IOException e) {
      String why = e instanceof NoSuchFileException ? "it is not there" : e.getMessage();
      throw call.wrong(
          "SERVE028",
          file,
          "\"" + file.text() + "\" cannot be replayed: " + why,
          "%serve 8080 --to URL --record " + file.text() + " writes such a file, as browsers do.");
    }
  }

  private static Optional<Recording> recording(MagicCall call, Words wanted) {
    return wanted
        .word("--record")
        .map(
            file -> {
              try {
                return new Recording(call.directory().resolve(file.text()), call.network().clock());
              } catch (IOException e) {
                throw call.wrong(
                    "SERVE029",
                    file,
                    "\"" + file.text() + "\" cannot be written",
                    "It would be in " + call.directory() + ".");
              }
            });
  }

  /** The folder of the uploads, which is made when the first comes. */
  private static Path uploads(MagicCall call, Word word) {
    Path folder = call.directory().resolve(word.text());
    if (Files.exists(folder) && !(Files.isDirectory(folder) && Files.isWritable(folder))) {
      throw call.wrong(
          "SERVE024",
          word,
          "\"" + word.text() + "\" is no folder that can be written to",
          "It is looked for in " + call.directory() + "; a new one is made.");
    }
    return folder;
  }

  private static Stream<URI> backends(MagicCall call, Word word) {
    return Stream.of(word.text().split(","))
        .map(String::strip)
        .filter(url -> !url.isEmpty())
        .map(
            url -> {
              try {
                URI uri = new URI(url.contains("://") ? url : "http://" + url);
                if (uri.getHost() != null
                    && List.of("http", "https").contains(uri.getScheme())
                    && uri.getQuery() == null
                    && (url.matches(".*[:.].*") || url.startsWith("localhost"))) {
                  return uri;
                }
              } catch (URISyntaxException e) {
                // It is refused below.
              }
              throw call.wrong(
                  "SERVE018",
                  word,
                  "\"" + url + "\" is no address of a server",
                  "Write it as http://127.0.0.1:8081, several with commas between.");
            });
  }

  private static MagicResult start(MagicCall call, Words wanted, HttpServers servers)
      throws InterruptedException {
    int port = wanted.operand(0).map(word -> ServeOptions.port(call, word)).orElse(USUAL_PORT);
    String name =
        wanted
            .text("--name")
            .orElseGet(() -> port == 0 ? String.join(" ", call.arguments()) : String.valueOf(port));
    HttpServer server =
        start(call, wanted, servers, name, port, service(call, wanted), wanted.flag("--quiet"));
    if (!call.inCell()) {
      // From the shell the server is there as long as the command runs.
      try {
        new CountDownLatch(1).await();
      } finally {
        server.close();
      }
    }
    return MagicResult.of(server);
  }

  /** Starts a server for a service, and says so. */
  static HttpServer start(
      MagicCall call,
      Words wanted,
      HttpServers servers,
      String name,
      int port,
      Service service,
      boolean quiet) {
    boolean tls = wanted.flag("--tls");
    Optional<PublishedSite> place = wanted.word("--publish").map(word -> place(call, word, tls));
    PrintStream out = call.out();
    LiveLog live =
        new LiveLog(
            call.inCell(),
            call.network().clock(),
            call.place(),
            quiet ? line -> {} : line -> printed(out, line));
    Optional<Recording> recording = recording(call, wanted);
    HttpServers.Started started;
    try {
      started =
          servers.start(
              new HttpServers.Plan(
                  name,
                  service.words(),
                  new InetSocketAddress(ServeOptions.address(wanted), port),
                  tls ? Optional.of(identity(wanted)) : Optional.empty(),
                  knobs(wanted, service),
                  () -> guarded(call, wanted, place, recorded(recording, service)),
                  live),
              clock(call));
    } catch (IOException e) {
      throw refused(call, wanted, e, port);
    }
    HttpServer server = started.server();
    Internets.listens(call, ServeOptions.address(wanted), /* datagrams= */ false, server.port());
    announce(call, wanted, server, service, started.replaced());
    place.ifPresent(site -> publish(call, site, server));
    return server;
  }

  private static NetworkClock clock(MagicCall call) {
    return call.network().clock().waitingInRealTime();
  }

  private static Endpoint recorded(Optional<Recording> recording, Service service) {
    Endpoint endpoint = service.endpoint().get();
    return recording.map(r -> r.of(endpoint)).orElse(endpoint);
  }

  /** What stands before the service: whom it answers, and how what it says goes out. */
  private static Endpoint guarded(
      MagicCall call, Words wanted, Optional<PublishedSite> place, Endpoint service) {
    Endpoint counted =
        wanted.flag("--metrics")
            ? new Metrics(service, call.network().clock(), text -> {})
            : service;
    Endpoint endpoint = wanted.flag("--gzip") ? new Gzip(counted) : counted;
    // In the lab, who calls the host by its name there or its address means this server.
    Optional<String> seat = Internets.inLab(call).map(Internets::host);
    endpoint =
        new OriginPolicy(
            endpoint,
            name ->
                place.filter(site -> site.isCalled(name, lab(call).zones())).isPresent()
                    || seat.filter(
                            host ->
                                lab(call).world().nodeNamed(name).filter(host::equals).isPresent())
                        .isPresent(),
            Optional.ofNullable(call.environment().get("JUPYTERHUB_SERVICE_PREFIX")),
            wanted.flag("--any-host") || !ServeOptions.address(wanted).isLoopbackAddress(),
            // httpbin lets all pages in, as the real one does.
            wanted.flag("--cors") || wanted.flag("--httpbin"));
    return wanted.flag("--cors") ? new Cors(endpoint) : endpoint;
  }

  /** Any page can send to a local port, so what is stored has a bound unless one asks for more. */
  private static Knobs knobs(Words wanted, Service service) {
    Knobs knobs = ServeOptions.knobs(wanted);
    return service.stores() && knobs.maxBody().isEmpty()
        ? knobs.withMaxBody(LARGEST_UPLOAD)
        : knobs;
  }

  /** A certificate for this machine's usual names, and for those that were asked for. */
  private static ServerIdentity identity(Words wanted) {
    return LabTrust.issue(
        Stream.concat(
                wanted.text("--publish").stream(),
                Stream.of(
                    "localhost", "127.0.0.1", "::1", ServeOptions.address(wanted).getHostAddress()))
            .distinct()
            .toList());
  }

  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /** The place in the lab of the name that was asked for. */
  private static PublishedSite place(MagicCall call, Word name, boolean tls) {
    if (!(call.networks() instanceof Internets internets)) {
      throw call.wrong(
          "SERVE016", name, "there is no lab here to publish it in", "Use it in a notebook.");
    }
    try {
      return internets.lab().place(name.text(), tls ? HTTPS : HTTP);
    } catch (Publication.RefusedException e) {
      throw call.wrong("SERVE017", name, String.valueOf(e.getMessage()), e.fix());
    }
  }

  private static Lab lab(MagicCall call) {
    return ((Internets) call.networks()).lab();
  }

  /** Leads what is sent to the place to the server, until it closes. */
  private static void publish(MagicCall call, PublishedSite site, HttpServer server) {
    Lab lab = lab(call);
    lab.ports().publish(site.at(), server.port());
    server.whenClosed(() -> lab.ports().unpublish(site.at(), server.port()));
    call.out()
        .println(
            "  in the lab "
                + (site.at().getPort() == HTTPS ? "https://" : "http://")
                + site.name()
                + "/ ("
                + site.did()
                + ")");
  }

  private static void printed(PrintStream out, String line) {
    out.println(line);
    out.flush();
  }

  /** Why no server could be started, and what to do. */
  private static MagicException refused(
      MagicCall call, Words wanted, IOException failure, int port) {
    Word word = wanted.operand(0).orElseGet(() -> new Word("", Span.NONE));
    String why = String.valueOf(failure.getMessage());
    Optional<Word> bind = wanted.word("--bind");
    if (bind.isPresent() && why.contains("assign requested address")) {
      return call.wrong(
          "SERVE008",
          bind.get(),
          bind.get().text() + " is no address of this machine",
          "%ip addr shows those that it has; without --bind it is 127.0.0.1.");
    }
    if (why.contains("Permission denied")) {
      return call.wrong(
          "SERVE011",
          word,
          "port " + port + " is kept for the system's own services",
          "Ports from 1024 on are for everybody: %serve 8080.");
    }
    Optional<PortOwner.Owner> owner =
        failure instanceof BindException ? PortOwner.of(port) : Optional.empty();
    return call.wrong(
        "SERVE011",
        word,
        owner
            .map(o -> "port " + port + " is taken by " + o.words())
            .orElse("port " + port + " cannot be had: " + why),
        owner.isPresent()
            ? "%serve 0 takes a free port; or stop the other one."
            : "%serve 0 takes a free port.");
  }

  private static void announce(
      MagicCall call,
      Words wanted,
      HttpServer server,
      Service service,
      Optional<HttpServer> replaced) {
    PrintStream out = call.out();
    HubLink.show(call, server);
    out.println(server.url() + " serves " + service.words());
    HubLink.lacking(call, server).ifPresent(why -> out.println("  " + why));
    if (!service.paths().isEmpty()) {
      out.println("  " + service.paths());
    }
    knobs(server.knobs()).ifPresent(words -> out.println("  with " + words));
    wanted
        .word("--record")
        .ifPresent(
            file -> out.println("  recorded in " + file.text() + ", without logins and cookies"));
    server.certificate().ifPresent(certificate -> out.println(tls(certificate)));
    replaced.ifPresent(
        old ->
            out.println(
                "  in place of "
                    + old.serves()
                    + " that ran here since "
                    + old.since().toString().substring(11, 19)
                    + " ("
                    + Plural.of(old.requestCount(), "request")
                    + (old.inFlight() > 0 ? ", " + old.inFlight() + " still being answered" : "")
                    + ")"
                    + (!wanted.has("--name") && !old.name().equals(String.valueOf(old.port()))
                        ? "; --name NAME keeps both"
                        : "")));
    if (server.address().getAddress().isAnyLocalAddress()) {
      out.println("  Other machines can reach it, too.");
    }
  }

  private static String tls(X509Certificate certificate) {
    return "  over TLS, as "
        + certificate.getSubjectX500Principal().getName()
        + ", signed by "
        + certificate.getIssuerX500Principal().getName()
        + ", whom %curl and Java cells here trust.\n"
        + "  Other programs have to be told: curl --cacert "
        + LabTrust.file();
  }

  private static Optional<String> knobs(Knobs knobs) {
    List<String> words = new ArrayList<>();
    if (!knobs.keepAlive().equals(Knobs.USUAL.keepAlive())) {
      words.add(
          knobs.keepAlive().isZero()
              ? "a connection for each request"
              : "idle connections kept for " + shown(knobs.keepAlive()));
    }
    if (!knobs.patience().equals(Knobs.USUAL.patience())) {
      words.add("slow clients waited for " + shown(knobs.patience()));
    }
    knobs
        .latency()
        .ifPresent(
            l ->
                words.add(
                    "a latency of "
                        + shown(l.least())
                        + (l.least().equals(l.most()) ? "" : " to " + shown(l.most()))));
    if (knobs.errorRate() > 0) {
      words.add(percent(knobs.errorRate()) + " failing");
    }
    knobs.maxBody().stream()
        .filter(n -> n != LARGEST_UPLOAD)
        .forEach(n -> words.add("content up to " + n + " bytes"));
    knobs.maxConnections().ifPresent(n -> words.add("at most " + Plural.of(n, "connection")));
    knobs.rate().ifPresent(n -> words.add("at most " + Plural.of(n, "request") + " a second"));
    return words.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", words));
  }

  private static String percent(double share) {
    double percent = Math.round(share * 10_000) / 100.0;
    return (percent == Math.rint(percent)
            ? String.valueOf((long) percent)
            : String.valueOf(percent))
        + " %";
  }

  private static String shown(Duration time) {
    return time.toMillis() < 1000 || time.toMillis() % 1000 != 0
        ? time.toMillis() + " ms"
        : time.toSeconds() + " s";
  }

  /** Shows an uploaded picture in the notebook, when its bytes are one. */
  private static void picture(MagicCall call, ClassApi.Upload upload) {
    if (!call.inCell() || upload.size() > LARGEST_PICTURE) {
      return;
    }
    try {
      byte[] bytes = Files.readAllBytes(upload.stored());
      pictureType(bytes)
          .ifPresent(
              type ->
                  call.display()
                      .show(
                          MimeBundle.text("uploaded: " + LiveLog.shown(upload.name()) + ", " + type)
                              .with(type, Base64.getEncoder().encodeToString(bytes))));
    } catch (IOException e) {
      // The picture is a comfort; the upload itself went well.
    }
  }

  private static Optional<String> pictureType(byte[] bytes) {
    String head = new String(bytes, 0, Math.min(12, bytes.length), StandardCharsets.ISO_8859_1);
    return head.startsWith("\u0089PNG\r\n")
        ? Optional.of("image/png")
        : head.startsWith("\u00ff\u00d8\u00ff")
            ? Optional.of("image/jpeg")
            : head.startsWith("GIF8") ? Optional.of("image/gif") : Optional.empty();
  }

  // ----------------------------------------------------------------------- stop, restart

  private static MagicResult stop(MagicCall call, Words wanted, HttpServers servers) {
    ServeSsh.Running ssh = ServeSsh.Running.of(call);
    List<Word> named = wanted.operands().stream().skip(1).toList();
    if (!named.isEmpty() && named.getFirst().text().equals("all")) {
      int count = servers.list().size() + ssh.list().size();
      servers.closeAll();
      ssh.list().forEach(Quietly::close);
      call.out().println(Plural.of(count, "server") + " stopped.");
      return MagicResult.NOTHING;
    }
    if (named.isEmpty() && servers.list().isEmpty() && ssh.list().size() == 1) {
      return stop(call, ssh.list().getFirst());
    }
    List<SshDaemon> daemons =
        named.stream().flatMap(word -> ssh.find(word.text()).stream()).toList();
    List<HttpServer> others =
        named.stream()
            .filter(word -> ssh.find(word.text()).isEmpty())
            .map(word -> ServeReports.named(call, word, servers))
            .toList();
    if (named.isEmpty()) {
      if (!ssh.list().isEmpty()) {
        throw call.wrong(
            "SERVE012",
            wanted.operands().getFirst(),
            "several servers run",
            "Say which, by its port or name; %serve list shows them.");
      }
      others = List.of(ServeReports.chosen(call, wanted, servers));
    }
    daemons.forEach(server -> stop(call, server));
    others.forEach(server -> stop(call, server));
    return daemons.size() + others.size() > 1
        ? MagicResult.NOTHING
        : MagicResult.of(daemons.isEmpty() ? others.getFirst() : daemons.getFirst());
  }

  private static MagicResult stop(MagicCall call, SshDaemon server) {
    int port = server.port();
    Quietly.close(server);
    call.out().println("ssh://127.0.0.1:" + port + " is stopped; port " + port + " is free.");
    return MagicResult.of(server);
  }

  private static void stop(MagicCall call, HttpServer server) {
    server.close();
    long cutOff = server.cutOff();
    call.out()
        .println(
            server.url()
                + " is stopped after "
                + Plural.of(server.requestCount() + server.inFlight(), "request")
                + (cutOff > 0 ? ", " + cutOff + " of which took too long and got no answer" : "")
                + "; port "
                + server.port()
                + " is free.");
    if (server.computing() > 0) {
      call.out()
          .println(
              Plural.of(server.computing(), "handler")
                  + (server.computing() == 1 ? " computes on" : " compute on")
                  + " though nobody waits, and could not be ended:"
                  + " only a restart of the kernel ends that.");
    }
  }

  private static MagicResult restart(MagicCall call, HttpServer server) {
    HttpServers.restart(server, clock(call));
    call.out().println(server.url() + " serves " + server.serves() + " anew; no request was lost.");
    return MagicResult.of(server);
  }
}
