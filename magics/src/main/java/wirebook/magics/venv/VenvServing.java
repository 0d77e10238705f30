package wirebook.magics.venv;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import wirebook.codec.Resource;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.python.PythonEnvironment;
import wirebook.internet.Internets;
import wirebook.internet.sites.PublishedSite;
import wirebook.internet.zones.Publication;
import wirebook.net.TemporaryFolder;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;

/**
 * Programs of an environment that serve HTTP: what {@code %%venv} and {@code %venv NAME serve}
 * start.
 */
final class VenvServing {
  private VenvServing() {}

  static MagicResult serve(
      MagicCall call, SessionEnvironments all, Path prefix, Word name, Words given)
      throws IOException, InterruptedException {
    Words words = given.only("NAME serve FILE", "--name", "--port", "--publish");
    if (words.operands().isEmpty()) {
      throw call.wrong(
          "VENV007",
          name,
          call.body().isPresent()
              ? "into which file go the lines below?"
              : "which file is to be served?",
          call.body().isPresent() ? "%%venv NAME app.py" : "%venv NAME serve app.py");
    }
    Word file = words.operands().getFirst();
    Path path = call.directory().resolve(file.text());
    if (words.operands().size() > 1) {
      throw words.wrong(
          Complaint.OPTION,
          words.operands().get(1),
          "\"" + words.operands().get(1).text() + "\" is one word too many",
          "%venv NAME serve FILE [--port PORT] [--name NAME] [--publish NAME]");
    }
    Optional<String> app = words.text("--name");
    OptionalInt port = words.port("--port", 0);
    Optional<PublishedSite> site = words.word("--publish").map(word -> place(call, word));
    if (call.body().isPresent()) {
      String body = call.body().get();
      Files.writeString(path, body.endsWith("\n") ? body : body + "\n");
    } else if (!Files.isReadable(path)) {
      throw call.wrong(
          "VENV007",
          file,
          "there is no file " + path,
          "%%venv NAME app.py writes the lines below it.");
    }
    if (!PythonEnvironment.isAt(prefix)) {
      return VenvReports.missing(call, prefix);
    }
    PythonEnvironment environment = all.read(prefix);
    String called = app.orElse(file.text().replaceFirst("\\.py$", ""));
    PythonApp next =
        new PythonApp(
            call,
            new PythonApp.Plan(
                called,
                file.text() + " in " + environment.name() + versions(environment),
                prefix,
                List.of(environment.python().toString(), runner().toString(), file.text()),
                call.directory(),
                SessionEnvironments.activated(call, prefix),
                port,
                site));
    HttpServers servers = call.service(HttpServers.class, HttpServers::new);
    Optional<HttpServer> before = servers.find(called);
    try {
      HttpServers.Started started = next.start(servers);
      all.apps().put(called, next);
      announce(call, environment, file.text(), next, started);
      site.ifPresent(s -> publish(call, s, started.server()));
      return MagicResult.of(all.read(prefix));
    } catch (PythonApp.NotServedException e) {
      MagicResult result = VenvReports.sentence(call, String.valueOf(e.getMessage()), e.fix());
      before
          .filter(HttpServer::isOpen)
          .ifPresent(old -> call.out().println("What ran before goes on: " + old.url()));
      return result;
    }
  }

  private static void announce(
      MagicCall call,
      PythonEnvironment environment,
      String file,
      PythonApp app,
      HttpServers.Started started) {
    PrintStream out = call.out();
    out.println(
        "%s serves %s in %s%s"
            .formatted(started.server().url(), file, environment.name(), versions(environment)));
    out.println("  the program itself listens behind it, at port " + app.ownPort());
    started
        .replaced()
        .ifPresent(
            old ->
                out.println(
                    "  in place of "
                        + old.serves()
                        + ", which answers what it was asked, and ends"));
    out.println("  %serve list shows it, %serve stop " + started.server().name() + " ends it");
  }

  private static String versions(PythonEnvironment environment) {
    return " ("
        + environment.find("flask").map(p -> "Flask " + p.version() + ", ").orElse("")
        + "Python "
        + environment.version()
        + ")";
  }

  private static void publish(MagicCall call, PublishedSite site, HttpServer server) {
    if (call.networks() instanceof Internets internets) {
      internets.lab().ports().publish(site.at(), server.port());
      server.whenClosed(() -> internets.lab().ports().unpublish(site.at(), server.port()));
      call.out().println("  in the lab http://" + site.name() + "/ (" + site.did() + ")");
    }
  }

  private static PublishedSite place(MagicCall call, Word name) {
    if (!(call.networks() instanceof Internets internets)) {
      throw call.wrong(
          "VENV009", name, "there is no lab here to publish it in", "Use it in a notebook.");
    }
    try {
      return internets.lab().place(name.text(), 80);
    } catch (Publication.RefusedException e) {
      throw call.wrong("VENV009", name, String.valueOf(e.getMessage()), e.fix());
    }
  }

  private static Path runner() throws IOException {
    Path file = TemporaryFolder.get().resolve("run.py");
    return Files.write(file, Resource.bytes(VenvServing.class, "run.py"));
  }
}
