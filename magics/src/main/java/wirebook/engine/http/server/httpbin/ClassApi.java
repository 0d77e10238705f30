package wirebook.engine.http.server.httpbin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import wirebook.codec.Digests;
import wirebook.codec.Json;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.MultipartReader;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.net.TemporaryFolder;
import wirebook.spi.Html;

/**
 * The service that the class talks to: a page for people at {@code /} and {@code /html}, and for
 * programs an upload ({@code /api/upload}) and a collection ({@code /api/items}) that is created,
 * read, replaced, changed and deleted.
 */
public final class ClassApi implements Endpoint {
  private static final int MOST_ITEMS = 10_000;

  private final Optional<Path> folder;
  private final Consumer<Upload> uploaded;
  private final Routes routes;
  private final SequencedMap<Integer, Json.Obj> items = new LinkedHashMap<>();
  private final List<Upload> uploads = new ArrayList<>();
  private int lastItem;
  private Optional<Path> made = Optional.empty();

  /**
   * A file that was uploaded.
   *
   * @param field the form field it came in
   * @param name as the client called it
   * @param size in bytes
   * @param type as the client called it
   * @param sha256 of its bytes, in hex
   * @param stored where it is now
   */
  public record Upload(
      String field, String name, long size, String type, String sha256, Path stored) {
    /** What the answer tells. */
    private Map<String, Object> told() {
      Map<String, Object> told = new LinkedHashMap<>();
      told.put("name", name);
      told.put("size", size);
      told.put("type", type);
      told.put("sha256", sha256);
      told.put("field", field);
      told.put("stored", stored.toString());
      return told;
    }
  }

  /**
   * @param folder where uploads go; a new temporary one when empty
   * @param uploaded gets each upload when it is stored
   */
  public ClassApi(Optional<Path> folder, Consumer<Upload> uploaded) {
    this.folder = folder;
    this.uploaded = uploaded;
    routes =
        new Routes()
            .get("/", request -> Response.html(page()))
            .get(
                "/html",
                request ->
                    Response.of("text/html; charset=utf-8", HttpbinFormats.resource("moby.html")))
            .get("/api/upload", request -> Response.json(told()))
            .post("/api/upload", this::upload)
            .get("/api/items", request -> Response.json(all()))
            .post("/api/items", this::create)
            .get("/api/items/{id:int}", request -> Response.json(item(request)))
            .put("/api/items/{id:int}", this::replace)
            .patch("/api/items/{id:int}", this::change)
            .delete("/api/items/{id:int}", this::delete);
  }

  @Override
  public Response handle(Request request) throws Exception {
    return routes.handle(request);
  }

  // ------------------------------------------------------------------------------ upload

  private Response upload(Request request) throws IOException {
    if (!request.mediaType().equals("multipart/form-data")) {
      throw new HttpError(
          415, "send a form with a file: curl -X POST -F 'file=@path/to/image.png' …/api/upload");
    }
    List<Upload> stored = new ArrayList<>();
    MultipartReader parts = MultipartReader.of(request);
    for (Optional<MultipartReader.Part> next = parts.next();
        next.isPresent();
        next = parts.next()) {
      if (next.get().fileName().filter(name -> !name.isEmpty()).isPresent()) {
        stored.add(store(next.get()));
      }
    }
    if (stored.isEmpty()) {
      throw new HttpError(400, "the form has no file; with curl: -F 'file=@path/to/image.png'");
    }
    synchronized (this) {
      uploads.addAll(stored);
    }
    stored.forEach(uploaded);
    Response response =
        Response.json(
            stored.size() == 1
                ? stored.getFirst().told()
                : stored.stream().map(Upload::told).toList());
    return response.withStatus(201);
  }

  private Upload store(MultipartReader.Part part) throws IOException {
    String name = part.fileName().orElseThrow();
    Path file = fresh(safe(name));
    MessageDigest digest = Digests.named("SHA-256");
    long size;
    try (InputStream in = part.content();
        OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
      size = in.transferTo(out);
    } catch (IOException | HttpError e) {
      Files.deleteIfExists(file);
      throw e;
    }
    return new Upload(
        part.name(),
        name,
        size,
        part.contentType(),
        HexFormat.of().formatHex(digest.digest()),
        file);
  }

  /** The name's last part, of letters, digits, dot, dash and underscore: no path, no surprise. */
  private static String safe(String name) {
    String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    String plain = last.replaceAll("[^\\p{L}\\p{N}._-]", "_").replaceAll("^\\.+", "_");
    String shorter = plain.length() > 100 ? plain.substring(plain.length() - 100) : plain;
    return shorter.isEmpty() ? "file" : shorter;
  }

  /** A new file of this name, with a number in front when the name is taken. */
  private synchronized Path fresh(String name) throws IOException {
    Path into = folder();
    for (int i = 1; ; i++) {
      try {
        return Files.createFile(into.resolve(i == 1 ? name : i + "-" + name));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        if (i == 10_000) {
          throw e;
        }
      }
    }
  }

  private synchronized Path folder() throws IOException {
    if (folder.isPresent()) {
      return Files.createDirectories(folder.get());
    }
    if (made.isEmpty()) {
      made = Optional.of(Files.createTempDirectory(TemporaryFolder.get(), "uploads"));
    }
    return made.get();
  }

  private synchronized List<Map<String, Object>> told() {
    return uploads.stream().map(Upload::told).toList();
  }

  // ------------------------------------------------------------------------------- items

  private synchronized List<Json.Obj> all() {
    return List.copyOf(items.values());
  }

  private static int id(Request request) {
    try {
      return Integer.parseInt(request.parameter("id"));
    } catch (NumberFormatException e) {
      throw noItem(request.parameter("id"));
    }
  }

  private static HttpError noItem(Object id) {
    return new HttpError(404, "there is no item " + id);
  }

  private synchronized Json.Obj item(Request request) {
    Json.Obj item = items.get(id(request));
    if (item == null) {
      throw noItem(id(request));
    }
    return item;
  }

  /** The JSON object or the form fields that a request brings. */
  private static Json.Obj sent(Request request) throws IOException {
    if (request.mediaType().equals("application/x-www-form-urlencoded")
        && !request.text().stripLeading().startsWith("{")) {
      Map<String, Json> fields = new LinkedHashMap<>();
      request
          .form()
          .fields()
          .byName()
          .forEach((name, values) -> fields.put(name, Json.of(values.getFirst())));
      return new Json.Obj(fields);
    }
    return Json.read(request.text())
        .filter(Json.Obj.class::isInstance)
        .map(Json.Obj.class::cast)
        .orElseThrow(
            () ->
                new HttpError(
                    400, "send a JSON object: curl --json '{\"name\": \"tea\"}' …/api/items"));
  }

  /** {@code fields} with the id in front. */
  private static Json.Obj numbered(int id, Json.Obj fields) {
    Map<String, Json> item = new LinkedHashMap<>();
    item.put("id", Json.of(id));
    fields.members().forEach(item::putIfAbsent);
    return new Json.Obj(item);
  }

  private Response create(Request request) throws IOException {
    Json.Obj sent = sent(request);
    synchronized (this) {
      if (items.size() >= MOST_ITEMS) {
        throw new HttpError(507, "the collection is full: " + MOST_ITEMS + " items");
      }
      Json.Obj item = numbered(++lastItem, sent);
      items.put(lastItem, item);
      return Response.json(item).withStatus(201).with("Location", "/api/items/" + lastItem);
    }
  }

  private Response replace(Request request) throws IOException {
    Json.Obj sent = sent(request);
    synchronized (this) {
      item(request);
      Json.Obj item = numbered(id(request), sent);
      items.put(id(request), item);
      return Response.json(item);
    }
  }

  /** Changes the fields that are sent; null removes one (RFC 7396). */
  private Response change(Request request) throws IOException {
    Json.Obj sent = sent(request);
    synchronized (this) {
      Json.Obj item = numbered(id(request), merged(item(request), sent));
      items.put(id(request), item);
      return Response.json(item);
    }
  }

  private static Json.Obj merged(Json.Obj target, Json.Obj patch) {
    Map<String, Json> result = new LinkedHashMap<>(target.members());
    patch
        .members()
        .forEach(
            (name, value) -> {
              switch (value) {
                case Json.Null _ -> result.remove(name);
                case Json.Obj inner -> result.put(name, merged(target.object(name), inner));
                case Json.Bool _, Json.Num _, Json.Text _, Json.Arr _ -> result.put(name, value);
              }
            });
    return new Json.Obj(result);
  }

  private synchronized Response delete(Request request) {
    item(request);
    items.remove(id(request));
    return Response.status(204);
  }

  private static String page() {
    Html page =
        new Html()
            .open("html", "lang", "en")
            .element("title", "The class's service")
            .element("h1", "It works")
            .element(
                "p", "This page is for people. Programs talk to the same service through its API:")
            .open("ul");
    for (String line :
        List.of(
            "POST /api/upload: a form with a file",
            "GET /api/upload: what was uploaded",
            "GET, POST /api/items: all items, a new one",
            "GET, PUT, PATCH, DELETE /api/items/1: one of them")) {
      page.element("li", line);
    }
    return "<!DOCTYPE html>"
        + page.close("ul")
            .open(
                "form", "action", "api/upload", "method", "post", "enctype", "multipart/form-data")
            .empty("input", "type", "file", "name", "file")
            .element("button", "Upload")
            .close("form")
            .close("html");
  }
}
