package wirebook.engine.http.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import okio.Okio;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTiming;
import wirebook.engine.http.HttpTransfer;
import wirebook.net.Network;
import wirebook.net.NetworkSocketFactory;
import wirebook.net.TappedSocket;
import wirebook.trace.Bytes;
import wirebook.trace.Recorder;
import wirebook.trust.LabTrust;

/**
 * The OkHttp client of a notebook's Java code: names, connections and time come from the network in
 * use, and what it does is there to be looked at as what {@code %curl} does is. With TLS the trace
 * holds the encrypted bytes. Safe for use by several threads.
 */
public final class JavaClient {
  private static final int MAX_EXCHANGES = 200;
  private static final long MAX_BODY = 1 << 20;

  private final Supplier<Network> network;
  private final Recorder recorder;
  private final List<HttpExchange> exchanges = new ArrayList<>();
  private final Set<Integer> used = new HashSet<>();
  private final Map<Integer, Integer> channels = new ConcurrentHashMap<>();
  private final Map<Call, Marks> running = new ConcurrentHashMap<>();
  private final OkHttpClient client;
  private String error = "";

  public JavaClient(Supplier<Network> network) {
    this.network = network;
    recorder = new Recorder(() -> network.get().clock().instant());
    // OkHttp asks whom to trust once, now; the lab's sites must be among them.
    LabTrust.authority();
    client =
        new OkHttpClient.Builder()
            .proxy(Proxy.NO_PROXY)
            .dns(this::lookUp)
            .socketFactory(new NetworkSocketFactory(network, this::socket))
            .eventListenerFactory(call -> running.computeIfAbsent(call, c -> new Marks()))
            .addNetworkInterceptor(this::exchange)
            .build();
  }

  /** To be used as it is, or as the beginning of another one: {@code client().newBuilder()}. */
  public OkHttpClient client() {
    return client;
  }

  /** All exchanges so far; of many the last {@value #MAX_EXCHANGES}. */
  public synchronized HttpTransfer traffic() {
    return new HttpTransfer(exchanges, error.isEmpty() ? 0 : 1, error, recorder.trace());
  }

  private long now() {
    return network.get().clock().nanoTime();
  }

  private List<InetAddress> lookUp(String host) throws java.net.UnknownHostException {
    List<InetAddress> addresses = network.get().lookUp(host);
    recorder.looked(host, addresses, "");
    return addresses;
  }

  /** When what was reached in a call; 0 for what was not. */
  private final class Marks extends EventListener {
    private long start;
    private Instant begun = Instant.EPOCH;
    private long lookup;
    private long connect;
    private long tls;
    private long sent;
    private long firstByte;

    private void reset() {
      start = 0;
      lookup = 0;
      connect = 0;
      tls = 0;
      sent = 0;
      firstByte = 0;
    }

    private void started() {
      if (start == 0) {
        start = now();
        begun = network.get().clock().instant();
      }
    }

    private Duration since(long at) {
      return at == 0 ? Duration.ZERO : Duration.ofNanos(at - start);
    }

    HttpTiming timing() {
      return new HttpTiming(
          begun,
          Duration.ZERO,
          since(lookup),
          since(connect),
          since(tls),
          since(sent),
          since(firstByte),
          since(now()));
    }

    @Override
    public void callStart(Call call) {
      reset();
      started();
    }

    @Override
    public void dnsEnd(Call call, String domainName, List<InetAddress> addresses) {
      lookup = now();
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
      started();
    }

    @Override
    public void secureConnectStart(Call call) {
      connect = now();
    }

    @Override
    public void secureConnectEnd(Call call, @Nullable Handshake handshake) {
      tls = now();
    }

    @Override
    public void connectEnd(
        Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
      if (connect == 0) {
        connect = now();
      }
    }

    @Override
    public void requestHeadersEnd(Call call, Request request) {
      started();
      sent = now();
    }

    @Override
    public void requestBodyEnd(Call call, long byteCount) {
      sent = now();
    }

    @Override
    public void responseHeadersStart(Call call) {
      firstByte = now();
    }

    @Override
    public void callEnd(Call call) {
      running.remove(call);
    }

    @Override
    public void callFailed(Call call, IOException e) {
      running.remove(call);
      synchronized (JavaClient.this) {
        error = e.getMessage() == null ? e.toString() : e.getMessage();
      }
    }
  }

  private Socket socket() {
    return new TappedSocket(network.get(), recorder) {
      @Override
      public void connect(java.net.SocketAddress endpoint, int millis) throws IOException {
        super.connect(endpoint, millis);
        channels.put(getLocalPort(), channel());
      }
    };
  }

  // ---- what went over the wire --------------------------------------------------------------

  private Response exchange(Interceptor.Chain chain) throws IOException {
    Request request = chain.request();
    Response response = chain.proceed(request);
    Marks marks = running.getOrDefault(chain.call(), new Marks());
    Connection connection = chain.connection();
    int channel =
        connection == null ? 0 : channels.getOrDefault(connection.socket().getLocalPort(), 0);
    ResponseBody body = response.body();
    Kept kept = new Kept(body, request, response, channel, marks);
    if (body.contentLength() == 0 || request.method().equals("HEAD")) {
      kept.done();
      return response;
    }
    return response.newBuilder().body(kept).build();
  }

  private synchronized void add(HttpExchange exchange) {
    error = "";
    exchanges.add(exchange);
    if (exchanges.size() > MAX_EXCHANGES) {
      exchanges.removeFirst();
    }
  }

  private synchronized boolean reused(int channel) {
    return !used.add(channel);
  }

  /** A response's body that is kept while it is read. */
  private final class Kept extends ResponseBody {
    private final ResponseBody body;
    private final Request request;
    private final Response response;
    private final int channel;
    private final boolean reused;
    private final Marks marks;
    private final Buffer copy = new Buffer();
    private final BufferedSource source;
    private long length;
    private boolean finished;

    Kept(ResponseBody body, Request request, Response response, int channel, Marks marks) {
      this.body = body;
      this.request = request;
      this.response = response;
      this.channel = channel;
      this.marks = marks;
      reused = reused(channel);
      source =
          Okio.buffer(
              new ForwardingSource(body.source()) {
                @Override
                public long read(Buffer sink, long byteCount) throws IOException {
                  long n = super.read(sink, byteCount);
                  if (n > 0) {
                    long room = Math.min(n, MAX_BODY - copy.size());
                    if (room > 0) {
                      sink.copyTo(copy, sink.size() - n, room);
                    }
                    length += n;
                  } else if (n < 0) {
                    done();
                  }
                  return n;
                }

                @Override
                public void close() throws IOException {
                  super.close();
                  done();
                }
              });
    }

    @Override
    public @Nullable MediaType contentType() {
      return body.contentType();
    }

    @Override
    public long contentLength() {
      return body.contentLength();
    }

    @Override
    public BufferedSource source() {
      return source;
    }

    void done() {
      if (finished) {
        return;
      }
      finished = true;
      HttpTiming timing = marks.timing();
      marks.reset();
      String version = response.protocol() == Protocol.HTTP_2 ? "HTTP/2" : "HTTP/1.1";
      add(
          new HttpExchange(
              request.url().toString(),
              channel,
              reused,
              sent(version),
              Optional.of(
                  new HttpResponse(
                      response.code(),
                      response.message(),
                      version,
                      fields(response.headers()),
                      Bytes.utf8(
                          version
                              + " "
                              + response.code()
                              + " "
                              + response.message()
                              + "\r\n"
                              + lines(response.headers())),
                      Bytes.of(copy.readByteArray()),
                      length)),
              timing));
    }

    private HttpRequest sent(String version) {
      String query = request.url().encodedQuery();
      String target = request.url().encodedPath() + (query == null ? "" : "?" + query);
      Buffer content = new Buffer();
      RequestBody of = request.body();
      long size = 0;
      try {
        if (of != null) {
          size = Math.max(0, of.contentLength());
          if (!of.isOneShot() && !of.isDuplex() && size <= MAX_BODY) {
            of.writeTo(content);
            size = content.size();
          }
        }
      } catch (IOException e) {
        content.clear();
      }
      return new HttpRequest(
          request.method(),
          target,
          version,
          fields(request.headers()),
          Bytes.utf8(
              request.method() + " " + target + " " + version + "\r\n" + lines(request.headers())),
          Bytes.of(content.readByteArray()),
          size);
    }
  }

  private static List<HttpHeader> fields(Headers headers) {
    List<HttpHeader> fields = new ArrayList<>();
    for (int i = 0; i < headers.size(); i++) {
      fields.add(new HttpHeader(headers.name(i), headers.value(i)));
    }
    return fields;
  }

  private static String lines(Headers headers) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < headers.size(); i++) {
      out.append(headers.name(i)).append(": ").append(headers.value(i)).append("\r\n");
    }
    return out.append("\r\n").toString();
  }
}
