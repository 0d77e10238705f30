package wirebook.magics.ssh;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.ssh.client.SshResult;
import wirebook.render.Picture;
import wirebook.render.SshPictures;
import wirebook.spi.MimeBundle;
import wirebook.spi.Renderer;

/** Shows the value of {@code %ssh}: its messages as text, and as a picture. */
public final class SshResultView implements Renderer<SshResult> {
  @Override
  public Class<SshResult> type() {
    return SshResult.class;
  }

  @Override
  public MimeBundle render(SshResult value) {
    Map<String, String> data = new LinkedHashMap<>();
    Optional<Picture> picture = value.sessions().stream().findFirst().flatMap(SshPictures::session);
    picture.map(Picture::bundle).ifPresent(p -> data.putAll(p.data()));
    data.put(MimeBundle.TEXT, value.toString());
    return new MimeBundle(data);
  }
}
