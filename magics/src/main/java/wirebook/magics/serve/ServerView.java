package wirebook.magics.serve;

import java.util.LinkedHashMap;
import java.util.Map;
import wirebook.engine.http.server.HttpServer;
import wirebook.render.ServerPictures;
import wirebook.spi.MimeBundle;
import wirebook.spi.Renderer;

/** Shows the value of {@code %serve}: where it is, and its latest connections as a picture. */
public final class ServerView implements Renderer<HttpServer> {
  @Override
  public Class<HttpServer> type() {
    return HttpServer.class;
  }

  @Override
  public MimeBundle render(HttpServer value) {
    Map<String, String> data = new LinkedHashMap<>();
    ServerPictures.of(value).ifPresent(picture -> data.putAll(picture.data()));
    data.put(MimeBundle.TEXT, value.toString());
    return new MimeBundle(data);
  }
}
