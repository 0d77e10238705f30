package wirebook.engine.http.curl;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.Multipart;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.FormPart;
import wirebook.trace.Bytes;

/** Makes the body of a multipart form of what {@code -F} said. */
final class Forms {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final List<String> ENCODERS =
      List.of("binary", "8bit", "7bit", "base64", "quoted-printable");
  private static final String BOUNDARY_CHARS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private final CurlEnvironment environment;

  Forms(CurlEnvironment environment) {
    this.environment = environment;
  }

  Multipart.Content.Parts form(List<FormPart> list) throws HttpFailure {
    return new Multipart.Content.Parts(parts(list), boundary());
  }

  /** The form's type, with what a header of the words says of it. */
  static String contentType(CurlConfig config, Multipart.Content.Parts form) {
    return Multipart.contentType(
        config.headers.stream()
            .filter(h -> ByteText.startsWithIgnoreCase(h, "Content-Type:"))
            .map(ByteText::headerValue)
            .findFirst(),
        form);
  }

  private static String boundary() {
    return "-".repeat(24)
        + RANDOM
            .ints(22, 0, BOUNDARY_CHARS.length())
            .mapToObj(i -> String.valueOf(BOUNDARY_CHARS.charAt(i)))
            .collect(Collectors.joining());
  }

  private Path readable(String name) throws HttpFailure {
    try {
      Path path = environment.path(name);
      if (Files.isReadable(path)) {
        return path;
      }
    } catch (InvalidPathException e) {
      // No such file can exist.
    }
    throw new HttpFailure(CurlCode.READ_ERROR);
  }

  private List<Multipart.Part> parts(List<FormPart> list) throws HttpFailure {
    List<Multipart.Part> out = new ArrayList<>();
    for (FormPart p : list) {
      Optional<String> filename = Optional.ofNullable(p.filename);
      Multipart.Content content =
          switch (p.kind) {
            case PARTS -> new Multipart.Content.Parts(parts(p.parts), boundary());
            case DATA, STDIN, STDIN_DATA ->
                new Multipart.Content.Data(Bytes.of(ByteText.bytes(p.data)));
            case FILE, FILE_DATA -> new Multipart.Content.FileData(readable(p.data), p.data);
          };
      if (p.kind == FormPart.Kind.STDIN) {
        filename = filename.or(() -> Optional.of("-"));
      } else if (p.kind == FormPart.Kind.FILE) {
        filename = filename.or(() -> Optional.of(p.data.substring(p.data.lastIndexOf('/') + 1)));
      }
      Optional<String> encoder = Optional.ofNullable(p.encoder).map(ByteText::lower);
      if (!ENCODERS.containsAll(encoder.stream().toList())) {
        throw new HttpFailure(CurlCode.BAD_FUNCTION_ARGUMENT);
      }
      out.add(
          new Multipart.Part(
              Optional.ofNullable(p.name),
              filename,
              Optional.ofNullable(p.type),
              encoder,
              p.headers,
              content));
    }
    return out;
  }
}
