package wirebook.magics;

import wirebook.engine.http.HttpTransfer;
import wirebook.render.HttpPictures;
import wirebook.render.Picture;
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
    MimeBundle text = MimeBundle.text(value.toString());
    return HttpPictures.transfer(value)
        .map(Picture::bundle)
        .map(picture -> text.with(MimeBundle.HTML, picture.data().get(MimeBundle.HTML)))
        .orElse(text);
  }
}
