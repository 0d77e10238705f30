package wirebook.engine.http.client;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.tls.TlsOptions;

/**
 * How a request is made and its answer taken. Texts are byte text, null when they are not given,
 * which curl tells from an empty one; times are in milliseconds, sizes in bytes, 0 for no limit. A
 * call only reads them.
 */
public class CallOptions {
  /** The protocols that are spoken. */
  public static final List<String> PROTOCOLS = List.of("http", "https", "ws", "wss");

  public enum Fail {
    NO,
    WITHOUT_BODY,
    WITH_BODY
  }

  public enum Follow {
    NO,
    ALL,
    OBEY_CODE
  }

  public enum TimeCondition {
    NONE,
    IF_MODIFIED,
    IF_UNMODIFIED,
    LAST_MODIFIED
  }

  /** Which version of HTTP was asked for. */
  public enum HttpVersion {
    DEFAULT,
    HTTP_1_0,
    HTTP_1_1,
    HTTP_2,
    HTTP_2_PRIOR_KNOWLEDGE
  }

  public static final int AUTH_BASIC = 1;
  public static final int AUTH_DIGEST = 2;
  public static final int AUTH_BEARER = 1 << 6;
  public static final int AUTH_AWS = 1 << 7;

  public final TlsOptions tls = new TlsOptions();
  public final TlsOptions proxyTls = new TlsOptions();

  public int auth;
  public boolean proxyAnyAuth;
  public boolean proxyDigest;
  public @Nullable String bearer;
  public @Nullable String awsSigV4;
  public @Nullable String user;
  public @Nullable String proxyUser;
  public boolean netrc;
  public boolean netrcOptional;
  public @Nullable String netrcFile;

  public @Nullable String userAgent;
  public @Nullable String referer;
  public boolean autoReferer;

  public final List<String> headers = new ArrayList<>();
  public final List<String> proxyHeaders = new ArrayList<>();
  public final List<String> cookies = new ArrayList<>();

  public @Nullable String customRequest;
  public @Nullable String requestTarget;
  public boolean noBody;
  public boolean crlf;

  public Follow follow = Follow.NO;
  public boolean trusted;
  public int maxRedirects = 50;
  public boolean post301;
  public boolean post302;
  public boolean post303;

  public HttpVersion http = HttpVersion.DEFAULT;
  public boolean http09;
  public boolean compressed;
  public boolean trEncoding;
  public boolean raw;
  public boolean ignoreLength;
  public boolean pathAsIs;
  public boolean noUserInUrl;
  public long expect100 = 1000;

  public @Nullable String range;
  public long resumeFrom;
  public TimeCondition timeCondition = TimeCondition.NONE;
  public long conditionTime;

  public Fail fail = Fail.NO;
  public boolean remoteTime;
  public boolean suppressConnectHeaders;

  public @Nullable String proxy;
  public String proxyType = "http";
  public @Nullable String preProxy;
  public @Nullable String noProxy;
  public boolean tunnel;
  public boolean proxyHttp2;
  public boolean socks5Basic = true;
  public boolean haproxy;
  public @Nullable String haproxyClientIp;

  public final List<String> resolve = new ArrayList<>();
  public final List<String> connectTo = new ArrayList<>();
  public @Nullable String unixSocket;
  public boolean abstractUnixSocket;
  public @Nullable String networkInterface;
  public int localPort;
  public int localPortRange = 1;
  public int ipVersion;
  public long happyEyeballs = 200;
  public boolean noDelay = true;
  public boolean noKeepAlive;

  public long connectTimeout;
  public long maxTime;
  public long lowSpeedLimit;
  public long lowSpeedTime;
  public long limitRate;
  public long maxFileSize;

  public @Nullable List<String> protocols;
  public @Nullable List<String> redirectProtocols;
  public @Nullable String protoDefault;

  /** Whether cookies are kept and sent. */
  public boolean cookieEngine;

  /** Whether hosts that want HTTPS alone get it (RFC 6797). */
  public boolean strictTransport;

  /** Whether certificates are checked even if nothing depends on it. */
  public boolean judgeAnyway;

  /** Whether the certificates that a server shows are kept. */
  public boolean keepCertificates;

  /** What the client calls itself when nothing else is wanted. */
  public String usualAgent = "";

  /** What the client calls itself, empty for no name. */
  public String agent() {
    String given = userAgent;
    return given == null ? usualAgent : given;
  }

  /** More came than is wanted. */
  HttpFailure tooLarge(long size) {
    return new HttpFailure(
        CurlCode.FILESIZE_EXCEEDED,
        "Exceeded the maximum allowed file size (%s) with %s bytes".formatted(maxFileSize, size));
  }
}
