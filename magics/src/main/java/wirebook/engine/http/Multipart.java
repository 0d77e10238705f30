package wirebook.engine.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * Builds {@code multipart/form-data} bodies (RFC 7578) and the parts inside, as curl lays them out.
 */
public final class Multipart {
  private static final int LINE = 76;

  private Multipart() {}

  /** What a part holds. */
  public sealed interface Content {
    record Data(Bytes bytes) implements Content {}

    /**
     * @param name as it was written, for its type and default name
     */
    record FileData(Path path, String name) implements Content {}

    record Parts(List<Part> parts, String boundary) implements Content {
      public Parts {
        parts = List.copyOf(parts);
      }
    }
  }

  /** A part of a form; texts are byte text. */
  public record Part(
      Optional<String> name,
      Optional<String> filename,
      Optional<String> type,
      Optional<String> encoder,
      List<String> headers,
      Content content) {
    public Part {
      headers = List.copyOf(headers);
    }
  }

  /** A piece of a body: bytes, or a file whose content comes when it is sent. */
  public sealed interface Segment {
    /** In bytes, -1 when unknown. */
    long length();

    record Memory(Bytes bytes) implements Segment {
      @Override
      public long length() {
        return bytes.length();
      }
    }

    record OnDisk(Path path, long length) implements Segment {}

    /** Quoted-printable text, whose length curl never says before it sends it. */
    record Quoted(Bytes bytes) implements Segment {
      @Override
      public long length() {
        return -1;
      }
    }
  }

  /** The value of a form's own {@code Content-Type}. */
  public static String contentType(Optional<String> wanted, Content.Parts form) {
    return wanted.orElse("multipart/form-data") + "; boundary=" + form.boundary();
  }

  /** The body of a form. */
  public static List<Segment> body(Content.Parts form, String contentType, boolean backslashes)
      throws HttpFailure {
    List<Segment> out = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    parts(form, typeIs(contentType, "multipart/form-data"), backslashes, text, out);
    flush(text, out);
    return out;
  }

  private static void flush(StringBuilder text, List<Segment> out) {
    if (!text.isEmpty()) {
      out.add(new Segment.Memory(Bytes.of(ByteText.bytes(text.toString()))));
      text.setLength(0);
    }
  }

  private static void parts(
      Content.Parts multi, boolean form, boolean backslashes, StringBuilder text, List<Segment> out)
      throws HttpFailure {
    String separator = "--";
    for (Part part : multi.parts()) {
      text.append(separator).append(multi.boundary()).append("\r\n");
      separator = "\r\n--";
      part(part, form, backslashes, text, out);
    }
    text.append(separator).append(multi.boundary()).append("--\r\n");
  }

  private static Optional<String> search(List<String> headers, String name) {
    return headers.stream()
        .filter(h -> ByteText.startsWithIgnoreCase(h, name + ":"))
        .map(h -> h.substring(name.length() + 1).stripLeading())
        .findFirst();
  }

  private static boolean typeIs(String type, String wanted) {
    return ByteText.startsWithIgnoreCase(type, wanted)
        && (type.length() == wanted.length()
            || " \t\r\n;".indexOf(type.charAt(wanted.length())) >= 0);
  }

  private static void part(
      Part part, boolean form, boolean backslashes, StringBuilder text, List<Segment> out)
      throws HttpFailure {
    Optional<String> custom = part.type().or(() -> search(part.headers(), "Content-Type"));
    Optional<String> type = custom.or(() -> guess(part));
    if (custom.isEmpty()
        && part.filename().isEmpty()
        && !(part.content() instanceof Content.Parts)
        && type.filter(t -> typeIs(t, "text/plain")).isPresent()) {
      type = Optional.empty();
    }
    if (search(part.headers(), "Content-Disposition").isEmpty()) {
      String disposition = form ? "form-data" : "attachment";
      if (form || part.name().isPresent() || part.filename().isPresent()) {
        text.append("Content-Disposition: ").append(disposition);
        part.name()
            .ifPresent(n -> text.append("; name=\"").append(escape(n, backslashes)).append('"'));
        part.filename()
            .ifPresent(
                n -> text.append("; filename=\"").append(escape(n, backslashes)).append('"'));
        text.append("\r\n");
      }
    }
    if (type.isPresent()) {
      text.append("Content-Type: ").append(type.get());
      if (part.content() instanceof Content.Parts inner) {
        text.append("; boundary=").append(inner.boundary());
      }
      text.append("\r\n");
    }
    if (part.encoder().isPresent()
        && search(part.headers(), "Content-Transfer-Encoding").isEmpty()) {
      text.append("Content-Transfer-Encoding: ").append(part.encoder().get()).append("\r\n");
    }
    for (String header : part.headers()) {
      if (!ByteText.startsWithIgnoreCase(header, "Content-Type:")) {
        text.append(header).append("\r\n");
      }
    }
    text.append("\r\n");
    switch (part.content()) {
      case Content.Data data ->
          encode(part.encoder(), ByteText.of(data.bytes().toArray()), text, out);
      case Content.FileData file -> {
        if (part.encoder().filter(e -> !e.equals("binary") && !e.equals("8bit")).isPresent()) {
          try {
            encode(part.encoder(), ByteText.of(Files.readAllBytes(file.path())), text, out);
          } catch (IOException e) {
            throw new HttpFailure(CurlCode.READ_ERROR);
          }
        } else {
          flush(text, out);
          out.add(new Segment.OnDisk(file.path(), length(file.path())));
        }
      }
      case Content.Parts inner ->
          parts(inner, typeIs(type.orElse(""), "multipart/form-data"), backslashes, text, out);
    }
  }

  private static long length(Path path) throws HttpFailure {
    try {
      return Files.isRegularFile(path) ? Files.size(path) : -1;
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.READ_ERROR);
    }
  }

  private static Optional<String> guess(Part part) {
    return switch (part.content()) {
      case Content.Parts p -> Optional.of("multipart/mixed");
      case Content.FileData file ->
          part.filename()
              .flatMap(Multipart::typeOf)
              .or(() -> typeOf(file.name()))
              .or(() -> part.filename().map(n -> "application/octet-stream"));
      case Content.Data data -> part.filename().flatMap(Multipart::typeOf);
    };
  }

  private static Optional<String> typeOf(String name) {
    String lower = ByteText.lower(name);
    int dot = lower.lastIndexOf('.');
    return switch (dot < 0 ? "" : lower.substring(dot)) {
      case ".gif" -> Optional.of("image/gif");
      case ".jpg", ".jpeg" -> Optional.of("image/jpeg");
      case ".png" -> Optional.of("image/png");
      case ".svg" -> Optional.of("image/svg+xml");
      case ".txt" -> Optional.of("text/plain");
      case ".htm", ".html" -> Optional.of("text/html");
      case ".pdf" -> Optional.of("application/pdf");
      case ".xml" -> Optional.of("application/xml");
      default -> Optional.empty();
    };
  }

  private static String escape(String text, boolean backslashes) {
    return backslashes
        ? text.replace("\\", "\\\\").replace("\"", "\\\"")
        : text.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
  }

  private static void encode(
      Optional<String> encoder, String data, StringBuilder text, List<Segment> out)
      throws HttpFailure {
    switch (encoder.orElse("binary")) {
      case "base64" ->
          text.append(
              ByteText.of(
                  Base64.getMimeEncoder(LINE, new byte[] {'\r', '\n'})
                      .encode(ByteText.bytes(data))));
      case "quoted-printable" -> {
        flush(text, out);
        if (!data.isEmpty()) {
          out.add(new Segment.Quoted(Bytes.of(ByteText.bytes(quotedPrintable(data)))));
        }
      }
      case "7bit" -> {
        if (!ByteText.isAscii(data)) {
          throw new HttpFailure(CurlCode.READ_ERROR, "read error getting mime data");
        }
        text.append(data);
      }
      default -> text.append(data);
    }
  }

  /** RFC 2045 section 6.7. */
  static String quotedPrintable(String data) {
    StringBuilder out = new StringBuilder();
    int column = 0;
    for (int i = 0; i < data.length(); i++) {
      char c = data.charAt(i);
      boolean lineEnd = data.startsWith("\r\n", i);
      if (lineEnd) {
        out.append("\r\n");
        column = 0;
        i++;
        continue;
      }
      boolean blankAtEnd =
          ByteText.isBlank(c) && (i + 1 == data.length() || data.startsWith("\r\n", i + 1));
      boolean plain = (c >= 33 && c <= 126 && c != '=') || (ByteText.isBlank(c) && !blankAtEnd);
      String piece = plain ? String.valueOf(c) : "=" + ByteText.percent(c).substring(1);
      boolean last = i + 1 == data.length() || data.startsWith("\r\n", i + 1);
      if (column + piece.length() > LINE - (last ? 0 : 1)) {
        out.append("=\r\n");
        column = 0;
      }
      out.append(piece);
      column += piece.length();
    }
    return out.toString();
  }
}
