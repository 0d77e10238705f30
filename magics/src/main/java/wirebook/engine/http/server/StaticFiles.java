package wirebook.engine.http.server;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import wirebook.spi.Html;

/**
 * The files below a folder, with validators, conditions and ranges (RFC 9110 §8.8, §13, §14) and a
 * listing where a folder has no {@code index.html}. Nothing outside the folder is reached, not
 * through symbolic links either; names that begin with a dot are not served.
 */
public final class StaticFiles implements Endpoint {
  private static final int MOST_LISTED = 10_000;
  private static final int MOST_RANGES = 16;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Path root;

  /** Bytes from the first to the last, both included. */
  private record Range(long first, long last) {
    long length() {
      return last - first + 1;
    }
  }

  /** What a {@code Range} field asks of a file. */
  private sealed interface Asked {
    /** Nothing that is understood: the whole file. */
    record Whole() implements Asked {}

    record Parts(List<Range> ranges) implements Asked {}

    record Unsatisfiable() implements Asked {}
  }

  /**
   * @throws IOException when {@code folder} is none
   */
  public StaticFiles(Path folder) throws IOException {
    root = folder.toRealPath();
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
    Path file = find(request.path()).orElseThrow(() -> notFound(request));
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
    return file(request, file, attributes);
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

  private static Response file(Request request, Path file, BasicFileAttributes attributes) {
    long size = attributes.size();
    Instant modified = attributes.lastModifiedTime().toInstant();
    String etag =
        String.format(
            Locale.ROOT, "\"%x-%x\"", size, ChronoUnit.MICROS.between(Instant.EPOCH, modified));
    Headers headers =
        Headers.of(
            "ETag",
            etag,
            "Last-Modified",
            DATE.format(modified),
            "Accept-Ranges",
            "bytes",
            "X-Content-Type-Options",
            "nosniff");
    Optional<Integer> decided = condition(request, etag, modified);
    if (decided.isPresent()) {
      return decided.get() == 304
          ? new Response(304, headers, Response.status(304).content())
          : ErrorPage.of(request, decided.get(), "the file has another entity tag or date");
    }
    String type = MediaTypes.ofFile(file.getFileName().toString());
    Asked asked =
        request.method().equals("GET") && rangeApplies(request, etag, modified)
            ? request.header("Range").map(r -> ranges(r, size)).orElse(new Asked.Whole())
            : new Asked.Whole();
    return switch (asked) {
      case Asked.Whole whole ->
          new Response(
              200, headers.plus("Content-Type", type), new Response.Content.Part(file, 0, size));
      case Asked.Unsatisfiable no ->
          ErrorPage.of(request, 416, "the file has " + size + " bytes")
              .with("Content-Range", "bytes */" + size);
      case Asked.Parts parts when parts.ranges().size() == 1 -> {
        Range range = parts.ranges().getFirst();
        yield new Response(
            206,
            headers.plus("Content-Type", type).plus("Content-Range", contentRange(range, size)),
            new Response.Content.Part(file, range.first(), range.length()));
      }
      case Asked.Parts parts -> multipart(file, type, size, headers, parts.ranges());
    };
  }

  private static String contentRange(Range range, long size) {
    return "bytes " + range.first() + "-" + range.last() + "/" + size;
  }

  /** Several ranges (RFC 9110 §14.6). */
  private static Response multipart(
      Path file, String type, long size, Headers headers, List<Range> ranges) {
    String boundary = UUID.randomUUID().toString();
    List<byte[]> heads =
        ranges.stream()
            .map(
                r ->
                    ("\r\n--"
                            + boundary
                            + "\r\nContent-Type: "
                            + type
                            + "\r\nContent-Range: "
                            + contentRange(r, size)
                            + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII))
            .toList();
    byte[] end = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
    long length =
        end.length
            + heads.stream().mapToLong(h -> h.length).sum()
            + ranges.stream().mapToLong(Range::length).sum();
    return new Response(
        206,
        headers.plus("Content-Type", "multipart/byteranges; boundary=" + boundary),
        new Response.Content.Streamed(
            OptionalLong.of(length),
            out -> {
              for (int i = 0; i < ranges.size(); i++) {
                out.write(heads.get(i));
                copy(file, ranges.get(i), out);
              }
              out.write(end);
            }));
  }

  private static void copy(Path file, Range range, OutputStream out) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      WritableByteChannel to = Channels.newChannel(out);
      long sent = 0;
      while (sent < range.length()) {
        long more = channel.transferTo(range.first() + sent, range.length() - sent, to);
        if (more <= 0) {
          throw new IOException(file.getFileName() + " has become shorter");
        }
        sent += more;
      }
    }
  }

  /** The status that the conditions decide, in their order (RFC 9110 §13.2.2). */
  private static Optional<Integer> condition(Request request, String etag, Instant modified) {
    Optional<String> match = request.header("If-Match");
    Optional<String> noneMatch = request.header("If-None-Match");
    Instant second = modified.truncatedTo(ChronoUnit.SECONDS);
    if (match.isPresent()) {
      if (!matches(match.get(), etag, true)) {
        return Optional.of(412);
      }
    } else if (date(request.header("If-Unmodified-Since")).filter(second::isAfter).isPresent()) {
      return Optional.of(412);
    }
    if (noneMatch.isPresent()) {
      return matches(noneMatch.get(), etag, false) ? Optional.of(304) : Optional.empty();
    }
    return date(request.header("If-Modified-Since")).filter(d -> !second.isAfter(d)).isPresent()
        ? Optional.of(304)
        : Optional.empty();
  }

  private static boolean matches(String list, String etag, boolean strong) {
    return Arrays.stream(list.split(","))
        .map(String::strip)
        .map(tag -> !strong && tag.startsWith("W/") ? tag.substring(2) : tag)
        .anyMatch(tag -> tag.equals("*") || tag.equals(etag));
  }

  /** {@code If-Range} (RFC 9110 §13.1.5). */
  private static boolean rangeApplies(Request request, String etag, Instant modified) {
    Optional<String> condition = request.header("If-Range");
    return condition.isEmpty()
        || condition.get().equals(etag)
        || date(condition).filter(modified.truncatedTo(ChronoUnit.SECONDS)::equals).isPresent();
  }

  private static Optional<Instant> date(Optional<String> field) {
    try {
      return field.map(
          text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** Reads a {@code Range} field (RFC 9110 §14.2); too many ranges are no ranges. */
  private static Asked ranges(String field, long size) {
    if (!field.regionMatches(true, 0, "bytes=", 0, 6)) {
      return new Asked.Whole();
    }
    String[] parts = field.substring(6).split(",", -1);
    if (parts.length > MOST_RANGES) {
      return new Asked.Whole();
    }
    List<Range> ranges = new ArrayList<>();
    for (String part : parts) {
      String[] ends = part.strip().split("-", -1);
      if (ends.length != 2 || !digits(ends[0]) || !digits(ends[1])) {
        return new Asked.Whole();
      }
      if (ends[0].isEmpty() && ends[1].isEmpty()) {
        return new Asked.Whole();
      }
      long first = ends[0].isEmpty() ? size - number(ends[1]) : number(ends[0]);
      long last = ends[0].isEmpty() || ends[1].isEmpty() ? size - 1 : number(ends[1]);
      if (!ends[0].isEmpty() && first > last && !ends[1].isEmpty()) {
        return new Asked.Whole();
      }
      Range range = new Range(Math.max(0, first), Math.min(last, size - 1));
      if (range.first() <= range.last()) {
        ranges.add(range);
      }
    }
    return ranges.isEmpty() ? new Asked.Unsatisfiable() : new Asked.Parts(List.copyOf(ranges));
  }

  private static boolean digits(String text) {
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static long number(String digits) {
    return digits.length() > 18 ? Long.MAX_VALUE / 2 : Long.parseLong(digits);
  }

  private Response listing(Request request, Path folder) throws IOException {
    record Entry(String name, boolean folder, long size, Instant modified) {}
    List<Entry> entries = new ArrayList<>();
    boolean more = false;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        // What is not served is not told of, either.
        if (name.startsWith(".")
            || !Files.isReadable(file)
            || !file.toRealPath().startsWith(root)) {
          continue;
        }
        if (entries.size() == MOST_LISTED) {
          more = true;
          break;
        }
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        entries.add(
            new Entry(
                name,
                attributes.isDirectory(),
                attributes.size(),
                attributes.lastModifiedTime().toInstant()));
      }
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
          .element("td", DATE.format(entry.modified()))
          .close("tr");
    }
    page.close("table");
    if (more) {
      page.element("p", "The first " + MOST_LISTED + " are shown.");
    }
    return Response.html("<!DOCTYPE html>" + page.close("html"));
  }
}
