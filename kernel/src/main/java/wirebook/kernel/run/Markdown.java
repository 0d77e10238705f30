package wirebook.kernel.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.Image;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import wirebook.spi.Html;

/** Markdown cells as HTML: markup in them is shown as text, pictures are put into the page. */
final class Markdown {
  private static final List<TablesExtension> EXTENSIONS =
      List.of((TablesExtension) TablesExtension.create());

  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();

  private static final Map<String, String> IMAGE_TYPES =
      Map.of(
          "png", "image/png",
          "jpg", "image/jpeg",
          "jpeg", "image/jpeg",
          "gif", "image/gif",
          "webp", "image/webp",
          "svg", "image/svg+xml");

  private static final String ATTACHMENT = "attachment:";

  /** Bytes; a larger picture is left out of the page. */
  private static final long LARGEST_IMAGE = 5_000_000;

  private Markdown() {}

  static String html(NotebookCell.Markdown cell, Path directory) {
    return HtmlRenderer.builder()
        .extensions(EXTENSIONS)
        .escapeHtml(true)
        .sanitizeUrls(true)
        .attributeProviderFactory(
            context ->
                (node, tag, attributes) -> {
                  if (node instanceof Image image) {
                    source(image.getDestination(), cell, directory)
                        .ifPresent(source -> attributes.put("src", source));
                  }
                })
        .build()
        .render(PARSER.parse(cell.source()));
  }

  /** The picture itself, where it is at hand. */
  private static Optional<String> source(
      String destination, NotebookCell.Markdown cell, Path directory) {
    if (destination.startsWith(ATTACHMENT)) {
      return cell
          .attachments()
          .getOrDefault(destination.substring(ATTACHMENT.length()), Map.of())
          .entrySet()
          .stream()
          .findFirst()
          .map(entry -> dataUri(entry.getKey(), entry.getValue()));
    }
    String type =
        IMAGE_TYPES.get(
            destination.substring(destination.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    if (type == null) {
      return Optional.empty();
    }
    try {
      Path file = directory.resolve(destination).normalize();
      // A notebook may show what lies beside it, not what lies elsewhere on the machine.
      if (!file.startsWith(directory.normalize())
          || !Files.isRegularFile(file)
          || Files.size(file) > LARGEST_IMAGE) {
        return Optional.empty();
      }
      return Optional.of(
          dataUri(type, Base64.getEncoder().encodeToString(Files.readAllBytes(file))));
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  static String image(String type, String base64, String description) {
    return "<img src=\"%s\" alt=\"%s\"/>"
        .formatted(Html.escape(dataUri(type, base64)), Html.escape(description));
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String dataUri(String type, String base64) {
    return "data:" + type + ";base64," + base64.replaceAll("\\s", "");
  }
}
