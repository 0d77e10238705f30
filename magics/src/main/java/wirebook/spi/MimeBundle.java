package wirebook.spi;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** One thing in several representations, by MIME type. There is always a {@code text/plain}. */
public record MimeBundle(Map<String, String> data) {
  public static final String TEXT = "text/plain";
  public static final String HTML = "text/html";
  public static final String SVG = "image/svg+xml";

  public MimeBundle {
    if (!data.containsKey(TEXT)) {
      throw new IllegalArgumentException("no " + TEXT + ", only " + data.keySet());
    }
    data = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(data));
  }

  public static MimeBundle text(String text) {
    return new MimeBundle(Map.of(TEXT, text));
  }

  /** This bundle with one more representation. */
  public MimeBundle with(String type, String content) {
    SequencedMap<String, String> more = new LinkedHashMap<>(data);
    more.put(type, content);
    return new MimeBundle(more);
  }

  public String text() {
    return data.getOrDefault(TEXT, "");
  }
}
