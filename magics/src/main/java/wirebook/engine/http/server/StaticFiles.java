package wirebook.engine.http.server;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import wirebook.engine.http.HttpDate;
import wirebook.spi.Html;

/**
 * The files below a folder, with validators, conditions and ranges (RFC 9110 §8.8, §13, §14) and a
 * listing where a folder has no {@code index.html}. Nothing outside the folder is reached, not
 * through symbolic links either; names that begin with a dot are not served.
 */
public final class StaticFiles implements Endpoint {
  private static final int MOST_LISTED = 10_000;

  private final Path root;
  private final boolean onePage;

  /**
   * @throws IOException when {@code folder} is none
   */
  public StaticFiles(Path folder) throws IOException {
    this(folder, false);
  }

  /**
   * @param onePage whether a browser that asks for a page that is no file gets the first one, whose
   *     scripts know what to show
   * @throws IOException when {@code folder} is none
   */
  public StaticFiles(Path folder, boolean onePage) throws IOException {
    root = folder.toRealPath();
    this.onePage = onePage;
    if (!Files.isDirectory(root)) {
      throw new java.nio.file.NotDirectoryException(folder.toString());
    }
  }

  @Override
  public Response handle(Request request) throws IOException {
    if (request.method().equals("OPTIONS")) {
      return Response.status(204).with("Allow", "GET, HEAD, OPTIONS");
    }
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return ErrorPage.of(request, 405, "files can be read here, with GET or HEAD")
          .with("Allow", "GET, HEAD, OPTIONS");
    }
    Path file =
        find(request.path()).or(() -> firstPage(request)).orElseThrow(() -> notFound(request));
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      if (!request.path().endsWith("/")) {
        return Response.redirect(relative(request.path()) + "/").withStatus(301);
      }
      Path index = file.resolve("index.html");
      if (!Files.isRegularFile(index) || !index.toRealPath().startsWith(root)) {
        return listing(request, file);
      }
      file = index;
      attributes = Files.readAttributes(file, BasicFileAttributes.class);
    } else if (!attributes.isRegularFile() || request.path().endsWith("/")) {
      throw notFound(request);
    }
    return FileResponse.of(
        request,
        file,
        attributes,
        Headers.of(
            "Content-Type",
            MediaTypes.ofFile(String.valueOf(file.getFileName())),
            "X-Content-Type-Options",
            "nosniff"));
  }

  /**
   * A script or a picture that is missing is missing; of pages the first one knows. Who takes
   * anything, as curl does, asks for a page when the path has no extension; so do the development
   * servers of such pages it.
   */
  private Optional<Path> firstPage(Request request) {
    Path index = root.resolve("index.html");
    boolean named = request.path().indexOf('.', request.path().lastIndexOf('/') + 1) >= 0;
    return onePage
            && request
                .header("Accept")
                .filter(types -> types.contains("text/html") || (!named && types.contains("*/*")))
                .isPresent()
            && Files.isRegularFile(index)
        ? Optional.of(index)
        : Optional.empty();
  }

  private static HttpError notFound(Request request) {
    return new HttpError(404, "no file is at " + request.path());
  }

  /** The last part of the path, so that a proxy in front may have a prefix of its own. */
  private static String relative(String path) {
    return "./" + path.substring(path.lastIndexOf('/') + 1);
  }

  /** What stands at a path; empty when it is nothing, hidden, or outside. */
  private Optional<Path> find(String path) throws IOException {
    if (!path.startsWith("/")) {
      return Optional.empty();
    }
    Path file = root;
    for (String encoded : path.substring(1).split("/")) {
      String part = Parameters.decode(encoded);
      if (part.startsWith(".") || part.chars().anyMatch(c -> c == '/' || c == '\\' || c == 0)) {
        return Optional.empty();
      }
      try {
        file = part.isEmpty() ? file : file.resolve(part);
      } catch (InvalidPathException e) {
        return Optional.empty();
      }
    }
    if (!Files.exists(file) || !Files.isReadable(file)) {
      return Optional.empty();
    }
    Path real = file.toRealPath();
    return real.startsWith(root) ? Optional.of(real) : Optional.empty();
  }

  private Response listing(Request request, Path folder) throws IOException {
    record Entry(String name, boolean folder, long size, Instant modified) {}
    // Of any number of names no more are held than are shown.
    PriorityQueue<String> names = new PriorityQueue<>(Comparator.reverseOrder());
    long leftOut = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        // What is not served is not told of, either.
        if (!name.startsWith(".")) {
          names.add(name);
          if (names.size() > MOST_LISTED) {
            names.remove();
            leftOut++;
          }
        }
      }
    }
    List<Entry> entries = new ArrayList<>();
    for (String name : names) {
      Path file = folder.resolve(name);
      if (!Files.isReadable(file) || !file.toRealPath().startsWith(root)) {
        continue;
      }
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      entries.add(
          new Entry(
              name,
              attributes.isDirectory(),
              attributes.size(),
              attributes.lastModifiedTime().toInstant()));
    }
    entries.sort(Comparator.comparing(Entry::folder).reversed().thenComparing(Entry::name));
    String here = Parameters.decode(request.path());
    Html page =
        new Html()
            .open("html", "lang", "en")
            .element("title", "Files in " + here)
            .element("h1", "Files in " + here)
            .open("table");
    if (!folder.equals(root)) {
      page.open("tr").open("td").element("a", "..", "href", "../").close("td").close("tr");
    }
    for (Entry entry : entries) {
      String slash = entry.folder() ? "/" : "";
      String href =
          "./"
              + URLEncoder.encode(entry.name(), StandardCharsets.UTF_8).replace("+", "%20")
              + slash;
      page.open("tr")
          .open("td")
          .element("a", entry.name() + slash, "href", href)
          .close("td")
          .element("td", entry.folder() ? "" : String.valueOf(entry.size()))
          .element("td", HttpDate.format(entry.modified().getEpochSecond()))
          .close("tr");
    }
    page.close("table");
    if (leftOut > 0) {
      page.element(
          "p",
          "The first "
              + MOST_LISTED
              + " names in alphabetical order are shown, "
              + leftOut
              + " more are left out.");
    }
    return Response.html("<!DOCTYPE html>" + page.close("html"));
  }
}
