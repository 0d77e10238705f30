package wirebook.engine.http.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * What a form sent: {@code application/x-www-form-urlencoded} or {@code multipart/form-data} (RFC
 * 7578), small enough to be held in memory.
 */
public record Form(Parameters fields, List<File> files) {
  public static final Form NONE = new Form(Parameters.NONE, List.of());

  public Form {
    files = List.copyOf(files);
  }

  /**
   * A file field.
   *
   * @param fileName as the client named it; not to be trusted as a path
   * @param contentType as the client named it, or {@code application/octet-stream}
   */
  public record File(String name, String fileName, String contentType, Bytes bytes) {}

  static Form read(Request request) throws IOException {
    return switch (request.mediaType()) {
      case "application/x-www-form-urlencoded" ->
          new Form(Parameters.parse(request.body().text()), List.of());
      case "multipart/form-data" -> multipart(request);
      default -> NONE;
    };
  }

  private static Form multipart(Request request) throws IOException {
    List<Parameters.Parameter> fields = new ArrayList<>();
    List<File> files = new ArrayList<>();
    long total = 0;
    MultipartReader parts = MultipartReader.of(request);
    for (Optional<MultipartReader.Part> next = parts.next();
        next.isPresent();
        next = parts.next()) {
      MultipartReader.Part part = next.get();
      Bytes bytes = Request.readWhole(part.content());
      total += bytes.length();
      if (total > Request.MOST_IN_MEMORY) {
        throw new HttpError(
            413, "a form of more than " + Request.MOST_IN_MEMORY + " bytes is not held in memory");
      }
      if (part.fileName().isPresent()) {
        files.add(new File(part.name(), part.fileName().get(), part.contentType(), bytes));
      } else {
        fields.add(new Parameters.Parameter(part.name(), bytes.text()));
      }
    }
    return new Form(new Parameters(fields), files);
  }
}
