package io.github.spencerpark.jupyter.kernel.display;

import io.github.spencerpark.jupyter.kernel.display.mime.MIMEType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import wirebook.spi.MimeBundle;

/** What is wanted of a value, and what there is of it so far. */
public final class RenderContext {
  private final Set<MIMEType> wanted;
  private final Map<String, String> data = new LinkedHashMap<>();

  RenderContext(Set<MIMEType> wanted) {
    this.wanted = wanted;
  }

  public boolean wantsDataRenderedAs(MIMEType type) {
    return wanted.contains(type);
  }

  public void renderIfRequested(MIMEType type, Supplier<?> content) {
    if (wantsDataRenderedAs(type)) {
      data.put(type.name(), String.valueOf(content.get()));
    }
  }

  MimeBundle bundle(Object value) {
    data.putIfAbsent(MimeBundle.TEXT, String.valueOf(value));
    return new MimeBundle(data);
  }
}
