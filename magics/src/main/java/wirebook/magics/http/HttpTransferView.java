package wirebook.magics.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import wirebook.engine.http.HttpTransfer;
import wirebook.render.HttpFolds;
import wirebook.render.HttpPictures;
import wirebook.spi.MimeBundle;
import wirebook.spi.Renderer;

/** Shows the value of {@code %curl}: its exchanges as text, and as a picture. */
public final class HttpTransferView implements Renderer<HttpTransfer> {
  @Override
  public Class<HttpTransfer> type() {
    return HttpTransfer.class;
  }

  @Override
  public MimeBundle render(HttpTransfer value) {
    Map<String, String> data = new LinkedHashMap<>();
    HttpPictures.transfer(value)
        .ifPresent(p -> data.putAll(HttpFolds.with(p, List.of(value)).data()));
    data.put(MimeBundle.TEXT, value.toString());
    return new MimeBundle(data);
  }
}
