package wirebook.engine.http.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import wirebook.engine.http.HttpDate;

/** A file as a response, with validators, conditions and ranges (RFC 9110 §8.8, §13, §14). */
final class FileResponse {
  private static final int MOST_RANGES = 16;

  private FileResponse() {}

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
   * What an endpoint answers to a GET with a whole file, as the request's conditions and ranges
   * will have it; anything else as it is.
   */
  static Response conditional(Request request, Response response) throws IOException {
    boolean plain =
        response.status() == 200
            && (request.method().equals("GET") || request.method().equals("HEAD"))
            && !response.headers().has("Accept-Ranges")
            && !response.headers().has("ETag");
    if (plain && response.content() instanceof Response.Content.Part part && part.offset() == 0) {
      BasicFileAttributes attributes = Files.readAttributes(part.file(), BasicFileAttributes.class);
      if (part.length() == attributes.size()) {
        return of(request, part.file(), attributes, response.headers());
      }
    }
    return response;
  }

  /**
   * @param more header fields, with the type
   */
  static Response of(Request request, Path file, BasicFileAttributes attributes, Headers more) {
    long size = attributes.size();
    Instant modified = attributes.lastModifiedTime().toInstant();
    String etag =
        String.format(
            Locale.ROOT, "\"%x-%x\"", size, ChronoUnit.MICROS.between(Instant.EPOCH, modified));
    Headers headers =
        more.without("Content-Type")
            .with("ETag", etag)
            .with("Last-Modified", HttpDate.format(modified.getEpochSecond()))
            .with("Accept-Ranges", "bytes");
    Optional<Integer> decided = condition(request, etag, modified);
    if (decided.isPresent()) {
      return decided.get() == 304
          ? new Response(304, headers, Response.status(304).content())
          : ErrorPage.of(request, decided.get(), "the file has another entity tag or date");
    }
    String type = more.first("Content-Type").orElse(MediaTypes.OCTETS);
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
    copy(new Response.Content.Part(file, range.first(), range.length()), out);
  }

  static void copy(Response.Content.Part part, OutputStream out) throws IOException {
    try (FileChannel file = FileChannel.open(part.file(), StandardOpenOption.READ)) {
      byte[] piece = new byte[64 * 1024];
      long position = part.offset();
      long end = part.offset() + part.length();
      while (position < end) {
        int read =
            file.read(
                ByteBuffer.wrap(piece, 0, (int) Math.min(piece.length, end - position)), position);
        if (read < 0) {
          throw new IOException(part.file().getFileName() + " has become shorter");
        }
        out.write(piece, 0, read);
        position += read;
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

  /** In any of the forms that HTTP has known (RFC 9110 §5.6.7). */
  private static Optional<Instant> date(Optional<String> field) {
    OptionalLong second = field.map(HttpDate::parse).orElse(OptionalLong.empty());
    return second.isPresent()
        ? Optional.of(Instant.ofEpochSecond(second.getAsLong()))
        : Optional.empty();
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
}
