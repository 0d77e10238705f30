package wirebook.engine.http.curl.options;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.tls.TlsOptions;

/**
 * What one set of options says, up to {@code --next}. A null text means that the option was not
 * given, which curl tells from an empty one. Texts are byte text.
 */
public final class CurlConfig {
  /** One URL with its output and its upload. */
  public static final class Target {
    public @Nullable String url;
    public @Nullable String outFile;
    public @Nullable String inFile;
    public boolean urlSet;
    public boolean outSet;
    public boolean uploadSet;
    public boolean remoteName;
    public boolean outNull;
    public boolean noGlob;
    public int number;
  }

  public enum Method {
    UNSPECIFIED(""),
    GET("GET (-G, --get)"),
    HEAD("HEAD (-I, --head)"),
    FORM("multipart formpost (-F, --form)"),
    POST("POST (-d, --data)"),
    PUT("PUT (-T, --upload-file)");

    public final String words;

    Method(String words) {
      this.words = words;
    }
  }

  public enum Fail {
    NO,
    WITHOUT_BODY,
    WITH_BODY
  }

  public enum Clobber {
    DEFAULT,
    ALWAYS,
    NEVER
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

  public static final int AUTH_BASIC = 1;
  public static final int AUTH_DIGEST = 2;
  public static final int AUTH_BEARER = 1 << 6;
  public static final int AUTH_AWS = 1 << 7;

  public final List<Target> targets = new ArrayList<>();
  public int urls;
  public int urlNext;
  public int outNext;
  public int uploadNext;

  public final TlsOptions tls = new TlsOptions();
  public final TlsOptions proxyTls = new TlsOptions();

  public int auth;
  public boolean proxyAnyAuth;
  public boolean proxyDigest;
  public boolean proxyBasic;
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

  /** Which version of HTTP was asked for. */
  public enum HttpVersion {
    DEFAULT,
    HTTP_1_0,
    HTTP_1_1,
    HTTP_2,
    HTTP_2_PRIOR_KNOWLEDGE
  }

  public final List<String> headers = new ArrayList<>();
  public final List<String> proxyHeaders = new ArrayList<>();
  public boolean proxyHeadersGiven;
  public final List<String> cookies = new ArrayList<>();
  public final List<String> cookieFiles = new ArrayList<>();
  public @Nullable String cookieJar;
  public boolean forgetSessionCookies;
  public @Nullable String hsts;

  public Method method = Method.UNSPECIFIED;
  public @Nullable String customRequest;
  public @Nullable String requestTarget;
  public final StringBuilder post = new StringBuilder();
  public boolean posts;
  public boolean json;
  public boolean useGet;
  public boolean noBody;
  public @Nullable String query;
  public final List<FormPart> form = new ArrayList<>();
  public List<FormPart> formCurrent = form;
  public final List<List<FormPart>> formParents = new ArrayList<>();
  public boolean formEscape;
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
  public boolean globOff;
  public long expect100 = 1000;

  public @Nullable String range;
  public boolean resume;
  public boolean resumeFromCurrent;
  public long resumeFrom;
  public TimeCondition timeCondition = TimeCondition.NONE;
  public long conditionTime;
  public @Nullable String etagSave;
  public @Nullable String etagCompare;

  public Fail fail = Fail.NO;
  public Clobber clobber = Clobber.DEFAULT;
  public boolean showHeaders;
  public @Nullable String headerFile;
  public boolean contentDisposition;
  public boolean remoteNameAll;
  public boolean remoteTime;
  public boolean removeOnError;
  public boolean skipExisting;
  public boolean createDirs;
  public @Nullable String outputDir;
  public @Nullable String writeOut;
  public boolean noBuffer;
  public boolean xattr;
  public boolean syntheticError;
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
  public int retries;
  public long retryDelay;
  public long retryMaxTime;
  public boolean retryAll;
  public boolean retryRefused;

  public @Nullable List<String> protocols;
  public @Nullable List<String> redirectProtocols;
  public @Nullable String protoDefault;

  /** The text, or empty when it was not given. */
  public static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
