package wirebook.magics.http;

import java.net.UnknownHostException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.client.CallOptions;
import wirebook.engine.http.okhttp.JavaClient;
import wirebook.spi.MagicCall;

/**
 * A {@code WEBSOCKET} request: what its body says is sent, message by message, with {@code ===}
 * between them and {@code === wait-for-server} where the other side is to speak first.
 */
final class WebSocketTalk {
  private static final Pattern BETWEEN =
      Pattern.compile("(?m)^===[ \\t]*(?<wait>wait-for-server)?[ \\t]*\\R?");

  /** How long a message is waited for that has to come, and one that may. */
  private static final int PATIENCE = 10_000;

  private static final int QUIET = 1_000;

  /** What the other side did; {@code line} is what is shown of it. */
  private record Heard(String line, boolean last) {}

  private final MagicCall call;
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
  private String failure = "";
  private int exitCode = 56;

  private WebSocketTalk(MagicCall call) {
    this.call = call;
  }

  /** The whole conversation, shown while it goes on. */
  static HttpTransfer hold(MagicCall call, String url, CallOptions options, String body)
      throws InterruptedException {
    return new WebSocketTalk(call).hold(url, options, body);
  }

  private HttpTransfer hold(String url, CallOptions options, String body)
      throws InterruptedException {
    JavaClient client = new JavaClient(call::network);
    Request.Builder request = new Request.Builder().url(url);
    for (String header : options.headers) {
      String line = ByteText.toText(header);
      int colon = line.indexOf(':');
      if (colon > 0 && colon < line.length() - 1) {
        request.addHeader(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    WebSocket socket = client.client().newWebSocket(request.build(), new Ears());
    try {
      boolean open = hear(PATIENCE);
      var gap = BETWEEN.matcher(body);
      int from = 0;
      while (open && from <= body.length()) {
        boolean more = gap.find();
        String message = body.substring(from, more ? gap.start() : body.length()).strip();
        if (!message.isEmpty()) {
          call.out().println("> " + message);
          socket.send(message);
        }
        if (!more) {
          break;
        }
        open = gap.group("wait") == null || hear(PATIENCE);
        from = gap.end();
      }
      while (open) {
        open = hear(QUIET);
      }
    } finally {
      socket.close(1000, null);
      client.client().dispatcher().executorService().shutdown();
    }
    HttpTransfer traffic = client.traffic();
    return failure.isEmpty()
        ? traffic
        : new HttpTransfer(traffic.exchanges(), exitCode, failure, traffic.trace());
  }

  /** Shows what comes next; returns whether something came, and more may. */
  private boolean hear(int millis) throws InterruptedException {
    Heard next = heard.poll(millis, TimeUnit.MILLISECONDS);
    if (next == null) {
      return false;
    }
    if (!next.line().isEmpty()) {
      call.out().println(next.line());
    }
    return !next.last();
  }

  private final class Ears extends WebSocketListener {
    @Override
    public void onOpen(WebSocket socket, Response response) {
      heard.add(new Heard("* open: " + response.code() + " " + response.message(), false));
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
      heard.add(new Heard("< " + text, false));
    }

    @Override
    public void onMessage(WebSocket socket, ByteString bytes) {
      heard.add(new Heard("< [" + bytes.size() + " bytes] " + bytes.hex(), false));
    }

    @Override
    public void onClosing(WebSocket socket, int code, String reason) {
      heard.add(new Heard("* closed by the server: " + code + " " + reason, true));
    }

    @Override
    public void onFailure(WebSocket socket, Throwable thrown, @Nullable Response response) {
      boolean unknown = thrown instanceof UnknownHostException;
      exitCode = unknown ? 6 : exitCode;
      failure =
          response == null
              ? unknown
                  ? "Could not resolve host: " + socket.request().url().host()
                  : String.valueOf(thrown.getMessage())
              : "the server answered " + response.code() + ", and opens no WebSocket";
      heard.add(new Heard("", true));
    }
  }
}
