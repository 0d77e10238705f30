package wirebook.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import wirebook.trace.Bytes;

/**
 * Bytes in Base64 between lines of dashes (RFC 7468), perhaps with header lines (RFC 1421, 4.4).
 *
 * @param label as {@code CERTIFICATE}
 */
public record Pem(String label, List<String> headers, Bytes content) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*(?:-(?!----)[^-]*)*)-----END \\1-----");

  public Pem {
    headers = List.copyOf(headers);
  }

  public Pem(String label, byte[] content) {
    this(label, List.of(), Bytes.of(content));
  }

  /**
   * The blocks of a text, which may have anything between them; what is no Base64 in them is passed
   * over.
   */
  public static List<Pem> all(String text) {
    List<Pem> all = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      List<String> lines = block.group(2).lines().map(String::strip).toList();
      String base64 =
          lines.stream().filter(line -> line.indexOf(':') < 0).collect(Collectors.joining());
      try {
        all.add(
            new Pem(
                block.group(1),
                lines.stream().filter(line -> line.indexOf(':') >= 0).toList(),
                Bytes.of(Base64.getMimeDecoder().decode(base64))));
      } catch (IllegalArgumentException e) {
        // It is cut off within four characters.
      }
    }
    return all;
  }

  /** As OpenSSL writes it: 64 characters a line. */
  public Bytes bytes() {
    String head = headers.stream().map(line -> line + "\n").collect(Collectors.joining());
    return Bytes.joined(
        List.of(
            Bytes.utf8("-----BEGIN " + label + "-----\n" + head + (headers.isEmpty() ? "" : "\n")),
            Bytes.of(Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(content.toArray())),
            Bytes.utf8("\n-----END " + label + "-----\n")));
  }

  /** {@link #bytes} as text. */
  public String text() {
    return bytes().text(StandardCharsets.US_ASCII);
  }
}
