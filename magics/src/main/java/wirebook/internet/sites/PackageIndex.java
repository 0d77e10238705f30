package wirebook.internet.sites;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import wirebook.codec.Digests;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.engine.python.Distribution;

/**
 * The lab's Python package index: gives out the wheels of a folder as pip asks for them (PEP 503;
 * hashes, {@code data-requires-python}, and each wheel's metadata apart, PEP 658).
 */
public final class PackageIndex {
  /** As pip takes it for {@code --index-url}. */
  public static final String URL = "https://packages.class.example/simple/";

  private static final String METADATA = ".metadata";

  private static final String FRONT =
      """
      <!DOCTYPE html>
      <title>The class's package index</title>
      <h1>The class's package index</h1>
      <p>pip looks at <a href="/simple/">/simple/</a>.
      """;

  private PackageIndex() {}

  /**
   * A wheel as the index shows it.
   *
   * @param project its name as PEP 503 normalizes it
   * @param metadata the text of its {@code METADATA}
   */
  private record Wheel(Path file, String project, String sha256, String metadata) {
    String name() {
      return String.valueOf(file.getFileName());
    }

    Optional<String> requiresPython() {
      return metadata
          .lines()
          .takeWhile(line -> !line.isEmpty())
          .filter(line -> line.startsWith("Requires-Python:"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    }
  }

  /** What answers for it. The folder is looked for, and read, at the first request. */
  static Endpoint endpoint() {
    return new Endpoint() {
      private Optional<Endpoint> index = Optional.empty();

      @Override
      public Response handle(Request request) throws Exception {
        return index().handle(request);
      }

      private synchronized Endpoint index() {
        if (index.isEmpty()) {
          index = Optional.of(of(folder().map(PackageIndex::wheels).orElse(Map.of())));
        }
        return index.get();
      }
    };
  }

  private static Endpoint of(Map<String, Wheel> wheels) {
    return new Routes()
        .get("/", request -> Response.html(FRONT))
        .get("/simple/", request -> page("Simple index", projects(wheels)))
        .get("/simple/{project}", request -> Response.redirect(request.path() + "/"))
        .get("/simple/{project}/", request -> project(wheels, request))
        .get("/files/{name}", request -> file(wheels, request.parameter("name")));
  }

  private static String projects(Map<String, Wheel> wheels) {
    return wheels.values().stream()
        .map(Wheel::project)
        .distinct()
        .map(name -> "<a href=\"/simple/" + name + "/\">" + name + "</a><br>\n")
        .collect(Collectors.joining());
  }

  private static Response page(String title, String content) {
    return Response.html(
        "<!DOCTYPE html>\n<meta name=\"pypi:repository-version\" content=\"1.0\">\n<title>"
            + title
            + "</title>\n"
            + content);
  }

  private static Response project(Map<String, Wheel> wheels, Request request) {
    String wanted = Distribution.normalized(request.parameter("project"));
    List<Wheel> own = wheels.values().stream().filter(w -> w.project().equals(wanted)).toList();
    if (own.isEmpty()) {
      return Response.text("the class's package index has no " + wanted + "\n").withStatus(404);
    }
    StringBuilder links = new StringBuilder();
    for (Wheel wheel : own) {
      String metadata = "=\"sha256=" + sha256(wheel.metadata().getBytes(UTF_8)) + "\"";
      links
          .append("<a href=\"/files/" + wheel.name() + "#sha256=" + wheel.sha256() + "\"")
          // Not by its older name: pip 23.0 reads that, and takes "Flask" for another name.
          .append(" data-core-metadata" + metadata);
      wheel
          .requiresPython()
          .map(text -> text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;"))
          .ifPresent(text -> links.append(" data-requires-python=\"" + text + "\""));
      links.append(">" + wheel.name() + "</a><br>\n");
    }
    return page("Links for " + wanted, links.toString());
  }

  private static Response file(Map<String, Wheel> wheels, String name) {
    boolean metadata = name.endsWith(METADATA);
    Wheel wheel =
        wheels.get(metadata ? name.substring(0, name.length() - METADATA.length()) : name);
    if (wheel == null) {
      return Response.status(404);
    }
    return metadata ? Response.text(wheel.metadata()) : Response.file(wheel.file());
  }

  // ---------------------------------------------------------------------------- wheels

  /**
   * Where {@code binder/wheels} has put them: what {@code WIREBOOK_WHEELS} names, or {@code
   * .lab/wheels} in the checkout that this program is from, or runs in.
   */
  public static Optional<Path> folder() {
    Optional<Path> named =
        Optional.ofNullable(System.getenv("WIREBOOK_WHEELS"))
            .filter(n -> !n.isEmpty())
            .map(Path::of);
    return (named.isPresent()
            ? named.stream()
            : Stream.concat(above(program()), above(Optional.of(Path.of("").toAbsolutePath()))))
        .filter(Files::isDirectory)
        .findFirst();
  }

  private static Optional<Path> program() {
    CodeSource source = PackageIndex.class.getProtectionDomain().getCodeSource();
    try {
      return source == null
          ? Optional.empty()
          : Optional.of(Path.of(source.getLocation().toURI()).toAbsolutePath());
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Stream<Path> above(Optional<Path> path) {
    return Stream.iterate(path, Optional::isPresent, p -> p.map(Path::getParent))
        .flatMap(Optional::stream)
        .map(folder -> folder.resolve(".lab").resolve("wheels"));
  }

  private static Map<String, Wheel> wheels(Path folder) {
    Map<String, Wheel> wheels = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        // Names without what HTML or an address reads as something else.
        if (String.valueOf(file.getFileName()).matches("[A-Za-z0-9._+-]+\\.whl")) {
          Wheel wheel = read(file);
          wheels.put(wheel.name(), wheel);
        }
      }
    } catch (IOException e) {
      // What can be read is given out.
    }
    return wheels;
  }

  private static Wheel read(Path file) throws IOException {
    String metadata = "";
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Optional<? extends ZipEntry> entry =
          zip.stream().filter(e -> e.getName().matches("[^/]+\\.dist-info/METADATA")).findFirst();
      if (entry.isPresent()) {
        metadata = new String(zip.getInputStream(entry.get()).readAllBytes(), UTF_8);
      }
    }
    String project = String.valueOf(file.getFileName()).split("-", 2)[0];
    return new Wheel(
        file, Distribution.normalized(project), sha256(Files.readAllBytes(file)), metadata);
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(Digests.of("SHA-256", bytes));
  }
}
